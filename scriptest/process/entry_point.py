"""Runs a Python entry point as its console script would: at once, or in forks of a server.

    python -P entrypoint.py PATHS REFERENCE NAME [ARGUMENT...]
    python -P entrypoint.py PATHS REFERENCE --serve DESCRIPTOR

A program of its own: nothing of scriptest is imported, so that nothing of it can be in the way of
the program under test. `fork_server.py` is the other end of its socket.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from socket import socket

LENGTH_BYTES = 8
"""How long the number is that stands before a request: the bytes that follow, big-endian."""

_TAG_LIMIT = 10
"""The limit that is the tag of a process; see `scriptest/base/process_tags.py`."""

READY = b"ready\n"
"""Sent by the server when the entry point is loaded and may be forked."""


def load(reference: str) -> Callable[[], object]:
    """Import a module and return the function that `module:function` names."""
    from importlib import import_module

    module, _, name = reference.partition(":")
    found: object = import_module(module)
    for part in name.split("."):
        found = getattr(found, part)
    assert callable(found), f"{reference} is no function"
    return found


def call(function: Callable[[], object]) -> None:
    """Call a function as a console script does; tracebacks start in the program's code."""
    try:
        status = function()
    except Exception as error:
        trace = error.__traceback__
        error = error.with_traceback(trace and trace.tb_next)
        sys.excepthook(type(error), error, error.__traceback__)
        status = 1
    sys.exit(status)  # type: ignore[arg-type] # whatever the function returns, as setuptools does


def serve(channel: socket, function: Callable[[], object]) -> Callable[[], object] | None:
    """Fork once for each request.

    Returns:
        In a child, the function that is to be called there; in the server None, at the end.
    """
    import gc
    import select
    import signal

    wake_up, woken = os.pipe()
    for descriptor in (wake_up, woken):
        os.set_blocking(descriptor, False)
    signal.signal(signal.SIGCHLD, lambda number, frame: None)
    # A child that is interrupted before its program runs ends without a traceback.
    on_interrupt = signal.getsignal(signal.SIGINT)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.set_wakeup_fd(woken, warn_on_full_buffer=False)
    gc.collect()
    # What is there now is never garbage; left alone, its pages stay shared.
    gc.freeze()
    channel.sendall(READY)
    reports: dict[int, int] = {}
    poll = select.poll()
    poll.register(channel, select.POLLIN)
    poll.register(wake_up, select.POLLIN)
    while True:
        ready = [descriptor for descriptor, _ in poll.poll()]
        if wake_up in ready:
            os.read(wake_up, 4096)
            _report_ended(reports)
        if channel.fileno() not in ready:
            continue
        request = _receive(channel)
        if request is None:
            return None
        words, descriptors = request
        pid = _fork(descriptors[-1])
        if pid == 0:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            channel.close()
            for descriptor in (wake_up, woken, *reports.values()):
                os.close(descriptor)
            _become(words, descriptors)
            signal.signal(signal.SIGINT, on_interrupt)
            return function
        *streams, report = descriptors
        if pid < 0:
            streams.append(report)
        else:
            reports[pid] = report
        for descriptor in streams:
            os.close(descriptor)


def _fork(report: int) -> int:
    """Fork; if that is impossible, report the negative error number and return a negative one."""
    try:
        return os.fork()
    except OSError as error:
        os.write(report, b"-%d\n" % (error.errno or 0))
        return -1


def _receive(channel: socket) -> tuple[dict[str, object], list[int]] | None:
    import json
    import socket

    head, descriptors, _, _ = socket.recv_fds(channel, LENGTH_BYTES, 4)
    if len(head) < LENGTH_BYTES or len(descriptors) < 4:
        return None
    left, parts = int.from_bytes(head, "big"), []
    while left:
        part = channel.recv(left)
        if not part:
            return None
        left -= len(part)
        parts.append(part)
    return json.loads(b"".join(parts)), descriptors


def _report_ended(reports: dict[int, int]) -> None:
    while reports:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid == 0:
            return
        report = reports.pop(pid, -1)
        if report < 0:
            continue
        try:
            os.write(report, b"%d\n" % os.waitstatus_to_exitcode(status))
        except OSError:
            # The requesting process has ended.
            pass
        finally:
            os.close(report)


def _become(request: dict[str, object], descriptors: list[int]) -> None:
    """Turn a forked child into what a new process would be."""
    *streams, report = descriptors
    os.setsid()
    for target, descriptor in enumerate(streams):
        os.dup2(descriptor, target)
        os.close(descriptor)
    if request["tag"]:
        import resource

        hard = resource.getrlimit(_TAG_LIMIT)[1]
        resource.setrlimit(_TAG_LIMIT, (request["tag"], hard))  # type: ignore[arg-type] # a number
    os.write(report, b"%d\n" % os.getpid())
    os.close(report)
    os.chdir(str(request["cwd"]))
    os.environ.clear()
    os.environ.update(request["env"])  # type: ignore[call-overload] # a mapping, by the protocol
    sys.argv[:] = request["argv"]  # type: ignore[call-overload] # a list, by the protocol


def _has_threads() -> bool:
    """Report whether loading the program started threads: a fork would lose them."""
    try:
        return len(os.listdir("/proc/self/task")) > 1
    except OSError:
        threading = sys.modules.get("threading")
        return threading is not None and threading.active_count() > 1


def main() -> Callable[[], object] | None:
    """Return the function that this process is to call, if any."""
    paths, reference, *words = sys.argv[1:]
    sys.path[:0] = [path for path in paths.split(os.pathsep) if path]
    if words[0] != "--serve":
        sys.argv[:] = words
        return load(reference)
    import socket

    channel = socket.socket(fileno=int(words[1]))
    os.set_inheritable(channel.fileno(), False)
    function = load(reference)
    return None if _has_threads() else serve(channel, function)


if __name__ == "__main__":
    to_call = main()
    if to_call is not None:
        call(to_call)
