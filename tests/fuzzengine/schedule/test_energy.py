"""Whose turn it is: everybody's some time, and more often that of rare, small and new inputs."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzzengine.corpus.entry import Entry
from fuzzengine.schedule.energy import Energy, RoundRobin
from fuzzengine.schedule.queue import InputQueue


def entry(name: str, size: int = 1) -> Entry:
    return Entry(name, data=name.encode().ljust(size, b"."))


def shares(energy: Energy | RoundRobin, number: int) -> Counter[str]:
    return Counter(energy.next().path for _ in range(number))


@given(sizes=st.lists(st.integers(0, 5000), min_size=1, max_size=20), data=st.data())
def test_every_input_gets_turns_and_the_same_calls_give_the_same(
    sizes: list[int], data: st.DataObject
) -> None:
    coverages = [data.draw(st.binary(min_size=8, max_size=8)) for _ in sizes]
    entries = [entry(str(index)) for index in range(len(sizes))]
    orders = []
    for _ in range(2):
        energy = Energy()
        for one, size, coverage in zip(entries, sizes, coverages, strict=True):
            energy.add(one, size)
            energy.learn(one, coverage)
        orders.append([energy.next().path for _ in range(200 * len(sizes))])
    assert orders[0] == orders[1]
    assert set(orders[0]) == {one.path for one in entries}


def test_what_few_reach_gets_more_turns() -> None:
    energy = Energy()
    for index in range(8):
        one = entry(str(index))
        energy.add(one, 10)
        energy.learn(one, b"\1\0" if index else b"\1\1")
    got = shares(energy, 400)
    assert got["0"] > 2 * got["1"]


def test_small_ones_get_more_turns() -> None:
    energy = Energy()
    energy.add(entry("large"), 5000)
    energy.add(entry("small"), 10)
    got = shares(energy, 200)
    assert got["small"] > 2 * got["large"]


def test_fast_ones_get_more_turns() -> None:
    energy = Energy()
    for name, duration in (("slow", 9_000_000), ("fast", 1_000_000)):
        one = entry(name)
        energy.add(one, 10)
        energy.learn(one, b"\1", duration)
    got = shares(energy, 200)
    assert got["fast"] > 2 * got["slow"]


def test_a_new_one_is_next() -> None:
    energy = Energy()
    for index in range(3):
        energy.add(entry(str(index)), 10)
    shares(energy, 30)
    energy.add(entry("new"), 10)
    assert energy.next().path == "new"


def test_go_takes_all_in_turn_and_new_ones_at_the_end_of_the_round() -> None:
    turns = RoundRobin()
    for name in "abc":
        turns.add(entry(name), 10)
    assert [turns.next().path for _ in range(2)] == ["a", "b"]
    turns.add(entry("d"), 1)
    assert "".join(turns.next().path for _ in range(6)) == "cdabcd"


@pytest.mark.parametrize("in_turn", [False, True])
def test_what_is_dropped_gets_no_more_turns(in_turn: bool) -> None:
    queue = InputQueue(in_turn=in_turn)
    entries = [entry(name) for name in "abc"]
    assert [queue.add(one) for one in (*entries, entry("a"))] == [True, True, True, False]
    queue.keep(entries[1:])
    assert set(shares(queue.schedule, 20)) == {"b", "c"}
