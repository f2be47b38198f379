"""Compares fuzzengine with HypoFuzz on the same tests with `@given`, one process each.

    python benchmarks/fuzz/hypofuzz.py -python HYPOFUZZ_VENV/bin/python -seconds 30 -trials 3

HypoFuzz needs a virtual environment of its own: `pip install hypofuzz pytest`. Both get a new
folder for each test and trial, and are ended as soon as the test has failed for the first time.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

HERE = Path(__file__).resolve().parent
TESTS = ["test_prefix", "test_order", "test_lock", "test_document", "TestAccount.runTest"]
TOOLS = ["fuzzengine", "hypofuzz"]
FILE = "test_stages.py"


def command(tool: str, test: str, seconds: int, trial: int, python: str) -> list[str]:
    if tool == "hypofuzz":
        node = f"{FILE}::{test.replace('.', '::')}"
        program = str(Path(python).parent / "hypothesis")
        return [program, "fuzz", "-n", "1", "--no-dashboard", "--", node]
    flags = [f"-fuzz=^{test}$", "-parallel=1", f"-seed={trial}", f"-fuzztime={seconds}s"]
    return [sys.executable, "-m", "fuzzengine", "test", "-run=NONE", *flags]


def run(
    tool: str, test: str, seconds: int, trial: int, python: str
) -> dict[str, tuple[float, int]]:
    """Return the stages that were reached, with seconds and executions."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(HERE / "hypofuzz_tests.py", Path(folder) / FILE)
        stages = Path(folder) / "stages"
        stages.touch()
        environment = {
            **os.environ,
            "STAGES": str(stages),
            "STARTED": str(time.time()),
            "FUZZENGINE_CACHE": str(Path(folder) / "cache"),
            "PYTHONPATH": str(HERE.parents[1]) if tool == "fuzzengine" else "",
        }
        with subprocess.Popen(
            command(tool, test, seconds, trial, python),
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        ) as process:
            end = time.monotonic() + seconds
            while process.poll() is None and time.monotonic() < end:
                if "failed " in stages.read_text():
                    break
                time.sleep(0.05)
            if process.poll() is None:
                os.killpg(process.pid, 15)
        found = {}
        for line in stages.read_text().splitlines():
            stage, after, executions = line.split()
            # `last` is written again and again.
            if stage == "last" or stage not in found:
                found[stage] = float(after), int(executions)
        return found


def row(results: list[dict[str, tuple[float, int]]]) -> str:
    failures = [found["failed"] for found in results if "failed" in found]
    stages = median(len(found.keys() - {"last"}) for found in results)
    last = median(found.get("last", (0, 0))[1] for found in results)
    text = f"{len(failures)}/{len(results)} failed, {stages:g} stages, {last:g} executions"
    if failures:
        seconds, executions = (median(values) for values in zip(*failures, strict=True))
        text += f"; failed after {seconds:.1f} s and {executions:g} executions"
    return text


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("-python", required=True, help="the Python of HypoFuzz's environment")
    parser.add_argument("-seconds", type=int, default=30)
    parser.add_argument("-trials", type=int, default=3)
    arguments = parser.parse_args()
    for test in TESTS:
        results: dict[str, list[dict[str, tuple[float, int]]]] = {tool: [] for tool in TOOLS}
        # In turn, so that both see the same load of the machine.
        for trial in range(1, arguments.trials + 1):
            for tool in TOOLS:
                results[tool].append(run(tool, test, arguments.seconds, trial, arguments.python))
        for tool in TOOLS:
            print(f"{test:20} {tool:10} {row(results[tool])}", flush=True)


if __name__ == "__main__":
    main()
