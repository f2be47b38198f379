"""Commands that make, move and remove files: cat, chmod, cp, mkdir, mv, rm, symlink."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager

from scriptest.base import regular_files
from scriptest.base.errors import CheckFailed, reason_of
from scriptest.commands.base import Call, Command, Negation
from scriptest.sandbox.buffers import BUFFERS


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
        try:
            call.state.files.chmod(call.state.path(name), name, mode)
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
            with _opened_to_write(call, target) as descriptor:
                state.buffers.copy(name, descriptor, state.check_time)
            return
        source = regular_files.open_file(state.path(name))
        try:
            _copy_file(call, source, target)
        finally:
            os.close(source)
    except OSError as error:
        raise _failure(call, f"{name} {target}", error) from None


def _copy_file(call: Call, source: int, target: str) -> None:
    found = os.fstat(source)
    if _is_file(call.state.path(target), found):
        # Opening the target would empty it. Go's engines read everything first: to them a copy
        # onto itself changes nothing.
        return
    with (
        _opened_to_write(call, target, stat.S_IMODE(found.st_mode) & 0o777) as descriptor,
        open(descriptor, "wb", closefd=False) as file,
    ):
        file.writelines(regular_files.chunks(source, call.state.check_time))


def _is_file(path: str, found: os.stat_result) -> bool:
    try:
        return os.path.samestat(os.stat(path), found)
    except OSError:
        return False


@contextmanager
def _opened_to_write(call: Call, name: str, mode: int = 0o666) -> Iterator[int]:
    state = call.state
    descriptor = state.files.open_to_write(state.path(name), name, new_mode=mode)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _mkdir(call: Call) -> None:
    for name in call.args:
        try:
            call.state.files.make_folders(call.state.path(name), name)
        except OSError as error:
            raise _failure(call, name, error) from None


def _mv(call: Call) -> None:
    source, target = call.args
    path = call.state.path
    try:
        call.state.files.rename(path(source), path(target), (source, target))
    except OSError as error:
        raise _failure(call, source, error) from None


def _rm(call: Call) -> None:
    for name in call.args:
        try:
            call.state.files.remove(call.state.path(name), name)
        except OSError as error:
            raise _failure(call, name, error) from None


def _symlink(call: Call) -> None:
    name, arrow, target = call.args
    if arrow != "->":
        raise call.usage("write `symlink file -> target`", 1)
    try:
        call.state.files.symlink(target.replace("/", os.sep), call.state.path(name), name)
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
