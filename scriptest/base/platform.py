"""Processes, signals and terminals, by functions that exist on every operating system.

Other modules call no function that some systems lack.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]
import os
import sys
import time

from scriptest.base import numbers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection

POSIX = os.name == "posix"
WINDOWS = sys.platform == "win32"

# Windows has neither signal; a process is terminated instead.
QUIT_SIGNAL: int = getattr(_signal, "SIGQUIT", _signal.SIGTERM)
KILL_SIGNAL: int = getattr(_signal, "SIGKILL", _signal.SIGTERM)

_OS_NAMES = {"win32": "windows", "cygwin": "windows"}
_ARCH_NAMES = {
    "x86_64": "amd64",
    "aarch64": "arm64",
    "i386": "386",
    "i686": "386",
    "armv6l": "arm",
    "armv7l": "arm",
}


# The number of read(2) on Linux, and of /dev/tty, which stands for a session's terminal.
_READ_CALLS = {"amd64": b"0", "arm64": b"63"}
_DEV_TTY = 0x500
_ENABLE_VIRTUAL_TERMINAL_PROCESSING = 0x4
_PR_SET_CHILD_SUBREAPER = 36

_SHORTEST_PAUSE, _LONGEST_PAUSE = 0.0005, 0.05
_PATIENCE = 10.0


def os_name() -> str:
    """Return this system's name as Go spells it (GOOS): linux, darwin, windows, ..."""
    return _OS_NAMES.get(sys.platform, sys.platform.rstrip("0123456789"))


def arch_name() -> str:
    """Return this machine's architecture as Go spells it (GOARCH): amd64, arm64, ..."""
    machine = os.environ.get("PROCESSOR_ARCHITECTURE", "") if WINDOWS else os.uname().machine
    machine = machine.lower()
    return _ARCH_NAMES.get(machine, machine)


def is_root() -> bool:
    """Return whether the process runs as root."""
    geteuid = getattr(os, "geteuid", None)
    return geteuid is not None and geteuid() == 0


def signal_group(leader: int, number: int) -> bool:
    """Send a signal to the process group that leader leads; False if the group is empty."""
    if not POSIX:
        try:
            os.kill(leader, number)
        except OSError:
            return False
        return True
    try:
        os.killpg(leader, number)
    except ProcessLookupError:
        return False
    except PermissionError:
        # macOS reports EPERM for a group of zombies, which is as good as empty.
        return False
    return True


def group_alive(leader: int) -> bool:
    """Return whether a process of a leader's group still exists."""
    return POSIX and signal_group(leader, 0)


def become_subreaper() -> bool:
    """Make this process the new parent of every orphan among its descendants (Linux).

    Without it the parent is init, and nothing tells whose descendant an orphan is. Children do
    not inherit it. The process has to reap the orphans.

    Returns:
        Whether the system did it.
    """
    if sys.platform != "linux":
        return False
    arguments = (_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    try:
        from _ctypes import call_function, dlopen, dlsym
    except ImportError:  # private names, which spare the import of all of ctypes
        import ctypes

        return bool(ctypes.CDLL(None).prctl(*arguments) == 0)
    prctl = dlsym(dlopen(None, os.RTLD_NOW), "prctl")  # type: ignore[arg-type]
    return bool(call_function(prctl, arguments) == 0)


def parent(pid: int) -> int:
    """Return the parent of a process; 0 if it has none, has ended, or the system does not tell."""
    fields = _stat(pid)
    return int(fields[1]) if fields else 0


def process_state(pid: int) -> str:
    """Return the state of a process as ps shows it: `R`, `T` for stopped, `Z` for a zombie.

    Empty if there is no such process; `?` if the system does not tell.
    """
    fields = _stat(pid)
    if fields:
        return fields[0]
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return ""
    except OSError:
        pass
    return "?"


def _stat(pid: int) -> list[str]:
    try:
        with open(f"/proc/{pid}/stat", "rb", buffering=0) as file:
            # The name, which may hold anything, is in parentheses.
            return file.read().rpartition(b")")[2].decode().split()
    except OSError:
        return []


def children(pid: int) -> list[int]:
    """Return the child processes of a process, zombies included, as far as the system tells."""
    try:
        threads = os.listdir(f"/proc/{pid}/task")
    except OSError:
        return []
    return [child for thread in threads for child in _children(pid, thread)]


def adopted_children(pid: int) -> list[int]:
    """Return the child processes of a process's first thread: orphans are among them."""
    return _children(pid, pid)


def _children(pid: int, thread: int | str) -> list[int]:
    try:
        with open(f"/proc/{pid}/task/{thread}/children", "rb", buffering=0) as file:
            return [int(word) for word in file.read().split()]
    except OSError:
        return []


def descendants(pid: int, keep: Collection[int] = ()) -> list[int]:
    """Return the child processes of a process and their children, as far as the system tells.

    A process whose parent has ended is only found if its new parent is a descendant or pid itself.

    Args:
        pid: the process.
        keep: children of it that are left out, with their children.
    """
    found: list[int] = []
    queue = [pid]
    while queue:
        parent = queue.pop()
        new = [child for child in children(parent) if child not in keep]
        found += new
        queue += new
    return found


def end_descendants(
    pid: int, *, keep: Collection[int] = (), patience: float = _PATIENCE
) -> list[int]:
    """Kill the descendants of a subreaper until it has none.

    Nothing escapes, whatever it did: a descendant remains one until the subreaper ends. Where the
    system has no subreapers or does not tell who is whose child, orphans are not found.

    Args:
        pid: a process that called `become_subreaper`: this one, or another that reaps its
            children.
        keep: children of it that stay, with their descendants.
        patience: seconds after which what cannot be killed is given up.

    Returns:
        The descendants that are left: processes of other users, or stuck in the kernel.
    """
    until = time.monotonic() + patience
    pause = _SHORTEST_PAUSE
    empty = 0
    # Reading the list may miss a child if another is reaped meanwhile, but only one after it. One
    # look is enough if nothing is in the list, two if what is kept may have been reaped.
    while empty < (2 if keep else 1):
        left = descendants(pid, keep)
        empty = 0 if left else empty + 1
        if not left:
            continue
        for descendant in left:
            kill(descendant)
        if time.monotonic() > until:
            return left
        time.sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE)
        if pid == os.getpid():
            _reap(left)
    return []


def _reap(pids: Collection[int]) -> None:
    for pid in pids:
        try:
            os.waitpid(pid, os.WNOHANG)
        except OSError:
            # Not a child, or reaped by another thread.
            continue


def session_members(leader: int) -> list[int]:
    """Return the other processes of a leader's session, as far as the system tells."""
    try:
        names = os.listdir("/proc")
    except OSError:
        return []
    found = []
    for name in names:
        if not name.isdecimal() or int(name) == leader:
            continue
        try:
            if os.getsid(int(name)) == leader:
                found.append(int(name))
        except OSError:
            continue
    return found


def with_variable(name: str, folder: str) -> list[int]:
    """Return the processes with a variable that names a folder or something in it.

    As far as the system tells.
    """
    wanted = os.fsencode(f"{name}={folder}")
    below = wanted + os.fsencode(os.sep)
    found = []
    try:
        names = os.listdir("/proc")
    except OSError:
        return []
    for pid in names:
        try:
            with open(f"/proc/{int(pid)}/environ", "rb") as file:
                variables = file.read().split(b"\0")
        except (OSError, ValueError):
            continue
        if any(text == wanted or text.startswith(below) for text in variables):
            found.append(int(pid))
    return found


def reads_device(leader: int, device: int) -> bool:
    """Return whether a process of a session waits in a read from its terminal.

    Always False where the system does not tell.

    Args:
        leader: the session leader.
        device: the device number of the session's controlling terminal.
    """
    call = _READ_CALLS.get(arch_name())
    for pid in (leader, *session_members(leader)):
        try:
            with open(f"/proc/{pid}/syscall", "rb") as file:
                words = file.read().split()
            if len(words) < 2 or words[0] != call:
                continue
            if os.stat(f"/proc/{pid}/fd/{int(words[1], 16)}").st_rdev in (device, _DEV_TTY):
                return True
        except OSError:
            continue
    return False


def kill_processes(pids: list[int]) -> None:
    """Kill processes, each with the group it leads, if any; ignore those that have ended."""
    for pid in pids:
        if not (POSIX and signal_group(pid, KILL_SIGNAL)):
            kill(pid)


def resume(pid: int) -> None:
    """Let a process continue that was stopped; ignore that it has ended."""
    if POSIX:
        try:
            os.kill(pid, _signal.SIGCONT)
        except OSError:
            return


def kill(pid: int) -> None:
    """Kill one process; it may have ended."""
    try:
        os.kill(pid, KILL_SIGNAL)
    except OSError:
        return


def exit_descriptor(pid: int) -> int:
    """Return a descriptor that becomes readable when a process exits; -1 if unsupported."""
    opener = getattr(os, "pidfd_open", None)
    if opener is None:
        return -1
    try:
        descriptor: int = opener(pid)
    except OSError:
        return -1
    return descriptor


def signal_number(name: str) -> int | None:
    """Return the number of a signal named INT, SIGINT or 2; None for any other name."""
    import signal

    number = numbers.read(name)
    if number is not None:
        return number if number in signal.valid_signals() else None
    name = name.upper()
    if not name.startswith("SIG"):
        name = "SIG" + name
    number = getattr(signal, name, None)
    return int(number) if isinstance(number, signal.Signals) else None


def signal_text(number: int) -> str:
    """Return the description of a signal: `killed`, `terminated`, `signal 35`."""
    import signal

    text = signal.strsignal(number) if number in signal.valid_signals() else None
    return text.lower() if text else f"signal {number}"


def understands_escapes(descriptor: int) -> bool:
    """Make a terminal interpret escape sequences; return whether it does."""
    if sys.platform != "win32":
        return True
    import ctypes
    import msvcrt

    kernel = ctypes.windll.kernel32
    handle, mode = msvcrt.get_osfhandle(descriptor), ctypes.c_ulong()
    if not kernel.GetConsoleMode(handle, ctypes.byref(mode)):
        return False
    return bool(kernel.SetConsoleMode(handle, mode.value | _ENABLE_VIRTUAL_TERMINAL_PROCESSING))
