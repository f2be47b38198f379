"""Several fuzz tests in one run."""

from __future__ import annotations

import re
import signal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from fuzzengine.program.coordinator_mode import CampaignOutcome
from fuzzengine.program.flags import Budget
from fuzzengine.program.several import (
    SHARE,
    SHORTEST_SHARE,
    FuzzTestTotals,
    ShareScheduler,
    too_small,
)
from tests.fuzzengine.running import Package, processes_of
from tests.waiting import PATIENCE, wait_until


def run_share(scheduler: ShareScheduler, found: dict[str, int]) -> str:
    share = scheduler.next_share()
    if share is None:
        return ""
    totals, budget = share
    outcome = CampaignOutcome()
    outcome.count, outcome.budget_time = budget.count, budget.duration
    outcome.interesting = found.get(totals.name, 0)
    scheduler.record(totals, outcome)
    return totals.name


def test_every_fuzz_test_gets_a_share_before_the_best_gets_another() -> None:
    all_totals = [FuzzTestTotals(name) for name in "abc"]
    scheduler = ShareScheduler(all_totals, Budget(count=600))
    order = "".join(run_share(scheduler, {"b": 3, "c": 1}) for _ in range(7))
    assert order == "abcbbb"


def test_without_new_inputs_shares_alternate() -> None:
    scheduler = ShareScheduler([FuzzTestTotals(name) for name in "abc"], Budget(duration=6 * SHARE))
    assert "".join(run_share(scheduler, {}) for _ in range(7)) == "abcabc"


def test_without_a_limit_shares_never_end() -> None:
    scheduler = ShareScheduler([FuzzTestTotals(name) for name in "ab"], Budget())
    share = scheduler.next_share()
    assert share is not None
    assert share[1].duration == SHARE
    assert "".join(run_share(scheduler, {}) for _ in range(6)) == "ababab"


@given(
    st.integers(1, 10_000),
    st.integers(1, 6),
    st.lists(st.tuples(st.integers(0, 9), st.booleans()), max_size=40),
)
def test_the_whole_budget_is_used_and_no_more(
    total: int, tests: int, finds: list[tuple[int, bool]]
) -> None:
    assume(total >= tests)
    all_totals = [FuzzTestTotals(str(number)) for number in range(tests)]
    scheduler = ShareScheduler(all_totals, Budget(count=total))
    used = 0
    results = iter(finds)
    while (share := scheduler.next_share()) is not None:
        totals, budget = share
        assert not totals.over
        found, over = next(results, (0, False))
        outcome = CampaignOutcome()
        outcome.count, outcome.interesting = budget.count, found
        used += budget.count
        scheduler.record(totals, outcome)
        totals.over |= over
    assert used == total or all(totals.over for totals in all_totals)
    assert used <= total
    assert used == sum(totals.executions for totals in all_totals)


def test_a_fuzz_test_without_executions_gets_no_more_shares() -> None:
    all_totals = [FuzzTestTotals("a")]
    scheduler = ShareScheduler(all_totals, Budget(count=10))
    scheduler.record(all_totals[0], CampaignOutcome())
    assert scheduler.next_share() is None


def test_every_fuzz_test_gets_a_share_even_if_others_use_too_much() -> None:
    all_totals = [FuzzTestTotals(name) for name in "ab"]
    scheduler = ShareScheduler(all_totals, Budget(duration=4 * SHARE))
    outcome = CampaignOutcome()
    outcome.count, outcome.budget_time = 1, 9 * SHARE
    for name in "ab":
        share = scheduler.next_share()
        assert share is not None
        assert (share[0].name, share[1].duration) == (name, SHARE)
        scheduler.record(share[0], outcome)
    assert scheduler.next_share() is None


@given(st.integers(1, 1 << 50), st.integers(1, 50))
def test_shares_of_an_accepted_time_are_never_too_short(duration: int, tests: int) -> None:
    budget = Budget(duration=duration)
    share = ShareScheduler([FuzzTestTotals(str(n)) for n in range(tests)], budget).next_share()
    assert share is not None
    assert (share[1].duration < SHORTEST_SHARE) == bool(too_small(budget, tests))


FIVE = """
    def target(t, data: bytes):
        pass

    def FuzzA(f):
        f.fuzz(target)

    def FuzzB(f):
        f.fuzz(target)

    def FuzzC(f):
        f.add(b"good")
        f.add(b"bad")

        @f.fuzz
        def _(t, data: bytes):
            assert data != b"bad"

    def FuzzD(f):
        f.fuzz(target)

    def FuzzE(f):
        f.fuzz(target)
"""


def test_every_fuzz_test_is_executed_however_short_the_time(package: Package) -> None:
    package.write("five_test.py", FIVE)
    done = package.run("test", "-fuzz=.", "-fuzztime=1s", "-parallel=1")
    rows = re.findall(r"^    Fuzz(\w)  (\w+) .*execs: (\d+)", done.stdout, re.MULTILINE)
    assert [(name, status) for name, status, _ in rows] == [
        ("A", "ok"),
        ("B", "ok"),
        ("C", "FAIL"),
        ("D", "ok"),
        ("E", "ok"),
    ], done.stdout
    assert all(int(executions) > 0 for _, _, executions in rows)
    assert "failure while testing seed corpus entry: FuzzC/seed#1\n" in done.stdout
    assert done.returncode == 1


@pytest.mark.parametrize("limit", ["1ms", "1x"])
def test_every_seed_is_executed_before_a_limit_ends_a_campaign(
    package: Package, limit: str
) -> None:
    package.write("five_test.py", FIVE)
    done = package.run("test", "-fuzz=FuzzC", f"-fuzztime={limit}", "-parallel=1")
    assert "failure while testing seed corpus entry: FuzzC/seed#1\n" in done.stdout
    assert done.returncode == 1


@pytest.mark.parametrize(
    ("limit", "complaint"),
    [
        (
            "900ms",
            "fuzz: -fuzztime=900ms is too short for 5 fuzz tests: each needs 200ms, so use "
            "-fuzztime=1s or more\n",
        ),
        (
            "4x",
            "fuzz: -fuzztime=4x is too small for 5 fuzz tests: each needs 1 execution, so use "
            "-fuzztime=5x or more\n",
        ),
    ],
)
def test_a_budget_that_is_too_small_for_all_is_refused(
    package: Package, limit: str, complaint: str
) -> None:
    package.write("five_test.py", FIVE)
    done = package.run("test", "-fuzz=.", f"-fuzztime={limit}")
    assert done.stdout.startswith(f"{complaint}FAIL\n")
    assert done.returncode == 2


def test_an_interrupt_before_the_first_execution_fails_the_run(package: Package) -> None:
    package.write(
        "slow_test.py",
        """
        import signal

        from fuzzengine import in_worker

        def FuzzSlow(f):
            if in_worker():
                print("started", file=open("started", "w"), flush=True)
                signal.pause()

            @f.fuzz
            def _(t, data: bytes):
                pass
        """,
    )
    process = package.start("test", "-fuzz=.", "-parallel=1")
    try:
        wait_until((package.folder / "started").exists)
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=PATIENCE)
    finally:
        process.kill()
    assert "fuzz: FuzzSlow: no input was executed: the run was interrupted first\n" in output
    assert process.returncode == 1


def test_a_fuzz_test_that_skips_itself_is_shown_as_skipped(package: Package) -> None:
    package.write(
        "skip_test.py",
        """
        def FuzzA(f):
            f.skip("not here")

        def FuzzB(f):
            @f.fuzz
            def _(t, data: bytes):
                pass
        """,
    )
    done = package.run("test", "-fuzz=.", "-fuzztime=100x", "-parallel=1")
    assert "    FuzzA  skip  shares: 1, " in done.stdout
    assert "    FuzzB  ok    shares: " in done.stdout
    assert done.returncode == 0


def test_keepgoing_continues_failing_fuzz_tests(package: Package) -> None:
    package.write(
        "two_test.py",
        """
        def FuzzBad(f):
            @f.fuzz
            def _(t, data: bytes):
                if data:
                    raise ValueError

        def FuzzGood(f):
            @f.fuzz
            def _(t, data: bytes):
                pass
        """,
    )
    flags = ("-fuzz=Fuzz", "-keepgoing", "-fuzztime=200x", "-parallel=1", "-seed=3")
    done = package.run("test", *flags)
    assert done.returncode == 1
    assert "    FuzzBad   FAIL  shares: 2, " in done.stdout
    assert done.stdout.count("Failing input:\n") == 1
    assert "    FuzzGood  ok    shares: 2, " in done.stdout
    assert processes_of(package) == []
    assert package.leftovers() == []


def test_an_interrupt_ends_all_shares(package: Package) -> None:
    package.write(
        "two_test.py",
        """
        def FuzzOne(f):
            f.fuzz(target)

        def FuzzTwo(f):
            f.fuzz(target)

        def target(t, data: bytes):
            open("running", "w").close()
        """,
    )
    process = package.start("test", "-fuzz=Fuzz", "-parallel=1")
    try:
        assert process.stdout is not None
        lines: list[str] = []
        while not any(line.startswith("fuzz: seed: ") for line in lines):
            lines.append(process.stdout.readline())
            assert lines[-1]
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate(timeout=PATIENCE)
    finally:
        process.kill()
    assert "share 2" not in rest
    assert "    FuzzOne  ok    shares: 1, " in rest
    assert "    FuzzTwo  none  shares: 0, " in rest
    assert "fuzz: FuzzTwo: no input was executed: the run was interrupted first\n" in rest
    assert process.returncode == 1
    assert processes_of(package) == []
    assert package.leftovers() == []
