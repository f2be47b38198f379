"""Fuzz tests of corpus files: written values are read back, and bad files raise CorpusError."""

from __future__ import annotations

import math
import struct

from fuzzengine import F, T, byte, float32, int8, rune, uint64
from fuzzengine.corpus import encoding
from fuzzengine.golang import expr
from fuzzengine.types import kinds


def FuzzCorpusFile(f: F) -> None:
    f.add(b'go test fuzz v1\nint(-5)\n[]byte("a\\x00")\nstring(`raw`)\n')
    f.add(b"go test fuzz v1\r\nfloat64(-Inf)\nfloat32(1e-5)\nbyte('\\'')\nrune('\xe2\x98\x83')\n")
    f.add(b"go test fuzz v1\nmath.Float64frombits(0x7ff8000000000002)\nbool(true)\nuint(07)")

    @f.fuzz(allow=(encoding.CorpusError,))
    def _(t: T, data: bytes) -> None:
        found, values = encoding.unmarshal(data)
        written = encoding.marshal(found, values)
        again, read = encoding.unmarshal(written)
        assert again == found
        assert list(map(_bits, read)) == list(map(_bits, values))
        assert encoding.marshal(again, read) == written


def FuzzCorpusLine(f: F) -> None:
    """The quick reader of the usual forms agrees with the reader of tokens."""
    f.add(b'[]byte("a\\tb")')
    f.add(b"int64(-9223372036854775808)")
    f.add(b"float32(1e+38)")

    @f.fuzz(allow=(expr.ExpressionError,))
    def _(t: T, line: bytes) -> None:
        kind, value = expr._parse_plain(line)
        if b"\n" not in line:
            found, again = expr._parse_tokens(line)
            assert found is kind
            assert _bits(again) == _bits(value)


def FuzzCorpusValues(f: F) -> None:
    f.add(b"\xff\x00", "\u2028\udcff", -1, 0.5, True)

    @f.fuzz
    def _(t: T, data: bytes, text: str, number: int, real: float, truth: bool) -> None:
        _check((data, text, number, real, truth))


def FuzzCorpusSizedValues(f: F) -> None:
    f.add(-128, 255, 0x10FFFF, 0.1, 2**64 - 1)

    @f.fuzz
    def _(t: T, a: int8, b: byte, c: rune, d: float32, e: uint64) -> None:
        wanted = [kinds.INT8, kinds.UINT8, kinds.INT32, kinds.FLOAT32, kinds.UINT64]
        values = [a, b, c, d, e]
        found, read = encoding.unmarshal(encoding.marshal(wanted, values))
        assert found == wanted
        assert list(map(_bits, read)) == list(map(_bits, values))


def _check(values: tuple[object, ...]) -> None:
    wanted = [kind for value in values if (kind := kinds.kind_of_value(value)) is not None]
    found, read = encoding.unmarshal(encoding.marshal(wanted, values))
    assert found == wanted
    assert list(map(_bits, read)) == list(map(_bits, values))


def _bits(value: object) -> object:
    """Return a value that is equal only for floats and texts of the same bits."""
    if isinstance(value, float):
        return "nan", struct.pack(">d", value) if math.isnan(value) else repr(value)
    if isinstance(value, str):
        return value.encode("utf-8", "surrogateescape")
    return value
