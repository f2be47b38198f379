"""The compiled mutators give the same values and draw the same numbers as those in Python."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzzengine.mutation.mutator import Mutator, compiled_generator
from fuzzengine.mutation.pcg import PCG
from fuzzengine.types.kinds import BYTES, INT, STRING

_mutate = pytest.importorskip("fuzzengine.mutation._mutate", reason="not built here")
ROOM = 100 << 20


@given(
    st.integers(0, 2**64 - 1),
    st.one_of(st.binary(max_size=9), st.binary(max_size=300), st.just(bytes(5000))),
    st.sampled_from([ROOM, 600, 10_000]),
)
def test_same_values_and_same_states(seed: int, value: bytes, room: int) -> None:
    slow, quick = PCG.seeded(seed, 1), compiled_generator(PCG.seeded(seed, 1))
    assert quick is not slow
    room = max(room, len(value) + 200)
    kinds = [BYTES, STRING, INT]
    both: list[list[Any]] = [[value, "text", 7], [value, "text", 7]]
    mutators = Mutator(slow), Mutator(quick)
    for _ in range(60):
        for mutator, values in zip(mutators, both, strict=True):
            mutator.mutate(values, kinds, 3 * room)
        assert both[0] == both[1]
        assert slow.save() == quick.save() == (quick.state, quick.inc)


@given(st.integers(0, 2**64 - 1), st.integers(0, 2**32 - 1))
def test_same_numbers(seed: int, n: int) -> None:
    slow, quick = PCG.seeded(seed, 1), compiled_generator(PCG.seeded(seed, 1))
    assert [slow.intn(n) for _ in range(5)] == [quick.intn(n) for _ in range(5)]


@pytest.mark.parametrize("n", [-1, 2**32, 2**70])
def test_refuses_numbers_out_of_range(n: int) -> None:
    with pytest.raises(ValueError, match=f"{n} does not fit in 32 bits"):
        compiled_generator(PCG.seeded(1, 1)).intn(n)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [((b"abc", 2), ValueError), ((b"", 1), ValueError), ((b"", 1 << 40), ValueError),
     (("abc", 100), TypeError), ((b"abc",), TypeError), ((b"", "x"), TypeError)],
)  # fmt: skip
def test_refuses_wrong_arguments(arguments: tuple[Any, ...], error: type[Exception]) -> None:
    with pytest.raises(error):
        _mutate.Generator(1, 3).mutate_bytes(*arguments)


def test_many_generators_leak_nothing() -> None:
    for number in range(2000):
        generator = _mutate.Generator(number, 1)
        assert generator.mutate_bytes(bytes(2000), ROOM)
    with pytest.raises(TypeError):
        _mutate.Generator()
