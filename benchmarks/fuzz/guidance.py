"""How many executions until each fault of targets.py is found: the search without processes.

    python benchmarks/fuzz/guidance.py [-seeds N] [-limit EXECS] [-nosolver] [NAME ...]

Does in one process what one worker and its coordinator do: entries that reached new blocks are
studied by the solver, then all entries are mutated in turn. Prints a line a target; exits 1 if a
seed did not find the fault or the median is over the target.
"""

# ruff: noqa: E402 - runs from a checkout

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

sys.path[0:1] = [os.path.dirname(__file__), os.path.join(os.path.dirname(__file__), "..", "..")]

from fuzzengine.cmplog.switch import CodeSwitch
from fuzzengine.instrument.coverage import COVERAGE, merge
from fuzzengine.instrument.import_hook import Instrumentation, install
from fuzzengine.mutation.mutator import Mutator
from fuzzengine.mutation.pcg import PCG
from fuzzengine.solver.solver import Solver
from fuzzengine.types.kinds import ALL

CALL = 1000
"""Mutations of an entry before it is the next one's turn."""


class Campaign:
    def __init__(
        self, hook: Instrumentation, function: Callable[..., None], kinds: list[Any], seed: int
    ) -> None:
        self.function = function
        self.found: type[Exception] = sys.modules["targets"].Found
        self.kinds = kinds
        self.mutator = Mutator(PCG.seeded(seed))
        self.solver = Solver(kinds, CodeSwitch(hook))
        self.corpus: list[list[Any]] = []
        self.fresh: list[list[Any]] = []
        self.mask = bytes(COVERAGE.size)
        self.execs = 0
        COVERAGE.set_mask(self.mask)

    def execute(self, values: list[Any]) -> bool:
        """Run the function once; tell whether it reached the fault."""
        self.execs += 1
        COVERAGE.reset()
        try:
            self.function(*values)
        except self.found:
            return True
        if COVERAGE.is_new():
            self.mask = merge(self.mask, COVERAGE.snapshot())
            COVERAGE.set_mask(self.mask)
            self.corpus.append(list(values))
            self.fresh.append(list(values))
        return False

    def run(self, limit: int, use_solver: bool) -> bool:
        first = [kind.zero() for kind in self.kinds]
        if self.execute(first):
            return True
        turn = 0
        while self.execs < limit:
            if use_solver and self._solve(limit):
                return True
            base = self.corpus[turn % len(self.corpus)] if self.corpus else first
            turn += 1
            for count in range(CALL):
                if count % 5 == 0:
                    values = list(base)
                self.mutator.mutate(values, self.kinds, 104857600)
                if self.execute(values):
                    return True
                if self.fresh or self.execs >= limit:
                    break
        return False

    def _solve(self, limit: int) -> bool:
        if not self.fresh:
            return False
        self.solver.start()
        while self.execs < limit:
            while self.fresh:
                self.solver.add(self.fresh.pop(0))
            candidate = self.solver.next()
            if candidate is None:
                break
            if self.execute(candidate):
                self.solver.stop()
                return True
        self.solver.stop()
        return False


def main(arguments: list[str]) -> int:
    seeds, limit, solver, names = 10, 300_000, True, []
    while arguments:
        word = arguments.pop(0)
        if word == "-seeds":
            seeds = int(arguments.pop(0))
        elif word == "-limit":
            limit = int(arguments.pop(0))
        elif word == "-nosolver":
            solver = False
        else:
            names.append(word)
    hook = install()
    targets: Any = __import__("targets")

    kinds = {kind.name: kind for kind in ALL}
    failed = False
    for function, (types, most) in targets.TARGETS.items():
        if names and function.__name__ not in names:
            continue
        execs, misses, start = [], 0, time.perf_counter()
        for seed in range(1, seeds + 1):
            campaign = Campaign(hook, function, [kinds[name] for name in types], seed)
            misses += not campaign.run(limit, solver)
            execs.append(campaign.execs)
        median = statistics.median(execs)
        bad = misses or median > most
        failed |= bool(bad)
        took = (time.perf_counter() - start) / seeds
        print(
            f"{function.__name__:18} {seeds - misses:3}/{seeds}  median {median:9,.0f}"
            f"  of {most:8,}  worst {max(execs):9,}  {took:6.2f}s {'MISSED' if bad else ''}",
            flush=True,
        )
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
