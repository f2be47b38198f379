"""Detects inputs whose cost grows faster than their length (-detect=superlinear).

If a part of an input is repeated often, the target runs with an eighth, a quarter, a half and all
of the repetitions. Each doubling adds about twice the cost that the one before it added if the code
is linear, 2.3 times if it takes n log n, and 4 times if it is quadratic. The input is a finding if
the factor is at least three twice in a row. The cost is the number of executed blocks, which is
exact, or else processor time, which includes C code (regular expressions). Go has no counterpart.
"""

from __future__ import annotations

import itertools
import os
import sys
import time

from fuzzengine.base.processor import processor_wait
from fuzzengine.findings.finding import SuperLinear
from fuzzengine.instrument.counters import StepCounter
from fuzzengine.instrument.coverage import COVERAGE
from fuzzengine.testing.common import Printer
from fuzzengine.testing.fuzz import T

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

LONGEST_UNIT = 24
"""The maximum length of a repeated part."""

FEWEST = 32
"""The minimum number of repetitions for which an input is measured."""

SEARCHED_TIME = 0.1
"""The minimum time in seconds, if a pumped input is to be a finding by its time."""

_AGAIN_TIME = SEARCHED_TIME * 0.4
"""The same for a given input: a slower machine, or a busy one, may have found it."""

_EXAMINED = 1 << 16
_STEEP, _CLIFF = 3, 30
_WORK, _MOST_WORK = 10_000, 2_000_000
# In seconds; shorter times are too inaccurate.
_LEAST_TIME, _MOST_TIME, _CLIFF_TIME = 0.001, 0.5, 2.0
_BLOCKS, _MILLISECONDS = "blocks", "ms"
_LONGEST = 3.0
# The number of further measurements of a slow input before its cost counts as linear.
_TRIES = 3


class _Repetition:
    """A part of one argument that is repeated."""

    def __init__(self, index: int, value: Any, start: int, unit: Any, count: int) -> None:
        self.index = index
        self.unit = unit
        self.count = count
        self._head = value[:start]
        self._tail = value[start + len(unit) * count :]

    def shortened(self, values: Sequence[object], count: int) -> list[object]:
        """Return the arguments with the part repeated `count` times."""
        value = self._head + self.unit * count + self._tail
        return [*values[: self.index], value, *values[self.index + 1 :]]


def repetition_of(values: Sequence[object]) -> _Repetition | None:
    """Return the longest part of an argument that consists of at least 32 equal units."""
    import re

    best: _Repetition | None = None
    text = rf"(?s)(.{{1,{LONGEST_UNIT}}}?)\1{{{FEWEST - 1},}}"
    for index, value in enumerate(values):
        if not isinstance(value, bytes | str) or len(value) < FEWEST:
            continue
        runs = (
            re.finditer(text, value[:_EXAMINED])
            if isinstance(value, str)
            else re.finditer(text.encode(), value[:_EXAMINED])
        )
        for run in runs:
            unit = run[1]
            count = (run.end() - run.start()) // len(unit)
            if best is None or count * len(unit) > best.count * len(best.unit):
                best = _Repetition(index, value, run.start(), unit, count)
    return best


class _LimitExceeded(BaseException):
    """A measured execution exceeded the cost that it may have."""


class _TooSlow(Exception):
    """The measurements of an input take longer than they may."""


class _NullStream:
    """A stream that discards the output of measured executions."""

    def write(self, _text: str) -> None:
        """Discard the text."""

    def flush(self) -> None:
        """Do nothing."""


class _Cost:
    """The cost of an execution.

    Attributes:
        work: the number of executed blocks.
        seconds: the processor time.
        cut: the execution was ended because it exceeded a limit.
    """

    def __init__(self, work: int, seconds: float, *, cut: bool) -> None:
        self.work = work
        self.seconds = seconds
        self.cut = cut


class ComplexityDetector:
    """A fuzz target that raises SuperLinear for an input whose cost grows too fast.

    Attributes:
        enabled: whether inputs are measured before the target is called.
        min_seconds: the minimum time for a finding by time.
        longest: the seconds that all measurements of an input may take, sleep included. They count
            as one execution, whose limit is the target's.
    """

    def __init__(self, function: Callable[..., object]) -> None:
        self.enabled = True
        self.min_seconds = _AGAIN_TIME
        self.longest = _LONGEST
        self._function = function

    def __call__(self, test: object, *values: object) -> None:
        """Call the target; before that measure the input, if a part of it is repeated."""
        repetition = repetition_of(values) if self.enabled else None
        if repetition is not None:
            end = _clock() + self.longest
            try:
                finding = _detect(self._function, repetition, values, self.min_seconds, end)
            except _TooSlow:
                finding = None
            _reset_recording()
            if finding is not None:
                raise finding
        self._function(test, *values)


def _clock() -> float:
    """Return the time in seconds, without what other programs have taken from this one."""
    return time.monotonic() - processor_wait(os.getpid()) / 1e9


def _detect(
    function: Callable[..., object],
    part: _Repetition,
    values: Sequence[object],
    min_seconds: float,
    end: float,
) -> SuperLinear | None:
    """Measure an input with its part repeated less and less often; return a finding, or None.

    Raises:
        _TooSlow: the measurements are not finished at the end, as of `_clock`.
    """
    count = part.count

    def cost_of(repeats: int) -> _Cost:
        if _clock() > end:
            raise _TooSlow
        return measure(function, part.shortened(values, repeats))

    while count >= 4:
        counts = [each for each in (count // 8, count // 4, count // 2, count) if each]
        costs: list[_Cost] = []
        for repeats in counts:
            costs.append(cost_of(repeats))
            if costs[-1].cut:
                break
        if costs[-1].cut and len(costs) > 2:
            longest = part.shortened(values, counts[len(costs) - 1])
            costs[-1] = _measure_cliff(function, longest, costs)
        unit = _growing(counts, costs, min_seconds)
        for _ in range(_TRIES):
            if unit or costs[-1].cut or costs[-1].seconds < min_seconds:
                break
            # A measured time is an upper bound: other programs may have slowed the execution.
            again = [cost_of(repeats) for repeats in counts]
            costs = [min(pair, key=_seconds) for pair in zip(costs, again, strict=True)]
            unit = _growing(counts, costs, min_seconds)
        if unit:
            longest = part.shortened(values, counts[len(costs) - 1])
            finding = SuperLinear(_message(part, counts, costs, unit))
            _raise_at_hot_spot(function, longest, finding, costs[-1], unit)
            return finding
        if not costs[-1].cut:
            return None
        # Too expensive to compare: retry with the largest number that stayed below the limit.
        count = counts[max(len(costs) - 2, 0)]
    return None


def _measure_cliff(
    function: Callable[..., object], values: Sequence[object], costs: Sequence[_Cost]
) -> _Cost:
    """Return the last cost, which was cut off, measured for long enough to be a cliff.

    On a slow machine the usual limit is less than that many times the step before.
    """
    step = costs[-2].seconds - costs[-3].seconds
    needed = 1.2 * _CLIFF * step
    if step < _LEAST_TIME or costs[-1].work > _MOST_WORK or not _MOST_TIME < needed < _CLIFF_TIME:
        return costs[-1]
    return measure(function, values, most_time=needed)


def _seconds(cost: _Cost) -> float:
    return cost.seconds


def _growing(counts: Sequence[int], costs: Sequence[_Cost], min_seconds: float) -> str:
    """Return the unit in which costs grow faster than linearly, or an empty text."""
    cut = costs[-1].cut
    work = [cost.work for cost in costs]
    seconds = [cost.seconds for cost in costs]
    added = counts[1] - counts[0]
    if work[-1] >= _WORK and is_steep(work, added, cut=cut and work[-1] > _MOST_WORK):
        return _BLOCKS
    if seconds[-1] >= min_seconds and is_steep(seconds, _LEAST_TIME, cut=cut):
        return _MILLISECONDS
    return ""


def _message(part: _Repetition, counts: Sequence[int], costs: Sequence[_Cost], unit: str) -> str:
    by_work = unit == _BLOCKS
    shown = [str(cost.work) if by_work else f"{cost.seconds * 1000:.1f}" for cost in costs]
    if costs[-1].cut:
        shown[-1] = f"more than {shown[-1]}"
    pairs = zip(counts, shown, strict=False)
    steps = ", ".join(f"{count}: {cost}" for count, cost in pairs)
    return f"super-linear in repeats of {part.unit!r}; {unit} by repeats: {steps}"


def is_steep(costs: Sequence[float], least: float, *, cut: bool) -> bool:
    """Return whether costs grow much faster than linearly.

    Args:
        costs: the costs of an input; from one to the next the repetitions of a part double.
        least: the minimum increase of the first steps; smaller ones are within the error.
        cut: the last cost is only a lower bound.
    """
    steps = [after - before for before, after in itertools.pairwise(costs)]
    if cut and len(steps) > 1 and steps[-2] >= least and steps[-1] >= _CLIFF * steps[-2]:
        return True
    if len(steps) < 3 or steps[0] < least:
        return False
    return all(after >= _STEEP * before for before, after in itertools.pairwise(steps))


def _raise_at_hot_spot(
    function: Callable[..., object],
    values: Sequence[object],
    finding: SuperLinear,
    cost: _Cost,
    unit: str,
) -> None:
    """Raise the finding where most of the cost arises and catch it: its traceback stays."""
    if unit == _BLOCKS:
        measure(function, values, finding, cost.work * 3 // 4)
    else:
        measure(function, values, finding, 1 << 62, cost.seconds / 2)


def measure(
    function: Callable[..., object],
    values: Sequence[object],
    stop: BaseException | None = None,
    most_work: int = _MOST_WORK,
    most_time: float = _MOST_TIME,
) -> _Cost:
    """Run a fuzz target and return its cost.

    Args:
        function: the target.
        values: its arguments.
        stop: the exception that ends the target when it exceeds a limit.
        most_work: the limit of executed blocks.
        most_time: the limit of processor time in seconds, on systems that can enforce one.
    """
    stop = _LimitExceeded() if stop is None else stop
    steps = StepCounter(most_work, stop)
    test = T("", Printer(_NullStream(), verbose=False))
    timer = _Timer(most_time, stop)
    cut = False
    steps.start()
    # Not the clock of the process: while the timer runs, Linux advances it only at each tick.
    started = time.thread_time()
    try:
        try:
            timer.start()
            function(test, *values)
        finally:
            timer.stop()
    except BaseException as error:
        # Of the target, or the timer's: that may also come while the target returns.
        cut = error is stop
    timer.stop()
    seconds = time.thread_time() - started
    steps.stop()
    test._finish(time.perf_counter())
    cut |= steps.count > most_work
    return _Cost(steps.count, seconds, cut=cut)


class _Timer:
    """A timer that raises an exception in the main thread after some processor time (POSIX)."""

    def __init__(self, seconds: float, stop: BaseException) -> None:
        self._seconds = seconds
        self._stop = stop
        self._before: Any = None

    def start(self) -> None:
        """Start the timer; does nothing outside the main thread."""
        import signal

        if not hasattr(signal, "setitimer"):
            return
        try:
            self._before = signal.signal(signal.SIGVTALRM, self._raise)
        except ValueError:
            return
        signal.setitimer(signal.ITIMER_VIRTUAL, self._seconds)

    def stop(self) -> None:
        """Stop the timer."""
        if self._before is not None:
            import signal

            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
            signal.signal(signal.SIGVTALRM, self._before)

    def _raise(self, _number: int, _frame: object) -> None:
        raise self._stop


def _reset_recording() -> None:
    """Clear the counters and the compare log of the measured executions."""
    COVERAGE.reset()
    cmplog = sys.modules.get("fuzzengine.cmplog.log")
    if cmplog is not None:
        cmplog.LOG.clear()
