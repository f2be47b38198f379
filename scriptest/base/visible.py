"""Escapes characters that would act on a terminal, or hide or reorder other text."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re

# Control characters except tab and line feed; soft hyphens, zero-width spaces and byte order
# marks; marks and separators that change the direction or the lines of text; lone surrogates,
# which stand for invalid UTF-8; and the non-characters that XML forbids. The joiners U+200C and
# U+200D are kept, because words of some languages and emoji need them.
_HIDDEN = (
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff"
    r"\ud800-\udfff\ufffe\uffff]"
)
_COLOUR = r"\x1b\[[0-9;]*m"
_BYTES = range(0xDC80, 0xDD00)


def visible(text: str, *, colour: bool = False) -> str:
    r"""Return a text with its control characters and other invisible characters escaped.

    They are written as `\x1b` or `\u202e`, bytes that are not UTF-8 as `\xff`. A carriage return
    before a line feed is dropped.

    Args:
        text: the text, which may contain output of programs or names of files.
        colour: keep escape sequences for colours, and reset the colour at the end.
    """
    # Most texts need no pattern, which would take a millisecond to compile.
    if text.replace("\n", "").replace("\t", "").isprintable():
        return text
    import re

    pattern = f"{_COLOUR}|{_HIDDEN}" if colour else _HIDDEN
    shown = re.sub(pattern, _escaped, text.replace("\r\n", "\n"))
    return f"{shown}\x1b[m" if "\x1b" in shown and not shown.endswith("\x1b[m") else shown


def _escaped(match: re.Match[str]) -> str:
    char = match[0]
    if len(char) > 1:
        return char
    code = ord(char)
    if code in _BYTES:
        code -= 0xDC00
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
