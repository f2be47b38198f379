"""Expands variables by the rules of Go's os.Expand, with `$$` and `${NAME@R}` added."""

from __future__ import annotations

from scriptest.base.regexp import quote

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from scriptest.language.lexer import Word

_SPECIAL = frozenset("*#$@!?-0123456789")
_NAME = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")


def expand(text: str, lookup: Callable[[str], str]) -> str:
    """Replace the variables of `text` by their values (Go: os.Expand).

    A variable is `${any characters}` up to the first `}`, `$name` of letters, digits and `_`, or
    `$` and one of `*#$@!?-0123456789`. `${}` and the `${` of an unclosed brace are removed; any
    other `$` is kept. Two names are not in Go: `$$` is a dollar sign, and `${NAME@R}` is the value
    of NAME quoted for a pattern that matches exactly this value.

    Args:
        text: The text, without quotes.
        lookup: Returns the value of a name; an empty string for an unknown one.
    """
    if "$" not in text:
        return text
    return _expand(text, lookup, quote, False)


def expand_word(
    word: Word,
    lookup: Callable[[str], str],
    *,
    quote_pattern: Callable[[str], str],
    pattern: bool = False,
    auto_quote: bool = False,
) -> str:
    """Expand the unquoted fragments of a word and return the whole text.

    Args:
        word: The parsed word.
        lookup: As for `expand`.
        quote_pattern: Returns a pattern that matches exactly its argument.
        pattern: Whether the word is a pattern argument of its command.
        auto_quote: Whether to quote every value in a pattern, as Go's script engines do.
    """
    raw = word.raw
    if "$" not in raw:
        return raw
    quote_all = pattern and auto_quote
    return "".join(
        [
            fragment.text
            if fragment.quoted
            else _expand(fragment.text, lookup, quote_pattern, quote_all)
            for fragment in word.fragments
        ]
    )


def _expand(
    text: str,
    lookup: Callable[[str], str],
    quote_pattern: Callable[[str], str],
    quote_all: bool,
) -> str:
    pieces = []
    position = 0
    while True:
        dollar = text.find("$", position)
        if dollar < 0 or dollar + 1 == len(text):
            break
        pieces.append(text[position:dollar])
        name, position = _read_name(text, dollar + 1)
        if name is None:
            continue
        if not name:
            pieces.append("$")
            continue
        quoted = quote_all
        if name == "$":
            value = "$"
        elif name.endswith("@R"):
            value = lookup(name[:-2])
            quoted = True
        else:
            value = lookup(name)
        pieces.append(quote_pattern(value) if quoted else value)
    pieces.append(text[position:])
    return "".join(pieces)


def _read_name(text: str, start: int) -> tuple[str | None, int]:
    """Read the name after a `$`; return it and the position after it.

    The name is empty if the `$` is literal, and None if the syntax is wrong and skipped.
    """
    char = text[start]
    if char == "{":
        end = text.find("}", start)
        if end < 0:
            return None, start + 1
        return text[start + 1 : end] or None, end + 1
    if char in _SPECIAL:
        return char, start + 1
    end = start
    while end < len(text) and text[end] in _NAME:
        end += 1
    return text[start:end], end


def variables(text: str) -> Iterator[str]:
    """Yield the names that `expand` would look up in a text, without the `$` of `$$`."""
    position = text.find("$")
    while 0 <= position < len(text) - 1:
        name, position = _read_name(text, position + 1)
        if name and name != "$":
            yield name
        position = text.find("$", position)
