"""Fuzzes several fuzz tests in one run: whose turn it is, and a summary (Go refuses to).

The rule: every fuzz test gets one share of the time; each further share goes to the one that found
the most new inputs in its last share, as it is the likeliest to find more; among equals, to the one
that had the fewest. With a limit there are twice as many shares as fuzz tests, each as long.
"""

from __future__ import annotations

import copy
import sys
import time

from fuzzengine.program.coordinator_mode import Outcome, coordinator_driver
from fuzzengine.program.flags import Budget
from fuzzengine.testing.fuzz import F, run_fuzz_test
from scriptest.base.duration import SECOND, format_nanoseconds, format_rounded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from fuzzengine.instrument.coverage import Coverage
    from fuzzengine.program.flags import ProgramFlags
    from fuzzengine.testing.common import Printer

SHARE = 10 * SECOND
"""How long a share is, in nanoseconds, if the run has no limit."""

_SHARES_EACH = 2
_SEEDS = 1 << 10  # so many random numbers apart are the shares


class Tally:
    """What a fuzz test had and found so far.

    Attributes:
        name: of the fuzz test.
        shares: how many it had.
        found: new inputs of its last share; all_found: of all.
        executions, duration: of all shares; nanoseconds.
        passed: it did not fail yet.
        over: it gets no more shares.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.shares = self.found = self.all_found = self.executions = self.duration = 0
        self.passed = True
        self.over = False


class Plan:
    """Divides a budget among fuzz tests."""

    def __init__(self, tallies: Sequence[Tally], budget: Budget) -> None:
        self._tallies = tallies
        self._counted = bool(budget.count)
        self._total = budget.count or budget.duration
        self._left = self._total
        self._share = max(self._total // (_SHARES_EACH * len(tallies)), 1) if self._total else SHARE

    def next_share(self) -> tuple[Tally, Budget] | None:
        """Return whose turn it is and for how much, or None if the run is over."""
        running = [tally for tally in self._tallies if not tally.over]
        if not running or (self._total and self._left <= 0):
            return None
        # All have their first share before any has its second.
        chosen = min(running, key=lambda t: (t.shares > 0, -t.found, t.shares))
        amount = self._share
        if self._total and self._left < 2 * self._share:
            amount = self._left
        return chosen, Budget(count=amount) if self._counted else Budget(duration=amount)

    def take(self, tally: Tally, outcome: Outcome) -> None:
        """Take in what came of a share."""
        tally.shares += 1
        tally.found = outcome.interesting
        tally.all_found += outcome.interesting
        tally.executions += outcome.count
        tally.duration += outcome.duration
        # No execution at all, and no failure: it would be the same again.
        tally.over |= self._counted and not outcome.count
        self._left -= outcome.count if self._counted else outcome.duration


def fuzz_several(
    chosen: Sequence[tuple[str, Any]], flags: ProgramFlags, coverage: Coverage, printer: Printer
) -> bool:
    """Fuzz all chosen fuzz tests by turns; return whether none failed.

    One that fails gets no more shares, unless with -keepgoing; the others go on.
    """
    functions = dict(chosen)
    tallies = [Tally(name) for name in functions]
    plan = Plan(tallies, flags.fuzztime)
    seed = time.time_ns() & 0xFFFFFFFF if flags.seed is None else flags.seed
    number = 0
    while (turn := plan.next_share()) is not None:
        tally, budget = turn
        own = copy.copy(flags)
        own.fuzztime, own.seed = budget, seed + number * _SEEDS
        number += 1
        _say(f"fuzz: share {number}: {tally.name}, {_amount(budget)}\n")
        outcome = Outcome()
        driver = coordinator_driver(own, coverage, outcome)
        passed = run_fuzz_test(F(tally.name, printer, driver), functions[tally.name])
        plan.take(tally, outcome)
        tally.passed &= passed
        tally.over |= not outcome.may_go_on or not (passed or flags.keepgoing)
        if outcome.interrupted:
            break
    _say(summary(tallies))
    return all(tally.passed for tally in tallies)


def _amount(budget: Budget) -> str:
    return f"{budget.count} execs" if budget.count else format_nanoseconds(budget.duration)


def summary(tallies: Sequence[Tally]) -> str:
    """Return a line for every fuzz test: what it had, what it found."""
    width = max(len(tally.name) for tally in tallies)
    lines = [f"fuzz: {len(tallies)} fuzz tests:\n"]
    for tally in tallies:
        seconds = format_rounded(tally.duration)
        lines.append(
            f"    {tally.name:<{width}}  {'ok' if tally.passed else 'FAIL':<4}"
            f"  shares: {tally.shares}, elapsed: {seconds}, execs: {tally.executions}, "
            f"new interesting: {tally.all_found}\n"
        )
    return "".join(lines)


def _say(text: str) -> None:
    sys.stdout.flush()
    sys.stderr.write(text)
    sys.stderr.flush()
