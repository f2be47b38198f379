"""One execution after another: nothing of one may be seen in the next."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

from fuzzengine.base.outcomes import goexit, panic
from fuzzengine.testing.fuzz import T
from fuzzengine.testing.target import Target
from fuzzengine.types.kinds import STRING
from fuzzengine.worker.executor import Execution


def execution(function: object, *allow: type[BaseException]) -> Execution:
    assert callable(function)
    return Execution("FuzzIt", Target(function, [STRING], allow), lambda: None)


def runner(function: object, *allow: type[BaseException]) -> Callable[[list[object]], str]:
    """Return a function that executes a target and returns the report of its failure, or ""."""
    run = execution(function, *allow).run

    def report(values: list[object]) -> str:
        failure = run(values)
        return "" if failure is None else failure.text

    return report


def test_a_failure_does_not_stay() -> None:
    def target(t: T, what: str) -> None:
        if what == "log":
            t.log("only a log")
        if what == "error":
            t.error("an error")
        if what == "fatal":
            t.fatal("the end")
        if what == "skip":
            t.error("before")
            t.skip()
        assert not t.failed()
        assert not t.skipped()

    run = runner(target)
    assert run(["nothing"]) == ""
    assert run(["log"]) == ""
    place = os.path.basename(__file__)
    report = run(["fatal"])
    assert report.startswith("--- FAIL: FuzzIt (0.00s)\n")
    assert report.count(place) == 1
    assert report.endswith(": the end\n")
    assert run(["nothing"]) == ""
    assert "before" in run(["skip"])
    assert "an error" in run(["error"])
    assert run(["nothing"]) == ""


def test_cleanups_run_in_every_execution_however_it_ends() -> None:
    order: list[str] = []

    def target(t: T, how: str) -> None:
        t.cleanup(lambda: order.append(how))
        t.cleanup(lambda: order.append("first"))
        if how == "skip":
            t.skip()
        if how == "fatal":
            t.fatal()
        if how == "goexit":
            goexit()
        if how == "panic":
            panic("x")
        if how == "raise":
            raise ValueError(how)

    run = runner(target)
    for how in ("return", "skip", "fatal", "goexit", "panic", "raise"):
        assert bool(run([how])) == (how not in ("return", "skip"))
        assert order == ["first", how]
        order.clear()


def test_a_failing_cleanup_is_a_failure_and_the_others_run() -> None:
    ran: list[int] = []

    def target(t: T, _: str) -> None:
        t.cleanup(lambda: ran.append(1))
        t.cleanup(lambda: 1 // 0)

    assert "ZeroDivisionError" in runner(target)(["x"])
    assert ran == [1]


def test_temporary_folders_and_variables_last_for_one_execution() -> None:
    seen: list[str] = []

    def target(t: T, _: str) -> None:
        assert "FUZZENGINE_PROBE" not in os.environ
        t.setenv("FUZZENGINE_PROBE", "1")
        seen.append(t.temp_dir())
        assert os.path.isdir(seen[-1])

    run = runner(target)
    assert run(["x"]) == run(["x"]) == ""
    assert seen[0] != seen[1]
    assert not any(os.path.exists(path) for path in seen)
    assert "FUZZENGINE_PROBE" not in os.environ


def test_subtests_are_nested_in_the_report() -> None:
    def target(t: T, _: str) -> None:
        t.run("inner", lambda t: t.error("deep"))
        t.log("after")

    report = runner(target)(["x"])
    lines = report.splitlines()
    assert lines[0] == "--- FAIL: FuzzIt (0.00s)"
    assert lines[1] == "    --- FAIL: FuzzIt/inner (0.00s)"
    assert lines[2].startswith("        test_executor.py:")
    assert lines[3].startswith("    test_executor.py:")


def test_allowed_exceptions() -> None:
    def target(t: T, text: str) -> None:
        int(text)
        raise KeyError

    run = runner(target, ValueError)
    assert run(["x"]) == ""
    assert "KeyError" in run(["1"])


@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt(), MemoryError(), Exception()])
def test_every_other_exception_is_a_failure(error: BaseException) -> None:
    def target(t: T, _: str) -> None:
        raise error

    report = runner(target)(["x"])
    assert type(error).__name__ in report
    assert "in target\n            raise error" in report
    assert 'execution.py", line' not in report.replace("test_execution.py", "")


def test_the_chain_of_exceptions_is_shown() -> None:
    def target(t: T, text: str) -> None:
        try:
            int(text)
        except ValueError as error:
            raise RuntimeError("outer") from error

    report = runner(target)(["x"])
    assert "RuntimeError: outer" in report
    assert "The above exception was the direct cause" in report


def test_a_log_after_the_end_is_refused() -> None:
    kept: list[T] = []

    def target(t: T, _: str) -> None:
        t.log("now")
        kept.append(t)

    runner(target)(["x"])
    with pytest.raises(BaseException, match="log in a thread after FuzzIt has completed: late"):
        kept[0].log("late")
