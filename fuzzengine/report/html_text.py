"""Texts of programs made fit to be shown on a page."""

from __future__ import annotations

# What cannot be seen, or would make what follows look other than it is: control characters,
# bytes that are no text (lone surrogates), and those that change the direction of writing.
_CONTROLS = (*range(9), *range(11, 32), *range(0x7F, 0xA0), 0xAD)
_BYTES = range(0xDC80, 0xDD00)
_MARKS = (0x061C, *range(0x200B, 0x2010), *range(0x2028, 0x202F), *range(0x2066, 0x206A), 0xFEFF)
_NO_CHARACTERS = (*range(0xD800, 0xDC80), *range(0xDD00, 0xE000), 0xFFFE, 0xFFFF)
_HIDDEN = {
    **{code: f"\\x{code:02x}" for code in _CONTROLS},
    **{code: f"\\x{code - 0xDC00:02x}" for code in _BYTES},
    **{code: f"\\u{code:04x}" for code in (*_MARKS, *_NO_CHARACTERS)},
}


def visible(text: str) -> str:
    r"""Return a text in which everything can be seen: `\x1b` for an escape character."""
    return text.translate(_HIDDEN)


def shortened(text: str, limit: int) -> str:
    """Return a text without its middle if it has more characters than the limit."""
    if len(text) <= limit:
        return text
    half = limit // 2
    return f"{text[:half]}\n[{len(text) - 2 * half:,} characters are left out here]\n{text[-half:]}"
