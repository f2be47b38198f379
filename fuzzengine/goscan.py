"""A scanner for one line of Go source, with the errors of Go's (Go: go/scanner).

A corpus line is an expression, and Go reports its mistakes with its compiler's words and columns.
Those words are part of the format, so the scanner reads one character ahead as Go's does: which of
two mistakes is seen first depends on it. Line directives in comments are not obeyed.
"""

from __future__ import annotations

from fuzzengine.goquote import quote_rune

IDENT = "IDENT"
INT = "INT"
FLOAT = "FLOAT"
IMAG = "IMAG"
CHAR = "CHAR"
STRING = "STRING"
EOF = "EOF"
ILLEGAL = "ILLEGAL"
LITERALS = frozenset((IDENT, INT, FLOAT, IMAG, CHAR, STRING))

_KEYWORDS = frozenset(
    [
        "break",
        "case",
        "chan",
        "const",
        "continue",
        "default",
        "defer",
        "else",
        "fallthrough",
        "for",
        "func",
        "go",
        "goto",
        "if",
        "import",
        "interface",
        "map",
        "package",
        "range",
        "return",
        "select",
        "struct",
        "switch",
        "type",
        "var",
    ]
)

# Longest first, so that the first match is the token.
_OPERATORS = [
    "<<=",
    ">>=",
    "&^=",
    "...",
    "&&",
    "||",
    "<-",
    "++",
    "--",
    "==",
    "!=",
    "<=",
    ">=",
    ":=",
    "+=",
    "-=",
    "*=",
    "/=",
    "%=",
    "&=",
    "|=",
    "^=",
    "<<",
    ">>",
    "&^",
    "+",
    "-",
    "*",
    "/",
    "%",
    "&",
    "|",
    "^",
    "<",
    ">",
    "=",
    "!",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ",",
    ";",
    ".",
    ":",
    "~",
]

# After one of these the end of the line ends the statement.
_ENDS_STATEMENT = frozenset(
    (*LITERALS, "break", "continue", "fallthrough", "return", "++", "--", ")", "]", "}")
)

_BYTE_ORDER_MARK = "\ufeff"
_REPLACEMENT = "\ufffd"
_NUMBER_NAMES = {"x": "hexadecimal", "o": "octal", "0": "octal", "b": "binary", "": "decimal"}
_PREFIX_BASES = {"x": 16, "o": 8, "b": 2}
# Digits after the letter of an escape, their base, and the largest value.
_ESCAPES = {"x": (2, 16, 0xFF), "u": (4, 16, 0x10FFFF), "U": (8, 16, 0x10FFFF)}


class Token:
    """One token: its kind (the text itself for operators and keywords), byte offset and text."""

    __slots__ = ("kind", "offset", "text")

    def __init__(self, kind: str, offset: int, text: str) -> None:
        self.kind = kind
        self.offset = offset
        self.text = text


class Scanner:
    """Cuts a line into tokens and collects its errors.

    Attributes:
        errors: pairs of a byte offset and a text, in the order they were found.
    """

    def __init__(self, line: bytes) -> None:
        self.errors: list[tuple[int, str]] = []
        self._text = line.decode("utf-8", "surrogateescape")
        self._offsets = _byte_offsets(self._text)
        self._next_index = 0
        self._ends_statement = False
        self._char = ""  # the current character, empty at the end
        self._utf16 = line[:2] in (b"\xff\xfe", b"\xfe\xff")
        self._advance()
        if self._char == _BYTE_ORDER_MARK:
            self._advance()

    @property
    def _index(self) -> int:
        return self._next_index - 1

    @property
    def _offset(self) -> int:
        return self._offsets[self._index]

    def error(self, offset: int, text: str) -> None:
        """Note an error at a byte offset."""
        self.errors.append((offset, text))

    def _advance(self) -> None:
        """Make the next character the current one."""
        index = self._next_index
        if index >= len(self._text):
            self._char = ""
            self._next_index = len(self._text) + 1
            return
        char = self._text[index]
        self._next_index += 1
        if char == "\0":
            self.error(self._offset, "illegal character NUL")
        elif "\udc80" <= char <= "\udcff":
            char = _REPLACEMENT
            self._note_bad_encoding(index)
        elif char == _BYTE_ORDER_MARK and index:
            self.error(self._offset, "illegal byte order mark")
        self._char = char

    def _note_bad_encoding(self, index: int) -> None:
        if index == 0 and self._utf16:
            self.error(0, "illegal UTF-8 encoding (got UTF-16)")
            # The rest would only repeat it: what is left is this one character.
            self._text = self._text[:1]
            self._offsets = [0, self._offsets[-1]]
        else:
            self.error(self._offset, "illegal UTF-8 encoding")

    def scan(self) -> Token:
        """Return the next token that is no comment; EOF for ever at the end."""
        while True:
            while self._char and self._char in " \t\r":
                self._advance()
            start = self._index
            token = self._scan_token()
            if token is not None:
                kind, text = token
                if kind != ILLEGAL:
                    self._ends_statement = kind in _ENDS_STATEMENT
                return Token(kind, self._offsets[start], text)

    def _scan_token(self) -> tuple[str, str] | None:
        """Scan one token and return its kind and text, or None for a comment."""
        char = self._char
        following = self._text[self._next_index : self._next_index + 1]
        if not char:
            return (";", "\n") if self._ends_statement else (EOF, "")
        if _is_letter(char):
            return self._scan_identifier()
        if _is_decimal(char) or (char == "." and _is_decimal(following)):
            return self._scan_number()
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

    def _since(self, start: int) -> str:
        return self._text[start : self._index]

    def _scan_operator(self) -> tuple[str, str]:
        start = self._index
        for operator in _OPERATORS:
            if self._text.startswith(operator, start):
                for _ in operator:
                    self._advance()
                return operator, ";" if operator == ";" else ""
        char, offset = self._char, self._offset
        self._advance()
        if char in "\u201c\u201d":
            neutral = quote_rune(ord('"'))
            quoted = quote_rune(ord(char))
            self.error(offset, f"curly quotation mark {quoted} (use neutral {neutral})")
        elif char != _BYTE_ORDER_MARK:
            self.error(offset, f"illegal character {_describe(char)}")
        return ILLEGAL, char

    def _skip_comment(self, second: str) -> None:
        offset = self._offset
        self._advance()
        self._advance()
        if second == "/":
            while self._char:
                self._advance()
            return
        while self._char:
            previous = self._char
            self._advance()
            if previous == "*" and self._char == "/":
                self._advance()
                return
        self.error(offset, "comment not terminated")

    def _scan_identifier(self) -> tuple[str, str]:
        start = self._index
        while self._char and (_is_letter(self._char) or self._char.isdecimal()):
            self._advance()
        text = self._since(start)
        return text if text in _KEYWORDS else IDENT, text

    def _scan_string(self) -> tuple[str, str]:
        start, offset = self._index, self._offset
        self._advance()
        while self._char and self._char != '"':
            escaped = self._char == "\\"
            self._advance()
            if escaped:
                self._scan_escape('"')
        self._close(offset, "string literal not terminated")
        return STRING, self._since(start)

    def _close(self, offset: int, complaint: str) -> None:
        """Step over a closing quote, or complain that the line ends before it."""
        if not self._char:
            self.error(offset, complaint)
        self._advance()

    def _scan_raw_string(self) -> tuple[str, str]:
        start, offset = self._index, self._offset
        self._advance()
        while self._char and self._char != "`":
            self._advance()
        self._close(offset, "raw string literal not terminated")
        return STRING, self._since(start).replace("\r", "")

    def _scan_char(self) -> tuple[str, str]:
        start, offset = self._index, self._offset
        self._advance()
        valid = True
        count = 0
        while self._char and self._char != "'":
            escaped = self._char == "\\"
            self._advance()
            count += 1
            if escaped and not self._scan_escape("'"):
                valid = False
        if not self._char:
            if valid:
                self.error(offset, "rune literal not terminated")
        else:
            self._advance()
            if valid and count != 1:
                self.error(offset, "illegal rune literal")
        return CHAR, self._since(start)

    def _scan_escape(self, quote: str) -> bool:
        """Scan what follows a backslash, and tell whether it is an escape."""
        offset = self._offset
        char = self._char
        if char and char in "abfnrtv\\" + quote:
            self._advance()
            return True
        if char and char in "01234567":
            width, base, largest = 3, 8, 0xFF
        elif char in _ESCAPES:
            self._advance()
            width, base, largest = _ESCAPES[char]
        else:
            ended = "escape sequence not terminated"
            self.error(offset, "unknown escape sequence" if char else ended)
            return False
        value = 0
        for _ in range(width):
            worth = _digit_value(self._char)
            if worth >= base:
                self._complain_of_digit()
                return False
            value = value * base + worth
            self._advance()
        if value > largest or 0xD800 <= value < 0xE000:
            self.error(offset, "escape sequence is invalid Unicode code point")
            return False
        return True

    def _complain_of_digit(self) -> None:
        if self._char:
            complaint = f"illegal character {_describe(self._char)} in escape sequence"
            self.error(self._offset, complaint)
        else:
            self.error(self._offset, "escape sequence not terminated")

    def _scan_number(self) -> tuple[str, str]:
        start, offset = self._index, self._offset
        kind = INT
        prefix = ""
        digits = _Digits(self)
        if self._char != ".":
            prefix = self._scan_prefix()
            digits.found = prefix == "0"
            digits.scan(_PREFIX_BASES.get(prefix, 8 if prefix else 10))
        if self._char == ".":
            kind = FLOAT
            if prefix in ("o", "b"):
                self.error(self._offset, f"invalid radix point in {_number_name(prefix)}")
            self._advance()
            digits.scan(_PREFIX_BASES.get(prefix, 8 if prefix else 10))
        if not digits.found:
            self.error(self._offset, f"{_number_name(prefix)} has no digits")
        if self._scan_exponent(prefix, digits):
            kind = FLOAT
        elif prefix == "x" and kind == FLOAT:
            self.error(self._offset, "hexadecimal mantissa requires a 'p' exponent")
        if self._char == "i":
            kind = IMAG
            self._advance()
        text = self._since(start)
        if kind == INT and digits.invalid is not None:
            quoted = quote_rune(ord(text[digits.invalid - start]))
            complaint = f"invalid digit {quoted} in {_number_name(prefix)}"
            self.error(offset + digits.invalid - start, complaint)
        if digits.separated:
            misplaced = _misplaced_separator(text)
            if misplaced is not None:
                self.error(offset + misplaced, "'_' must separate successive digits")
        return kind, text

    def _scan_prefix(self) -> str:
        """Step over a leading zero and the letter of a base; return the letter, or 0."""
        if self._char != "0":
            return ""
        self._advance()
        letter = self._char.lower() if self._char.isascii() else ""
        if letter and letter in _PREFIX_BASES:
            self._advance()
            return letter
        return "0"

    def _scan_exponent(self, prefix: str, digits: _Digits) -> bool:
        letter = self._char
        if not letter or letter not in "eEpP":
            return False
        if letter in "eE" and prefix in _PREFIX_BASES:
            complaint = f"{quote_rune(ord(letter))} exponent requires decimal mantissa"
            self.error(self._offset, complaint)
        if letter in "pP" and prefix != "x":
            complaint = f"{quote_rune(ord(letter))} exponent requires hexadecimal mantissa"
            self.error(self._offset, complaint)
        self._advance()
        if self._char and self._char in "+-":
            self._advance()
        digits.found = False
        digits.scan(10)
        if not digits.found:
            self.error(self._offset, "exponent has no digits")
        return True


class _Digits:
    """What the digits of a number literal were like.

    Attributes:
        found: there was a digit.
        separated: there was an underscore.
        invalid: the character index of the first digit too large for the base.
    """

    def __init__(self, scanner: Scanner) -> None:
        self._scanner = scanner
        self.found = False
        self.separated = False
        self.invalid: int | None = None

    def scan(self, base: int) -> None:
        scanner = self._scanner
        while True:
            char = scanner._char
            if char == "_":
                self.separated = True
            elif _digit_value(char) < max(base, 10):
                self.found = True
                if _digit_value(char) >= base and self.invalid is None:
                    self.invalid = scanner._index
            else:
                return
            scanner._advance()


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


def _digit_value(char: str) -> int:
    """Return what a hexadecimal digit is worth, 16 for any other character and for none."""
    return int(char, 16) if char and char in "0123456789abcdefABCDEF" else 16


def _number_name(prefix: str) -> str:
    return f"{_NUMBER_NAMES[prefix]} literal"


def _misplaced_separator(text: str) -> int | None:
    """Return where an underscore, or what follows it, is not next to two digits."""
    hexadecimal = text[:2].lower() == "0x"
    start = 2 if text[:1] == "0" and text[1:2].lower() in _PREFIX_BASES else 0
    previous = "0" if start else "."
    for index in range(start, len(text)):
        char = text[index]
        if char == "_":
            if previous != "0":
                return index
            previous = "_"
        elif _is_decimal(char) or (hexadecimal and _digit_value(char) < 16):
            previous = "0"
        else:
            if previous == "_":
                return index - 1
            previous = "."
    return len(text) - 1 if previous == "_" else None


def _describe(char: str) -> str:
    """Return a character as Go's %#U prints it."""
    from fuzzengine.goprint import is_printable

    code = ord(char)
    return f"U+{code:04X} '{char}'" if is_printable(code) else f"U+{code:04X}"
