"""Hypothesis strategies for the values of corpus files, and their equality."""

from __future__ import annotations

from hypothesis import strategies as st

from fuzzengine.corpus.encoding import HEADER
from fuzzengine.types.kinds import (
    ALL,
    BOOL,
    BYTES,
    FLOAT32,
    FLOAT64,
    STRING,
    Kind,
    float32_bits,
    float32_from_bits,
    float64_bits,
    float64_from_bits,
)

# A file that begins so is one of Go's format, unless -from says otherwise.
raw_inputs = st.binary().filter(lambda data: not data.startswith(HEADER))
surrogates_of_bytes = st.binary(max_size=20).map(lambda raw: raw.decode("utf-8", "surrogateescape"))
float32s = st.integers(0, 2**32 - 1).map(float32_from_bits) | st.floats(width=32)
float64s = st.integers(0, 2**64 - 1).map(float64_from_bits) | st.floats()


def values_of(kind: Kind) -> st.SearchStrategy[object]:
    """Return a strategy for all values of a kind, the difficult ones more often."""
    if kind is BYTES:
        return st.binary()
    if kind is STRING:
        return surrogates_of_bytes | st.text(st.characters(exclude_categories=["Cs"]))
    if kind is BOOL:
        return st.booleans()
    if kind is FLOAT32:
        return float32s
    if kind is FLOAT64:
        return float64s
    edges = st.sampled_from([kind.low, kind.high, 0, 0x27, 0x5C])
    return st.integers(kind.low, kind.high) | edges


typed_value = st.sampled_from(ALL).flatmap(lambda kind: st.tuples(st.just(kind), values_of(kind)))


def same(kind: Kind, one: object, other: object) -> bool:
    """Return whether two values are equal, floats and texts to the bit."""
    if kind is FLOAT32 and isinstance(one, float) and isinstance(other, float):
        return float32_bits(one) == float32_bits(other)
    if kind is FLOAT64 and isinstance(one, float) and isinstance(other, float):
        return float64_bits(one) == float64_bits(other)
    if isinstance(one, str) and isinstance(other, str):
        return one.encode("utf-8", "surrogateescape") == other.encode("utf-8", "surrogateescape")
    return type(one) is type(other) and one == other
