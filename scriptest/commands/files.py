"""Commands that make, move and remove files: cat, chmod, cp, mkdir, mv, rm, symlink."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from typing import IO

from scriptest.base.errors import CheckFailed, reason_of
from scriptest.commands.base import Call, Command, Negation
from scriptest.sandbox import workdir
from scriptest.sandbox.buffers import BUFFERS

_CHUNK = 1 << 20


def _failure(call: Call, name: str, error: OSError) -> CheckFailed:
    return CheckFailed(f"{call.command.name} {name}: {reason_of(error)}")


def _cat(call: Call) -> None:
    content = b"".join(call.read(index) for index in range(len(call.args)))
    call.state.set_buffers(content, b"")


def _chmod(call: Call) -> None:
    digits = call.args[0]
    if not set(digits) <= set("01234567") or not 0 < len(digits) <= 5:
        raise call.usage(f"{digits} is not an octal mode such as 755", 0)
    mode = int(digits, 8)
    for name in call.args[1:]:
        path = call.state.writable(name)
        try:
            os.chmod(path, mode)
        except OSError as error:
            raise _failure(call, name, error) from None


def _cp(call: Call) -> None:
    *sources, target = call.args
    folder = call.state.path(target)
    into_folder = os.path.isdir(folder)
    if len(sources) > 1 and not into_folder:
        raise CheckFailed(f"cp: {target} is not a folder")
    for index, name in enumerate(sources):
        base = os.path.basename(name.rstrip("/" + os.sep))
        _copy(call, index, os.path.join(target, base) if into_folder else target)


def _copy(call: Call, index: int, target: str) -> None:
    name, state = call.args[index], call.state
    try:
        if name in BUFFERS:
            _write(call, target, 0o666, lambda file: state.buffers.copy(name, file))
            return
        with open(state.path(name), "rb") as source:
            found = os.fstat(source.fileno())
            if _is_file(state.path(target), found):
                # Opening the target would empty it. Go's engines read everything first: to
                # them a copy onto itself changes nothing.
                return
            mode = stat.S_IMODE(found.st_mode) & 0o777
            _write(call, target, mode, lambda file: _copy_stream(source, file))
    except OSError as error:
        raise _failure(call, f"{name} {target}", error) from None


def _is_file(path: str, found: os.stat_result) -> bool:
    try:
        return os.path.samestat(os.stat(path), found)
    except OSError:
        return False


def _write(call: Call, target: str, mode: int, fill: Callable[[int], None]) -> None:
    descriptor = call.state.open_to_write(target, mode=mode)
    try:
        fill(descriptor)
    finally:
        os.close(descriptor)


def _copy_stream(source: IO[bytes], descriptor: int) -> None:
    with open(descriptor, "wb", closefd=False) as file:
        while chunk := source.read(_CHUNK):
            file.write(chunk)


def _mkdir(call: Call) -> None:
    for name in call.args:
        try:
            os.makedirs(call.state.writable(name), exist_ok=True)
        except OSError as error:
            raise _failure(call, name, error) from None


def _mv(call: Call) -> None:
    source, target = (_entry(call, name) for name in call.args)
    try:
        os.replace(source, target)
    except OSError as error:
        raise _failure(call, call.args[0], error) from None


def _entry(call: Call, name: str) -> str:
    """Return the path of a folder's entry, whose folder is ours: the entry may be any link.

    Raises:
        CheckFailed: the folder is outside the work folder, by its name or through a link.
    """
    parent, base = os.path.split(os.path.normpath(call.state.path(name)))
    try:
        return os.path.join(workdir.confine(call.state.work, parent, name), base)
    except workdir.ConfinementError as error:
        raise CheckFailed(f"{call.command.name}: {error}") from None


def _rm(call: Call) -> None:
    for name in call.args:
        try:
            workdir.remove_tree(_entry(call, name))
        except OSError as error:
            raise _failure(call, name, error) from None


def _symlink(call: Call) -> None:
    name, arrow, target = call.args
    if arrow != "->":
        raise call.usage("write `symlink file -> target`", 1)
    try:
        os.symlink(target.replace("/", os.sep), _entry(call, name))
    except OSError as error:
        raise _failure(call, name, error) from None


COMMANDS = (
    Command(
        "cat",
        _cat,
        "file...",
        "concatenate files into the stdout buffer",
        least=1,
    ),
    Command(
        "chmod",
        _chmod,
        "mode path...",
        "change the mode of files and folders",
        detail="The mode is octal: 755 and 0755 are the same.",
        least=2,
    ),
    Command(
        "cp",
        _cp,
        "source... target",
        "copy files into a file or folder",
        detail="A source may be stdout or stderr. Permission bits are kept.",
        least=2,
        negation=Negation.INVERTED,
    ),
    Command(
        "mkdir",
        _mkdir,
        "path...",
        "create folders and their parents; an existing folder is fine",
        least=1,
        negation=Negation.INVERTED,
    ),
    Command(
        "mv",
        _mv,
        "source target",
        "rename a file or folder, replacing an existing file",
        least=2,
        most=2,
        negation=Negation.INVERTED,
    ),
    Command(
        "rm",
        _rm,
        "path...",
        "remove files and folders recursively; a missing path is fine",
        least=1,
        negation=Negation.INVERTED,
    ),
    Command(
        "symlink",
        _symlink,
        "file -> target",
        "create a symbolic link",
        least=3,
        most=3,
    ),
)
