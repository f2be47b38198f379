"""FuzzedDataProvider returns what the one of Atheris returns."""

from __future__ import annotations

import json
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzzengine.atheris.data_provider import ALL_REMAINING, FuzzedDataProvider

pytestmark = pytest.mark.once

VECTORS = Path(__file__).parents[1] / "vectors" / "data_provider.jsonl"
"""Calls and results of Atheris 3.0: data in hexadecimal, calls, results as Python writes them."""

needs_atheris = pytest.mark.skipif(find_spec("atheris") is None, reason="atheris is not installed")

COUNTS = st.sampled_from([0, 1, 2, 3, 4, 5, 7, 8, 9, 16, 40, 1 << 62, 1 << 63, ALL_REMAINING])
LENGTHS = st.integers(0, 5)
NUMBERS = st.one_of(
    st.integers(-300, 300),
    st.integers(-(1 << 64), 1 << 64),
    st.integers(-(1 << 140), 1 << 140),
    st.sampled_from([(1 << 31), (1 << 63), (1 << 64) - 1, 1 << 64, (1 << 65) - 1, -(1 << 63)]),
)
FLOATS = st.one_of(st.floats(), st.sampled_from([0.0, sys.float_info.max, -sys.float_info.max]))


def _calls(name: str, *arguments: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.tuples(st.just(name), st.tuples(*arguments))


CALLS = st.one_of(
    *(
        _calls(name)
        for name in (
            "ConsumeBool",
            "ConsumeFloat",
            "ConsumeProbability",
            "ConsumeRegularFloat",
            "buffer",
            "remaining_bytes",
        )
    ),
    *(
        _calls(name, COUNTS)
        for name in (
            "ConsumeBytes",
            "ConsumeInt",
            "ConsumeString",
            "ConsumeUInt",
            "ConsumeUnicode",
            "ConsumeUnicodeNoSurrogates",
        )
    ),
    *(
        _calls(name, LENGTHS)
        for name in ("ConsumeFloatList", "ConsumeProbabilityList", "ConsumeRegularFloatList")
    ),
    _calls("ConsumeFloatInRange", FLOATS, FLOATS),
    _calls("ConsumeFloatListInRange", LENGTHS, FLOATS, FLOATS),
    _calls("ConsumeIntInRange", NUMBERS, NUMBERS),
    _calls("ConsumeIntList", LENGTHS, COUNTS),
    _calls("ConsumeIntListInRange", LENGTHS, NUMBERS, NUMBERS),
    _calls("PickValueInList", st.integers(0, 300).map(lambda length: list(range(length)))),
)


def result(provider: Any, name: str, arguments: list[Any]) -> str:
    try:
        return repr(getattr(provider, name)(*arguments))
    except Exception as error:
        return type(error).__name__


@needs_atheris
@given(st.binary(max_size=60), st.lists(CALLS, max_size=8))
def test_every_call_returns_what_atheris_returns(data: bytes, calls: list[Any]) -> None:
    own, real = FuzzedDataProvider(data), import_module("atheris").FuzzedDataProvider(data)
    for name, arguments in calls:
        assert result(own, name, arguments) == result(real, name, arguments), name


@needs_atheris
def test_every_method_is_there() -> None:
    atheris = import_module("atheris")

    def public(cls: type) -> set[str]:
        return {name for name in dir(cls) if not name.startswith("_")}

    assert public(FuzzedDataProvider) == public(atheris.FuzzedDataProvider)
    assert atheris.ALL_REMAINING == ALL_REMAINING


@pytest.mark.parametrize("line", VECTORS.read_text("utf-8").splitlines(), ids=lambda x: x[2:20])
def test_recorded_calls(line: str) -> None:
    data, calls, results = json.loads(line)
    provider = FuzzedDataProvider(bytes.fromhex(data))
    assert [result(provider, name, arguments) for name, arguments in calls] == results


@pytest.mark.parametrize("data", ["text", bytearray(b"x"), None])
def test_only_bytes_are_consumed(data: Any) -> None:
    with pytest.raises(TypeError):
        FuzzedDataProvider(data)


@pytest.mark.parametrize("count", [-1, 1 << 64, 2.0, "2"])
def test_a_count_fits_a_size(count: Any) -> None:
    with pytest.raises(TypeError):
        FuzzedDataProvider(b"abc").ConsumeBytes(count)
