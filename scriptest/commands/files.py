"""Commands that make, look at and remove files: cat, chmod, cp, exists, mkdir, mv, rm, ..."""

from __future__ import annotations

import os
import stat

from scriptest import sandbox, txtar
from scriptest.commands.base import Call, Command, Flag, Negation
from scriptest.errors import CheckFailed
from scriptest.state import BUFFERS


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()


def _failure(call: Call, name: str, error: OSError) -> CheckFailed:
    return CheckFailed(f"{call.command.name} {name}: {_reason(error)}")


def _cat(call: Call) -> None:
    content = b"".join(call.read(index) for index in range(len(call.args)))
    call.state.set_buffers(content, b"")


def _chmod(call: Call) -> None:
    try:
        mode = int(call.args[0], 8)
    except ValueError:
        raise call.usage(f"{call.args[0]} is not an octal mode such as 755", 0) from None
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
        path = call.state.writable(os.path.join(target, base) if into_folder else target)
        _copy(call, index, path)


def _copy(call: Call, index: int, path: str) -> None:
    name = call.args[index]
    mode = 0o666
    try:
        if name not in BUFFERS:
            mode = stat.S_IMODE(os.stat(call.state.path(name)).st_mode) & 0o777
        data = call.state.read(name)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb") as file:
            file.write(data)
    except OSError as error:
        raise _failure(call, name, error) from None


def _exists(call: Call) -> None:
    if call.negated and call.state.dialect.one_absent_suffices:
        if any(_missing(call, name) for name in call.args):
            return
        raise CheckFailed(f"{' '.join(call.args)}: all unexpectedly exist")
    for name in call.args:
        problem = _missing(call, name)
        if call.negated:
            if problem is None:
                raise CheckFailed(f"{name} unexpectedly exists", _what(call.state.path(name)))
        elif problem is not None:
            raise CheckFailed(problem, _beside(call.state.path(name)))


def _missing(call: Call, name: str) -> str | None:
    path = call.state.path(name)
    try:
        mode = os.stat(path).st_mode
    except OSError as error:
        return f"{name} does not exist" if isinstance(error, FileNotFoundError) else _reason(error)
    if "readonly" in call.flags and mode & 0o222:
        return f"{name} exists but is writable"
    if "exec" in call.flags and os.name == "posix" and not mode & 0o111:
        return f"{name} exists but is not executable"
    return None


def _what(path: str) -> str:
    if not os.path.isdir(path):
        return ""
    shown = []
    for folder, folders, names in os.walk(path):
        folders.sort()
        below = os.path.relpath(folder, path)
        shown += [os.path.normpath(os.path.join(below, name)) for name in sorted(folders + names)]
    return "it holds:\n" + "".join(f"    {name}\n" for name in shown[:20]) if shown else ""


def _beside(path: str) -> str:
    folder = os.path.dirname(path)
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        return ""
    return "its folder holds:\n" + "".join(f"    {name}\n" for name in names[:20])


def _mkdir(call: Call) -> None:
    for name in call.args:
        try:
            os.makedirs(call.state.writable(name), exist_ok=True)
        except OSError as error:
            raise _failure(call, name, error) from None


def _mv(call: Call) -> None:
    source, target = call.args
    for name in call.args:
        call.state.writable(name)
    try:
        os.replace(call.state.path(source), call.state.path(target))
    except OSError as error:
        raise _failure(call, source, error) from None


def _rm(call: Call) -> None:
    for name in call.args:
        # The folder that holds it must be ours; the thing itself may be a link to anywhere.
        parent, base = os.path.split(os.path.normpath(call.state.path(name)))
        try:
            sandbox.confine(call.state.work, parent, name)
            sandbox.remove_tree(os.path.join(parent, base))
        except sandbox.EscapeError as error:
            raise CheckFailed(f"rm: {error}") from None
        except OSError as error:
            raise _failure(call, name, error) from None


def _symlink(call: Call) -> None:
    name, arrow, target = call.args
    if arrow != "->":
        raise call.usage("write `symlink file -> target`", 1)
    path = os.path.normpath(call.state.path(name))
    call.state.writable(os.path.dirname(path))
    try:
        os.symlink(target.replace("/", os.sep), path)
    except OSError as error:
        raise _failure(call, name, error) from None


def _unquote(call: Call) -> None:
    for index, name in enumerate(call.args):
        path = call.state.writable(name)
        try:
            data = txtar.unquote(call.read(index))
        except ValueError as error:
            raise call.error(f"unquote {name}: {error}", index) from None
        with open(path, "wb") as file:
            file.write(data)


COMMANDS = (
    Command(
        "cat",
        _cat,
        "file...",
        "put the contents of files into the stdout buffer, one after the other",
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
        "exists",
        _exists,
        "path...",
        "check that every path exists; with `!`, that none does",
        flags=(
            Flag("readonly", help="and cannot be written"),
            Flag("exec", help="and can be executed"),
        ),
        least=1,
        negation=Negation.OWN,
    ),
    Command(
        "mkdir",
        _mkdir,
        "path...",
        "make folders, with those above them; an existing one is fine",
        least=1,
        negation=Negation.INVERTED,
    ),
    Command(
        "mv",
        _mv,
        "source target",
        "rename a file or folder, replacing a file",
        least=2,
        most=2,
        negation=Negation.INVERTED,
    ),
    Command(
        "rm",
        _rm,
        "path...",
        "remove files and folders with all they hold; a missing one is fine",
        least=1,
        negation=Negation.INVERTED,
    ),
    Command(
        "symlink",
        _symlink,
        "file -> target",
        "make a symbolic link",
        least=3,
        most=3,
    ),
    Command(
        "unquote",
        _unquote,
        "file...",
        "take the leading `>` from every line of files",
        detail="So an archive can hold a file that has lines like an archive's own markers.",
        least=1,
    ),
)
