"""Go's string escapes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scriptest.base.strings import unquote

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
    assert unquote(written) == "".join(char for char, _ in chars).encode()


@given(st.text(alphabet="abx01uU\\\"'n7f", max_size=12))
def test_a_bare_quote_is_always_refused(text: str) -> None:
    bare = '"' in text.replace("\\\\", "").replace('\\"', "")
    try:
        unquote(text)
        understood = True
    except ValueError:
        understood = False
    assert not (bare and understood)


@pytest.mark.parametrize(
    "text",
    ["\\", "\\'", "\\z", "\\x1", "\\xg0", "\\u12", "\\ud800", "\\U00110000", "\\400", "\\18", '"',
     "\n"],
)  # fmt: skip
def test_what_go_refuses(text: str) -> None:
    with pytest.raises(ValueError, match=r"\\|line end|quote"):
        unquote(text)
