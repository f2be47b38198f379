"""Counters on the wire: rounding, masks, the same layout in every process."""

from __future__ import annotations

from zlib import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzzengine.instrument import coverage
from fuzzengine.instrument.counters import compiled_hits
from fuzzengine.instrument.coverage import SPARE


class Coverage(coverage.Coverage):
    """Runs every operation in Python and, if it was built, compiled, with the same result."""

    def is_new(self) -> bool:
        self.hits = None
        found = super().is_new()
        self.hits = compiled_hits(self.counters)
        if self.hits is not None:
            assert super().is_new() == found
        return found

    def reset(self) -> None:
        before = bytes(self.counters)
        for hits in (None, compiled_hits(self.counters)):
            self.hits = hits
            self.counters[:] = before
            super().reset()
            assert not any(self.counters)


MODULES = {"a": 3, "b.c": 70, "d": 1, "e": 12}
BYTES = st.binary(min_size=8, max_size=8)


def loaded(*names: str) -> Coverage:
    made = Coverage()
    for name in names:
        made.register(name, MODULES[name])
    return made


def hit(cover: Coverage, module: str, index: int, count: int = 1) -> None:
    cover.counters[cover.base_of(module) + index] = count


@given(st.integers(0, 255))
def test_counts_are_rounded_down_to_a_power_of_two(count: int) -> None:
    cover = loaded("d")
    hit(cover, "d", 0, count)
    got = cover.snapshot()[0]
    assert got == max((1 << n for n in range(8) if 1 << n <= count), default=0)


def test_reset_zeroes_everything_and_keeps_the_object() -> None:
    cover = loaded("a", "d")
    counters = cover.counters
    hit(cover, "a", 2, 9)
    cover.reset()
    assert cover.counters is counters
    assert counters == bytes(4)


@given(st.permutations(sorted(MODULES)), st.data())
def test_a_counter_means_the_same_whatever_the_order_of_imports(
    order: list[str], data: st.DataObject
) -> None:
    one, other = loaded(*sorted(MODULES)), Coverage()
    other.freeze(one.freeze())
    for name in order:
        other.register(name, MODULES[name])
    for name, blocks in MODULES.items():
        index = data.draw(st.integers(0, blocks - 1))
        count = data.draw(st.integers(0, 255))
        hit(one, name, index, count)
        hit(other, name, index, count)
    assert one.size == other.size == sum(MODULES.values()) + SPARE
    assert one.snapshot() == other.snapshot()
    one.set_mask(other.snapshot())
    other.set_mask(one.snapshot())
    assert not one.is_new()
    assert not other.is_new()


def test_a_worker_without_a_module_keeps_the_layout_of_the_others() -> None:
    full, part = loaded("a", "b.c", "d"), loaded("d")
    part.freeze(full.freeze())
    hit(full, "d", 0)
    hit(part, "d", 0)
    assert part.snapshot() == full.snapshot()


def test_modules_loaded_later_share_the_spare_counters() -> None:
    one, other = loaded("a"), loaded("a")
    other.freeze(one.freeze())
    size = one.size
    for cover, order in ((one, ("e", "d")), (other, ("d", "e"))):
        for name in order:
            cover.register(name, MODULES[name])
        hit(cover, "e", 11, 5)
    assert one.size == other.size == size
    assert one.snapshot() == other.snapshot()
    assert coverage.count_bits(one.snapshot()) == 1
    assert one.is_new()
    one.set_mask(one.snapshot())
    assert not one.is_new()


@given(
    st.integers(1, 40),
    st.lists(st.tuples(st.text("abc", min_size=1, max_size=3), st.binary(max_size=70)), max_size=4),
    st.binary(min_size=40, max_size=40),
)
def test_all_modules_share_the_counters_of_a_foreign_coordinator(
    size: int, modules: list[tuple[str, bytes]], mask: bytes
) -> None:
    cover, mask = Coverage(), mask[:size]
    cover.accept_any_size()
    named = dict(modules)
    for name, counts in named.items():
        base = cover.register(name, len(counts))
        cover.counters[base:] = counts
    cover.set_mask(mask)
    expected, new = bytearray(size), False
    for name, counts in named.items():
        for index, count in enumerate(counts):
            rounded = 1 << count.bit_length() - 1 if count else 0
            place = (crc32(name.encode()) + index) % size
            expected[place] |= rounded
            new |= bool(rounded & ~mask[place])
    assert cover.snapshot() == expected
    assert cover.is_new() == new


def test_a_module_with_another_number_of_counters_gets_a_new_range() -> None:
    one, changed = loaded("a", "d"), Coverage()
    changed.register("a", 9)
    changed.freeze(one.freeze())
    hit(changed, "a", 0)
    assert not any(changed.snapshot()[: -SPARE or None])


def test_a_module_loaded_again_keeps_its_counters() -> None:
    cover = loaded("a", "d")
    assert cover.register("a", 3) == cover.base_of("a") == 0
    assert len(cover.counters) == 4
    assert cover.register("a", 5) == 4


@given(st.lists(st.lists(st.integers(0, 255), min_size=4, max_size=4), max_size=6))
def test_any_bit_outside_the_mask_is_new(states: list[list[int]]) -> None:
    cover = loaded("a", "d")
    mask = bytes(cover.size)
    for state in states:
        cover.counters[:] = bytes(state)
        snapshot = cover.snapshot()
        expected = any(got & ~known for got, known in zip(snapshot, mask, strict=True))
        assert cover.is_new() == expected
        assert cover.is_new() == expected
        assert any(coverage.subtract(snapshot, mask)) == expected
        mask = coverage.merge(mask, snapshot)
        cover.set_mask(mask)
        assert not cover.is_new()


def test_a_smaller_mask_makes_things_new_again() -> None:
    cover = loaded("d")
    hit(cover, "d", 0)
    cover.set_mask(cover.snapshot())
    assert not cover.is_new()
    cover.set_mask(bytes(cover.size))
    assert cover.is_new()


def test_a_module_loaded_after_the_mask_was_set_is_new() -> None:
    cover = loaded("d")
    cover.set_mask(bytes(cover.size))
    assert not cover.is_new()
    cover.register("e", 12)
    hit(cover, "e", 3)
    assert cover.is_new()


def test_a_mask_of_another_size_is_refused_with_the_message_of_go() -> None:
    cover = loaded("d")
    with pytest.raises(ValueError, match=f"got 3, expected {SPARE + 1}"):
        cover.set_mask(b"abc")


@pytest.mark.parametrize(
    "text", ["x\n", "fuzzengine coverage 1\nx y\n", "fuzzengine coverage 1\n3\n"]
)
def test_a_malformed_table_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="coverage table"):
        Coverage().freeze(text)


@given(BYTES, BYTES)
def test_operations_on_wire_bytes_are_those_on_each_byte(one: bytes, other: bytes) -> None:
    pairs = list(zip(one, other, strict=True))
    assert coverage.merge(one, other) == bytes(a | b for a, b in pairs)
    assert coverage.subtract(one, other) == bytes(a & ~b for a, b in pairs)
    assert coverage.is_subset(one, other) == all(a & b == a for a, b in pairs)
    assert coverage.has_common_bits(one, other) == any(a & b for a, b in pairs)
    assert coverage.count_bits(one) == sum(a.bit_count() for a in one)


@given(st.integers(1, 5000), st.sets(st.integers(0, 69)), st.integers(0, 69))
def test_a_foreign_coordinator_determines_the_size(size: int, hits: set[int], more: int) -> None:
    cover = loaded("a", "b.c")
    cover.freeze()
    cover.accept_any_size()
    cover.set_mask(bytes(size))
    assert not cover.is_new()
    for index in hits:
        hit(cover, "b.c", index)
    seen = cover.snapshot()
    assert len(seen) == cover.size == size
    assert cover.is_new() == any(seen) == bool(hits)
    cover.set_mask(seen)
    assert not cover.is_new()
    hit(cover, "b.c", more, 128)
    assert cover.is_new()
    with pytest.raises(ValueError, match=f"got {size + 1}, expected {size}"):
        cover.set_mask(bytes(size + 1))


def test_an_empty_mask_does_not_determine_the_size() -> None:
    cover = loaded("a")
    cover.accept_any_size()
    with pytest.raises(ValueError, match="got 0, expected"):
        cover.set_mask(b"")
