"""Stops in the debugger where a test fails (-pdb)."""

from __future__ import annotations

import io
import sys

from fuzzengine.base.describe import describe_exception
from fuzzengine.base.frames import caller_frame, is_engine_code, is_standard
from fuzzengine.program.in_process import without_engine_frames
from fuzzengine.program.seed_mode import seed_driver
from fuzzengine.testing.common import Common, Printer
from fuzzengine.testing.fuzz import F, run_fuzz_test
from fuzzengine.testing.match import Matcher

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType, TracebackType
    from typing import Any


class Debugger:
    """Opens pdb at failures, until the user quits it."""

    def __init__(self) -> None:
        self._left = False

    def stop(self, name: str) -> None:
        """Stop where a test fails: where its exception was raised, or where it calls t.fail.

        Args:
            name: the name of the test, which fails just now.
        """
        if self._left:
            return
        import pdb  # noqa: T100

        error = sys.exc_info()[1] if _is_recording() else None
        debugger = pdb.Pdb()
        debugger.reset()
        frame: FrameType | None = None
        trace: TracebackType | None = None
        if error is not None:
            where, text, _ = describe_exception(error)
            trace = _up_to_user_code(without_engine_frames(error.__traceback__))
            title = f"{where}: {text.partition(chr(10))[0]}"
        else:
            frame, title = caller_frame(), "the test fails here"
        if frame is None and trace is None:
            return
        sys.stdout.write(f"fuzz: {name}: {title}\n")
        sys.stdout.flush()
        debugger.interaction(frame, trace)
        self._left = debugger.quitting


def debug_entry(function: Any, fuzz_test: str, entry: str, detectors: Sequence[str]) -> None:
    """Run an input of the seed corpus in this process, and stop where it fails.

    Args:
        function: the fuzz test.
        fuzz_test: its name.
        entry: the name of the input.
        detectors: the names of the detectors that watch the target.
    """
    matcher = Matcher(f"^{fuzz_test}$/^{entry}$", "-test.run")
    # The second report of the failure is not shown.
    printer = Printer(io.StringIO(), verbose=False, on_failure=Debugger().stop)
    run_fuzz_test(F(fuzz_test, printer, seed_driver(matcher, None, detectors)), function)


def _is_recording() -> bool:
    """Return whether the engine records an exception, and not the test calls a method of T."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and is_engine_code(frame.f_code):
        if frame.f_code is Common._record_exception.__code__:
            return True
        frame = frame.f_back
    return False


def _up_to_user_code(trace: TracebackType | None) -> TracebackType | None:
    """Return a traceback that ends with the innermost frame outside of the standard library."""
    parts = []
    while trace is not None:
        parts.append(trace)
        trace = trace.tb_next
    users = [part for part in parts if not is_standard(part.tb_frame.f_code.co_filename)]
    if users:
        users[-1].tb_next = None
    return parts[0] if parts else None
