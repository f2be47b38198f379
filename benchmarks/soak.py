"""Attacks runs in every way that was promised to be harmless, and counts what is lost or left.

    python benchmarks/soak.py [--kills 1000] [--signals 1000] [--races 2000] ... [--jobs 2]

Runs the experiments whose counts are given; all of them, ten times each, without any. Prints one
row of a table for each experiment, and every loss on stderr; exits 1 if there is one. `--first N`
starts with the Nth trial, to see a loss again. Needs Linux; the full disks need root.
"""

from __future__ import annotations

import argparse
import sys

from soaking import campaigns, full_disk, races, scripts
from soaking.framework import Total, run

EXPERIMENTS = (
    *scripts.EXPERIMENTS,
    *races.EXPERIMENTS,
    *full_disk.EXPERIMENTS,
    *campaigns.EXPERIMENTS,
)
_FEW = 10
_ROW = "| {:14} | {:>6} | {:>6} | {:>7} | {} |"


def row(option: str, total: Total) -> str:
    """Return the row of an experiment."""
    notes = ", ".join(f"{count} {note}" for note, count in total.notes.most_common())
    return _ROW.format(option, total.trials, total.failed, f"{total.seconds:.0f} s", notes)


def main() -> int:
    """Run the experiments that the command line asks for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    for experiment in EXPERIMENTS:
        parser.add_argument(f"--{experiment.option}", type=int, metavar="N", help=experiment.help)
    parser.add_argument("--jobs", type=int, default=2, help="trials at the same time")
    parser.add_argument("--seed", default="1")
    parser.add_argument(
        "--first", type=int, default=1, metavar="N", help="the first trial's number"
    )
    options = parser.parse_args()
    counts = {each: getattr(options, each.option.replace("-", "_")) for each in EXPERIMENTS}
    if not any(count is not None for count in counts.values()):
        counts = dict.fromkeys(EXPERIMENTS, _FEW)
    print(_ROW.format("attack", "trials", "losses", "time", "runs"))
    print(_ROW.format("---", "---:", "---:", "---:", "---"), flush=True)
    failed = False
    for experiment, count in counts.items():
        if count:
            total = run(experiment, count, options.seed, options.jobs, options.first)
            print(row(experiment.option, total), flush=True)
            failed = failed or bool(total.failed)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
