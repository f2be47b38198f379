"""Go's string escapes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scriptest.base import strings
from scriptest.base.strings import EscapeError, unquote

_NAMED = {
    "\a": "\\a", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\v": "\\v",
    "\\": "\\\\", '"': '\\"',
}  # fmt: skip

forms = st.sampled_from(["plain", "u", "U", "bytes", "octal"])


def escape(char: str, form: str) -> str:
    """Write one character in one of the ways Go has for it."""
    if form == "u" and ord(char) < 0x10000:
        return f"\\u{ord(char):04x}"
    if form == "U":
        return f"\\U{ord(char):08X}"
    if form == "bytes":
        return "".join(f"\\x{byte:02x}" for byte in char.encode())
    if form == "octal":
        return "".join(f"\\{byte:03o}" for byte in char.encode())
    return _NAMED.get(char, char)


@given(st.lists(st.tuples(st.characters(exclude_categories=["Cs"]), forms)))
def test_every_way_to_write_a_text_means_it(chars: list[tuple[str, str]]) -> None:
    written = "".join(escape(char, form) for char, form in chars)
    assert unquote(written.encode()) == "".join(char for char, _ in chars).encode()


@given(st.text(alphabet="abx01uU\\\"'n7f", max_size=12))
def test_a_bare_quote_is_always_refused(text: str) -> None:
    bare = '"' in text.replace("\\\\", "").replace('\\"', "")
    try:
        unquote(text.encode())
        understood = True
    except ValueError:
        understood = False
    assert not (bare and understood)


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
        (b"a\n", 1),
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
    quick = strings._unquote_quickly(body)
    assert quick is None or quick == strings._unquote_slowly(body)
