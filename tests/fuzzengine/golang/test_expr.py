"""Accepts what Go 1.27 accepts; tests/interop compares thousands of further lines."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzzengine.corpus.encoding import marshal
from fuzzengine.golang import expr
from fuzzengine.golang.expr import ExpressionError, parse_line
from fuzzengine.types.kinds import (
    ALL,
    BYTES,
    FLOAT32,
    FLOAT64,
    INT,
    INT8,
    INT32,
    STRING,
    UINT8,
    Kind,
)
from tests.fuzzengine.corpus.values import same, typed_value


@pytest.mark.parametrize(
    ("line", "kind", "value"),
    [
        ("int ( - 5 )", INT, -5),
        ("int(1,)", INT, 1),
        ("int(1 ...,)\t", INT, 1),
        ("float64(1.5...)", FLOAT64, 1.5),
        ("float64(1....)", FLOAT64, 1.0),
        ("[ ]byte/* c */(`a\r\\n`) // d", BYTES, b"a\\n"),
        ("math/**/. Float32frombits(0x3f800000)", FLOAT32, 1.0),
        ("float64(^Inf)", FLOAT64, math.inf),
        ("float32(<-Inf)", FLOAT32, math.inf),
        ("float32( - Inf)", FLOAT32, -math.inf),
        ("\ufeffint8(/*line a.go:7*/0x_7f)", INT8, 127),
        ("byte('\\377')", UINT8, 255),
        ("rune('\\'')", INT32, 0x27),
        ("rune('\"')", INT32, 0x22),
        ("rune(017)", INT32, 15),
        ('string("\\u00e9\xe9\\xff")', STRING, "\xe9\xe9\udcff"),
    ],
)
def test_unusual_lines_are_read_as_in_go(line: str, kind: Kind, value: object) -> None:
    assert parse_line(line.encode()) == (kind, value)


@pytest.mark.parametrize(
    ("line", "column", "text"),
    [
        ("int(1", 6, "want a closing parenthesis after one literal"),
        ("int(1 2)", 7, "want a closing parenthesis after one literal"),
        ("int(1, 2)", 8, "want a closing parenthesis after one literal"),
        ("int()", 5, "want a literal in parentheses"),
        ("int(-)", 5, "want a literal in parentheses"),
        ("int(", 5, "want a literal in parentheses"),
        ("int(1) int(2)", 8, "unexpected int"),
        ("int(1);", 7, "unexpected ;"),
        ("int(1...)", 7, "want a closing parenthesis after one literal"),
        ("float64(0b1...)", 13, "want a closing parenthesis after one literal"),
        ("itn(1)", 1, "unknown type itn; want a conversion such as int(5)"),
        ("by te(1)", 1, "unknown type by te; want a conversion such as int(5)"),
        ("5", 1, "want a conversion such as int(5)"),
        ("\ufeff", 1, "want a conversion such as int(5)"),
        ("int(5)\\", 7, "unexpected \\"),
        ("int(-128.5)", 5, "-128.5 is not an integer"),
        ("int( - 09)", 6, "-09 is not an integer"),
        ("int8(128)", 6, "128 is out of the range of int8, -128 to 127"),
        ("uint(-0)", 6, "-0 is negative; uint has no sign"),
        ("int(" + "9" * 5000 + ")", 5, "9" * 30 + "... is too long for an integer"),
        ("float32(1e39)", 9, "1e39 is out of the range of float32"),
        ("float64(Inf)", 9, "Inf is not a float such as 1.5, 0x1p-2, -Inf or NaN"),
        ("math.Float64frombits(NaN)", 22, "NaN is not an integer"),
        ("bool(True)", 6, "want true or false"),
        ("byte('\u2603')", 6, "'\u2603' is more than one byte; a byte is at most 255"),
        ("byte('ab')", 7, "want one character between the quotes"),
        ("byte('')", 6, "character literal is not terminated, or empty"),
        ("uint8('a')", 7, "'a' is not an integer"),
        ("string(5)", 8, 'want a string literal such as "text"'),
        ("string('a')", 8, 'want a string literal such as "text"'),
        ('string("a)', 8, 'string literal is not terminated; add "'),
        ("string(`a)", 8, "string literal is not terminated; add `"),
        ('string("a" + "b")', 12, "want a closing parenthesis after one literal"),
        ('[]byte("\xe9\\q")', 11, r"\q is not an escape sequence of Go; write a backslash as \\"),
        ('[]byte("\xe9\udcff")', 11, r"byte that is not UTF-8; in a string literal write \xff"),
        ('[]byte("\0")', 9, r"unprintable character; write it as \x00"),
        ('[]byte("a\ufeff")', 10, r"unprintable character; write it as \ufeff"),
        ("int(/*\0*/1)", 7, r"unprintable character; write it as \x00"),
        ("int(1) // \udcff", 11, r"byte that is not UTF-8; in a string literal write \xff"),
        ("int(5]", 6, "want a closing parenthesis after one literal"),
        ("int(/* c", 5, "unexpected /, or a comment is not terminated; add */"),
        ("int(/*line a.go:0*/1)", 5, "unexpected /*line a.go:0*/"),
        ("f(\u2028)", 3, "unexpected \ufffd"),
    ],
)
def test_a_mistake_has_its_column(line: str, column: int, text: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse_line(line.encode("utf-8", "surrogateescape"))
    assert str(caught.value).startswith(text)
    assert caught.value.offset + 1 == column


@pytest.mark.parametrize("opening", ["(", "[]", "- ", "f(", "a{{", "func(", "<-", "*", "int("])
def test_deep_nesting_is_refused(opening: str) -> None:
    with pytest.raises(ExpressionError):
        parse_line(opening.encode() * 5000)


blanks = st.sampled_from([b"", b" ", b"\t\r ", b"/* ) */", b"/**/ ", b"/* \xe2\x80\xa8 */"])


@given(typed_value, st.lists(blanks, min_size=5, max_size=5), st.sampled_from([b"", b",", b"..."]))
def test_blanks_between_tokens_do_not_matter(
    pair: tuple[Kind, object], gaps: list[bytes], comma: bytes
) -> None:
    kind, value = pair
    line = marshal([kind], [value]).splitlines()[1]
    name, _, rest = line.partition(b"(")
    sign = b"-" if rest.startswith(b"-") else b""
    operand = rest[len(sign) : -1]
    spaced = [
        gaps[0],
        name,
        gaps[1],
        b"(",
        gaps[2],
        sign,
        gaps[3],
        operand,
        b" ",
        comma,
        b")",
        gaps[4],
    ]
    found, again = parse_line(b"".join(spaced))
    assert found is kind
    assert same(kind, value, again)


@given(typed_value, st.data())
def test_a_line_cut_short_is_refused(pair: tuple[Kind, object], data: st.DataObject) -> None:
    kind, value = pair
    line = marshal([kind], [value]).splitlines()[1]
    with pytest.raises(ExpressionError):
        parse_line(line[: data.draw(st.integers(0, len(line) - 1))])


@given(typed_value.filter(lambda pair: pair[0].python_type is not float), st.data())
def test_a_line_without_one_byte_is_refused_or_differs(
    pair: tuple[Kind, object], data: st.DataObject
) -> None:
    kind, value = pair
    line = marshal([kind], [value]).splitlines()[1]
    place = data.draw(st.integers(0, len(line) - 1))
    try:
        found, other = parse_line(line[:place] + line[place + 1 :])
    except ExpressionError:
        return
    assert found is not kind or not same(kind, value, other)


plain_bodies = st.lists(
    st.sampled_from(
        [
            *"ab\\\"'nx0417\xe9\ufeff\udcc3\0\r`",
            *("\\0o0", "\\u0x41", "\\U0001f600", "\\x+1", "\\\\", "\\u00e9", "\\ud800", "\\377"),
        ]
    ),
    max_size=6,
).map("".join)
plain_lines = (
    plain_bodies.map(lambda text: f'string("{text}")')
    | plain_bodies.map(lambda text: f'[]byte("{text}")')
    | st.tuples(st.sampled_from(ALL), st.from_regex(r"\A-?[0-9_]{1,21}\Z")).map(
        lambda pair: f"{pair[0].name}({pair[1]})"
    )
    | st.from_regex(r"\Afloat(32|64)\(-?[01]{0,2}\.?[05]{0,2}(e[-+]?[049]{0,3})?\)\Z")
    | st.from_regex(r"\A(rune|byte)\('?[a'\\\\0n\xe9]{1,2}'?\)\Z")
    | st.sampled_from(["bool(true)", "bool(false)", "bool( true)", "int(\u0661)", "int8(-0)"])
)


@given(plain_lines)
def test_the_fast_path_agrees_with_the_tokens(text: str) -> None:
    line = text.encode("utf-8", "surrogateescape")
    try:
        kind, value = expr._parse_plain(line)
    except ExpressionError:
        return
    found, again = expr._parse_tokens(line)
    assert found is kind
    assert same(kind, value, again)


@given(typed_value)
def test_the_fast_path_reads_every_written_line(pair: tuple[Kind, object]) -> None:
    kind, value = pair
    found, again = expr._parse_plain(marshal([kind], [value]).splitlines()[1])
    assert found is kind
    assert same(kind, value, again)
