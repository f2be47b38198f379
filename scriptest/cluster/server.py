"""Runs scripts one after another, in a process of its own on a node.

A process of its own, since a Dask worker lives longer than a run: it would keep the modules that
functions of the project were loaded from. It ends with the pipe from the worker, and interrupts
what runs.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys
import threading
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, BinaryIO

from scriptest import __version__
from scriptest.cluster.messages import Order, Problem, RunSpec
from scriptest.run.runner import Runner
from scriptest.suite.suite import SuiteError

if TYPE_CHECKING:
    from scriptest.engine.result import Result
    from scriptest.suite.suite import Selected

IDLE = 60.0
"""Seconds without an order after which the process ends: the driver may have been lost."""


class _Scripts:
    """The scripts that the run was started with, found in the same way."""

    def __init__(self, spec: RunSpec) -> None:
        from scriptest.language.dialect import DIALECTS
        from scriptest.suite.suite import Finder

        dialect = DIALECTS[spec.dialect] if spec.dialect else None
        finder = Finder(spec.config, recursive=spec.recursive, dialect=dialect)
        self._found = {script.name: script for script in finder.find(spec.paths)}

    def selected(self, order: Order) -> Selected | Problem:
        """Return a script, or why it is not the one that the driver knows."""
        selected = self._found.get(order.name)
        if selected is None:
            return Problem(f"there is no {order.name} in {os.getcwd()}")
        if order.digest and digest(selected) != order.digest:
            return Problem(f"{order.name} has another content in {os.getcwd()}")
        return selected._replace(number=order.number)


def digest(selected: Selected) -> str:
    """Return a digest of a script's file; an empty string if it cannot be read."""
    from hashlib import sha256

    from scriptest.base.regular_files import read_file

    try:
        return sha256(read_file(selected.path)).hexdigest()
    except OSError:
        return ""


def serve(orders: BinaryIO, answers: BinaryIO) -> None:
    """Answer each order with a Result or a Problem, then the end with a message or "".

    Args:
        orders: a pickled RunSpec, then Orders.
        answers: where to write the answers, pickled.
    """
    spec: RunSpec = pickle.load(orders)
    runner = Runner(spec.options)
    waiting: SimpleQueue[Order | None] = SimpleQueue()

    def read() -> None:
        while True:
            try:
                waiting.put(pickle.load(orders))
            except (EOFError, OSError, pickle.UnpicklingError):
                break
        runner.interrupt()
        waiting.put(None)

    threading.Thread(target=read, daemon=True).start()
    scripts: _Scripts | None = None
    try:
        while (order := _next(waiting)) is not None:
            try:
                scripts = scripts or _Scripts(_checked(spec))
                answer = _run(runner, scripts, order)
            except SuiteError as error:
                answer = Problem(str(error))
            _send(answers, answer)
    finally:
        _send(answers, _close(runner))


def _checked(spec: RunSpec) -> RunSpec:
    if spec.version != __version__:
        raise SuiteError(f"scriptest {__version__} is installed there, not {spec.version}")
    return spec


def _next(waiting: SimpleQueue[Order | None]) -> Order | None:
    try:
        return waiting.get(timeout=IDLE)
    except Empty:
        return None


def _run(runner: Runner, scripts: _Scripts, order: Order) -> Result | Problem:
    selected = scripts.selected(order)
    return selected if isinstance(selected, Problem) else runner.run_guarded(selected)


def _close(runner: Runner) -> str:
    """End the run; return the message that a teardown failed, or an empty string."""
    try:
        runner.close()
    except SuiteError as error:
        return str(error)
    return ""


def _send(answers: BinaryIO, answer: object) -> None:
    try:
        pickle.dump(answer, answers)
        answers.flush()
    except OSError:
        # The worker has ended, and with it the pipe that orders come from.
        return


def main() -> None:
    """Serve the process that started this one, through standard input and output."""
    # Dask's local workers ignore it, which the programs of scripts would inherit.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    answers = os.fdopen(os.dup(1), "wb")
    # Functions of the project may print, which must not be taken for an answer.
    os.dup2(2, 1)
    serve(sys.stdin.buffer, answers)


if __name__ == "__main__":
    main()
