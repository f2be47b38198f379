"""Puts files and folders into an archive, byte for byte, or says by name what it cannot hold."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from scriptest.base.errors import reason_of
from scriptest.config.config import SETTINGS_FILE
from scriptest.language import encoding
from scriptest.language.lexer import quote_word
from scriptest.language.txtar import File


class PackError(Exception):
    """Something cannot be put into an archive.

    Attributes:
        problems: One line for each file, its name first.
    """

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class Source(NamedTuple):
    """Something on disk that is to go into an archive."""

    name: str
    """Its name in the archive, with `/` between folders."""
    path: str


class Packed(NamedTuple):
    """The content of an archive."""

    files: list[File]
    lines: list[str]
    """Script lines that lead back to what the files do not hold by themselves."""


def sources(path: str, *, strip: bool = False, hidden: bool = False) -> list[Source]:
    """Return the files at a path: one file, or all below a folder, sorted.

    Args:
        path: as the user named it.
        strip: whether names begin below the folder; else with the path itself, if it is relative
            and stays below the current folder, or with its last part.
        hidden: whether names that begin with a dot count.

    Raises:
        PackError: there is nothing, or a folder cannot be read.
    """
    name = _own_name(path)
    if not os.path.isdir(path):
        if not os.path.lexists(path):
            raise PackError([f"{path}: there is no such file or folder"])
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
    """Yield what is below a folder: files, links, and folders that hold nothing."""
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
        found: the files; those whose name ends up first in order stand first.
        quote: whether what an archive cannot hold is kept with the help of script lines; else it
            is refused. Executable files are only kept executable with it.

    Raises:
        PackError: something is refused, or cannot be read; names every such file.
    """
    files: dict[str, File] = {}
    lines: list[str] = []
    problems: list[str] = []
    for source in found:
        problem = encoding.name_problem(source.name)
        if not problem and source.name in files:
            problem = "stands for two files"
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
    """Add a file, link or empty folder to what was taken; return why it cannot be."""
    word = encoding.script_word(source.name)
    mode = os.lstat(source.path).st_mode
    if stat.S_ISLNK(mode):
        target = os.readlink(source.path)
        if not quote:
            return "is a link (--quote keeps it)"
        if os.path.isabs(target) or _leads_out(source.name, target):
            return f"is a link that leads out, to {target}"
        if "\n" in target:
            return "is a link to a name that no script can write"
        lines.append(f"symlink {word} -> {quote_word(target)}")
        folder = os.path.dirname(source.name)
        if folder:
            lines.insert(-1, f"mkdir {encoding.script_word(folder)}")
        return ""
    if stat.S_ISDIR(mode):
        if not quote:
            return "is an empty folder (--quote keeps it)"
        lines.append(f"mkdir {word}")
        return ""
    if not stat.S_ISREG(mode):
        return "is no file"
    with open(source.path, "rb") as file:
        content = file.read()
    if not quote:
        problem = encoding.content_problem(content)
        files[source.name] = File(source.name, content)
        return f"{problem} (--quote keeps it)" if problem else ""
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
    """Return files so that none is taken for the script's header, which only the first can be."""
    if len(files) > 1 and files[0].name == SETTINGS_FILE:
        return [*files[1:], files[0]]
    return files
