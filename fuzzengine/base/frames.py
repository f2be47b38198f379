"""Positions in the user's code: the caller of a method, the frames of a traceback."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container
    from types import CodeType, FrameType, TracebackType
    from typing import TypeAlias

    Position: TypeAlias = tuple[str, int]  # a file and a line

ENGINE_FOLDER = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
_NOWHERE = ("???", 1)
_STANDARD_FOLDER = os.path.dirname(os.__file__) + os.sep


def is_engine_code(code: CodeType) -> bool:
    """Return whether code belongs to fuzzengine itself."""
    return code.co_filename.startswith(ENGINE_FOLDER)


def caller_frame(helpers: Container[CodeType] = ()) -> FrameType | None:
    """Return the innermost frame that is neither the engine's nor a helper's (Go: frameSkip)."""
    frame: FrameType | None = sys._getframe(1)
    first: FrameType | None = None
    while frame is not None:
        if not is_engine_code(frame.f_code):
            if frame.f_code not in helpers:
                return frame
            first = first or frame
        elif first is not None:
            return first
        frame = frame.f_back
    return first


def caller_position(helpers: Container[CodeType] = ()) -> Position:
    """Return file and line of the calling user code, or `_NOWHERE`."""
    frame = caller_frame(helpers)
    return _NOWHERE if frame is None else (frame.f_code.co_filename, frame.f_lineno)


def caller_location(helpers: Container[CodeType] = ()) -> str:
    """Return `file.py:21` of the calling user code, or `???:1`."""
    return location(caller_position(helpers))


def code_location(function: object) -> str:
    """Return the position of a function's definition: `file.py:21`, or `???:1` without code."""
    code = getattr(function, "__code__", None)
    return location(_NOWHERE if code is None else (code.co_filename, code.co_firstlineno))


def location(position: Position) -> str:
    """Return a position as reports show it: `file.py:21`."""
    file, line = position
    return f"{os.path.basename(file)}:{line}"


def module_location(position: Position) -> str:
    """Return a position with the path that imports have: `package/module.py:21`.

    For a file of Go it is the path in its module.
    """
    file, line = position
    if file.endswith(".go"):
        return f"{_go_path(file)}:{line}"
    return f"{_module_path(file)}:{line}"


def _module_path(file: str) -> str:
    """Return the path of a source file from the folder that holds its package.

    It is the same on every machine. Folders without `__init__.py` (namespace packages) count from
    the nearest folder of sys.path above.
    """
    folder, name = os.path.split(file)
    parts = [name]
    while os.path.isfile(os.path.join(folder, "__init__.py")):
        folder, package = os.path.split(folder)
        parts.insert(0, package)
    if len(parts) == 1:
        tops = [top for top in map(_absolute, sys.path) if file.startswith(top)]
        parts = file[len(max(tops, key=len, default=os.path.join(folder, ""))) :].split(os.sep)
    return "/".join(parts)


def _go_path(file: str) -> str:
    """Return the path of a source file of Go from the folder with its go.mod."""
    folder = os.path.dirname(file)
    while not os.path.isfile(os.path.join(folder, "go.mod")):
        folder, below = os.path.split(folder)
        if not below:
            return os.path.basename(file)
    return os.path.relpath(file, folder).replace(os.sep, "/")


def _absolute(folder: str) -> str:
    return os.path.join(os.path.abspath(folder), "")


def exception_stack(error: BaseException) -> str:
    """Return the stack of an exception: Python's own text without the frames of fuzzengine.

    With a cause or a context it is the whole chain of tracebacks.
    """
    import traceback

    report = traceback.TracebackException.from_exception(error, compact=True)
    _drop_engine_frames(report)
    chained = report.__cause__ or report.__context__ or getattr(report, "exceptions", None)
    lines = list(report.format()) if chained else report.stack.format()
    return "".join(lines).rstrip("\n")


def innermost_location(trace: TracebackType | None) -> str:
    """Return `file.py:21` of the innermost frame of a traceback that is the user's."""
    return location(innermost_position(trace))


def innermost_position(trace: TracebackType | None) -> Position:
    """Return file and line of the innermost frame of a traceback that is the user's.

    Without such a frame it is the innermost one of the standard library.
    """
    return (user_positions(trace) or _positions(trace) or [_NOWHERE])[-1]


def user_positions(trace: TracebackType | None) -> list[Position]:
    """Return file and line of the user's frames in a traceback, outermost first."""
    return [position for position in _positions(trace) if not is_standard(position[0])]


def printed_positions(text: str) -> list[Position]:
    """Return file and line of the user's frames in a stack that Python has printed.

    The stack is that of the current thread in the output of faulthandler, innermost frame first,
    or else the last traceback, outermost frame first.
    """
    import re

    _, current, stack = text.rpartition("Current thread ")
    if current:
        stack = stack.partition("\n\n")[0]
    else:
        stack = stack.rpartition("Traceback (most recent call last):")[2]
    found = re.findall(r'^ *File "(.+)", line (\d+),? in ', stack, re.MULTILINE)
    return [
        (file, int(line))
        for file, line in found
        if not (is_standard(file) or file.startswith(ENGINE_FOLDER))
    ]


def _positions(trace: TracebackType | None) -> list[Position]:
    found = []
    while trace is not None:
        code = trace.tb_frame.f_code
        if not is_engine_code(code):
            found.append((code.co_filename, trace.tb_lineno))
        trace = trace.tb_next
    return found


def is_standard(filename: str) -> bool:
    """Return whether a file name is of the standard library or of code without a file."""
    if filename.startswith("<"):
        return True
    return filename.startswith(_STANDARD_FOLDER) and "site-packages" not in filename


def release_locals(error: BaseException) -> None:
    """Clear the local variables of the frames that an exception has left."""
    trace = error.__traceback__
    while trace is not None:
        if not is_engine_code(trace.tb_frame.f_code):
            try:
                trace.tb_frame.clear()
            except RuntimeError:
                return
        trace = trace.tb_next


def _drop_engine_frames(report: object) -> None:
    """Remove the engine's frames from a TracebackException and its causes."""
    pending = [report]
    while pending:
        current = pending.pop()
        stack = getattr(current, "stack", None)
        if stack is not None:
            stack[:] = [frame for frame in stack if not frame.filename.startswith(ENGINE_FOLDER)]
        pending.extend(
            linked
            for name in ("__cause__", "__context__")
            if (linked := getattr(current, name, None)) is not None
        )
        pending.extend(getattr(current, "exceptions", None) or ())
