"""Scanning Go's number literals, for `fuzzengine.golang.scanner`."""

from __future__ import annotations

from fuzzengine.golang.quote import quote_rune
from fuzzengine.golang.tokens import FLOAT, IMAG, INT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from fuzzengine.golang.scanner import Scanner

_BASES = {"x": 16, "o": 8, "0": 8, "b": 2, "": 10}
_NAMES = {"x": "hexadecimal", "o": "octal", "0": "octal", "b": "binary", "": "decimal"}
_PREFIXES = ("x", "o", "b")


def scan_number(scanner: Scanner) -> tuple[str, str]:
    """Scan a number and return its kind and text; what is wrong with it is noted."""
    return _Number(scanner).scan()


def digit_value(char: str) -> int:
    """Return what a hexadecimal digit is worth, 16 for any other character and for none."""
    return int(char, 16) if char and char in "0123456789abcdefABCDEF" else 16


class _Number:
    """A number being scanned.

    Attributes:
        prefix: the letter of its base, 0 after only a zero, or empty.
        found: the part that was scanned last had digits.
        separated: there was an underscore.
        invalid: the character index of the first digit too large for the base.
    """

    def __init__(self, scanner: Scanner) -> None:
        self.scanner = scanner
        self.prefix = ""
        self.found = False
        self.separated = False
        self.invalid: int | None = None

    def complain(self, text: str) -> None:
        self.scanner.error(self.scanner.offset, text)

    def scan(self) -> tuple[str, str]:
        scanner = self.scanner
        start, offset = scanner.index, scanner.offset
        kind = self.scan_mantissa()
        if self.scan_exponent():
            kind = FLOAT
        elif self.prefix == "x" and kind == FLOAT:
            self.complain("hexadecimal mantissa requires a 'p' exponent")
        if scanner.char == "i":
            kind = IMAG
            scanner.advance()
        text = scanner.since(start)
        if kind == INT and self.invalid is not None:
            index = self.invalid - start
            quoted = quote_rune(ord(text[index]))
            scanner.error(offset + index, f"invalid digit {quoted} in {self.name()}")
        misplaced = _misplaced_separator(text) if self.separated else None
        if misplaced is not None:
            scanner.error(offset + misplaced, "'_' must separate successive digits")
        return kind, text

    def name(self) -> str:
        return f"{_NAMES[self.prefix]} literal"

    def scan_mantissa(self) -> str:
        """Scan what stands before an exponent, and return its kind."""
        scanner = self.scanner
        kind = INT
        if scanner.char != ".":
            self.scan_prefix()
            self.scan_digits(_BASES[self.prefix])
        if scanner.char == ".":
            kind = FLOAT
            if self.prefix in ("o", "b"):
                self.complain(f"invalid radix point in {self.name()}")
            scanner.advance()
            self.scan_digits(_BASES[self.prefix])
        if not self.found:
            self.complain(f"{self.name()} has no digits")
        return kind

    def scan_prefix(self) -> None:
        """Step over a leading zero, which is a digit, and the letter of a base."""
        scanner = self.scanner
        if scanner.char != "0":
            return
        scanner.advance()
        letter = scanner.char.lower()
        if letter in _PREFIXES:
            scanner.advance()
            self.prefix = letter
        else:
            self.prefix = "0"
            self.found = True

    def scan_exponent(self) -> bool:
        """Scan an exponent, and tell whether there is one."""
        scanner = self.scanner
        letter = scanner.char
        if not letter or letter not in "eEpP":
            return False
        if letter in "eE" and self.prefix in _PREFIXES:
            self.complain(f"{quote_rune(ord(letter))} exponent requires decimal mantissa")
        if letter in "pP" and self.prefix != "x":
            self.complain(f"{quote_rune(ord(letter))} exponent requires hexadecimal mantissa")
        scanner.advance()
        if scanner.char and scanner.char in "+-":
            scanner.advance()
        self.found = False
        self.scan_digits(10)
        if not self.found:
            self.complain("exponent has no digits")
        return True

    def scan_digits(self, base: int) -> None:
        """Scan digits and underscores; below base 10 all decimal digits, noting the wrong ones."""
        scanner = self.scanner
        while True:
            value = digit_value(scanner.char)
            if scanner.char == "_":
                self.separated = True
            elif value < max(base, 10):
                self.found = True
                if value >= base and self.invalid is None:
                    self.invalid = scanner.index
            else:
                return
            scanner.advance()


def _misplaced_separator(text: str) -> int | None:
    """Return where an underscore, or what follows it, is not next to two digits."""
    letter = text[1:2].lower() if text[:1] == "0" else ""
    base = 16 if letter == "x" else 10
    start = 2 if letter in _PREFIXES else 0
    previous = "0" if start else "."
    for index in range(start, len(text)):
        char = text[index]
        if char == "_":
            if previous != "0":
                return index
            previous = "_"
        elif digit_value(char) < base:
            previous = "0"
        else:
            if previous == "_":
                return index - 1
            previous = "."
    return len(text) - 1 if previous == "_" else None
