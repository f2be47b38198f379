"""Runs a test program for the command line: passes on output and signals, leaves nothing behind."""

from __future__ import annotations

import os
import sys

from fuzzengine.base.errors import CannotRun
from fuzzengine.ipc import signals
from fuzzengine.ipc.exit_status import ExitStatus
from fuzzengine.ipc.orphans import Orphans, end_holders
from fuzzengine.ipc.parent_death import PARENT_PIPE_VARIABLE
from fuzzengine.ipc.process import start_thread
from fuzzengine.ipc.spawn import spawn

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from fuzzengine.ipc.process import Process

_PARENT_PIPE = 3
_DRAIN_SECONDS = 0.5
# Without other holders a pipe has an end, which a busy machine may take a while to read.
_LAST_SECONDS = 5
_CHUNKS_KEPT = 64
_FORWARDED = ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT")


class Finished:
    """A program that has ended.

    Attributes:
        status: how it ended.
        output: standard output and error, merged; with `streaming` only the end.
        signals: the names of the signals to this process that were forwarded to the program.
    """

    __slots__ = ("output", "signals", "status")

    def __init__(self, status: ExitStatus, output: str, signals: list[str]) -> None:
        self.status = status
        self.output = output
        self.signals = signals


def run_child(
    command: Sequence[str],
    environment: Mapping[str, str],
    *,
    streaming: bool,
    take: Callable[[bytes], object] | None = None,
    end_orphans: bool = False,
    run_number: int = 0,
) -> Finished:
    """Run a program to its end.

    Signals that would end this process are forwarded to the program.

    Args:
        command: the program and its arguments.
        environment: all of its environment.
        streaming: pass its output on as it comes.
        take: receives the output instead of standard output.
        end_orphans: kill all processes that the program leaves behind (Linux), and any other
            process that this one starts meanwhile.
        run_number: the number in the tags of the program's processes; 0 for no tags.

    Raises:
        OSError: the program cannot be started.
        CannotRun: it was stopped, such as by SIGSTOP; it was killed then.
    """
    orphans = Orphans()
    if end_orphans:
        orphans.adopt()
    opened: list[int] = []
    try:
        for _ in range(2):
            opened += os.pipe()
        opened.append(os.open(os.devnull, os.O_RDWR))
        output, child_output, child_life, life, null = opened
        process = _spawn(
            command,
            {**environment, PARENT_PIPE_VARIABLE: str(_PARENT_PIPE)},
            dict(enumerate((null, child_output, child_output, child_life))),
            run_number,
        )
    except OSError:
        for descriptor in opened:
            os.close(descriptor)
        raise
    for descriptor in (null, child_output, child_life):
        os.close(descriptor)
    forwarded: list[str] = []
    previous = {name: _forward(process, name, forwarded) for name in _FORWARDED}
    try:
        status, text = _pass_on(output, process, (take or write_output) if streaming else None)
    finally:
        orphans.end()
        for name, handler in previous.items():
            signals.restore(name, handler)
        os.close(life)
        os.close(output)
    return Finished(status, text, forwarded)


def _spawn(
    command: Sequence[str],
    environment: Mapping[str, str],
    descriptors: Mapping[int, int],
    run_number: int,
) -> Process:
    if not run_number:
        return spawn(command, environment, descriptors, block_interrupts=True)
    from scriptest.base import process_tags

    with process_tags.Inherited(process_tags.tag_of_run(run_number)):
        return spawn(command, environment, descriptors, block_interrupts=True)


def run_in_foreground(command: Sequence[str], environment: Mapping[str, str]) -> Finished:
    """Run a program that talks to the user: it has this process's streams and process group.

    Raises:
        OSError: the program cannot be started.
    """
    import subprocess

    previous = signals.handle("SIGINT", lambda _number, _frame: None)
    try:
        code = subprocess.run(command, env=environment, check=False).returncode
    finally:
        signals.restore("SIGINT", previous)
    wait_status = code if os.name == "nt" else -code if code < 0 else code << 8
    return Finished(ExitStatus(wait_status), "", [])


def _forward(process: Process, name: str, forwarded: list[str]) -> object:
    def forward(_number: int, _frame: object) -> None:
        forwarded.append(name)
        process.signal(name)

    return signals.handle(name, forward)


def _pass_on(
    output: int, process: Process, take: Callable[[bytes], object] | None
) -> tuple[ExitStatus, str]:
    chunks: list[bytes] = []
    try:
        reader = start_thread(_copy, output, chunks, take)
    except OSError:
        process.signal("SIGKILL", group=True)
        process.wait()
        raise
    stopped: list[str] = []

    def end_stopped(signal: str) -> None:
        stopped.append(signal)
        process.signal("SIGKILL", group=True)

    status = process.wait(end_stopped)
    if stopped:
        raise CannotRun(
            f"the test program was stopped by {stopped[0]}, such as by a fuzz target; it was ended"
        )
    reader.join(_DRAIN_SECONDS)
    if reader.is_alive() and sys.platform == "linux":
        end_holders(output)
        reader.join(_LAST_SECONDS)
    return status, b"".join(chunks).decode("utf-8", "replace")


def _copy(output: int, chunks: list[bytes], take: Callable[[bytes], object] | None) -> None:
    while True:
        try:
            chunk = os.read(output, 1 << 16)
        except OSError:
            return
        if not chunk:
            return
        chunks.append(chunk)
        if take is not None:
            take(chunk)
            # The output may be larger than the memory.
            del chunks[:-_CHUNKS_KEPT]


def write_output(chunk: bytes) -> None:
    """Write to standard output, or nowhere if its reader is gone."""
    try:
        while chunk:
            chunk = chunk[os.write(1, chunk) :]
    except OSError:
        # The reader is gone; the output of the program must be read nevertheless.
        return
