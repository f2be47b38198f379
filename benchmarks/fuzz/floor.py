"""What each part of an execution costs at least, in one process, on a target that does nothing.

    python benchmarks/fuzz/floor.py [SECONDS]

Each line adds a part to the ones before it: the call of the function through the test's own, the
counters, the random numbers that Go's mutator draws, the mutator. The last has the mutator in C
instead, where it was built. No pipes, no coordinator, no start. Prints microseconds of CPU time for
an execution (the least of several rounds, all parts in turn in each) and how many executions a
second that allows.
"""

# ruff: noqa: E402 - runs from a checkout

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[0:1] = [os.path.join(HERE, "speedtargets"), os.path.dirname(os.path.dirname(HERE))]

from fuzzengine.instrument.coverage import COVERAGE
from fuzzengine.instrument.import_hook import install
from fuzzengine.mutation.mutator import Mutator, compiled_generator
from fuzzengine.mutation.pcg import PCG
from fuzzengine.testing.target import Target
from fuzzengine.types.kinds import BYTES
from fuzzengine.worker.executor import Execution

CHAIN = 5
ROUND = 5_000
DRAWS = 7
"""Words that a mutation takes, on the average of chains that begin with nothing."""


def parts() -> dict[str, Callable[[int], None]]:
    """Return, by what they add, functions that do so many executions."""
    install()
    run = __import__("empty").run

    def target(t: object, data: bytes) -> None:
        run(data)

    execution = Execution("floor", Target(target, [BYTES], ()), COVERAGE.reset)
    COVERAGE.set_mask(b"\xff" * COVERAGE.size)
    rng = PCG.seeded(1, 1)

    def call(count: int) -> None:
        for _ in range(count):
            target(None, b"")

    def counters(count: int) -> None:
        values = [b""]
        for _ in range(count):
            execution.run(values)
            COVERAGE.is_new()

    def words(count: int) -> None:
        values, word = [b""], rng.word
        for _ in range(count):
            for _ in range(DRAWS):
                word()
            execution.run(values)
            COVERAGE.is_new()

    return {
        "call of the target": call,
        "+ counters cleared and looked at": counters,
        "+ random numbers": words,
        "+ Go's mutator": mutating(execution, Mutator(PCG.seeded(1, 1))),
        "with the mutator in C": mutating(execution, Mutator(compiled_generator(PCG.seeded(1, 1)))),
    }


def mutating(execution: Execution, mutator: Mutator) -> Callable[[int], None]:
    kinds = [BYTES]

    def mutate(count: int) -> None:
        values: list[object] = [b""]
        for number in range(count):
            if not number % CHAIN:
                values = [b""]
            mutator.mutate(values, kinds, 100 << 20)
            execution.run(values)
            COVERAGE.is_new()

    return mutate


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 2.0
    functions = parts()
    least = dict.fromkeys(functions, float("inf"))
    end = time.process_time() + seconds
    while time.process_time() < end:
        for name, function in functions.items():
            start = time.process_time()
            function(ROUND)
            least[name] = min(least[name], (time.process_time() - start) / ROUND)
    for name, took in least.items():
        print(f"{name:34} {took * 1e6:6.2f} us {1 / took:11,.0f}/s")


if __name__ == "__main__":
    main()
