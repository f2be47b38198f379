"""What differs between operating systems when processes are started, signalled and awaited.

Every call that exists on one system only is here, behind a name that exists on all of them.
"""

from __future__ import annotations

import os
import signal
import sys

from scriptest.base import numbers as wholenumber

POSIX = os.name == "posix"
WINDOWS = sys.platform == "win32"

# Windows has neither of the two; a job is then terminated outright.
QUIT_SIGNAL: int = getattr(signal, "SIGQUIT", signal.SIGTERM)
KILL_SIGNAL: int = getattr(signal, "SIGKILL", signal.SIGTERM)

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


def os_name() -> str:
    """Return this system's name as Go spells it (GOOS): linux, darwin, windows, ..."""
    return _OS_NAMES.get(sys.platform, sys.platform.rstrip("0123456789"))


def arch_name() -> str:
    """Return this machine's architecture as Go spells it (GOARCH): amd64, arm64, ..."""
    machine = os.environ.get("PROCESSOR_ARCHITECTURE", "") if WINDOWS else os.uname().machine
    machine = machine.lower()
    return _ARCH_NAMES.get(machine, machine)


def is_root() -> bool:
    """Report whether the process runs with the superuser's rights."""
    geteuid = getattr(os, "geteuid", None)
    return geteuid is not None and geteuid() == 0


def signal_group(leader: int, number: int) -> bool:
    """Send a signal to the process group that leader leads; False if nobody is left in it."""
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
        # macOS answers EPERM for a group of zombies: there is nobody to signal.
        return False
    return True


def group_alive(leader: int) -> bool:
    """Report whether a process of the group that leader led still exists."""
    return POSIX and signal_group(leader, 0)


def descendants(pid: int) -> list[int]:
    """Return the processes that pid started, and those they started, as far as the system tells.

    A process whose parent has ended is not found: it belongs to nobody here any more.
    """
    found: list[int] = []
    queue = [pid]
    while queue:
        parent = queue.pop()
        try:
            with open(f"/proc/{parent}/task/{parent}/children", "rb") as file:
                children = [int(word) for word in file.read().split()]
        except OSError:
            continue
        found += children
        queue += children
    return found


def session_members(leader: int) -> list[int]:
    """Return the other processes of the session that leader led, as far as the system tells."""
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


def with_variable(name: str, value: str) -> list[int]:
    """Return the processes that were started with a variable, as far as the system tells."""
    wanted = os.fsencode(f"{name}={value}")
    found = []
    try:
        names = os.listdir("/proc")
    except OSError:
        return []
    for pid in names:
        try:
            with open(f"/proc/{int(pid)}/environ", "rb") as file:
                if wanted in file.read().split(b"\0"):
                    found.append(int(pid))
        except (OSError, ValueError):
            continue
    return found


def reads_device(leader: int, device: int) -> bool:
    """Report whether a process of leader's session waits in a read from its terminal.

    Args:
        leader: the session's.
        device: the number of the terminal that controls the session.

    False where the system does not tell.
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
    """Kill processes at once, each with the group it may lead; those already gone are fine."""
    for pid in pids:
        if POSIX and signal_group(pid, KILL_SIGNAL):
            continue
        try:
            os.kill(pid, KILL_SIGNAL)
        except OSError:
            continue


def exit_descriptor(pid: int) -> int:
    """Return a descriptor that becomes readable when pid exits, or -1 where there is none."""
    opener = getattr(os, "pidfd_open", None)
    if opener is None:
        return -1
    try:
        descriptor: int = opener(pid)
    except OSError:
        return -1
    return descriptor


def signal_number(name: str) -> int | None:
    """Return the number of a signal named INT, SIGINT or 2; None if there is no such signal."""
    number = wholenumber.read(name)
    if number is not None:
        return number if number in signal.valid_signals() else None
    name = name.upper()
    if not name.startswith("SIG"):
        name = "SIG" + name
    number = getattr(signal, name, None)
    return int(number) if isinstance(number, signal.Signals) else None


def signal_text(number: int) -> str:
    """Return what a signal is called in messages: `killed`, `terminated`, `signal 35`."""
    text = signal.strsignal(number) if number in signal.valid_signals() else None
    return text.lower() if text else f"signal {number}"


def understands_escapes(descriptor: int) -> bool:
    """Report whether the terminal of a descriptor follows escape sequences, asking it to."""
    if sys.platform != "win32":
        return True
    import ctypes
    import msvcrt

    kernel = ctypes.windll.kernel32
    handle, mode = msvcrt.get_osfhandle(descriptor), ctypes.c_ulong()
    if not kernel.GetConsoleMode(handle, ctypes.byref(mode)):
        return False
    return bool(kernel.SetConsoleMode(handle, mode.value | _ENABLE_VIRTUAL_TERMINAL_PROCESSING))
