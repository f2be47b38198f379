"""The state of the interpreter that the engine needs, and that code under test may change.

The functions here use nothing but what was bound when this module was imported, until that state is
restored: the code under test may have replaced any builtin.
"""

from __future__ import annotations

import atexit
import builtins
import gc
import os
import sys

from fuzzengine.base.bounded import shorten
from fuzzengine.base.describe import describe_value
from fuzzengine.base.failure import kind_of
from fuzzengine.base.frames import ENGINE_FOLDER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import NoReturn

_OWN_PACKAGES = ("fuzzengine", "scriptest")
_MESSAGE_LIMIT = 1000
_SHOWN_CHANGES = 5

_modules = sys.modules
_builtins = vars(builtins)
_get_limit, _set_limit = sys.getrecursionlimit, sys.setrecursionlimit


class InterpreterState:
    """Builtins, modules, recursion limit and callbacks of the collector, as they are now.

    Attributes:
        changes: what `restore` has undone, such as `replaced builtins.open`.
    """

    __slots__ = ("_builtins", "_gc_callbacks", "_limit", "_modules", "_size", "changes")

    def __init__(self) -> None:
        self._limit = _get_limit()
        self._builtins = dict(_builtins)
        self._gc_callbacks = list(gc.callbacks)
        self._modules: dict[str, ModuleType] = {}
        self._size = 0
        self.changes: list[str] = []
        self._learn_modules()

    def has_changed(self) -> bool:
        """Return whether a fast look finds a change."""
        return (
            _get_limit() < self._limit
            or len(_modules) != self._size
            or gc.callbacks != self._gc_callbacks
            or _builtins != self._builtins
        )

    def restore(self) -> None:
        """Undo changes to what the engine needs, and note them.

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
            # Some were added; compared with them, nothing changes from now on.
            self._builtins = dict(_builtins)

    def describe(self, error: BaseException) -> str:
        """Return one line about an exception that the engine raised, and the changes so far."""
        text = f"{kind_of(error)}{_place(error)}"
        message = shorten(describe_value(error), _MESSAGE_LIMIT)
        if message:
            text += f": {message}"
        if self.changes:
            text += f"; the target has {', '.join(self.changes)}"
        return text

    def _note(self, change: str) -> None:
        if change not in self.changes and len(self.changes) < _SHOWN_CHANGES:
            self.changes.append(change)

    def _learn_modules(self) -> None:
        """Remember the modules of the engine and of the standard library."""
        wanted = sys.stdlib_module_names
        for name, module in _modules.copy().items():
            top = name.partition(".")[0]
            if top in _OWN_PACKAGES or top in wanted:
                self._modules[name] = module
        self._size = len(_modules)


def _place(error: BaseException) -> str:
    """Return ` in fuzzengine/worker/server.py:210` for the engine's innermost frame, or ""."""
    trace, place = error.__traceback__, ""
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        if file.startswith(ENGINE_FOLDER):
            place = f" in fuzzengine/{file[len(ENGINE_FOLDER) :]}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place


def exit_process(status: int) -> NoReturn:
    """End the process at once, even if the code under test left threads running (Go: os.Exit)."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except Exception:
            # The code under test may have closed or replaced the stream.
            continue
    atexit._run_exitfuncs()
    os._exit(status)
