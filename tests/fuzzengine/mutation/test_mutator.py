from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzzengine.corpus.encoding import marshal, unmarshal
from fuzzengine.mutation.byte_mutators import BYTE_MUTATORS, REFUSED, choose_length
from fuzzengine.mutation.mutator import Mutator
from fuzzengine.mutation.pcg import PCG
from fuzzengine.types.kinds import (
    ALL,
    BOOL,
    BYTES,
    FLOAT32,
    FLOAT64,
    INT,
    STRING,
    Kind,
    round_float32,
)

VECTORS = Path(__file__).parents[1] / "vectors" / "mutate.jsonl"
CASES = [json.loads(line) for line in VECTORS.read_text("utf-8").splitlines()]
if TYPE_CHECKING:
    from fuzzengine.mutation.byte_mutators import ByteMutator

MAX_BYTES = 100 << 20
CHAINED_MUTATIONS = 5  # after these a vector restarts from the corpus, as a worker does


def test_all_mutate_vectors_are_present() -> None:
    assert len(CASES) == 100
    assert {len(case["out"]) for case in CASES} == {40}


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['name']}-{case['seed']}")
def test_mutates_as_go_does_step_for_step(case: dict[str, object]) -> None:
    kinds, originals = unmarshal(str(case["corpus"]).encode())
    rng = PCG.seeded(int(str(case["seed"])), instance=1)
    mutator = Mutator(rng, go_scratch_bug=True)
    values: list[object] = []
    assert isinstance(case["out"], list)
    assert isinstance(case["state"], list)
    assert f"{rng.state},{rng.inc}" == case["state"][0]
    for step, (out, state) in enumerate(zip(case["out"], case["state"][1:], strict=True)):
        if step % CHAINED_MUTATIONS == 0:
            values[:] = originals
            mutator.reset()
        mutator.mutate(values, kinds, int(str(case["max_bytes"])))
        assert marshal(kinds, values) == bytes.fromhex(out)
        assert f"{rng.state},{rng.inc}" == state


ONE_VALUE = [case for case in CASES if case["name"] not in ("two", "mixed")]


@pytest.mark.parametrize("case", ONE_VALUE, ids=lambda case: f"{case['name']}-{case['seed']}")
def test_without_several_byte_strings_the_bug_makes_no_difference(case: dict[str, object]) -> None:
    kinds, originals = unmarshal(str(case["corpus"]).encode())
    values: list[object] = []
    mutator = Mutator(PCG.seeded(int(str(case["seed"])), instance=1))
    assert isinstance(case["out"], list)
    for step, out in enumerate(case["out"]):
        if step % CHAINED_MUTATIONS == 0:
            values[:] = originals
        mutator.mutate(values, kinds, int(str(case["max_bytes"])))
        assert marshal(kinds, values) == bytes.fromhex(out)


def test_each_argument_keeps_its_own_value() -> None:
    kinds = [BYTES, STRING, BYTES]
    values: list[object] = [b"a" * 8, "b" * 8, b"c" * 8]
    mutator = Mutator(PCG.seeded(1, instance=1))
    for _ in range(200):
        before = list(values)
        mutator.mutate(values, kinds, MAX_BYTES)
        changed = [i for i in range(3) if values[i] is not before[i]]
        assert len(changed) == 1


def test_go_shares_one_buffer_and_reset_forgets_it() -> None:
    kinds = [BYTES, BYTES]
    mutator = Mutator(PCG.seeded(1, instance=1), go_scratch_bug=True)
    values: list[object] = [b"aaaaaaaa", b"bbbbbbbb"]
    while values[0] == b"aaaaaaaa" or values[1] == b"bbbbbbbb":
        mutator.mutate(values, kinds, MAX_BYTES)
    assert isinstance(values[0], bytes)
    assert isinstance(values[1], bytes)
    shorter = min(len(values[0]), len(values[1]))
    assert values[0][:shorter] == values[1][:shorter]
    for _ in range(50):
        mutator.reset()
        values[:] = [b"x", b"bbbbbbbb"]
        mutator.mutate(values, kinds, MAX_BYTES)
        assert (values[0] == b"x") + (values[1] == b"bbbbbbbb") >= 1


def integers(kind: Kind) -> st.SearchStrategy[object]:
    return st.integers(kind.low, kind.high) | st.sampled_from([kind.low, kind.high, 0])


def values_of(kind: Kind) -> st.SearchStrategy[object]:
    if kind.python_type is int:
        return integers(kind)
    strategies: dict[Kind, st.SearchStrategy[object]] = {
        BYTES: st.binary(max_size=40),
        STRING: st.binary(max_size=40).map(lambda raw: raw.decode("utf-8", "surrogateescape")),
        BOOL: st.booleans(),
        FLOAT32: st.floats(width=32),
        FLOAT64: st.floats(),
    }
    return strategies[kind]


typed = st.lists(
    st.sampled_from(ALL).flatmap(lambda kind: st.tuples(st.just(kind), values_of(kind))),
    min_size=1,
    max_size=4,
)
rngs = st.integers(0, 2**64 - 1).map(lambda seed: PCG.seeded(seed, instance=1))


@given(typed, rngs, st.booleans(), st.sampled_from([1024, 4096, MAX_BYTES]))
def test_types_and_ranges_survive(
    pairs: list[tuple[Kind, object]], rng: PCG, bug: bool, max_bytes: int
) -> None:
    kinds = [kind for kind, _ in pairs]
    values = [value for _, value in pairs]
    mutator = Mutator(rng, go_scratch_bug=bug)
    room = max_bytes // len(values) - 100
    for _ in range(20):
        mutator.mutate(values, kinds, max_bytes)
        for kind, value in zip(kinds, values, strict=True):
            assert kind.accepts(value)
            if isinstance(value, bytes):
                assert len(value) <= room
            if kind is FLOAT32 and isinstance(value, float):
                assert value != value or round_float32(value) == value


@given(typed, st.integers(0, 2**64 - 1))
def test_the_same_seed_gives_the_same_values(pairs: list[tuple[Kind, object]], seed: int) -> None:
    kinds = [kind for kind, _ in pairs]
    results = []
    for _ in range(2):
        values = [value for _, value in pairs]
        mutator = Mutator(PCG.seeded(seed, instance=1))
        for _ in range(5):
            mutator.mutate(values, kinds, MAX_BYTES)
        results.append((marshal(kinds, values), mutator.rng.save()))
    assert results[0] == results[1]


@pytest.mark.parametrize("mutate", BYTE_MUTATORS, ids=lambda mutate: mutate.__name__)
@pytest.mark.parametrize("value", [b"", b"a", b"ab", b"abcd", bytes(range(40))], ids=len)
def test_a_byte_mutator_stays_within_the_capacity(mutate: ByteMutator, value: bytes) -> None:
    for seed in range(100):
        buffer = bytearray(value)
        capacity = len(value) + seed % 12 + 1
        length = mutate(PCG.seeded(seed, instance=1), buffer, len(value), capacity)
        assert len(buffer) < capacity
        if length == REFUSED:
            assert buffer == value
        else:
            assert 0 <= length <= len(buffer)


@given(rngs, st.integers(1, 5000))
def test_choose_length_stays_within_its_limit(rng: PCG, limit: int) -> None:
    assert all(1 <= choose_length(rng, limit) <= limit for _ in range(20))


def test_bytes_larger_than_their_share_are_refused() -> None:
    mutator = Mutator(PCG.seeded(1, instance=1))
    with pytest.raises(ValueError, match="cannot mutate bytes of length 1000"):
        mutator.mutate([b"a" * 1000], [BYTES], 1000)
    with pytest.raises(ValueError, match="cannot mutate bytes of length 0"):
        mutator.mutate([""], [STRING], 100)


def test_a_nan_stays_a_nan_and_an_infinity_an_infinity() -> None:
    mutator = Mutator(PCG.seeded(1, instance=1))
    values: list[object] = [math.nan]
    endless: list[object] = [-math.inf]
    for _ in range(50):
        mutator.mutate(values, [FLOAT64], MAX_BYTES)
        mutator.mutate(endless, [FLOAT32], MAX_BYTES)
    assert isinstance(values[0], float)
    assert math.isnan(values[0])
    assert endless == [-math.inf]


def test_the_smallest_int_only_grows() -> None:
    mutator = Mutator(PCG.seeded(3, instance=1))
    values: list[object] = [INT.low]
    mutator.mutate(values, [INT], MAX_BYTES)
    assert isinstance(values[0], int)
    assert values[0] > INT.low
