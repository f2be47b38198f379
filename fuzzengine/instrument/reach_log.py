"""Logs what a worker executes, for `fuzzengine cover`: lines, jumps between lines, and blocks.

Each fact is appended to a file the first time that it occurs, so that all facts about an input
which ends its worker are there. All workers of a fuzz test write to one file, one JSON object a
line:

    {"module": "m.parser", "file": "/.../parser.py", "blocks": 17}
    {"module": "m.parser", "reached": [0, 4]}
    {"file": "/.../parser.py", "jump": [12, 13]}

A jump leads from one line to the next that is executed, as in the data files of coverage.py: from
or to a negative number, the first line of a function, where that is entered or left.
"""

from __future__ import annotations

import os
import sys
import threading
from opcode import opmap

from fuzzengine.instrument.coverage import COVERAGE
from fuzzengine.instrument.import_hook import installed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType, FrameType
    from typing import Any

    from fuzzengine.testing.target import Target

LOG, FACTS = ".reach", ".json"
"""The ends of the names of the log of a fuzz test and of the file with facts about its corpus."""

_RESUME = opmap["RESUME"]
_AFTER_START = 3
"""The bits in the argument of RESUME that are 0 only at the start of a function."""

_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
_ANY_HIT = bytes(1 if count else 0 for count in range(256))

# The code under test may replace what these names mean elsewhere.
_open, _write, _close = os.open, os.write, os.close
_set_trace, _set_thread_trace = sys.settrace, threading.settrace


class ReachLog:
    """The log of a worker.

    Args:
        path: the file, an absolute path.
    """

    def __init__(self, path: str) -> None:
        # Imported here: the target may change or remove the module.
        from json import dumps

        self._path = path
        self._dumps = dumps
        # By the file name in code objects: the absolute path and the known jumps.
        self._files: dict[str, tuple[str, set[tuple[int, int]]]] = {}
        self._known_modules = 0
        self._codes: dict[CodeType, bytes] = {}
        self._reached = b""

    def start(self) -> None:
        """Start logging in this thread and in threads that are started later."""
        _set_thread_trace(self._enter)
        _set_trace(self._enter)

    def watching(self, target: Target) -> Target:
        """Return a target that also logs what it executes."""
        self.add_blocks()
        return target.calling(_LoggedTarget(target.function, self))

    def add_blocks(self) -> None:
        """Log the blocks that were reached since the counters were last reset."""
        self._add_modules()
        hit = bytes(COVERAGE.counters).translate(_ANY_HIT)
        if len(self._reached) < len(hit):
            self._reached = self._reached.ljust(len(hit), b"\0")
        new = int.from_bytes(hit, "little") & ~int.from_bytes(self._reached, "little")
        if not new:
            return
        fresh = new.to_bytes(len(hit), "little")
        for module in COVERAGE.modules():
            base, blocks = COVERAGE.base_of(module), COVERAGE.blocks_of(module)
            reached = [index for index, one in enumerate(fresh[base : base + blocks]) if one]
            if reached:
                self._append({"module": module, "reached": reached})
        known = int.from_bytes(self._reached, "little") | new
        self._reached = known.to_bytes(len(hit), "little")

    def _add_modules(self) -> None:
        """Log the modules that were loaded since the last call."""
        instrumentation = installed()
        if instrumentation is None:
            return
        new = instrumentation.modules[self._known_modules :]
        self._known_modules += len(new)
        for module in new:
            blocks, file = COVERAGE.blocks_of(module.name), os.path.abspath(module.filename)
            self._files.setdefault(module.filename, (file, set()))
            self._append({"module": module.name, "file": file, "blocks": blocks})

    def _enter(self, frame: FrameType, _event: str, _argument: object) -> Any:
        """Return the trace function of a frame, or None if its lines do not count."""
        code = frame.f_code
        known = self._files.get(code.co_filename)
        if known is None:
            instrumentation = installed()
            if instrumentation is None or len(instrumentation.modules) == self._known_modules:
                return None
            self._add_modules()
            known = self._files.get(code.co_filename)
            if known is None:
                return None
        first = code.co_firstlineno
        last = frame.f_lineno if self._goes_on(frame, 0) else -first
        return self._tracer(*known, last, first)

    def _tracer(self, file: str, jumps: set[tuple[int, int]], last: int, first: int) -> Any:
        def trace(frame: FrameType, event: str, _argument: object) -> Any:
            nonlocal last
            if event == "line":
                jump = (last, frame.f_lineno)
                last = frame.f_lineno
            elif event == "return" and not self._goes_on(frame, 2):
                jump = (last, -first)
            else:
                return trace
            if jump not in jumps:
                jumps.add(jump)
                self._append({"file": file, "jump": jump})
            return trace

        return trace

    def _goes_on(self, frame: FrameType, ahead: int) -> bool:
        """Return whether a generator or coroutine goes on `ahead` bytes after its instruction."""
        code = frame.f_code
        # The property makes a new copy each time.
        instructions = self._codes.get(code)
        if instructions is None:
            instructions = self._codes[code] = code.co_code
        at = frame.f_lasti + ahead
        following = instructions[at : at + 2]
        return following[:1] == bytes((_RESUME,)) and bool(following[1] & _AFTER_START)

    def _append(self, fact: dict[str, object]) -> None:
        """Append a fact; without a descriptor that the target could close."""
        line = self._dumps(fact).encode() + b"\n"
        try:
            descriptor = _open(self._path, _FLAGS, 0o600)
        except OSError:
            # The target used up the descriptors or changed the root.
            return
        try:
            _write(descriptor, line)
        finally:
            _close(descriptor)


class _LoggedTarget:
    """A fuzz target that logs what it executes."""

    def __init__(self, function: Callable[..., object], log: ReachLog) -> None:
        self._function = function
        self._log = log

    def __call__(self, test: object, *values: object) -> None:
        """Call the target."""
        # The target may have replaced the trace function, for instance by a debugger's.
        self._log.start()
        try:
            self._function(test, *values)
        finally:
            self._log.add_blocks()


class Reach:
    """The code that the workers of a fuzz test have executed, read from their log.

    Attributes:
        modules: by name, the file of each module and a 1 or 0 for each of its blocks.
        jumps: by file, the jumps between its lines.
    """

    def __init__(self, path: str) -> None:
        """Read the log; without one nothing was executed.

        Raises:
            OSError: it cannot be read.
        """
        from json import loads

        self.modules: dict[str, tuple[str, bytearray]] = {}
        self.jumps: dict[str, set[tuple[int, int]]] = {}
        if not os.path.exists(path):
            return
        with open(path, "rb") as file:
            for line in file:
                self._add(loads(line))

    def _add(self, fact: dict[str, Any]) -> None:
        if "jump" in fact:
            start, end = fact["jump"]
            self.jumps.setdefault(fact["file"], set()).add((start, end))
        elif "file" in fact:
            reached = bytearray(b"0" * fact["blocks"])
            self.modules.setdefault(fact["module"], (fact["file"], reached))
        else:
            _, reached = self.modules[fact["module"]]
            for index in fact["reached"]:
                if index < len(reached):
                    reached[index] = ord("1")


_started: list[ReachLog] = []


def start(path: str) -> None:
    """Start the log of this process."""
    log = ReachLog(path)
    _started.append(log)
    log.start()


def watching(target: Target) -> Target:
    """Return a target that also logs what it executes, if a log was started."""
    return _started[0].watching(target) if _started else target
