"""Writes the files of an archive into a folder, after checking all names."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from scriptest.base.errors import reason_of
from scriptest.language import encoding, parser
from scriptest.language.parser import Line
from scriptest.language.txtar import Archive, File
from scriptest.sandbox import workdir
from scriptest.sandbox.confined import ConfinedFolder, ConfinementError

Action = Callable[[ConfinedFolder], None]
"""Changes something in the folder after its files were written."""


class UnpackError(Exception):
    """An archive's files cannot be written.

    Attributes:
        problems: One line per file, beginning with its name.
    """

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def unpack(archive: Archive, folder: str, *, force: bool = False) -> None:
    """Write the files of an archive below a folder, which is created if necessary.

    Args:
        archive: the archive; its comment is not written.
        folder: the target folder.
        force: whether to replace existing files.

    Raises:
        UnpackError: a name is outside the folder or occurs twice, or a file exists (nothing was
            written then), or a file cannot be written.
    """
    root = os.path.realpath(folder)
    target = ConfinedFolder(root, shown=root)
    places: dict[str, File] = {}
    folders: set[str] = set()
    problems: list[str] = []
    for file in archive.files:
        try:
            path = _place(target, file.name)
        except ValueError as error:
            problems.append(str(error))
            continue
        above = _above(root, path)
        if path in folders or any(each in places for each in above):
            problem = "is both a file and a folder in the archive"
        elif path in places:
            problem = f"occurs twice, first at line {places[path].line}"
        else:
            problem = _obstacle(path, above, force)
        if problem:
            problems.append(f"{file.name}: {problem}")
        places[path] = file
        folders.update(above)
    if problems:
        raise UnpackError(problems)
    try:
        with _named(folder):
            os.makedirs(root, exist_ok=True)
        for path, file in places.items():
            with _named(file.name):
                target.replace(path, file.name, file.data)
    finally:
        target.close()


@contextmanager
def _named(name: str) -> Iterator[None]:
    """Turn errors of writing into UnpackError."""
    try:
        yield
    except OSError as error:
        raise UnpackError([f"{name}: {reason_of(error)}"]) from None
    except ConfinementError as error:
        raise UnpackError([f"{name}: {error}"]) from None


def _place(folder: ConfinedFolder, name: str) -> str:
    """Return the path of a file.

    Raises:
        ValueError: its name is outside the folder.
    """
    if encoding.control_character(name):
        problem = f"has the control character {encoding.control_character(name)} in its name"
        raise ValueError(f"{encoding.escaped(name)}: {problem}")
    if os.path.isabs(name) or name.startswith("/") or os.path.splitdrive(name)[0]:
        raise ValueError(f"{name}: is an absolute path; only relative paths are extracted")
    path = os.path.normpath(os.path.join(folder.path, name))
    if path == folder.path or name.endswith("/"):
        raise ValueError(f"{name}: is not a file name")
    try:
        return folder.check(path, name)
    except ConfinementError as error:
        raise ValueError(f"{name}: {error}") from None


def _above(root: str, path: str) -> list[str]:
    """Return the folders between a file and the root, the nearest first."""
    found = []
    while (path := os.path.dirname(path)) != root:
        found.append(path)
    return found


def _obstacle(path: str, above: list[str], force: bool) -> str:
    if os.path.isdir(path):
        return "is an existing folder"
    if os.path.lexists(path) and not force:
        return "already exists; -f replaces it"
    if any(os.path.lexists(each) and not os.path.isdir(each) for each in above):
        return "is below an existing file"
    return ""


# --- decoding lines --------------------------------------------------------------------------


def apply_edits(archive: Archive) -> tuple[Archive, list[Action]]:
    """Apply the first lines of an archive's script to its files.

    These are the lines that `scriptest archive --quote` writes: `unquote`, `trimnl`, `unbase64`,
    `chmod`, `mkdir` and `symlink`. The first line with another command ends them.

    Returns:
        The archive, and the actions to run in the folder after its files were written.

    Raises:
        UnpackError: a line names a missing file, or one that it cannot decode.
    """
    files = {file.name: File(file.name, file.data, file.line) for file in archive.files}
    later: list[Action] = []
    for line in _leading(archive.comment):
        command, *arguments = (word.raw for word in line.words)
        try:
            if command in encoding.DECODING_COMMANDS:
                for name in arguments:
                    files[name].data = encoding.decode(files[name].data, command)
            else:
                later.append(_action(command, arguments))
        except KeyError as error:
            raise UnpackError(
                [f"line {line.number}: no file {error.args[0]} in the archive"]
            ) from None
        except ValueError as error:
            text = f"line {line.number}: {command} {' '.join(arguments)}: {error}"
            raise UnpackError([text]) from None
    return Archive(archive.comment, tuple(files[file.name] for file in archive.files)), later


def _leading(comment: bytes) -> Iterator[Line]:
    script, _ = parser.parse_all(comment, "")
    for line in script.lines():
        known = {*encoding.DECODING_COMMANDS, "chmod", "mkdir", "symlink"}
        if line.guards or line.prefix or line.words[0].raw not in known:
            return
        if any("$" in word.raw for word in line.words):
            return
        yield line


def _action(command: str, arguments: list[str]) -> Action:
    """Return a function that creates a folder or link below a folder, or changes a mode there.

    Raises:
        ValueError: the line is not one that `archive --quote` writes.
    """
    if command == "mkdir" and arguments:
        return lambda folder: _make_folders(folder, arguments)
    if command == "chmod" and len(arguments) == 2 and set(arguments[0]) <= set("01234567"):
        mode, name = arguments
        return lambda folder: _change_mode(folder, name, int(mode, 8))
    if command == "symlink" and len(arguments) == 3 and arguments[1] == "->":
        name, _, target = arguments
        return lambda folder: _link(folder, name, target)
    raise ValueError("is not a line that `archive --quote` writes")


def _make_folders(folder: ConfinedFolder, names: list[str]) -> None:
    for name in names:
        with _named(name):
            folder.make_folders(_place(folder, name), name)


def _change_mode(folder: ConfinedFolder, name: str, mode: int) -> None:
    with _named(name):
        folder.chmod(_place(folder, name), name, mode)


def _link(folder: ConfinedFolder, name: str, target: str) -> None:
    path = _place(folder, name)
    if os.path.isabs(target) or not workdir.inside(
        folder.path, os.path.normpath(os.path.join(os.path.dirname(path), target))
    ):
        raise ValueError(f"{name}: is a link to {target}, outside the folder")
    with _named(name):
        if os.path.islink(path):
            folder.remove(path, name)
        folder.symlink(target, path, name)


def run_actions(folder: str, later: list[Action]) -> None:
    """Run actions of `apply_edits` in the folder.

    Raises:
        UnpackError: an action fails, or a name is outside the folder.
    """
    root = os.path.realpath(folder)
    target = ConfinedFolder(root, shown=root)
    try:
        for action in later:
            action(target)
    except ValueError as error:
        raise UnpackError([str(error)]) from None
    finally:
        target.close()
