"""Splits script lines into words, and quotes texts as words."""

from __future__ import annotations

SEPARATORS = " \t\r"
_ENDS_PLAIN = frozenset(" \t\r'#")
_SAFE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:=,+@%^~")


class Problem(Exception):
    """A syntax error at a column of the current line; the caller adds file and line."""

    def __init__(self, column: int, message: str) -> None:
        super().__init__(column, message)
        self.column = column
        self.message = message


class Fragment:
    """A part of a word that is either quoted or unquoted.

    Attributes:
        text: The text without its quotes.
        quoted: True if `text` must not be expanded.
        column: 1-based column of the first character, or of the opening quote.
    """

    __slots__ = ("column", "quoted", "text")

    def __init__(self, text: str, quoted: bool, column: int) -> None:
        self.text = text
        self.quoted = quoted
        self.column = column

    def __repr__(self) -> str:
        return f"Fragment({self.text!r}, {self.quoted}, {self.column})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Fragment):
            return NotImplemented
        return (self.text, self.quoted, self.column) == (other.text, other.quoted, other.column)

    def __hash__(self) -> int:
        return hash((self.text, self.quoted, self.column))


class Word:
    """One argument of a command before its variables are expanded.

    Attributes:
        fragments: The adjacent fragments that form the word; at least one.
        column: 1-based column of the first character.
        raw: The text without quotes and without expansion.
        is_quoted: True if any fragment is quoted.
    """

    __slots__ = ("column", "fragments", "is_quoted", "raw")

    def __init__(self, fragments: tuple[Fragment, ...], column: int) -> None:
        self.fragments = fragments
        self.column = column
        if len(fragments) == 1:
            self.raw = fragments[0].text
            self.is_quoted = fragments[0].quoted
        else:
            self.raw = "".join([fragment.text for fragment in fragments])
            self.is_quoted = any(fragment.quoted for fragment in fragments)

    def __repr__(self) -> str:
        return f"Word({self.fragments!r}, {self.column})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Word):
            return NotImplemented
        return (self.fragments, self.column) == (other.fragments, other.column)

    def __hash__(self) -> int:
        return hash((self.fragments, self.column))


def split(text: str, start: int = 0) -> list[Word]:
    """Split a line from `start` on into words, up to an unquoted `#`.

    Raises:
        Problem: A quote is not closed.
    """
    comment = text.find("#", start)
    quote = text.find("'", start)
    if comment >= 0 and (quote < 0 or comment < quote):
        text, quote = text[:comment], -1
    if quote < 0:
        return _split_plain(text, start)
    words = []
    position, size = start, len(text)
    while position < size:
        char = text[position]
        if char == "#":
            break
        if char in SEPARATORS:
            position += 1
            continue
        word, position = _read_word(text, position)
        words.append(word)
    return words


def read_quoted(text: str, start: int) -> tuple[Fragment, int]:
    """Read the quoted fragment that begins at `start`; return it and the position after it.

    Raises:
        Problem: The quote is not closed.
    """
    position = start + 1
    pieces = []
    while True:
        end = text.find("'", position)
        if end < 0:
            raise Problem(
                start + 1, "unterminated quote: close it with ' (inside quotes, '' means one ')"
            )
        pieces.append(text[position:end])
        position = end + 1
        if not text.startswith("'", position):
            return Fragment("'".join(pieces), True, start + 1), position
        position += 1


def quote_word(text: str) -> str:
    """Quote `text` as one word of a script, without variables.

    Raises:
        ValueError: `text` contains a newline, which a word cannot contain.
    """
    if "\n" in text:
        raise ValueError("a script word cannot contain a newline")
    if text and _SAFE.issuperset(text):
        return text
    return "'" + text.replace("'", "''") + "'"


def _split_plain(text: str, start: int) -> list[Word]:
    """Split a text without quotes and comments: the fast path for most lines."""
    words = []
    column = start + 1
    for piece in text[start:].replace("\t", " ").replace("\r", " ").split(" "):
        if piece:
            words.append(Word((Fragment(piece, False, column),), column))
        column += len(piece) + 1
    return words


def _read_word(text: str, start: int) -> tuple[Word, int]:
    fragments = []
    position, size = start, len(text)
    while position < size:
        if text[position] == "'":
            fragment, position = read_quoted(text, position)
            fragments.append(fragment)
            continue
        end = position
        while end < size and text[end] not in _ENDS_PLAIN:
            end += 1
        if end == position:
            break
        fragments.append(Fragment(text[position:end], False, position + 1))
        position = end
    return Word(tuple(fragments), start + 1), position
