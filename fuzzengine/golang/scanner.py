"""A scanner for one line of Go source, with the errors of Go's (Go: go/scanner).

A corpus line is an expression, and Go reports its mistakes with its compiler's words and columns.
Those words are part of the format, so the scanner reads one character ahead as Go's does: which of
two mistakes is seen first depends on it. Line directives in comments are not obeyed.
"""

from __future__ import annotations

from fuzzengine.golang.quote import quote_rune
from fuzzengine.golang.scannumber import digit_value, scan_number
from fuzzengine.golang.tokens import (
    CHAR,
    ENDS_STATEMENT,
    EOF,
    IDENT,
    ILLEGAL,
    KEYWORDS,
    OPERATORS,
    STRING,
    Token,
)

_BYTE_ORDER_MARK = "\ufeff"
_REPLACEMENT = "\ufffd"
# Digits after the letter of an escape, their base, and the largest value.
_ESCAPES = {"x": (2, 16, 0xFF), "u": (4, 16, 0x10FFFF), "U": (8, 16, 0x10FFFF)}


class Scanner:
    """Cuts a line into tokens and collects its errors.

    Attributes:
        errors: pairs of a byte offset and a text, in the order they were found.
        char: the current character, empty at the end, U+FFFD for a byte that is not UTF-8.
    """

    def __init__(self, line: bytes) -> None:
        self.errors: list[tuple[int, str]] = []
        self._text = line.decode("utf-8", "surrogateescape")
        self._offsets = _byte_offsets(self._text)
        self._next_index = 0
        self._ends_statement = False
        self.char = ""
        self._utf16 = line[:2] in (b"\xff\xfe", b"\xfe\xff")
        self.advance()
        if self.char == _BYTE_ORDER_MARK:
            self.advance()

    @property
    def index(self) -> int:
        """The index of the current character."""
        return self._next_index - 1

    @property
    def offset(self) -> int:
        """The byte offset of the current character."""
        return self._offsets[self.index]

    def error(self, offset: int, text: str) -> None:
        """Note an error at a byte offset."""
        self.errors.append((offset, text))

    def advance(self) -> None:
        """Make the next character the current one."""
        index = self._next_index
        if index >= len(self._text):
            self.char = ""
            self._next_index = len(self._text) + 1
            return
        char = self._text[index]
        self._next_index += 1
        if char == "\0":
            self.error(self.offset, "illegal character NUL")
        elif "\udc80" <= char <= "\udcff":
            char = _REPLACEMENT
            self._note_bad_encoding(index)
        elif char == _BYTE_ORDER_MARK and index:
            self.error(self.offset, "illegal byte order mark")
        self.char = char

    def _note_bad_encoding(self, index: int) -> None:
        if index == 0 and self._utf16:
            self.error(0, "illegal UTF-8 encoding (got UTF-16)")
            # The rest would only repeat it: what is left is this one character.
            self._text = self._text[:1]
            self._offsets = [0, self._offsets[-1]]
        else:
            self.error(self.offset, "illegal UTF-8 encoding")

    def scan(self) -> Token:
        """Return the next token that is no comment; EOF for ever at the end."""
        while True:
            while self.char and self.char in " \t\r":
                self.advance()
            start = self.index
            token = self._scan_token()
            if token is not None:
                kind, text = token
                self._ends_statement = kind in ENDS_STATEMENT
                return Token(kind, self._offsets[start], text)

    def _scan_token(self) -> tuple[str, str] | None:
        """Scan one token and return its kind and text, or None for a comment."""
        char = self.char
        following = self._text[self._next_index : self._next_index + 1]
        if not char:
            return (";", "\n") if self._ends_statement else (EOF, "")
        if _is_letter(char):
            return self._scan_identifier()
        if _is_decimal(char) or (char == "." and _is_decimal(following)):
            return scan_number(self)
        if char == '"':
            return self._scan_string()
        if char == "'":
            return self._scan_char()
        if char == "`":
            return self._scan_raw_string()
        if char == "/" and following and following in "/*":
            self._skip_comment(following)
            return None
        return self._scan_operator()

    def since(self, start: int) -> str:
        """Return the text from an index to the current character."""
        return self._text[start : self.index]

    def _scan_operator(self) -> tuple[str, str]:
        start = self.index
        for operator in OPERATORS:
            if self._text.startswith(operator, start):
                for _ in operator:
                    self.advance()
                return operator, ";" if operator == ";" else ""
        char, offset = self.char, self.offset
        self.advance()
        if char in "\u201c\u201d":
            neutral = quote_rune(ord('"'))
            quoted = quote_rune(ord(char))
            self.error(offset, f"curly quotation mark {quoted} (use neutral {neutral})")
        elif char != _BYTE_ORDER_MARK:
            self.error(offset, f"illegal character {_describe(char)}")
        return ILLEGAL, char

    def _skip_comment(self, second: str) -> None:
        offset = self.offset
        self.advance()
        self.advance()
        if second == "/":
            while self.char:
                self.advance()
            return
        while self.char:
            previous = self.char
            self.advance()
            if previous == "*" and self.char == "/":
                self.advance()
                return
        self.error(offset, "comment not terminated")

    def _scan_identifier(self) -> tuple[str, str]:
        start = self.index
        while self.char and (_is_letter(self.char) or self.char.isdecimal()):
            self.advance()
        text = self.since(start)
        return text if text in KEYWORDS else IDENT, text

    def _scan_string(self) -> tuple[str, str]:
        start, offset = self.index, self.offset
        self.advance()
        while self.char and self.char != '"':
            escaped = self.char == "\\"
            self.advance()
            if escaped:
                self._scan_escape('"')
        self._close(offset, "string literal not terminated")
        return STRING, self.since(start)

    def _close(self, offset: int, complaint: str) -> None:
        """Step over a closing quote, or complain that the line ends before it."""
        if not self.char:
            self.error(offset, complaint)
        self.advance()

    def _scan_raw_string(self) -> tuple[str, str]:
        start, offset = self.index, self.offset
        self.advance()
        while self.char and self.char != "`":
            self.advance()
        self._close(offset, "raw string literal not terminated")
        return STRING, self.since(start).replace("\r", "")

    def _scan_char(self) -> tuple[str, str]:
        start, offset = self.index, self.offset
        self.advance()
        valid = True
        count = 0
        while self.char and self.char != "'":
            escaped = self.char == "\\"
            self.advance()
            count += 1
            if escaped and not self._scan_escape("'"):
                valid = False
        if not self.char:
            if valid:
                self.error(offset, "rune literal not terminated")
        else:
            self.advance()
            if valid and count != 1:
                self.error(offset, "illegal rune literal")
        return CHAR, self.since(start)

    def _scan_escape(self, quote: str) -> bool:
        """Scan what follows a backslash, and tell whether it is an escape."""
        offset = self.offset
        char = self.char
        if char and char in "abfnrtv\\" + quote:
            self.advance()
            return True
        if char and char in "01234567":
            width, base, largest = 3, 8, 0xFF
        elif char in _ESCAPES:
            self.advance()
            width, base, largest = _ESCAPES[char]
        else:
            ended = "escape sequence not terminated"
            self.error(offset, "unknown escape sequence" if char else ended)
            return False
        value = 0
        for _ in range(width):
            worth = digit_value(self.char)
            if worth >= base:
                self._complain_of_digit()
                return False
            value = value * base + worth
            self.advance()
        if value > largest or 0xD800 <= value < 0xE000:
            self.error(offset, "escape sequence is invalid Unicode code point")
            return False
        return True

    def _complain_of_digit(self) -> None:
        if self.char:
            complaint = f"illegal character {_describe(self.char)} in escape sequence"
            self.error(self.offset, complaint)
        else:
            self.error(self.offset, "escape sequence not terminated")


def _byte_offsets(text: str) -> list[int]:
    """Return the byte offset of every character and of the end."""
    offsets = []
    offset = 0
    for char in text:
        offsets.append(offset)
        offset += len(char.encode("utf-8", "surrogateescape"))
    return [*offsets, offset]


def _is_letter(char: str) -> bool:
    return char == "_" or char.isalpha()


def _is_decimal(char: str) -> bool:
    return char.isascii() and char.isdecimal()


def _describe(char: str) -> str:
    """Return a character as Go's %#U prints it."""
    from fuzzengine.golang.printable import is_printable

    code = ord(char)
    return f"U+{code:04X} '{char}'" if is_printable(code) else f"U+{code:04X}"
