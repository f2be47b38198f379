"""Executions per CPU second beside Atheris and native Go, on the same targets in the same run.

    python benchmarks/fuzz/speed.py [-seconds N] [-rounds N] [-json FILE] [-v] [TARGET ...]

One worker, an empty corpus. In each round all engines have their turn on a target, so that what
else the machine does falls on all of them; the table shows the median of each engine's rates and
the median of the rounds' ratios, and so does the file of -json. Exits 1 if a ratio is
below its bar. See peers.py for what the other engines need.
"""

from __future__ import annotations

import json
import statistics
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

from peers import ENGINES, HERE, Outcome, Target, Unavailable

FOLDER = HERE / "speedtargets"
# As the engines are by default: what is interesting is made smaller. (No target has a fault.)
FLAGS = {"fuzzengine": ["-fuzzminimizetime=60s"], "go": ["-test.fuzzminimizetime=60s"]}
GO_EMPTY = Target(HERE / "gospeed", "FuzzEmpty")
TARGETS = {
    # name: (modules to instrument besides, [(engine, its target if another, lowest ratio)])
    "json_python": (("json",), [("atheris", None, 1.5)]),
    "urllib_parse": (("urllib",), [("atheris", None, 1.5)]),
    "email_message": (("email",), [("atheris", None, 1.5)]),
    "json_c": ((), [("atheris", None, 0.6)]),
    "empty": ((), [("atheris", None, 0.12), ("go", GO_EMPTY, 4.0)]),
}


def measure(engine: str, target: Target, seconds: int, seed: int, verbose: bool) -> Outcome:
    outcome = ENGINES[engine](target, seconds=seconds, seed=seed, flags=FLAGS.get(engine, ()))
    if outcome.found:
        raise Unavailable(f"{engine} found a fault in {target.path}:\n{outcome.output}")
    if verbose:
        cpu, rate = outcome.cpu, outcome.rate
        print(
            f"    {engine:10} {outcome.executions:9,} in {cpu:5.2f} s {rate:11,.0f}/s", flush=True
        )
    return outcome


def compare(name: str, seconds: int, rounds: int, verbose: bool) -> list[dict[str, Any]]:
    """Print the lines of one target and return their figures."""
    cover, peers = TARGETS[name]
    target = Target(FOLDER / f"{name}.py", "run", cover=cover)
    own: list[float] = []
    others: list[list[float]] = [[] for _ in peers]
    for seed in range(1, rounds + 1):
        own.append(measure("fuzzengine", target, seconds, seed, verbose).rate)
        for (engine, its_target, _), rates in zip(peers, others, strict=True):
            rates.append(measure(engine, its_target or target, seconds, seed, verbose).rate)
    figures = []
    for (engine, _, bar), rates in zip(peers, others, strict=True):
        ratios = [one / other for one, other in zip(own, rates, strict=True)]
        ratio = statistics.median(ratios)
        mine, its = statistics.median(own), statistics.median(rates)
        print(
            f"{name:14} {mine:11,.0f}  {engine:8} {its:11,.0f}"
            f"  ratio {ratio:6.3f} ({min(ratios):.3f} to {max(ratios):.3f}), bar {bar}"
            f" {'' if ratio >= bar else 'MISSED'}",
            flush=True,
        )
        figures.append(
            {
                "target": name,
                "peer": engine,
                "fuzzengine": round(mine),
                "rate": round(its),
                "ratio": round(ratio, 3),
                "lowest": round(min(ratios), 3),
                "highest": round(max(ratios), 3),
                "required": bar,
            }
        )
    return figures


def main(arguments: list[str]) -> int:
    seconds, rounds, verbose, file, names = 10, 5, False, "", []
    while arguments:
        word = arguments.pop(0)
        if word == "-seconds":
            seconds = int(arguments.pop(0))
        elif word == "-rounds":
            rounds = int(arguments.pop(0))
        elif word == "-json":
            file = arguments.pop(0)
        elif word == "-v":
            verbose = True
        else:
            names.append(word)
    try:
        unknown = sorted(set(names) - set(TARGETS))
        if unknown:
            print(
                f"no target {', '.join(unknown)}; there are {', '.join(TARGETS)}", file=sys.stderr
            )
            return 2
        found = [compare(name, seconds, rounds, verbose) for name in names or TARGETS]
    except Unavailable as error:
        print(error, file=sys.stderr)
        return 2
    figures = [each for group in found for each in group]
    if file:
        results = {"seconds": seconds, "rounds": rounds, "figures": figures}
        Path(file).write_text(json.dumps(results, indent=2) + "\n")
    return int(any(each["ratio"] < each["required"] for each in figures))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
