r"""Finds the first mistake in a pattern, in the order and the words of Go's regexp/syntax.

RE2 and Go accept nearly the same patterns, but describe mistakes differently, and RE2 accepts
`\C`. So this walks a pattern as Go's parser does, without building anything. Two limits depend
on the whole expression and are left to RE2: nested repeat counts and the size of the program.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_MAX_REPEAT = 1000
_MAX_RUNE = 0x10FFFF
_DIGITS = "0123456789"
_OCTAL = "01234567"
_HEX = frozenset("0123456789abcdefABCDEF")
_LETTER_ESCAPES = {"a": 7, "f": 12, "n": 10, "r": 13, "t": 9, "v": 11}
_WORD = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")
_POSIX = frozenset(
    [
        "alnum",
        "alpha",
        "ascii",
        "blank",
        "cntrl",
        "digit",
        "graph",
        "lower",
        "print",
        "punct",
        "space",
        "upper",
        "word",
        "xdigit",
    ]
)
# RE2's words for what only RE2 can see, and Go's.
_FROM_RE2 = {
    "invalid repetition size": "invalid repeat count",
    "pattern too large - compile failed": "expression too large",
    "pattern too large - reverse compile failed": "expression too large",
}


class Mistake(Exception):
    """What is wrong (`code`) and which part of the pattern is (`part`)."""

    def __init__(self, code: str, part: str) -> None:
        super().__init__(code, part)
        self.code = code
        self.part = part


def from_re2(pattern: str, text: str) -> Mistake:
    """Translates an error text of RE2 for which `check` found nothing."""
    code, _, part = text.partition(": ")
    return Mistake(_FROM_RE2.get(code, code), part or pattern)


def check(pattern: str, is_class: Callable[[str], bool]) -> None:
    r"""Walks a pattern.

    Args:
        pattern: Bytes that are not UTF-8 appear as surrogates (surrogateescape).
        is_class: Says whether a text such as `\p{Greek}` names a Unicode class.

    Raises:
        Mistake: The first thing that Go's parser would refuse.
    """
    _Walker(pattern, is_class).walk()


class _Walker:
    def __init__(self, pattern: str, is_class: Callable[[str], bool]) -> None:
        self.text = pattern
        self.is_class = is_class
        self.position = 0
        self.depth = 0
        self.repeatable = False

    def walk(self) -> None:
        last_repeat = -1
        while self.position < len(self.text):
            start = self.position
            char = self.text[start]
            repeat = -1
            if char in "*+?":
                self.repeat(start, start + 1, last_repeat)
                repeat = start
            elif char == "{":
                end = self.counted_repeat(start)
                if end:
                    self.repeat(start, end, last_repeat)
                    repeat = start
                else:
                    self.atom(start + 1)
            else:
                self.other(char, start)
            last_repeat = repeat
        if self.depth:
            raise Mistake("missing closing )", self.text)

    def other(self, char: str, start: int) -> None:
        if char == "(":
            self.group(start)
        elif char == ")":
            if not self.depth:
                raise Mistake("unexpected )", self.text)
            self.depth -= 1
            self.atom(start + 1)
        elif char == "|":
            self.repeatable = False
            self.position = start + 1
        elif char == "[":
            self.atom(self.bracket(start))
        elif char == "\\":
            self.escape(start)
        else:
            self.check_text(start, start + 1)
            self.atom(start + 1)

    def atom(self, end: int) -> None:
        self.repeatable = True
        self.position = end

    def at(self, position: int) -> str:
        """Returns the character at a position, or the empty string at the end."""
        return self.text[position : position + 1]

    def check_text(self, start: int, end: int, limit: int | None = None) -> None:
        """Refuses bytes that are not UTF-8; the mistake shows the text up to `limit`."""
        for position in range(start, min(end, len(self.text))):
            if "\ud800" <= self.text[position] <= "\udfff":
                raise Mistake("invalid UTF-8", self.text[position:limit])

    def repeat(self, start: int, end: int, last_repeat: int) -> None:
        if self.at(end) == "?":
            end += 1
        if last_repeat >= 0:
            raise Mistake("invalid nested repetition operator", self.text[last_repeat:end])
        if not self.repeatable:
            raise Mistake("missing argument to repetition operator", self.text[start:end])
        self.position = end

    def counted_repeat(self, start: int) -> int:
        """Returns the end of a `{n,m}`, or 0 if the brace stands for itself."""
        low, end = self.number(start + 1)
        if low is None:
            return 0
        high: int | None = low
        if self.at(end) == ",":
            high, end = self.number(end + 1)
            if high is None and self.at(end) != "}":
                return 0
        if self.at(end) != "}":
            return 0
        too_big = low > _MAX_REPEAT or (high is not None and not low <= high <= _MAX_REPEAT)
        if too_big:
            raise Mistake("invalid repeat count", self.text[start : end + 1])
        return end + 1

    def number(self, start: int) -> tuple[int | None, int]:
        end = start
        while self.at(end) and self.text[end] in _DIGITS:
            end += 1
        digits = self.text[start:end]
        if not digits or (digits[0] == "0" and len(digits) > 1):
            return None, start
        # Python limits how many digits int() reads; anything this long is too big anyway.
        return int(digits[:9]), end

    def group(self, start: int) -> None:
        text = self.text
        if self.at(start + 1) != "?":
            self.open_group(start + 1)
            return
        for opening in ("(?P<", "(?<"):
            if text.startswith(opening, start) and len(text) > start + len(opening):
                self.named_group(start, start + len(opening))
                return
        position, sign, saw_flag = start + 2, 1, False
        while position < len(text):
            self.check_text(position, position + 1)
            char = text[position]
            position += 1
            if char in "imsU":
                saw_flag = True
            elif char == "-" and sign > 0:
                sign, saw_flag = -1, False
            elif char in ":)" and (sign > 0 or saw_flag):
                if char == ":":
                    self.open_group(position)
                else:
                    self.position = position
                return
            else:
                break
        raise Mistake("invalid or unsupported Perl syntax", text[start:position])

    def open_group(self, end: int) -> None:
        self.depth += 1
        self.repeatable = False
        self.position = end

    def named_group(self, start: int, name: int) -> None:
        end = self.text.find(">", start)
        if end < 0:
            self.check_text(start, len(self.text))
            raise Mistake("invalid named capture", self.text[start:])
        self.check_text(name, end, end)
        if name == end or not _WORD.issuperset(self.text[name:end]):
            raise Mistake("invalid named capture", self.text[start : end + 1])
        self.open_group(end + 1)

    def escape(self, start: int) -> None:
        char = self.at(start + 1)
        if char and char in "AbBz":
            self.atom(start + 2)
        elif char == "C":
            raise Mistake("invalid escape sequence", "\\C")
        elif char == "Q":
            end = self.text.find("\\E", start + 2)
            limit = end if end >= 0 else len(self.text)
            self.check_text(start + 2, limit, limit)
            self.repeatable = self.repeatable or limit > start + 2
            self.position = limit + 2
        else:
            self.atom(self.class_escape(start) or self.char_escape(start)[1])

    def class_escape(self, start: int) -> int:
        r"""Returns the end of a `\d` or `\pL` at `start`, or 0 if there is none."""
        char = self.at(start + 1)
        if self.at(start) != "\\" or not char:
            return 0
        if char in "dDsSwW":
            return start + 2
        if char not in "pP":
            return 0
        self.check_text(start + 2, start + 3)
        if self.at(start + 2) == "{":
            end = self.text.find("}", start) + 1
            if not end:
                self.check_text(start, len(self.text))
                raise Mistake("invalid character class range", self.text[start:])
            self.check_text(start + 3, end - 1, end - 1)
        else:
            end = min(start + 3, len(self.text))
        if not self.is_class(self.text[start:end]):
            raise Mistake("invalid character class range", self.text[start:end])
        return end

    def char_escape(self, start: int) -> tuple[int, int]:
        """Returns the character an escape stands for and the end of the escape."""
        char = self.at(start + 1)
        if not char:
            raise Mistake("trailing backslash at end of expression", "")
        self.check_text(start + 1, start + 2)
        end = start + 2
        if char in _LETTER_ESCAPES:
            return _LETTER_ESCAPES[char], end
        if char == "x":
            return self.hex_escape(start)
        if char == "0" or (char in _OCTAL and self.at(end) and self.at(end) in _OCTAL):
            while end < start + 4 and self.at(end) and self.at(end) in _OCTAL:
                end += 1
            return int(self.text[start + 1 : end], 8), end
        if char.isascii() and not char.isalnum():
            return ord(char), end
        raise Mistake("invalid escape sequence", self.text[start:end])

    def hex_escape(self, start: int) -> tuple[int, int]:
        position = start + 2
        braced = self.at(position) == "{"
        digits = ""
        if braced:
            position += 1
        while braced or len(digits) < 2:
            char = self.at(position)
            self.check_text(position, position + 1)
            position += 1
            if braced and char == "}" and digits:
                return int(digits, 16), position
            digits += char
            if char not in _HEX:
                # Go reads both digits before it looks at them.
                if not braced and len(digits) == 1 and char:
                    self.check_text(position, position + 1)
                    position += 1
                raise Mistake("invalid escape sequence", self.text[start:position])
            if int(digits, 16) > _MAX_RUNE:
                raise Mistake("invalid escape sequence", self.text[start:position])
        return int(digits, 16), position

    def bracket(self, start: int) -> int:
        """Returns the end of a character class."""
        position = start + 1
        if self.at(position) == "^":
            position += 1
        first = True
        while first or self.at(position) != "]":
            first = False
            position = self.bracket_item(start, position)
        return position + 1

    def bracket_item(self, start: int, position: int) -> int:
        text = self.text
        if text.startswith("[:", position) and len(text) > position + 2:
            end = text.find(":]", position + 2) + 2
            if end > 1:
                if text[position + 2 : end - 2].removeprefix("^") not in _POSIX:
                    raise Mistake("invalid character class range", text[position:end])
                return end
        end = self.class_escape(position)
        if end:
            return end
        low, end = self.bracket_char(start, position)
        if self.at(end) != "-" or self.at(end + 1) in ("", "]"):
            return end
        high, end = self.bracket_char(start, end + 1)
        if high < low:
            raise Mistake("invalid character class range", text[position:end])
        return end

    def bracket_char(self, start: int, position: int) -> tuple[int, int]:
        char = self.at(position)
        if not char:
            raise Mistake("missing closing ]", self.text[start:])
        if char == "\\":
            return self.char_escape(position)
        self.check_text(position, position + 1)
        return ord(char), position + 1
