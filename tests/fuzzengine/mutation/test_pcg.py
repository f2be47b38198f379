from __future__ import annotations

import os
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzzengine.mutation.pcg import PCG


def reference_uint32(state: int, inc: int) -> tuple[int, int]:
    """Return the new state and the number of PCG-XSH-RR-64/32, as in its paper."""
    word = ((state ^ (state >> 18)) >> 27) % 2**32
    turn = state >> 59
    rotated = (word >> turn | word << (32 - turn)) % 2**32
    return (state * 6364136223846793005 + inc) % 2**64, rotated


def reference_intn(state: int, inc: int, n: int) -> tuple[int, int]:
    state, word = reference_uint32(state, inc)
    while (word * n) % 2**32 < (2**32 - n) % n:
        state, word = reference_uint32(state, inc)
    return state, word * n // 2**32


states = st.integers(0, 2**64 - 1)
streams = states.map(lambda number: number | 1)


@given(states, streams)
def test_a_word_is_pcg(state: int, inc: int) -> None:
    rng = PCG(state, inc)
    expected_state, expected = reference_uint32(state, inc)
    assert rng.word() == expected
    assert rng.save() == (expected_state, inc)


@given(states, streams, st.integers(1, 2**32 - 1) | st.integers(2**31, 2**32 - 1))
def test_intn_is_unbiased_multiplication(state: int, inc: int, n: int) -> None:
    rng = PCG(state, inc)
    expected_state, expected = reference_intn(state, inc, n)
    assert rng.intn(n) == expected
    assert rng.state == expected_state


@given(states, streams, st.integers(0, 300))
def test_random_bytes_are_those_of_intn(state: int, inc: int, count: int) -> None:
    slow, quick = PCG(state, inc), PCG(state, inc)
    assert quick.random_bytes(count) == bytes(slow.intn(256) for _ in range(count))
    assert quick.save() == slow.save()


def test_intn_of_zero_draws_a_number() -> None:
    rng = PCG.seeded(7, instance=1)
    before = rng.state
    assert rng.intn(0) == 0
    assert rng.state != before


@pytest.mark.parametrize("n", [-1, 2**32, 2**70])
def test_intn_refuses_numbers_out_of_range(n: int) -> None:
    with pytest.raises(ValueError, match="does not fit in 32 bits"):
        PCG.seeded(1, instance=1).intn(n)


@pytest.mark.process
def test_generators_of_a_process_are_numbered() -> None:
    program = (
        "from fuzzengine.mutation.pcg import PCG\n"
        "a, b = PCG.seeded(1), PCG.seeded(1)\n"
        "print(a.inc, b.inc, a.save() == PCG.seeded(1, instance=1).save())\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env=environment, check=True
    )
    assert result.stdout == "3 5 True\n"


def test_a_seed_is_taken_modulo_64_bits() -> None:
    assert PCG.seeded(-1, 1).save() == PCG.seeded(2**64 - 1, 1).save()
