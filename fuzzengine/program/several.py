"""Fuzzes several fuzz tests in one run, share by share, with a summary (Go refuses to).

Every fuzz test gets one share of the time. Each further share goes to the fuzz test that found the
most new inputs in its last share, since it is likely to find more; among equals, to the one with
the fewest shares. A limited budget is divided into twice as many equal shares as fuzz tests.
"""

from __future__ import annotations

import copy
import sys
import time

from fuzzengine.program.coordinator_mode import CampaignOutcome, coordinator_driver
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
"""The length of a share, in nanoseconds, if the run has no limit."""

_SHARES_EACH = 2
_SEED_STEP = 1 << 10
"""Distance between the random seeds of two shares; each worker of a share has its own."""


class FuzzTestTotals:
    """The shares of a fuzz test, and their results so far.

    Attributes:
        name: the name of the fuzz test.
        shares: the number of its shares.
        found: new inputs of its last share.
        all_found: new inputs of all shares.
        executions: executions of all shares.
        duration: nanoseconds of all shares.
        passed: False after a failure.
        over: it gets no more shares.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.shares = self.found = self.all_found = self.executions = self.duration = 0
        self.passed = True
        self.over = False


class ShareScheduler:
    """Divides a budget among fuzz tests."""

    def __init__(self, totals: Sequence[FuzzTestTotals], budget: Budget) -> None:
        self._totals = totals
        self._counted = bool(budget.count)
        self._total = budget.count or budget.duration
        self._left = self._total
        self._share = max(self._total // (_SHARES_EACH * len(totals)), 1) if self._total else SHARE

    def next_share(self) -> tuple[FuzzTestTotals, Budget] | None:
        """Return the next fuzz test and its budget, or None at the end of the run."""
        running = [one for one in self._totals if not one.over]
        if not running or (self._total and self._left <= 0):
            return None
        # Every fuzz test gets its first share before any gets its second.
        chosen = min(running, key=lambda t: (t.shares > 0, -t.found, t.shares))
        amount = self._share
        if self._total and self._left < 2 * self._share:
            amount = self._left
        return chosen, Budget(count=amount) if self._counted else Budget(duration=amount)

    def record(self, totals: FuzzTestTotals, outcome: CampaignOutcome) -> None:
        """Record the outcome of a share."""
        totals.shares += 1
        totals.found = outcome.interesting
        totals.all_found += outcome.interesting
        totals.executions += outcome.count
        totals.duration += outcome.duration
        # Without an execution and without a failure, another share would be the same.
        totals.over |= self._counted and not outcome.count
        self._left -= outcome.count if self._counted else outcome.duration


def fuzz_several(
    chosen: Sequence[tuple[str, Any]], flags: ProgramFlags, coverage: Coverage, printer: Printer
) -> bool:
    """Fuzz all chosen fuzz tests in shares; return True if none failed.

    A fuzz test that fails gets no more shares, unless with -keepgoing; the others continue.
    """
    functions = dict(chosen)
    all_totals = [FuzzTestTotals(name) for name in functions]
    scheduler = ShareScheduler(all_totals, flags.fuzztime)
    seed = time.time_ns() & 0xFFFFFFFF if flags.seed is None else flags.seed
    number = 0
    while (share := scheduler.next_share()) is not None:
        totals, budget = share
        own = copy.copy(flags)
        own.fuzztime, own.seed = budget, seed + number * _SEED_STEP
        number += 1
        _say(f"fuzz: share {number}: {totals.name}, {_amount(budget)}\n")
        outcome = CampaignOutcome()
        driver = coordinator_driver(own, coverage, outcome)
        passed = run_fuzz_test(F(totals.name, printer, driver), functions[totals.name])
        scheduler.record(totals, outcome)
        totals.passed &= passed
        totals.over |= not outcome.may_go_on or not (passed or flags.keepgoing)
        if outcome.interrupted:
            break
    _say(summary(all_totals))
    return all(totals.passed for totals in all_totals)


def _amount(budget: Budget) -> str:
    return f"{budget.count} execs" if budget.count else format_nanoseconds(budget.duration)


def summary(all_totals: Sequence[FuzzTestTotals]) -> str:
    """Return the summary of a run: a line for every fuzz test."""
    width = max(len(totals.name) for totals in all_totals)
    lines = [f"fuzz: {len(all_totals)} fuzz tests:\n"]
    for totals in all_totals:
        seconds = format_rounded(totals.duration)
        lines.append(
            f"    {totals.name:<{width}}  {'ok' if totals.passed else 'FAIL':<4}"
            f"  shares: {totals.shares}, elapsed: {seconds}, execs: {totals.executions}, "
            f"new interesting: {totals.all_found}\n"
        )
    return "".join(lines)


def _say(text: str) -> None:
    sys.stdout.flush()
    sys.stderr.write(text)
    sys.stderr.flush()
