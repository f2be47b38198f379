"""Packs files and folders into an archive, byte for byte."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from scriptest.base.errors import reason_of
from scriptest.base.regular_files import read_file
from scriptest.config.config import SETTINGS_FILE
from scriptest.language import encoding
from scriptest.language.lexer import quote_word
from scriptest.language.txtar import File


class PackError(Exception):
    """Files cannot be packed.

    Attributes:
        problems: One line per file, beginning with its name.
    """

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class Source(NamedTuple):
    """A file, link or folder to be packed."""

    name: str
    """Its name in the archive, with `/` between folders."""
    path: str


class Packed(NamedTuple):
    """The content of an archive."""

    files: list[File]
    lines: list[str]
    """Script lines that restore what the archive cannot represent."""


def sources(path: str, *, strip: bool = False, hidden: bool = False) -> list[Source]:
    """Return the file at a path, or all files below a folder, sorted.

    Args:
        path: the path as given by the user.
        strip: whether names are relative to the folder. Otherwise they begin with the path, or
            with its last part if the path is not below the current folder.
        hidden: whether to include names that begin with a dot.

    Raises:
        PackError: the path does not exist, or a folder cannot be read.
    """
    name = _own_name(path)
    if not os.path.isdir(path):
        if not os.path.lexists(path):
            raise PackError([f"{path}: no such file or directory"])
        return [Source(name, os.path.realpath(path))]
    prefix = "" if strip or name == "." else name + "/"
    try:
        return sorted(_below(path, prefix, hidden))
    except OSError as error:
        raise PackError([f"{error.filename or path}: {reason_of(error)}"]) from None


def _own_name(path: str) -> str:
    path = os.path.normpath(path)
    parts = path.split(os.sep)
    if os.path.isabs(path) or os.path.splitdrive(path)[0] or ".." in parts:
        return os.path.basename(os.path.abspath(path))
    return "/".join(parts)


def _below(folder: str, prefix: str, hidden: bool) -> Iterator[Source]:
    """Yield the files, links and empty folders below a folder."""
    with os.scandir(folder) as entries:
        found = [entry for entry in entries if hidden or not entry.name.startswith(".")]
    for entry in found:
        name = prefix + entry.name
        if entry.is_dir(follow_symlinks=False):
            inner = list(_below(entry.path, name + "/", hidden))
            yield from inner or [Source(name, entry.path)]
        else:
            yield Source(name, entry.path)


def pack(found: Iterable[Source], *, quote: bool) -> Packed:
    """Read files for an archive.

    Args:
        found: the files, in the order of the archive.
        quote: whether to add script lines that restore what an archive cannot represent, such as
            links, binary files and executable bits; otherwise links and binary files are refused.

    Raises:
        PackError: files are refused or cannot be read.
    """
    files: dict[str, File] = {}
    lines: list[str] = []
    problems: list[str] = []
    for source in found:
        problem = encoding.name_problem(source.name)
        if not problem and source.name in files:
            problem = "is the name of two files"
        if not problem:
            try:
                problem = _add_to_archive(source, quote, files, lines)
            except OSError as error:
                problem = reason_of(error)
        if problem:
            problems.append(f"{source.name}: {problem}")
    if problems:
        raise PackError(problems)
    return Packed(_settings_last(list(files.values())), lines)


def _add_to_archive(source: Source, quote: bool, files: dict[str, File], lines: list[str]) -> str:
    """Add a file, link or empty folder; return the reason if it is refused."""
    word = encoding.script_word(source.name)
    mode = os.lstat(source.path).st_mode
    if stat.S_ISLNK(mode):
        target = os.readlink(source.path)
        if not quote:
            return "is a symbolic link; use --quote to include it"
        if os.path.isabs(target) or _leads_out(source.name, target):
            return f"is a link to {target}, outside the archive"
        if "\n" in target:
            return "is a link whose target contains a line break"
        lines.append(f"symlink {word} -> {quote_word(target)}")
        folder = os.path.dirname(source.name)
        if folder:
            lines.insert(-1, f"mkdir {encoding.script_word(folder)}")
        return ""
    if stat.S_ISDIR(mode):
        if not quote:
            return "is an empty folder; use --quote to include it"
        lines.append(f"mkdir {word}")
        return ""
    if not stat.S_ISREG(mode):
        return "is not a regular file"
    content = read_file(source.path)
    if not quote:
        problem = encoding.content_problem(content)
        files[source.name] = File(source.name, content)
        return f"{problem}; use --quote to include it" if problem else ""
    content, edits = encoding.encode(content, binary=True)
    files[source.name] = File(source.name, content)
    lines += [f"{edit} {word}" for edit in edits]
    if os.name == "posix" and mode & 0o100:
        lines.append(f"chmod {stat.S_IMODE(mode) & 0o777:o} {word}")
    return ""


def _leads_out(name: str, target: str) -> bool:
    place = os.path.normpath(os.path.join(os.path.dirname(name), target))
    return place == ".." or place.startswith(".." + os.sep)


def _settings_last(files: list[File]) -> list[File]:
    """Move a scriptest.yaml from the first position, where it would be the script's header."""
    if len(files) > 1 and files[0].name == SETTINGS_FILE:
        return [*files[1:], files[0]]
    return files
