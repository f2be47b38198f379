from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzzengine.golang import quote as literals
from fuzzengine.golang.printable import is_printable
from fuzzengine.golang.quote import EscapeError, quote, quote_rune, unquote, unquote_rune


@given(st.binary())
def test_what_is_quoted_unquotes(value: bytes) -> None:
    quoted = quote(value)
    assert quoted.isprintable() or not quoted.isascii()
    assert unquote(quoted[1:-1].encode()) == value


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b"", b""),
        (rb"\a\b\f\n\r\t\v\\\"", b'\a\b\f\n\r\t\v\\"'),
        (rb"\000\377\xfF", b"\0\xff\xff"),
        (rb"\u00e9\u005c\u0022\U0001f600", b'\xc3\xa9\\"\xf0\x9f\x98\x80'),
        (rb"\\u00e9\\\x41", rb"\u00e9\A"),
        (rb"\\\\\"", rb"\\" + b'"'),
        (b"'\xc3\xa9`", b"'\xc3\xa9`"),
    ],
)
def test_escapes(body: bytes, value: bytes) -> None:
    assert unquote(body) == value


@pytest.mark.parametrize(
    ("body", "offset"),
    [
        (b'"', 0),
        (rb"a\\" + b'"', 3),
        (b"\xc3\xa9\\", 2),
        *((escape, 0) for escape in (rb"\q", rb"\'", rb"\8", rb"\0", rb"\00", rb"\08", rb"\0o0")),
        *((escape, 0) for escape in (rb"\400", rb"\777", rb"\x", rb"\x4", rb"\xg0", rb"\x+1")),
        *(
            (escape, 0)
            for escape in (rb"\x_1", rb"\x 1", rb"\u", rb"\u00e", rb"\u0x41", rb"\u_041")
        ),
        *((escape, 0) for escape in (rb"\ud800", rb"\uDFFF", rb"\U0010000", rb"\U00110000")),
        *((escape, 0) for escape in (rb"\UFFFFFFFF", rb"\U0x000041", "\\\xb2".encode())),
        (rb"\x41\ud800", 4),
        (rb"\u00e9\x4", 6),
        (rb"\\\n\377\ ", 8),
    ],
)
def test_the_first_mistake_is_found(body: bytes, offset: int) -> None:
    with pytest.raises(EscapeError) as caught:
        unquote(body)
    assert caught.value.offset == offset


escapes = st.sampled_from(
    [
        *"ab\\\"'nx0417\xe9\ufeff\udcc3\0\r`",
        *(
            "\\0o0",
            "\\u0x41",
            "\\U0001f600",
            "\\x+1",
            "\\\\",
            "\\u00e9",
            "\\ud800",
            "\\377",
            "\\xfF",
        ),
        *("\\n", '\\"', "\\u005c", "\\u0022"),
    ]
)
bodies = st.lists(escapes, max_size=6).map("".join)


@given(bodies)
def test_the_quick_way_unquotes_as_the_slow_one(text: str) -> None:
    body = text.encode("utf-8", "surrogateescape")
    quick = literals._unquote_quickly(body)
    assert quick is None or quick == literals._unquote_slowly(body)


@given(st.binary())
def test_the_quick_way_takes_all_that_is_written(value: bytes) -> None:
    assert literals._unquote_quickly(quote(value)[1:-1].encode()) == value


@pytest.mark.parametrize(
    ("code", "literal"),
    [
        (0x27, r"'\''"),
        (0x22, "'\"'"),
        (0x5C, r"'\\'"),
        (0x00, r"'\x00'"),
        (0x7F, r"'\x7f'"),
        (0x80, r"'\u0080'"),
        (0xAD, r"'\u00ad'"),
        (0xE9, "'\xe9'"),
        (0xFFFD, "'\ufffd'"),
        (0x10FFFF, r"'\U0010ffff'"),
        (0x1F600, "'\U0001f600'"),
    ],
)
def test_runes(code: int, literal: str) -> None:
    assert quote_rune(code) == literal
    assert unquote_rune(literal[1:-1].encode()) == code


@given(st.integers(0, 0x10FFFF).filter(lambda code: not 0xD800 <= code < 0xE000))
def test_a_rune_reads_as_it_is_written(code: int) -> None:
    assert unquote_rune(quote_rune(code)[1:-1].encode()) == code


@pytest.mark.parametrize(("body", "code"), [(rb"\377", 255), (rb"\xff", 255), (b'"', 34)])
def test_runes_in_other_forms(body: bytes, code: int) -> None:
    assert unquote_rune(body) == code


@pytest.mark.parametrize("body", [b"", b"'", b"ab", b"\\", rb"\x41b", rb"\400", rb"\"", rb"\ud800"])
def test_runes_that_are_refused(body: bytes) -> None:
    with pytest.raises(EscapeError):
        unquote_rune(body)


def test_printable_is_that_of_one_unicode_version() -> None:
    # Assigned in Unicode 15, 16 and 17, all later than the tables of Python 3.11.
    assert all(map(is_printable, (0x1E4D0, 0x1C89, 0x1FAEA)))
    assert not any(map(is_printable, (0x378, 0xA0, 0x2028, 0xE000, 0xFEFF, 0x110000 - 1, 0xD800)))
    assert [code for code in range(0x100) if is_printable(code)] == [
        code for code in range(0x100) if chr(code).isprintable()
    ]
