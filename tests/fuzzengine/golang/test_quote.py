from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzzengine.golang.printable import is_printable
from fuzzengine.golang.quote import quote, quote_rune, unquote_body, unquote_char


@given(st.binary())
def test_what_is_quoted_unquotes(value: bytes) -> None:
    quoted = quote(value)
    assert quoted.isprintable() or not quoted.isascii()
    assert unquote_body(quoted[1:-1].encode()) == value


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
    assert unquote_body(body) == value


@pytest.mark.parametrize(
    "body",
    [
        *(
            b'"',
            rb"\\" + b'"',
            b"\\",
            rb"\\\ "[:3],
            rb"\q",
            rb"\'",
            rb"\8",
            rb"\0",
            rb"\00",
            rb"\08",
        ),
        *(rb"\0o0", rb"\400", rb"\777", rb"\x", rb"\x4", rb"\xg0", rb"\x+1", rb"\x_1", rb"\x 1"),
        *(rb"\u", rb"\u00e", rb"\u0x41", rb"\u_041", rb"\ud800", rb"\uDFFF", rb"\U0010000"),
        *(
            rb"\U00110000",
            rb"\UFFFFFFFF",
            rb"\U0x000041",
            rb"\x41\ud800",
            rb"\u00e9\x4",
            "\\\xb2".encode(),
        ),
    ],
)
def test_what_go_does_not_take_is_left_to_the_exact_parser(body: bytes) -> None:
    assert unquote_body(body) is None


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
    assert unquote_char(literal[1:-1]) == code


def test_printable_is_that_of_one_unicode_version() -> None:
    # Assigned in Unicode 15, 16 and 17, all later than the tables of Python 3.11.
    assert all(map(is_printable, (0x1E4D0, 0x1C89, 0x1FAEA)))
    assert not any(map(is_printable, (0x378, 0xA0, 0x2028, 0xE000, 0xFEFF, 0x110000 - 1, 0xD800)))
    assert [code for code in range(0x100) if is_printable(code)] == [
        code for code in range(0x100) if chr(code).isprintable()
    ]
