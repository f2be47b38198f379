"""Compares our verdicts on Go's script tests with those of Go's own runner.

    python conformance/go_cmd/compare.py upstream [--short] [--suite fuzz] LOG [SCRIPT...]
    python conformance/go_cmd/compare.py diff UPSTREAM-LOG OUR-OUTPUT
    python conformance/go_cmd/compare.py ci [ARGUMENT...]

The first runs Go's own runner on the scripts and writes its log; the second prints the counts,
the times and every script on which the two disagree. Its exit status is 1 if README.md does
not explain one of them, or fewer than 98 % agree. The third runs ours on the scripts of ci.txt,
in short mode, with more arguments of `scriptest run` if there are any.
"""

from __future__ import annotations

import argparse
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from gosuite.toolchain import Toolchain

HERE = Path(__file__).resolve().parent
ENOUGH = 0.98

# A script's folder below src/cmd, and the package whose tests run them.
SUITES = {"cmd": "cmd/go", "fuzz": "cmd/internal/fuzztest"}

_UPSTREAM = re.compile(
    r"^ *--- (PASS|FAIL|SKIP): TestScript/(\S+) \((\d+(?:\.\d+)?)s\)", re.MULTILINE
)
_OURS = re.compile(
    r"^(ok|FAIL|skip|[A-Z]+) +(\S+)\.txt \((?:(\d+)m)?(\d+(?:\.\d+)?)s\)", re.MULTILINE
)
_VERDICTS = {"PASS": "pass", "ok": "pass", "SKIP": "skip", "skip": "skip"}


class Verdict(NamedTuple):
    """How one script ended."""

    outcome: str
    """`pass`, `skip` or `fail`."""
    seconds: float


Verdicts = Mapping[str, Verdict]


def read_upstream(text: str) -> Verdicts:
    """Return the verdicts in the log of a Go test run with -v, by the scripts' names."""
    return {
        name: Verdict(_VERDICTS.get(outcome, "fail"), float(seconds))
        for outcome, name, seconds in _UPSTREAM.findall(text)
        if name != "README"
    }


def read_ours(text: str) -> Verdicts:
    """Return the verdicts in what `scriptest run` printed, by the scripts' names."""
    return {
        os.path.basename(path): Verdict(
            _VERDICTS.get(outcome, "fail"), 60 * float(minutes or 0) + float(seconds)
        )
        for outcome, path, minutes, seconds in _OURS.findall(text)
    }


def explained(readme: str) -> frozenset[str]:
    """Return the scripts that the table of disagreements in README.md names."""
    return frozenset(re.findall(r"^\| `([^`]+)`", readme, re.MULTILINE))


def difference(upstream: Verdicts, ours: Verdicts, known: frozenset[str]) -> tuple[str, bool]:
    """Return a report on two sets of verdicts, and whether it is good enough.

    Args:
        upstream: what Go's own runner says.
        ours: what we say; only scripts that both ran are compared.
        known: the scripts whose disagreement is explained.
    """
    both = sorted(upstream.keys() & ours.keys())
    differ = [name for name in both if upstream[name].outcome != ours[name].outcome]
    lines = [
        _counts("upstream", upstream, both),
        _counts("ours", ours, both),
        f"same verdict: {len(both) - len(differ)} of {len(both)}",
    ]
    for name in differ:
        note = "explained in README.md" if name in known else "NOT EXPLAINED"
        line = f"{name}: upstream {upstream[name].outcome}, ours {ours[name].outcome} ({note})"
        lines.append(line)
    good = bool(both) and (len(both) - len(differ)) / len(both) >= ENOUGH
    return "\n".join(lines), good and known.issuperset(differ)


def _counts(title: str, verdicts: Verdicts, names: Sequence[str]) -> str:
    counts = Counter(verdicts[name].outcome for name in names)
    seconds = sum(verdicts[name].seconds for name in names)
    words = ", ".join(f"{counts[outcome]} {outcome}" for outcome in ("pass", "skip", "fail"))
    return f"{title}: {words}; {seconds:.0f} seconds in all scripts"


def run_upstream(suite: str, short: bool, log: str, scripts: Sequence[str], jobs: int) -> int:
    """Run Go's own runner and return its exit status; its output goes to the file log."""
    go = _toolchain()
    package = SUITES[suite]
    # A shell that starts a job in the background makes it deaf to interrupts, and so the
    # programs of scripts that interrupt themselves.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    path = os.path.dirname(go.program) + os.pathsep + os.environ.get("PATH", os.defpath)
    with tempfile.TemporaryDirectory() as folder, open(log, "wb") as out:
        binary = os.path.join(folder, "tests" + go.env["GOEXE"])
        subprocess.run([go.program, "test", "-c", "-o", binary, package], check=True)
        names = "|".join(re.escape(name.removesuffix(".txt")) for name in scripts)
        argv = [
            binary,
            "-test.v",
            "-test.timeout=3h",
            f"-test.parallel={jobs}",
            f"-test.run=^TestScript$/^({names})$" if scripts else "-test.run=^TestScript$",
        ]
        return subprocess.run(
            [*argv, "-test.short"] if short else argv,
            cwd=os.path.join(go.root, "src", *package.split("/")),
            env={**os.environ, "PATH": path},
            stdout=out,
            stderr=subprocess.STDOUT,
            check=False,
        ).returncode


def run_ci(arguments: Sequence[str]) -> int:
    """Run the scripts of ci.txt in short mode and return the exit status of scriptest."""
    folder = os.path.join(_toolchain().root, "src", "cmd", "go", "testdata", "script")
    scripts = [os.path.join(folder, name) for name in _text(HERE / "ci.txt").split()]
    argv = [sys.executable, "-m", "scriptest", "run", "--short", "--config", str(HERE)]
    return subprocess.run([*argv, *arguments, *scripts], check=False).returncode


def _toolchain() -> Toolchain:
    sys.path.insert(0, str(HERE))
    from gosuite import toolchain

    return toolchain.find()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program; see the module's text."""
    parser = argparse.ArgumentParser(description="Compare verdicts on Go's script tests.")
    actions = parser.add_subparsers(dest="action", required=True)
    upstream = actions.add_parser("upstream", help="run Go's own runner")
    upstream.add_argument("--short", action="store_true", help="in short mode")
    upstream.add_argument("--suite", choices=sorted(SUITES), default="cmd")
    upstream.add_argument("-j", "--jobs", type=int, default=os.cpu_count() or 1)
    upstream.add_argument("log", help="where its output goes")
    upstream.add_argument("scripts", nargs="*", help="only these")
    diff = actions.add_parser("diff", help="compare two runs")
    diff.add_argument("upstream", help="the log of Go's own runner")
    diff.add_argument("ours", help="what `scriptest run` printed")
    actions.add_parser("ci", help="run ours on the scripts of ci.txt")
    options, rest = parser.parse_known_args(arguments)
    if options.action == "ci":
        return run_ci(rest)
    if rest:
        parser.error(f"unknown arguments: {' '.join(rest)}")
    if options.action == "upstream":
        return run_upstream(
            options.suite, options.short, options.log, options.scripts, options.jobs
        )
    report, good = difference(
        read_upstream(_text(options.upstream)),
        read_ours(_text(options.ours)),
        explained(_text(HERE / "README.md")),
    )
    print(report)
    return 0 if good else 1


def _text(path: str | Path) -> str:
    return Path(path).read_text(encoding="utf-8", errors="replace")


if __name__ == "__main__":
    sys.exit(main())
