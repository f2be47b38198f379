"""Whose turn it is when several fuzz tests share a run."""

from __future__ import annotations

import signal

from hypothesis import given
from hypothesis import strategies as st

from fuzzengine.program.coordinator_mode import Outcome
from fuzzengine.program.flags import Budget
from fuzzengine.program.several import SHARE, Plan, Tally
from tests.fuzzengine.running import Package, processes_of
from tests.waiting import PATIENCE


def take(plan: Plan, found: dict[str, int]) -> str:
    turn = plan.next_share()
    if turn is None:
        return ""
    tally, budget = turn
    outcome = Outcome()
    outcome.count, outcome.duration = budget.count, budget.duration
    outcome.interesting = found.get(tally.name, 0)
    plan.take(tally, outcome)
    return tally.name


def test_everyone_first_then_the_one_that_finds() -> None:
    tallies = [Tally(name) for name in "abc"]
    plan = Plan(tallies, Budget(count=600))
    turns = "".join(take(plan, {"b": 3, "c": 1}) for _ in range(7))
    assert turns == "abcbbb"


def test_without_finds_the_turns_go_round() -> None:
    plan = Plan([Tally(name) for name in "abc"], Budget(duration=6 * SHARE))
    assert "".join(take(plan, {}) for _ in range(7)) == "abcabc"


def test_without_a_limit_it_goes_on() -> None:
    plan = Plan([Tally(name) for name in "ab"], Budget())
    turn = plan.next_share()
    assert turn is not None
    assert turn[1].duration == SHARE
    assert "".join(take(plan, {}) for _ in range(6)) == "ababab"


@given(
    st.integers(1, 10_000),
    st.integers(1, 6),
    st.lists(st.tuples(st.integers(0, 9), st.booleans()), max_size=40),
)
def test_all_is_used_and_no_more(total: int, tests: int, finds: list[tuple[int, bool]]) -> None:
    tallies = [Tally(str(number)) for number in range(tests)]
    plan = Plan(tallies, Budget(count=total))
    used = 0
    results = iter(finds)
    while (turn := plan.next_share()) is not None:
        tally, budget = turn
        assert not tally.over
        found, over = next(results, (0, False))
        outcome = Outcome()
        outcome.count, outcome.interesting = budget.count, found
        used += budget.count
        plan.take(tally, outcome)
        tally.over |= over
    assert used == total or all(tally.over for tally in tallies)
    assert used <= total
    assert used == sum(tally.executions for tally in tallies)


def test_one_that_does_nothing_gets_no_more() -> None:
    tallies = [Tally("a")]
    plan = Plan(tallies, Budget(count=10))
    plan.take(tallies[0], Outcome())
    assert plan.next_share() is None


def test_keepgoing_lets_a_failing_one_go_on(package: Package) -> None:
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


def test_an_interrupt_ends_all_turns(package: Package) -> None:
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
