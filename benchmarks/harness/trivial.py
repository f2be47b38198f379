"""Times the same 200 trivial tests in every harness.

    python benchmarks/harness/trivial.py [--tests N] [--rounds N] [--no-peers] [--testscript FILE]
                                         [--bats FILE] [--json FILE]

Makes an environment with the peers in the user's cache folder the first time. Prints, for each
harness, the medians of CPU (own and children) and wall time a test, and the ratios to the
hand-written loop, to the best peer, and of two jobs to one, beside what we want them to be.
`--json` writes the figures of the harnesses for `python -m tools.plots`.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

from contestants import CONTESTANTS, LOOP_NAME, OURS, OURS_PARALLEL, bats, testscript
from environment import interpreter, version
from environment import programs as make_programs
from measure import Cost, Program, in_turn, median, ratio, to_stderr

NOT_PEERS = {LOOP_NAME, OURS, OURS_PARALLEL, "testscript (Go)"}


def prepared(options: argparse.Namespace, folder: Path) -> dict[str, Program]:
    """Write every contestant's tests; leave out those whose program is missing."""
    peers, count = not options.no_peers, options.tests
    programs = make_programs(peers=peers)
    contestants = [*CONTESTANTS]
    if options.testscript:
        contestants.append(testscript(options.testscript))
    if options.bats:
        contestants.append(bats(options.bats))
    return {
        contestant.name: contestant.prepare(folder / str(number), programs, count)
        for number, contestant in enumerate(contestants)
        if (programs / contestant.needs).exists() and (peers or contestant.name in NOT_PEERS)
    }


def show(costs: dict[str, list[Cost]], count: int) -> None:
    """Print the table, then the ratios with their bars."""
    print(f"{'':26}{'CPU, ms a test':>16}{'wall, ms a test':>17}{'CPU to the loop':>17}")
    for name, values in sorted(costs.items(), key=lambda item: median(item[1]).cpu):
        cost = median(values)
        against = ratio(values, costs[LOOP_NAME]).cpu
        print(
            f"{name:26}{cost.cpu / count * 1000:16.2f}{cost.wall / count * 1000:17.2f}"
            f"{against:17.2f}"
        )
    peers = {name: median(values).cpu for name, values in costs.items() if name not in NOT_PEERS}
    bar("CPU, ours to the hand-written loop", ratio(costs[OURS], costs[LOOP_NAME]).cpu, 1.4)
    if peers:
        best = min(peers, key=lambda name: peers[name])
        bar(f"CPU, ours to the best peer, {best}", ratio(costs[OURS], costs[best]).cpu, 0.25)
    bar("wall, two jobs to one", ratio(costs[OURS_PARALLEL], costs[OURS]).wall, 0.65)


def figures(costs: dict[str, list[Cost]], options: argparse.Namespace) -> dict[str, object]:
    """Return the figures of the harnesses: milliseconds a test, and CPU relative to the loop."""
    harnesses = {}
    for name, values in costs.items():
        cost = median(values)
        harnesses[name] = {
            "cpu": round(cost.cpu / options.tests * 1000, 2),
            "wall": round(cost.wall / options.tests * 1000, 2),
            "relative": round(ratio(values, costs[LOOP_NAME]).cpu, 2),
        }
    python = version(interpreter())
    return {
        "python": python,
        "tests": options.tests,
        "rounds": options.rounds,
        "harnesses": harnesses,
    }


def bar(what: str, value: float, limit: float) -> None:
    """Print a ratio beside its bar."""
    print(f"{what}: {value:.2f} (at most {limit}: {'met' if value <= limit else 'NOT MET'})")


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--tests", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--no-peers", action="store_true", help="only ours and the loop")
    parser.add_argument("--testscript", default="", help="the program of Go's testscript")
    parser.add_argument("--bats", default="", help="the program of bats")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        programs = prepared(options, Path(name))
        costs = in_turn(programs, options.rounds, to_stderr)
    python = version(interpreter())
    print(f"Python {python}, {options.tests} tests, medians of {options.rounds} rounds")
    show(costs, options.tests)
    if options.json:
        options.json.write_text(json.dumps(figures(costs, options), indent=2) + "\n")


if __name__ == "__main__":
    main()
