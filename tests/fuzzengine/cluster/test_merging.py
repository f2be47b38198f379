"""Merging results, dividing budgets, and what is read from a store."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzzengine.cluster.allowance import Allowance
from fuzzengine.cluster.merged import Merged, mask_of
from fuzzengine.cluster.store import FolderPlace, bits_file, load, open_place
from fuzzengine.corpus.entry import entry_name
from fuzzengine.instrument.coverage import bit_numbers
from fuzzengine.program.flags import Budget

pytestmark = pytest.mark.once

ONE, TWO = b'go test fuzz v1\n[]byte("1")\n', b'go test fuzz v1\n[]byte("2")\n'


@given(st.binary(max_size=40))
def test_bits_are_numbered_as_in_a_number(counters: bytes) -> None:
    assert mask_of(bit_numbers(counters)) == int.from_bytes(counters, "little")


def test_entries_that_add_nothing_are_dropped() -> None:
    merged = Merged()
    assert merged.add("1", ONE, [1, 9])
    assert not merged.add("2", TWO, [9])
    assert merged.add("2", TWO, [9, 17])
    assert list(merged.entries) == ["1", "2"]
    assert (merged.bits, merged.blocks(3), merged.blocks(2)) == (3, 3, 2)


def test_unstable_counters_make_no_entry_new() -> None:
    merged = Merged()
    merged.ignore([10])
    assert not merged.add("1", ONE, [8, 15])
    assert merged.add("1", ONE, [8, 16])
    assert merged.unstable == 1


def place_with(tmp_path: Path, table: str) -> FolderPlace:
    place = FolderPlace(str(tmp_path / "store"))
    for data in (ONE, TWO):
        place.write(f"corpus/FuzzX/{entry_name(data)}", data)
    place.write(f"bits/FuzzX/{entry_name(ONE)}", bits_file(table, [1, 2]))
    return place


def test_bits_of_another_table_are_measured_again(tmp_path: Path) -> None:
    place = place_with(tmp_path, "old")
    assert load(place, "FuzzX", "old").bits == {entry_name(ONE): [1, 2]}
    merged = Merged()
    merged.load(load(place, "FuzzX", "new"))
    assert merged.unmeasured == {entry_name(ONE), entry_name(TWO)}
    assert merged.add(entry_name(ONE), ONE, [3])
    assert merged.unmeasured == {entry_name(TWO)}
    assert merged.covered == 8


def test_damaged_files_are_skipped(tmp_path: Path) -> None:
    place = place_with(tmp_path, "t")
    place.write(f"corpus/FuzzX/{entry_name(ONE)}", ONE[:-3])
    place.write(f"bits/FuzzX/{entry_name(TWO)}", b'{"table": "t", "bits": [1')
    place.write("crashes/FuzzX/1", b'{"bucket": "b"')
    place.write("crashes/FuzzX/2", json.dumps({"bucket": "b", "input": "x", "name": "n"}).encode())
    stored = load(place, "FuzzX", "t")
    assert list(stored.entries) == [entry_name(TWO)]
    assert stored.bits == {}
    assert list(stored.crashes) == ["b"]
    assert stored.damaged == 2


def test_a_store_may_be_a_url_of_fsspec(tmp_path: Path) -> None:
    pytest.importorskip("fsspec")
    for text in ("memory://project", f"local://{tmp_path}/s"):
        place = open_place(text)
        assert place.read_all("corpus/FuzzX") == {}
        place.write("corpus/FuzzX/1", b"one")
        place.write("corpus/FuzzX/2", b"two")
        assert place.read_all("corpus/FuzzX") == {"1": b"one", "2": b"two"}


def test_executions_are_divided_among_leases() -> None:
    allowance = Allowance(Budget(count=100), Budget(duration=10**9))
    given = []
    while budget := allowance.take(2):
        given.append(budget)
    assert given == ["13x"] * 7 + ["9x"]
    allowance.put_back("9x")
    assert allowance.take(2) == "9x"


def test_leases_are_as_long_as_the_time_that_is_left() -> None:
    hour = 3600 * 10**9
    allowance = Allowance(Budget(duration=hour), Budget(duration=2 * hour))
    assert allowance.take(1) == f"{hour}ns"
    allowance.start()
    assert int(allowance.take(1).removesuffix("ns")) <= hour
    assert Allowance(Budget(), Budget(count=7)).take(1) == "7x"
    assert Allowance(Budget(), Budget(duration=5)).take(1) == "5ns"
