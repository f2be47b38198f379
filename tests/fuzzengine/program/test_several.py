"""Several fuzz tests in one run."""

from __future__ import annotations

import signal

from hypothesis import given
from hypothesis import strategies as st

from fuzzengine.program.coordinator_mode import CampaignOutcome
from fuzzengine.program.flags import Budget
from fuzzengine.program.several import SHARE, FuzzTestTotals, ShareScheduler
from tests.fuzzengine.running import Package, processes_of
from tests.waiting import PATIENCE


def run_share(scheduler: ShareScheduler, found: dict[str, int]) -> str:
    share = scheduler.next_share()
    if share is None:
        return ""
    totals, budget = share
    outcome = CampaignOutcome()
    outcome.count, outcome.duration = budget.count, budget.duration
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
    assert "    FuzzTwo  ok    shares: 0, " in rest
    assert process.returncode == 0
    assert processes_of(package) == []
    assert package.leftovers() == []
