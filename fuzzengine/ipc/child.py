"""Runs one test program to its end for the command line: output, signals, nothing left behind."""

from __future__ import annotations

import os
import sys

from fuzzengine.base.background import Background
from fuzzengine.ipc import signals
from fuzzengine.ipc.parent_death import LIFELINE_VARIABLE
from fuzzengine.ipc.spawn import spawn

TYPE_CHECKING = False  # importing typing costs more than the rest of a worker's start
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from fuzzengine.ipc.spawn import Process

_LIFELINE = 3
_DRAIN_SECONDS = 0.5
_CHUNKS_KEPT = 64
_FORWARDED = ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT")


def run_child(
    command: Sequence[str],
    environment: Mapping[str, str],
    *,
    streaming: bool,
    take: Callable[[bytes], object] | None = None,
    forwarded: list[str] | None = None,
) -> tuple[str, str]:
    """Run a program; return how it ended (`exit status 0`) and all it printed.

    Standard output and error are one. With `streaming` they are passed on as they come, to `take`
    or else to standard output, and only the last of them is returned. Signals that would end this
    process go to the program instead; `forwarded` takes their names.

    Raises:
        OSError: the program cannot be started.
    """
    output, child_output = os.pipe()
    child_life, life = os.pipe()
    null = os.open(os.devnull, os.O_RDWR)
    try:
        process = spawn(
            command,
            {**environment, LIFELINE_VARIABLE: str(_LIFELINE)},
            dict(enumerate((null, child_output, child_output, child_life))),
        )
    finally:
        for descriptor in (null, child_output, child_life):
            os.close(descriptor)
    taken = [] if forwarded is None else forwarded
    previous = {name: _forward(process, name, taken) for name in _FORWARDED}
    try:
        text = _pass_on(output, process, (take or write_output) if streaming else None)
    finally:
        for name, handler in previous.items():
            signals.restore(name, handler)
        os.close(life)
        os.close(output)
    return text


def _forward(process: Process, name: str, taken: list[str]) -> object:
    def forward(_number: int, _frame: object) -> None:
        taken.append(name)
        process.signal(name)

    return signals.handle(name, forward)


def _pass_on(
    output: int, process: Process, take: Callable[[bytes], object] | None
) -> tuple[str, str]:
    chunks: list[bytes] = []
    reader = Background(_copy, output, chunks, take)
    ending = process.wait()
    if not reader.wait(_DRAIN_SECONDS) and sys.platform == "linux":
        from fuzzengine.ipc.orphans import end_holders

        end_holders(output)
        reader.wait(_DRAIN_SECONDS)
    return str(ending), b"".join(chunks).decode("utf-8", "replace")


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
            # A program may print more than there is memory for.
            del chunks[:-_CHUNKS_KEPT]


def write_output(chunk: bytes) -> None:
    """Write to standard output; nothing happens where nobody reads it any more."""
    try:
        while chunk:
            chunk = chunk[os.write(1, chunk) :]
    except OSError:
        # Nobody reads any more; the program is still to be drained.
        return
