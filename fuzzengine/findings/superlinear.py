"""Finds inputs whose cost grows faster than they do (-detect=superlinear). Go has no counterpart.

An input tells it by itself: if some part of it is repeated often, the target runs with an eighth,
a quarter, a half and all of the repetitions. Doubling them adds about twice the cost of the step
before in linear code, 2.3 times where it is n log n, 4 times where it is quadratic; at three
times, twice in a row, the input is a finding. Cost is the number of executed blocks, which is
exact, or the processor's time, for what happens inside of C code (regular expressions).
"""

from __future__ import annotations

import itertools
import sys
import time

from fuzzengine.findings.finding import SuperLinear
from fuzzengine.instrument.counters import StepCounter
from fuzzengine.instrument.coverage import COVERAGE
from fuzzengine.testing.common import Printer
from fuzzengine.testing.fuzz import T

TYPE_CHECKING = False  # importing typing costs more than the rest of a worker's start
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

LONGEST_UNIT = 24
"""Repeated parts are no longer than this."""

FEWEST = 32
"""So often a part must be repeated for the input to be examined."""

SEARCHED_TIME = 0.1
"""Seconds that an input takes at least to be found by its time."""

_AGAIN_TIME = SEARCHED_TIME * 0.4
"""Seconds if it was given: it may have been found by a machine that was slower at that time."""

_EXAMINED = 1 << 16
_STEEP, _CLIFF = 3, 30
_WORK, _MOST_WORK = 10_000, 2_000_000
# Seconds: what is too quick says nothing.
_LEAST_TIME, _MOST_TIME = 0.001, 0.5
_BLOCKS, _MILLISECONDS = "blocks", "ms"
# So often a slow input is measured again before its cost counts as linear.
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
        """Return the arguments with the part repeated so often."""
        value = self._head + self.unit * count + self._tail
        return [*values[: self.index], value, *values[self.index + 1 :]]


def repetition_of(values: Sequence[object]) -> _Repetition | None:
    """Return the longest part of an argument that consists of at least 32 equal pieces."""
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


class _Cut(BaseException):
    """A measured execution cost more than it may."""


class _Void:
    """Swallows what a measured execution reports."""

    def write(self, _text: str) -> None:
        """Write nothing."""

    def flush(self) -> None:
        """Flush nothing."""


class _Cost:
    """What an execution cost; `cut` if it was ended for that."""

    def __init__(self, work: int, seconds: float, *, cut: bool) -> None:
        self.work = work
        self.seconds = seconds
        self.cut = cut


class Judge:
    """A fuzz target that raises SuperLinear for an input whose cost grows too fast.

    Attributes:
        awake: it looks at inputs; otherwise it is just the target.
        least_time: seconds that an input takes at least to be judged by its time.
    """

    def __init__(self, function: Callable[..., object]) -> None:
        self.awake = True
        self.least_time = _AGAIN_TIME
        self._function = function

    def __call__(self, test: object, *values: object) -> None:
        """Call the target, after looking at the input if there is reason to."""
        repetition = repetition_of(values) if self.awake else None
        if repetition is not None:
            finding = _judge(self._function, repetition, values, self.least_time)
            _forget()
            if finding is not None:
                raise finding
        self._function(test, *values)


def _judge(
    function: Callable[..., object],
    part: _Repetition,
    values: Sequence[object],
    least_time: float,
) -> SuperLinear | None:
    count = part.count
    while count >= 4:
        counts = [each for each in (count // 8, count // 4, count // 2, count) if each]
        costs: list[_Cost] = []
        for repeats in counts:
            costs.append(measure(function, part.shortened(values, repeats)))
            if costs[-1].cut:
                break
        unit = _growing(counts, costs, least_time)
        for _ in range(_TRIES):
            if unit or costs[-1].cut or costs[-1].seconds < least_time:
                break
            # Time is an upper limit of what it takes: other programs may have had a part in it.
            again = [measure(function, part.shortened(values, repeats)) for repeats in counts]
            costs = [min(pair, key=_seconds) for pair in zip(costs, again, strict=True)]
            unit = _growing(counts, costs, least_time)
        if unit:
            blamed = part.shortened(values, counts[len(costs) - 1])
            finding = SuperLinear(_message(part, counts, costs, unit))
            _blame(function, blamed, finding, costs[-1], unit)
            return finding
        if not costs[-1].cut:
            return None
        # Too much of it to tell anything: try again with what was not too much.
        count = counts[max(len(costs) - 2, 0)]
    return None


def _seconds(cost: _Cost) -> float:
    return cost.seconds


def _growing(counts: Sequence[int], costs: Sequence[_Cost], least_time: float) -> str:
    """Return the unit in which costs grow faster than linearly, or "" if they do not."""
    cut = costs[-1].cut
    work = [cost.work for cost in costs]
    seconds = [cost.seconds for cost in costs]
    added = counts[1] - counts[0]
    if work[-1] >= _WORK and is_steep(work, added, cut=cut and work[-1] > _MOST_WORK):
        return _BLOCKS
    if seconds[-1] >= least_time and is_steep(seconds, _LEAST_TIME, cut=cut):
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
    """Tell whether costs grow much faster than linearly.

    Args:
        costs: of an input and of that with a part repeated twice as often, again and again.
        least: what the first steps must add to mean anything.
        cut: the last one is only a lower limit.
    """
    steps = [after - before for before, after in itertools.pairwise(costs)]
    if cut and len(steps) > 1 and steps[-2] >= least and steps[-1] >= _CLIFF * steps[-2]:
        return True
    if len(steps) < 3 or steps[0] < least:
        return False
    return all(after >= _STEEP * before for before, after in itertools.pairwise(steps))


def _blame(
    function: Callable[..., object],
    values: Sequence[object],
    finding: SuperLinear,
    cost: _Cost,
    unit: str,
) -> None:
    """Raise the finding where most of the cost arises, so that its stack shows the place."""
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
    """Run a fuzz target and return what it cost.

    Args:
        function: the target.
        values: its arguments.
        stop: what is raised out of it when it costs too much.
        most_work: blocks it may execute.
        most_time: seconds of processor time it may use, where the system can limit that.
    """
    stop = _Cut() if stop is None else stop
    steps = StepCounter(most_work, stop)
    test = T("", Printer(_Void(), verbose=False))
    timer = _Timer(most_time, stop)
    cut = False
    steps.start()
    # Not the process's clock: Linux only steps it with each tick while the timer runs.
    started = time.thread_time()
    try:
        timer.start()
        function(test, *values)
    except BaseException as error:
        cut = error is stop
    finally:
        timer.stop()
        seconds = time.thread_time() - started
        steps.stop()
    test._finish(time.perf_counter())
    cut |= steps.count > most_work
    return _Cost(steps.count, seconds, cut=cut)


class _Timer:
    """Raises an exception in the main thread after some processor time, on POSIX systems."""

    def __init__(self, seconds: float, stop: BaseException) -> None:
        self._seconds = seconds
        self._stop = stop
        self._before: Any = None

    def start(self) -> None:
        """Start it; from another thread than the main one nothing happens."""
        import signal

        if not hasattr(signal, "setitimer"):
            return
        try:
            self._before = signal.signal(signal.SIGVTALRM, self._raise)
        except ValueError:
            return
        signal.setitimer(signal.ITIMER_VIRTUAL, self._seconds)

    def stop(self) -> None:
        """Stop it."""
        if self._before is not None:
            import signal

            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
            signal.signal(signal.SIGVTALRM, self._before)

    def _raise(self, _number: int, _frame: object) -> None:
        raise self._stop


def _forget() -> None:
    """Leave no trace of measured executions in counters and in the log of compares."""
    COVERAGE.reset()
    cmplog = sys.modules.get("fuzzengine.cmplog.log")
    if cmplog is not None:
        cmplog.LOG.clear()
