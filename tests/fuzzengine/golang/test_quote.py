from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzzengine.golang.printable import is_printable
from fuzzengine.golang.quote import quote, quote_rune, unquote_rune
from scriptest.base import strings
from scriptest.base.strings import EscapeError, unquote


@given(st.binary())
def test_quoted_bytes_unquote(value: bytes) -> None:
    quoted = quote(value)
    assert quoted.isprintable() or not quoted.isascii()
    assert unquote(quoted[1:-1].encode()) == value


@given(st.binary())
def test_the_fast_path_reads_every_quoted_string(value: bytes) -> None:
    assert strings._unquote_quickly(quote(value)[1:-1].encode()) == value


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
