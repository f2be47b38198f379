"""Commands that check and list files and folders: exists, tree."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator

from scriptest.base.errors import CheckFailed, reason_of
from scriptest.commands.base import Call, Command, Flag, Negation

_SHOWN = 20


def _exists(call: Call) -> None:
    wanted = call.flags.get("mode")
    if wanted is not None and not (wanted and set(wanted) <= set("01234567")):
        raise call.usage(f"-mode={wanted} is not an octal mode such as 600")
    if call.negated and call.state.dialect.one_absent_suffices:
        if any(_missing(call, name) for name in call.args):
            return
        raise CheckFailed(f"{' '.join(call.args)}: all unexpectedly exist")
    for name in call.args:
        problem, path = _missing(call, name), call.state.path(name)
        if call.negated:
            if problem is None:
                raise CheckFailed(f"{name} unexpectedly exists", _content_detail(path))
        elif problem is not None:
            raise CheckFailed(problem, _folder_detail(path, _temporary_folder(call)))


def _missing(call: Call, name: str) -> str | None:
    """Return why a path is not as wanted; None if it is."""
    path, flags = call.state.path(name), call.flags
    try:
        if "link" in flags and not stat.S_ISLNK(os.lstat(path).st_mode):
            return f"{name} exists but is not a link"
        found = os.lstat(path) if "link" in flags else os.stat(path)
    except OSError as error:
        if isinstance(error, FileNotFoundError):
            dangling = " (it is a link to nothing)" if os.path.islink(path) else ""
            return f"{name} does not exist{dangling}"
        return f"{name}: {reason_of(error)}"
    mode = stat.S_IMODE(found.st_mode)
    if "readonly" in flags and mode & 0o222:
        return f"{name} exists but is writable"
    if "exec" in flags and os.name == "posix" and not mode & 0o111:
        return f"{name} exists but is not executable"
    if "mode" in flags and os.name == "posix" and mode != int(flags["mode"], 8):
        return f"{name} exists but has the mode {mode:03o}, not {flags['mode']}"
    if "nonempty" in flags and _empty(path, found):
        return f"{name} exists but is empty"
    return None


def _empty(path: str, found: os.stat_result) -> bool:
    if stat.S_ISDIR(found.st_mode):
        return not os.listdir(path)
    return found.st_size == 0


def _content_detail(path: str) -> str:
    if not os.path.isdir(path):
        return ""
    return _listing("it holds", [name for _, name in zip(range(_SHOWN), _walk(path), strict=False)])


def _folder_detail(path: str, skip: str) -> str:
    folder = os.path.dirname(path)
    try:
        names = [name for name in sorted(os.listdir(folder)) if os.path.join(folder, name) != skip]
    except OSError:
        return ""
    return _listing("its folder holds", names[:_SHOWN])


def _listing(title: str, names: list[str]) -> str:
    return f"{title}:\n" + "".join(f"    {name}\n" for name in names) if names else ""


def _tree(call: Call) -> None:
    name = call.args[0] if call.args else "."
    try:
        names = list(_walk(os.path.normpath(call.state.path(name)), skip=_temporary_folder(call)))
    except OSError as error:
        raise call.error(f"tree: {name}: {reason_of(error)}", 0) from None
    text = "".join(name + "\n" for name in names)
    call.state.set_buffers(text.encode("utf-8", "surrogateescape"), b"")


def _temporary_folder(call: Call) -> str:
    """Return the folder for temporary files, which is not part of the script's files."""
    return os.path.join(call.state.work, ".tmp")


def _walk(folder: str, skip: str = "") -> Iterator[str]:
    """Yield what is below a folder, sorted, with `/` between and after folders.

    Raises:
        OSError: a folder cannot be read.
    """
    left = [("", entry) for entry in _sorted_entries(folder)]
    while left:
        below, entry = left.pop()
        name = below + entry.name
        if entry.is_symlink():
            yield f"{name} -> {os.readlink(entry.path).replace(os.sep, '/')}"
        elif not entry.is_dir(follow_symlinks=False):
            yield name
        elif entry.path != skip:
            yield name + "/"
            left += [(name + "/", child) for child in _sorted_entries(entry.path)]


def _sorted_entries(folder: str) -> list[os.DirEntry[str]]:
    """Return the entries of a folder in descending order."""
    with os.scandir(folder) as entries:
        return sorted(entries, key=lambda entry: entry.name, reverse=True)


COMMANDS = (
    Command(
        "exists",
        _exists,
        "path...",
        "check that every path exists; with `!`, that none exists",
        detail="With flags, `!` checks that every path either is missing or does not match them.",
        flags=(
            Flag("readonly", help="the path is not writable"),
            Flag("exec", help="the path is executable"),
            Flag("nonempty", help="the file or folder is not empty"),
            Flag("link", help="the path is a symbolic link, which may be broken"),
            Flag("mode", "600", "the permissions are exactly these, in octal (ignored on Windows)"),
        ),
        least=1,
        negation=Negation.OWN,
    ),
    Command(
        "tree",
        _tree,
        "[folder]",
        "list everything below a folder, sorted, in the stdout buffer",
        detail="One path per line, relative to the folder, with `/` on every system. A folder "
        "ends in `/`; a link shows its target. The folder for temporary files is left out.",
        most=1,
    ),
)
