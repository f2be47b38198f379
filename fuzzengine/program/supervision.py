"""Runs a test program that no command started as a child that cannot end it early unnoticed.

A test that ends the process with status 0, such as by `os._exit(0)` or by executing another
program, would otherwise look like a run that passed.
"""

from __future__ import annotations

import mmap
import os
import sys

from fuzzengine.base.errors import EXIT_STATUS, FAILED
from fuzzengine.ipc.parent_death import end_with_pipe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import NoReturn

_ENDED_EARLY = "testing: the test program ended before its tests were finished\n"


def supervise() -> Callable[[], object]:
    """Go on in a child process, and end this one when and as the child ends (POSIX).

    Returns:
        A function for the child to call if all tests have passed: without it status 0 is a failure.

    Raises:
        OSError: the child cannot be started.
    """
    if not hasattr(os, "fork"):
        return bool
    import signal

    passed = mmap.mmap(-1, 1)
    watched = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD}
    before = signal.pthread_sigmask(signal.SIG_BLOCK, watched)
    life, own_end = os.pipe()
    try:
        child = os.fork()
    except OSError:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        raise
    if child:
        os.close(life)
        _end_with(child, passed, watched)
    os.close(own_end)
    signal.pthread_sigmask(signal.SIG_SETMASK, before)
    end_with_pipe(life)
    return lambda: passed.write(b"\1")


def _end_with(child: int, passed: mmap.mmap, watched: Iterable[int]) -> NoReturn:
    """Pass signals on to the child until it ends, and end as it did."""
    import signal

    # A SIGCHLD that has no handler may be dropped although it is blocked.
    signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
    while True:
        found, status = os.waitpid(child, os.WNOHANG | os.WUNTRACED)
        if found and not os.WIFSTOPPED(status):
            break
        if found and os.WSTOPSIG(status) == signal.SIGSTOP:
            os.kill(child, signal.SIGKILL)
            sys.stderr.write("testing: the test program was stopped by SIGSTOP; it was ended\n")
            os._exit(EXIT_STATUS)
        _pass_on(child, watched)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, watched)
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        if number != signal.SIGKILL:
            signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
        os._exit(FAILED)
    code = os.WEXITSTATUS(status)
    if code == 0 and passed[0] == 0:
        sys.stderr.write(_ENDED_EARLY)
        code = FAILED
    os._exit(code)


def _pass_on(child: int, watched: Iterable[int]) -> None:
    """Wait for a signal, and pass it on unless the child got it from the terminal as well."""
    import signal

    if hasattr(signal, "sigwaitinfo"):
        found = signal.sigwaitinfo(watched)
        number, from_terminal = found.si_signo, found.si_code > 0
    else:
        number = signal.sigwait(watched)
        from_terminal = number == signal.SIGINT
    if number != signal.SIGCHLD and not from_terminal:
        os.kill(child, number)
