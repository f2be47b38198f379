"""Protects a worker from fuzz targets that change the interpreter: builtins, modules, limits.

Changes are undone before the engine formats a report and, if a fast look finds them, after a call.
If the engine fails nevertheless, the input is recorded: the last resort is `Guard.end`, which uses
nothing but what was bound when this module was imported.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]
import builtins
import gc
import os
import sys

from fuzzengine.base.bounded import shorten
from fuzzengine.base.failure import kind_of
from fuzzengine.base.frames import ENGINE_FOLDER, is_engine_code
from fuzzengine.ipc.messages import WireError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import NoReturn

    from fuzzengine.ipc.shared_memory import SharedMemory

EXIT_STATUS = 2
"""The exit status of a worker that a fuzz target has broken; that of a panic in Go."""

_OF_COORDINATOR = (BrokenPipeError, WireError)
_OWN_PACKAGES = ("fuzzengine", "scriptest")
_MESSAGE_LIMIT = 1000
_TRIES = 1000
_SHOWN_CHANGES = 5

_exit = os._exit
_modules = sys.modules
_builtins = vars(builtins)
_get_limit, _set_limit = sys.getrecursionlimit, sys.setrecursionlimit
_set_trace, _set_profile = sys.settrace, sys.setprofile
_any, _type = BaseException, type
_block = getattr(_signal, "pthread_sigmask", None)
_block_arguments = (
    (_signal.SIG_BLOCK, frozenset(_signal.valid_signals())) if _block is not None else ()
)


class Guard:
    """The state of the interpreter that the engine needs, as it was before the first input."""

    __slots__ = (
        "_builtins",
        "_changes",
        "_gc_callbacks",
        "_limit",
        "_memory",
        "_modules",
        "_ran",
        "_size",
    )

    def __init__(self, memory: SharedMemory) -> None:
        self._memory = memory
        self._limit = _get_limit()
        self._builtins = dict(_builtins)
        self._gc_callbacks = list(gc.callbacks)
        self._modules: dict[str, ModuleType] = {}
        self._size = 0
        self._ran = False
        self._changes: list[str] = []
        self._learn_modules()

    def begin_call(self) -> None:
        """Forget the changes that were undone after earlier calls."""
        self._changes.clear()

    def end_call(self) -> None:
        """Undo changes of the call that a fast look finds."""
        self._ran = True
        if (
            _get_limit() < self._limit
            or len(_modules) != self._size
            or gc.callbacks != self._gc_callbacks
            or _builtins != self._builtins
        ):
            self.restore()

    def restore(self) -> None:
        """Undo the changes of the target to what the engine needs, and remember them for `end`.

        Additions stay: other builtins, modules, a higher recursion limit.
        """
        found, limit = _builtins.copy(), _get_limit()
        _builtins.update(self._builtins)
        if limit < self._limit:
            _set_limit(self._limit)
            self._note(f"set the recursion limit to {limit}")
        for name, value in self._builtins.items():
            if found.get(name, self) is not value and callable(value):
                self._note(f"replaced builtins.{name}")
        if gc.callbacks != self._gc_callbacks:
            gc.callbacks[:] = self._gc_callbacks
            self._note("changed gc.callbacks")
        lost = {
            name: kept for name, kept in self._modules.items() if _modules.get(name) is not kept
        }
        if lost:
            _modules.update(lost)
            self._note("removed modules from sys.modules")
        if len(_modules) != self._size:
            self._learn_modules()
        if _builtins != self._builtins:
            # The target has added some; compared with them, nothing changes from now on.
            self._builtins = dict(_builtins)

    def _note(self, change: str) -> None:
        if change not in self._changes and len(self._changes) < _SHOWN_CHANGES:
            self._changes.append(change)

    def _learn_modules(self) -> None:
        """Remember the modules of the engine and of the standard library."""
        wanted = sys.stdlib_module_names
        for name, module in _modules.copy().items():
            top = name.partition(".")[0]
            if top in _OWN_PACKAGES or top in wanted:
                self._modules[name] = module
        self._size = len(_modules)

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
        self._memory.message = self._description(error)

    def _description(self, error: BaseException) -> str:
        text = f"{kind_of(error)}{_place(error)}"
        message = shorten(str(error), _MESSAGE_LIMIT)
        if message:
            text += f": {message}"
        if self._changes:
            text += f"; the target has {', '.join(self._changes)}"
        return text


def is_from_engine(error: BaseException) -> bool:
    """Return whether the engine raised an exception itself, not a signal handler in its code."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return trace is not None and is_engine_code(trace.tb_frame.f_code)


def _place(error: BaseException) -> str:
    """Return ` in worker/server.py:210` for the innermost frame of the engine, or ""."""
    trace, place = error.__traceback__, ""
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        if file.startswith(ENGINE_FOLDER):
            place = f" in fuzzengine/{file[len(ENGINE_FOLDER) :]}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place
