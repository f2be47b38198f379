"""Fuzzes several fuzz tests in one run, share by share, with a summary (Go refuses to).

Every fuzz test gets one share of the budget. Each further share goes to the fuzz test that found
the most new inputs in its last share, since it is likely to find more; among equals, to the one
with the fewest shares. A limited budget is divided into twice as many equal shares as fuzz tests,
or into one for each if shares would be too short otherwise.
"""

from __future__ import annotations

import copy
import sys
import time

from fuzzengine.base.errors import EXIT_STATUS, FAILED, USAGE, CannotRun, gravest
from fuzzengine.program.coordinator_mode import CampaignOutcome, coordinator_driver, not_executed
from fuzzengine.program.flags import Budget
from fuzzengine.report import lines
from fuzzengine.testing.fuzz import F, run_fuzz_test
from scriptest.base.duration import MILLISECOND, SECOND, format_nanoseconds, format_rounded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from fuzzengine.program.coordinator_mode import PythonSetup
    from fuzzengine.program.flags import ProgramFlags
    from fuzzengine.testing.common import Printer

SHARE = 10 * SECOND
"""The length of a share, in nanoseconds, if the run has no limit."""

SHORTEST_SHARE = 200 * MILLISECOND
"""The shortest share of a time, in nanoseconds: two calls of a worker."""

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
        announced: the buckets whose first failure was printed.
        passed: False after a failure.
        skipped: it skipped itself.
        over: it gets no more shares.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.shares = self.found = self.all_found = self.executions = self.duration = 0
        self.announced: set[str] = set()
        self.passed = True
        self.skipped = self.over = False

    @property
    def status(self) -> str:
        """The status in the summary; `none` if not one input was executed."""
        if not self.passed:
            return "FAIL"
        return "ok" if self.executions else "skip" if self.skipped else "none"


class ShareScheduler:
    """Divides a budget among fuzz tests."""

    def __init__(self, totals: Sequence[FuzzTestTotals], budget: Budget) -> None:
        self._totals = totals
        self._counted = bool(budget.count)
        self._corpus_only = budget.corpus_only
        self._total = budget.count or budget.duration
        self._left = self._total
        self._share = _share_of(budget, len(totals)) if self._total else SHARE

    def next_share(self) -> tuple[FuzzTestTotals, Budget] | None:
        """Return the next fuzz test and its budget, or None at the end of the run.

        Every fuzz test gets a first share, even if others used more than theirs.
        """
        running = [one for one in self._totals if not one.over]
        if self._corpus_only:
            running = [one for one in running if not one.shares]
        if self._total and self._left <= 0:
            running = [one for one in running if not one.shares]
        if not running:
            return None
        # Every fuzz test gets its first share before any gets its second.
        chosen = min(running, key=lambda t: (t.shares > 0, -t.found, t.shares))
        if self._corpus_only:
            return chosen, Budget(corpus_only=True)
        amount = self._share
        if self._total and 0 < self._left < 2 * self._share:
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
        self._left -= outcome.count if self._counted else outcome.budget_time


def _share_of(budget: Budget, tests: int) -> int:
    """Return the size of a share: nanoseconds, or executions."""
    if budget.count:
        return max(budget.count // (_SHARES_EACH * tests), 1)
    share = budget.duration // (_SHARES_EACH * tests)
    return share if share >= SHORTEST_SHARE else budget.duration // tests


def too_small(budget: Budget, tests: int) -> str:
    """Return the complaint about a budget that is too small for so many fuzz tests, or ""."""
    if 0 < budget.count < tests:
        return (
            f"fuzz: -fuzztime={budget.count}x is too small for {tests} fuzz tests: "
            f"each needs 1 execution, so use -fuzztime={tests}x or more\n"
        )
    needed = tests * SHORTEST_SHARE
    if 0 < budget.duration < needed:
        return (
            f"fuzz: -fuzztime={format_nanoseconds(budget.duration)} is too short for {tests} fuzz "
            f"tests: each needs {format_nanoseconds(SHORTEST_SHARE)}, so use "
            f"-fuzztime={format_nanoseconds(needed)} or more\n"
        )
    return ""


def fuzz_several(
    chosen: Sequence[tuple[str, Any]], flags: ProgramFlags, setup: PythonSetup, printer: Printer
) -> int:
    """Fuzz all chosen fuzz tests in shares; return the exit status.

    A fuzz test that fails gets no more shares, unless with -keepgoing; the others continue.
    """
    complaint = too_small(flags.fuzztime, len(chosen))
    if complaint:
        _say(complaint)
        return USAGE
    functions = dict(chosen)
    all_totals = [FuzzTestTotals(name) for name in functions]
    scheduler = ShareScheduler(all_totals, flags.fuzztime)
    seed = time.time_ns() & 0xFFFFFFFF if flags.seed is None else flags.seed
    number = 0
    if flags.fuzzlive:
        _say(lines.seed_line(seed))
    interrupted = False
    status = 0
    while not interrupted and (share := scheduler.next_share()) is not None:
        totals, budget = share
        own = copy.copy(flags)
        own.fuzztime, own.seed = budget, seed + number * _SEED_STEP
        number += 1
        if not flags.fuzzlive:
            _say(f"fuzz: share {number}: {totals.name}, {_amount(budget)}\n")
        outcome = CampaignOutcome()
        driver = coordinator_driver(
            own, setup, outcome, tests=len(chosen), announced=totals.announced
        )
        f = F(totals.name, printer, driver)
        passed = run_fuzz_test(f, functions[totals.name])
        if outcome.cannot_run:
            raise CannotRun(outcome.cannot_run)
        if outcome.failing and flags.pdb:
            from fuzzengine.program.debugger import debug_entry

            debug_entry(functions[totals.name], totals.name, outcome.failing, flags.detect)
        scheduler.record(totals, outcome)
        totals.passed &= passed
        status = gravest(status, 0 if passed else outcome.status or FAILED)
        totals.skipped = f.skipped() or outcome.empty_corpus
        totals.over |= not outcome.may_go_on or not (passed or flags.keepgoing)
        interrupted = outcome.interrupted
    _say(summary(all_totals))
    idle = [totals.name for totals in all_totals if totals.status == "none"]
    _say("".join(not_executed(name, interrupted=interrupted) for name in idle))
    if not idle:
        return status
    return gravest(status, FAILED if interrupted else EXIT_STATUS)


def _amount(budget: Budget) -> str:
    if budget.corpus_only:
        return "the corpus only"
    return f"{budget.count} execs" if budget.count else format_nanoseconds(budget.duration)


def summary(all_totals: Sequence[FuzzTestTotals]) -> str:
    """Return the summary of a run: a line for every fuzz test."""
    width = max(len(totals.name) for totals in all_totals)
    rows = [f"fuzz: {len(all_totals)} fuzz tests:\n"]
    for totals in all_totals:
        seconds = format_rounded(totals.duration)
        rows.append(
            f"    {totals.name:<{width}}  {totals.status:<4}"
            f"  shares: {totals.shares}, elapsed: {seconds}, execs: {totals.executions}, "
            f"new interesting: {totals.all_found}\n"
        )
    return "".join(rows)


def _say(text: str) -> None:
    sys.stdout.flush()
    sys.stderr.write(text)
    sys.stderr.flush()
