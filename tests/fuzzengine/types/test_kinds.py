from __future__ import annotations

import copy
import math
import pickle
from typing import Annotated

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzzengine.types import kinds
from fuzzengine.types.kinds import ALL, Kind

INTEGERS = [kind for kind in ALL if kind.python_type is int]


def test_names_are_those_of_go_reflect() -> None:
    assert [kind.name for kind in ALL] == (
        [
            "[]uint8",
            "string",
            "bool",
            "int",
            "int8",
            "int16",
            "int32",
            "int64",
            "uint",
            "uint8",
            "uint16",
            "uint32",
            "uint64",
            "float32",
            "float64",
        ]
    )
    assert str(list(ALL[:2])) == "[[]uint8, string]"


@pytest.mark.parametrize("kind", ALL, ids=str)
def test_zero_is_accepted_and_copies_are_the_same_object(kind: Kind) -> None:
    assert kind.accepts(kind.zero())
    assert kind.coerce(kind.zero()) == kind.zero()
    assert copy.deepcopy(kind) is kind
    assert pickle.loads(pickle.dumps(kind)) is kind


@pytest.mark.parametrize("kind", INTEGERS, ids=str)
def test_integer_ranges(kind: Kind) -> None:
    assert kind.accepts(kind.low)
    assert kind.accepts(kind.high)
    assert not kind.accepts(kind.low - 1)
    assert not kind.accepts(kind.high + 1)
    assert not kind.accepts(True)
    assert not kind.accepts(1.0)


def test_a_bool_is_not_an_int_nor_an_int_a_float() -> None:
    assert kinds.BOOL.accepts(True)
    assert not kinds.BOOL.accepts(1)
    assert not kinds.FLOAT64.accepts(1)
    assert not kinds.BYTES.accepts(bytearray(b"a"))
    assert not kinds.BYTES.accepts("a")


def test_objections_name_value_and_range() -> None:
    assert kinds.INT8.objection(300) == "300 is out of the range of int8, -128 to 127"
    assert kinds.INT8.objection("x") == "str is not int"
    assert kinds.FLOAT32.objection(1e39) == "1e+39 is out of the range of float32"
    with pytest.raises(ValueError, match="out of the range of uint8"):
        kinds.UINT8.coerce(256)


def test_strings_that_cannot_be_encoded_are_refused() -> None:
    assert kinds.STRING.accepts("h\xe9llo \udc80\udcff")
    objection = kinds.STRING.objection("ab\ud800")
    assert objection is not None
    assert "U+D800 at index 2" in objection
    assert not kinds.STRING.accepts("\udc7f")


def test_float32_is_rounded() -> None:
    assert kinds.FLOAT32.coerce(0.1) == 0.10000000149011612
    assert kinds.FLOAT32.coerce(math.inf) == math.inf


def test_escaped_bytes_that_form_a_character_become_it() -> None:
    assert kinds.STRING.coerce("\udcc3\udca9\udcff") == "\u00e9\udcff"
    assert kinds.FLOAT32.accepts(math.nan)
    assert kinds.round_float32(1e39) == math.inf
    assert kinds.round_float32(-1e39) == -math.inf


@given(st.integers(0, 2**32 - 1))
def test_float32_bits_survive(bits: int) -> None:
    assert kinds.float32_bits(kinds.float32_from_bits(bits)) == bits


@given(st.integers(0, 2**64 - 1))
def test_float64_bits_survive(bits: int) -> None:
    assert kinds.float64_bits(kinds.float64_from_bits(bits)) == bits


@pytest.mark.parametrize("bits", [0x7F800001, 0xFF800001, 0x7FC00001, 0x7FFFFFFF])
def test_float32_nan_payloads_survive(bits: int) -> None:
    value = kinds.float32_from_bits(bits)
    assert math.isnan(value)
    assert kinds.float32_bits(value) == bits


def test_a_nan_rounded_to_float32_stays_a_nan() -> None:
    assert kinds.float32_bits(kinds.float64_from_bits(0x7FF8000000000001)) == 0x7FC00000
    assert kinds.float32_bits(kinds.float64_from_bits(0xFFF0000000000001)) == 0xFFC00000


def test_annotations() -> None:
    def typed(a: kinds.int8, b: kinds.rune, c: kinds.byte, d: kinds.float32) -> None: ...

    scope = {"kinds": kinds}
    found = [
        kinds.kind_of_annotation(eval(annotation, scope))
        for annotation in typed.__annotations__.values()
    ]
    assert found == [kinds.INT8, kinds.INT32, kinds.UINT8, kinds.FLOAT32, None]


@pytest.mark.parametrize(
    ("annotation", "kind"),
    [
        (bytes, kinds.BYTES),
        (str, kinds.STRING),
        (bool, kinds.BOOL),
        (int, kinds.INT),
        (float, kinds.FLOAT64),
        (Annotated[int, "doc", kinds.INT16], kinds.INT16),
        (Annotated[int, "doc"], None),
        (bytearray, None),
        (list[int], None),
        ("int", None),
        (None, None),
    ],
    ids=str,
)
def test_plain_annotations(annotation: object, kind: Kind | None) -> None:
    assert kinds.kind_of_annotation(annotation) is kind


def test_kind_of_value() -> None:
    assert kinds.kind_of_value(True) is kinds.BOOL
    assert kinds.kind_of_value(1 << 70) is kinds.INT
    assert kinds.kind_of_value(bytearray()) is None
