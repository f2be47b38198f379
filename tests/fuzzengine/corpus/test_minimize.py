"""Selecting the entries with the coverage of a corpus; migrating entries to new arguments."""

from __future__ import annotations

from functools import reduce
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzzengine.corpus.encoding import marshal
from fuzzengine.corpus.entry import entry_name, write_entry
from fuzzengine.corpus.migrate import MigrationError, migrate_folder, migrated
from fuzzengine.corpus.minimize import MeasuredEntry, minimal_cover
from fuzzengine.types.kinds import ALL, BYTES, FLOAT32, FLOAT64, INT, INT8, STRING, Kind

ENTRIES = st.lists(
    st.tuples(
        st.integers(1, 9), st.integers(0, 3), st.integers(0, 255), st.sampled_from([0, 0, 1])
    ),
    max_size=12,
)


def features(entries: list[MeasuredEntry]) -> int:
    return reduce(lambda a, b: a | b, (entry.features for entry in entries), 0)


@given(ENTRIES)
def test_a_minimal_cover_has_all_features(
    rows: list[tuple[int, int, int, int]],
) -> None:
    entries = [
        MeasuredEntry(f"{number}", size, duration, bits, stays=bool(stays))
        for number, (size, duration, bits, stays) in enumerate(rows)
    ]
    kept = minimal_cover(entries)
    assert features(kept) == features(entries)
    assert {id(e) for e in entries if e.stays} <= {id(e) for e in kept} <= {id(e) for e in entries}
    for entry in kept:
        others = [other for other in kept if other is not entry]
        assert entry.stays or features(others) != features(entries)


def test_small_entries_then_fast_ones_are_preferred() -> None:
    big = MeasuredEntry("big", 9, 1, 1, stays=False)
    slow = MeasuredEntry("slow", 2, 9, 1, stays=False)
    fast = MeasuredEntry("fast", 2, 1, 1, stays=False)
    assert minimal_cover([big, slow, fast]) == [fast]


KINDS = st.lists(st.sampled_from(ALL), min_size=1, max_size=4)


@given(KINDS, st.data())
def test_removing_added_arguments_restores_values(kinds: list[Kind], data: st.DataObject) -> None:
    more = data.draw(st.lists(st.sampled_from(ALL), max_size=3))
    values = [kind.zero() for kind in kinds]
    wider = migrated(kinds, values, [*kinds, *more])
    assert wider == [*values, *(kind.zero() for kind in more)]
    assert migrated([*kinds, *more], wider, kinds) == values


def test_a_new_argument_takes_the_default_wherever_it_is() -> None:
    got = migrated([STRING], ["a"], [INT8, STRING, INT], [(INT, 5), (INT, 6)])
    assert got == [5, "a", 6]


def test_text_and_numbers_keep_their_values() -> None:
    assert migrated([STRING, INT], ["\udcff", 7], [BYTES, INT8]) == [b"\xff", 7]


@pytest.mark.parametrize(
    ("kinds", "values", "wanted", "defaults", "text"),
    [
        ([INT], [300], [INT8], [], "300 is out of the range of int8"),
        ([FLOAT64], [0.1], [FLOAT32], [], "0.1 would be rounded"),
        ([INT], [1], [STRING], [], "cannot match the arguments"),
        ([INT, STRING], [1, ""], [STRING, FLOAT64], [], "cannot match"),
        ([INT], [1], [INT, STRING], [(INT, 5)], "-new int: the new argument 2 is string"),
    ],
)
def test_an_entry_that_does_not_fit_is_refused(
    kinds: list[Kind],
    values: list[object],
    wanted: list[Kind],
    defaults: list[tuple[Kind, object]],
    text: str,
) -> None:
    with pytest.raises(MigrationError, match=text):
        migrated(kinds, values, wanted, defaults)


def test_migrating_keeps_given_names_and_unreadable_files(tmp_path: Path) -> None:
    old = marshal([BYTES], [b"x"])
    (tmp_path / "by-hand").write_bytes(old)
    write_entry(str(tmp_path), old)
    (tmp_path / "nonsense").write_bytes(b"?")
    text, refused = migrate_folder(str(tmp_path), [BYTES, INT], [])
    assert text == f"{tmp_path}: 2 rewritten, 0 fit, 1 refused\n"
    assert refused == [
        f'{tmp_path}/nonsense:1:1: want "go test fuzz v1" in the first line, '
        "then one value per line"
    ]
    new = marshal([BYTES, INT], [b"x", 0])
    assert (tmp_path / "by-hand").read_bytes() == new
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == sorted(["by-hand", "nonsense", entry_name(new)])
