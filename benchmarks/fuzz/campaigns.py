"""How many executions whole campaigns need for the faults of targets.py: `fuzzengine test` itself.

    python benchmarks/fuzz/campaigns.py [-seeds N] [-limit EXECS] [-peers atheris,go,hypothesis]
                                        [-peerseeds N] [-peerlimit EXECS] [-peerseconds S]
                                        [-json FILE] [NAME ...]

One worker, an empty corpus. Prints for each target how many seeds found the fault, the median of
the executions until then, the most, and the median of the CPU seconds of all processes with their
start. With -peers a table with the same of other engines, in the same run: each of their runs ends
after -peerlimit executions or -peerseconds. Go has only the targets that are in gotargets/. -json
writes the figures of all engines for `python -m tools.plots`.

Exits 1 if a seed of fuzzengine did not find the fault or the median is over the target.
"""

# ruff: noqa: E402 - the folder must be on the path

from __future__ import annotations

import json
import os
import statistics
import sys
from argparse import ArgumentParser
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from peers import Outcome, Target, Unavailable, run_atheris, run_fuzzengine, run_go, run_hypothesis

SECONDS = 600
Runs = list[Outcome]


def run_all(
    name: str, function: Any, types: tuple[str, ...], seeds: int, limit: int, seconds: int
) -> Runs:
    """Run one engine on one target with each seed; no runs where the engine has no such target."""
    target = Target(HERE / f"{function.__module__}.py", function.__name__, types)
    run: Callable[..., Outcome] = run_fuzzengine
    flags = [f"-fuzztime={limit}x"]
    if name == "atheris":
        run, flags = run_atheris, [f"-runs={limit}"]
    elif name == "hypothesis":
        run, flags = run_hypothesis, []
    elif name == "go":
        go_name = "Fuzz" + function.__name__.title().replace("_", "")
        if f"func {go_name}(" not in (HERE / "gotargets" / "gotargets_test.go").read_text():
            return []
        target = Target(HERE / "gotargets", go_name)
        # Go takes one limit; the time is what Go's speed makes the shorter one.
        run, flags = run_go, []
    try:
        return [
            run(target, seconds=seconds, seed=seed, flags=flags) for seed in range(1, seeds + 1)
        ]
    except Unavailable as error:
        print(error, file=sys.stderr)
        return []


def is_found(outcome: Outcome) -> bool:
    """Whether it was the fault of the target, and nothing else, that ended the run."""
    return outcome.found and ("Found" in outcome.output or "panic: found" in outcome.output)


def figures(runs: Runs) -> dict[str, float]:
    """Return what `cell` shows as numbers."""
    return {
        "runs": len(runs),
        "found": sum(map(is_found, runs)),
        "executions": statistics.median(run.executions for run in runs),
        "cpu": round(statistics.median(run.cpu for run in runs), 2),
    }


def cell(runs: Runs) -> str:
    """Return found/runs, the median of the executions, and of the CPU seconds."""
    if not runs:
        return "-"
    found = sum(map(is_found, runs))
    executions = statistics.median(run.executions for run in runs)
    cpu = statistics.median(run.cpu for run in runs)
    more = "" if found == len(runs) else "> "
    return f"{found}/{len(runs)}, {more}{executions:,.0f}, {more}{cpu:.2f}"


def main(arguments: Sequence[str]) -> int:
    parser = ArgumentParser(description="executions until faults are found", prefix_chars="-")
    parser.add_argument("-seeds", type=int, default=10)
    parser.add_argument("-limit", type=int, default=200_000)
    parser.add_argument("-peers", default="")
    parser.add_argument("-peerseeds", type=int, default=10)
    parser.add_argument("-peerlimit", type=int, default=10_000_000)
    parser.add_argument("-peerseconds", type=int, default=20)
    parser.add_argument("-json", type=Path)
    parser.add_argument("names", nargs="*")
    options = parser.parse_args(arguments)
    peers = [name for name in options.peers.split(",") if name]
    if peers:
        print("| target | " + " | ".join(["fuzzengine", *peers]) + " |")
        print("|---|" + "---|" * (1 + len(peers)))
    failed = False
    results: dict[str, dict[str, dict[str, float]]] = {}
    targets = __import__("targets")
    known = {**targets.TARGETS, **(targets.HARD if options.names else {})}
    for function, (types, most) in known.items():
        name = function.__name__
        if options.names and name not in options.names:
            continue
        runs = run_all("fuzzengine", function, types, options.seeds, options.limit, SECONDS)
        median = statistics.median(run.executions for run in runs)
        bad = not all(map(is_found, runs)) or median > most
        failed |= bad
        if peers:
            limits = options.peerseeds, options.peerlimit, options.peerseconds
            others = {peer: run_all(peer, function, types, *limits) for peer in peers}
            cells = [name, cell(runs), *map(cell, others.values())]
            print("| " + " | ".join(cells) + " |", flush=True)
            engines = {"fuzzengine": runs, **others}
            results[name] = {engine: figures(its) for engine, its in engines.items() if its}
            continue
        print(
            f"{name:18} {sum(map(is_found, runs)):3}/{options.seeds}  median {median:9,.0f}"
            f" of {most:8,}  worst {max(run.executions for run in runs):9,}"
            f"  {statistics.median(run.cpu for run in runs):6.2f}s {'MISSED' if bad else ''}",
            flush=True,
        )
    if options.json:
        written = {"seconds": options.peerseconds, "targets": results}
        options.json.write_text(json.dumps(written, indent=2) + "\n")
    return int(failed)


if __name__ == "__main__":
    os.environ.setdefault("PYTHONDONTWRITEBYTECODE", "1")
    sys.exit(main(sys.argv[1:]))
