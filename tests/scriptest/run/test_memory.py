"""What a run remembers of scripts that are over."""

from __future__ import annotations

import io
import tracemalloc
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from scriptest.cli import main as cli
from scriptest.cli.outcomes import RunOutcomes
from scriptest.engine.result import Failure, Phase, Result, Status
from scriptest.report.console import Console, Detail
from scriptest.run.runner import Options, Runner
from scriptest.sandbox.log import LogEntry
from scriptest.suite.history import PastResult
from scriptest.suite.suite import Selected

SCRIPTS, SHOWN = 40, 60_000
FEW, MANY = 20, 420

EACH = 600
"""Bytes for each script: its name, its paths and its outcome, and what holds them."""


@pytest.mark.process
def test_a_run_does_not_keep_what_its_reporter_does_not_keep(tmp_path: Path) -> None:
    path = tmp_path / "talks.txt"
    path.write_text(f"cat long\n-- long --\n{'x' * SHOWN}\n")
    sizes = []

    def report(result: Result) -> None:
        assert result.status is Status.PASSED
        assert len(result.phases[0].log) > SHOWN
        sizes.append(tracemalloc.get_traced_memory()[0])

    runner = Runner(Options())
    tracemalloc.start()
    try:
        runner.run([Selected(f"{number}", str(path)) for number in range(SCRIPTS)], report)
    finally:
        tracemalloc.stop()
        runner.close()
    assert len(sizes) == SCRIPTS
    assert sizes[-1] < SCRIPTS * SHOWN / 2


def peak_of(work: Callable[[], object]) -> int:
    """Return how much memory was needed at most."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.process
@pytest.mark.parametrize("command", ["run", "vet"])
def test_thousands_of_scripts_need_little_more_memory_than_few(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    peaks = {}
    # The first time is for what is imported and compiled once.
    for count in (FEW, FEW, MANY):
        folder = tmp_path / f"scripts{count}"
        folder.mkdir(exist_ok=True)
        for number in range(count):
            (folder / f"t{number:03}.txt").write_text("exists a\n-- a --\n")
        peaks[count] = peak_of(partial(cli.main, [command, folder.name]))
    assert peaks[MANY] - peaks[FEW] < (MANY - FEW) * EACH


# --- failures --------------------------------------------------------------------------------


def failed(name: str) -> Result:
    """Return a script that wrote much in two sections and failed in the second."""
    log, failure = "x" * SHOWN, Failure(name, 9, 1, "no match", "y" * SHOWN)
    phases = (Phase("first", 1, 0.1, (LogEntry(log),)), Phase("second", 8, 0.1, (LogEntry(log),)))
    return Result(name, name, Status.FAILED, 0.5, phases, failure, more=(failure,))


@pytest.mark.parametrize("detail", Detail)
def test_only_the_text_that_is_shown_is_kept_of_a_failure(detail: Detail) -> None:
    console = Console(io.StringIO(), detail)
    outcomes = RunOutcomes(console, reports=False)
    outcomes.add(failed("a.txt"))
    (left,) = outcomes.tally.failures.values()
    assert left.failure is not None
    assert (left.failure.place, left.failure.message) == ("a.txt:9:1", "no match")
    assert (left.failure.detail, left.phases, left.more) == ("", (), ())
    kept = sum(len(text) for text in console._failures.values())
    assert kept < SHOWN / 10
    assert bool(kept) == (detail in (Detail.FEW, Detail.EACH))


def test_reports_get_everything() -> None:
    outcomes = RunOutcomes(Console(io.StringIO(), Detail.QUIET), reports=True)
    outcomes.add(failed("a.txt"))
    assert list(outcomes.reported.values()) == [failed("a.txt")]


def test_a_result_that_comes_again_counts_once() -> None:
    out = io.StringIO()
    outcomes = RunOutcomes(Console(out), reports=True)
    outcomes.started(Selected("a.txt", "/a.txt", real="/a.txt"))
    for _ in range(2):
        outcomes.add(result := failed("a.txt"))
        outcomes.add(result)
    assert outcomes.history == {"/a.txt": PastResult(True, 0.5)}
    assert outcomes.tally.total == 2
    assert out.getvalue().count("a.txt:9:1") == 2


def test_of_repetitions_one_failure_is_remembered() -> None:
    outcomes = RunOutcomes(Console(io.StringIO()), reports=False)
    passed = failed("x")._replace(status=Status.PASSED)
    interrupted = passed._replace(name="a.txt#3", status=Status.INTERRUPTED)
    for result in (failed("a.txt#1"), passed._replace(name="a.txt#2", seconds=2.0), interrupted):
        outcomes.started(Selected(result.name, "/a.txt", real="/a.txt"))
        outcomes.add(result)
    assert outcomes.history == {"/a.txt": PastResult(True, 2.0)}
