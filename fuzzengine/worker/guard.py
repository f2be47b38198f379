"""Protects a worker from fuzz targets that change the interpreter: builtins, modules, limits.

Changes are undone before the engine formats a report and, if a fast look finds them, after a call.
If the engine fails nevertheless, the input is recorded: the last resort is `Guard.end`, which uses
nothing but what was bound when this module was imported.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]
import os
import sys

from fuzzengine.base.frames import is_engine_code
from fuzzengine.base.interpreter import InterpreterState
from fuzzengine.ipc.messages import WireError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

    from fuzzengine.ipc.shared_memory import SharedMemory

EXIT_STATUS = 2
"""The exit status of a worker that a fuzz target has broken; that of a panic in Go."""

EARLIER = "; a handler, a timer or a hook of the target raised it, maybe one of an earlier input"
"""Added if code of the target raised an exception in the engine, so that the input may be wrong."""

_OF_COORDINATOR = (BrokenPipeError, WireError)
_TRIES = 1000

_exit = os._exit
_set_trace, _set_profile = sys.settrace, sys.setprofile
_any, _type = BaseException, type
_block = getattr(_signal, "pthread_sigmask", None)
_block_arguments = (
    (_signal.SIG_BLOCK, frozenset(_signal.valid_signals())) if _block is not None else ()
)


class Guard:
    """Restores the state of the interpreter before the first input, and ends a broken worker."""

    __slots__ = ("_memory", "_ran", "_state")

    def __init__(self, memory: SharedMemory) -> None:
        self._memory = memory
        self._state = InterpreterState()
        self._ran = False

    def begin_call(self) -> None:
        """Forget the changes that were undone after earlier calls."""
        self._state.changes.clear()

    def end_call(self) -> None:
        """Undo changes of the call that a fast look finds."""
        self._ran = True
        if self._state.has_changed():
            self.restore()

    def restore(self) -> None:
        """Undo the changes of the target to what the engine needs."""
        self._state.restore()

    def can_blame(self, error: BaseException) -> bool:
        """Return whether a target can be the reason why the engine failed."""
        return (self._ran or self._memory.count > 0) and _type(error) not in _OF_COORDINATOR

    def end(self, error: BaseException) -> NoReturn:
        """End the worker because the engine failed after a target ran; its input is recorded."""
        tries = 0
        while tries < _TRIES:
            tries += 1
            try:
                self._report(error)
                tries = _TRIES
            except _any:
                # A timer of the target may raise here too, a few times.
                continue
        _exit(EXIT_STATUS)

    def _report(self, error: BaseException) -> None:
        self._memory.broken = True
        if _block is not None:
            _block(*_block_arguments)
        _set_trace(None)
        _set_profile(None)
        self.restore()
        message = self._state.describe(error)
        if not is_from_engine(error):
            message += EARLIER
        self._memory.message = message


def is_from_engine(error: BaseException) -> bool:
    """Return whether the engine raised an exception itself, not a signal handler in its code."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return trace is not None and is_engine_code(trace.tb_frame.f_code)
