"""Compiles Go's regular expressions with RE2, and finds what Go finds.

`re2` takes as long to import as a small script takes to run: only compiling imports it.
"""

from __future__ import annotations

import re
from functools import lru_cache

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re2  # type: ignore[import-untyped]

Span = tuple[int, int]

_META = frozenset("\\.+*?()|[]{}^$")
# Go has no such limit; this one is far above what a hand-written pattern needs.
_MAX_MEMORY = 64 << 20
_MULTILINE = "(?m)"
# The named groups match the constructs that RE2 accepts and Go refuses: any byte, a group whose
# name is not ASCII, and a repetition that RE2 takes literally because it is too large. The other
# alternatives skip text in which the same characters mean something else.
_TOKEN = r"""(?xs)
    \\Q .*? (?: \\E | \Z )
    | (?P<escape> \\C )
    | \\ (?: [pPx] \{ [^}]* \} | . )
    | \[ \^? \]? (?: \[: \^? [a-z]+ :\] | \\ . | [^\]\\] )* \]
    | (?P<group> \( \? P? < [^>]* [^\x00-\x7f>] [^>]* > )
    | (?P<repetition> \{ (?: [1-9][0-9]{8,} (?: , (?: 0 | [1-9][0-9]* )? )?
                          | (?: 0 | [1-9][0-9]* ) , [1-9][0-9]{8,} ) \} )
"""


class PatternError(ValueError):
    """Go's regexp refuses a pattern."""


class Pattern:
    """A compiled pattern that is matched against bytes.

    The bytes need not be UTF-8: as in Go, a byte that is not counts as one U+FFFD.

    Attributes:
        source: The pattern as given to `compile`.
    """

    __slots__ = ("_regexp", "source")

    def __init__(self, source: str, regexp: re2._Regexp) -> None:
        self.source = source
        self._regexp = regexp

    def __repr__(self) -> str:
        return f"Pattern({self.source!r})"

    @property
    def group_count(self) -> int:
        """The number of groups in parentheses that the pattern captures."""
        count: int = self._regexp.groups
        return count

    def search(self, data: bytes) -> Span | None:
        """Return the (start, end) of the first match in bytes (Go: Regexp.FindIndex)."""
        text = _Text(data)
        match = self._find(text.data, 0)
        return None if match is None else text.original(match.span())

    def groups(self, data: bytes) -> list[Span | None] | None:
        """Return the spans of the first match and its groups (Go: FindSubmatchIndex).

        The first span is the whole match; a group that took no part is None.
        """
        text = _Text(data)
        match = self._find(text.data, 0)
        if match is None:
            return None
        spans = [match.span(index) for index in range(self._regexp.groups + 1)]
        return [None if span[0] < 0 else text.original(span) for span in spans]

    def findall_spans(self, data: bytes) -> list[Span]:
        """Return the spans of all matches (Go: Regexp.FindAllIndex).

        Matches do not overlap, and an empty match right after another match does not count.
        """
        text = _Text(data)
        found: list[Span] = []
        position, last_end = 0, -1
        while position <= len(text.data):
            match = self._find(text.data, position)
            if match is None:
                break
            start, end = match.span()
            position = end if end > position else position + 1
            if start != end or start != last_end:
                found.append(text.original((start, end)))
            last_end = end
        return found

    def _find(self, data: bytes, position: int) -> re2._Match | None:
        """Search from a position on; what precedes it still counts for `^` and word ends."""
        while True:
            match = self._regexp.search(data, position)
            if match is None:
                return None
            start = match.start()
            # RE2 also finds empty matches between the bytes of one character; Go does not.
            if start == len(data) or data[start] & 0xC0 != 0x80:
                return match
            position = start + 1


@lru_cache(maxsize=256)
def compile(pattern: str, *, multiline: bool = True) -> Pattern:  # noqa: A001 # as in re and re2
    """Compile a pattern in Go's syntax.

    Args:
        pattern: bytes that are not UTF-8 may be present as surrogates.
        multiline: `^` and `$` match at every line, as scripts want it.

    Raises:
        PatternError: Go refuses the pattern.
    """
    import re2

    options = re2.Options()
    options.log_errors = False
    options.max_mem = _MAX_MEMORY
    try:
        source = f"{_MULTILINE}{pattern}" if multiline else pattern
        regexp = re2.compile(source.encode(), options)
    except UnicodeEncodeError:
        raise _refusal("invalid UTF-8", pattern) from None
    except re2.error as error:
        reason, _, part = error.args[0].decode("utf-8", "replace").partition(": ")
        raise _refusal(reason, part.removeprefix(_MULTILINE) or pattern) from None
    _refuse_what_go_refuses(pattern)
    return Pattern(pattern, regexp)


def quote(text: str) -> str:
    """Return a pattern that matches exactly `text` (Go: regexp.QuoteMeta)."""
    if _META.isdisjoint(text):
        return text
    return "".join([f"\\{char}" if char in _META else char for char in text])


class _Text:
    """Input as RE2 wants it: each byte that is not UTF-8 is replaced by an encoded U+FFFD."""

    __slots__ = ("data", "stretched")

    def __init__(self, data: bytes) -> None:
        self.data = data
        # For every replaced byte, the end of its replacement, which is two bytes longer.
        self.stretched: list[int] = []
        if data.isascii():
            return
        try:
            data.decode("utf-8")
        except UnicodeDecodeError:
            self._replace(data.decode("utf-8", "surrogateescape"))

    def _replace(self, text: str) -> None:
        pieces: list[bytes] = []
        size = start = 0
        for position, char in enumerate(text):
            if "\udc80" <= char <= "\udcff":
                piece = text[start:position].encode() + b"\xef\xbf\xbd"
                pieces.append(piece)
                size += len(piece)
                self.stretched.append(size)
                start = position + 1
        pieces.append(text[start:].encode())
        self.data = b"".join(pieces)

    def original(self, span: Span) -> Span:
        """Translate a span of `data` into one of the input."""
        if not self.stretched:
            return span
        from bisect import bisect_right

        start, end = span
        return (
            start - 2 * bisect_right(self.stretched, start),
            end - 2 * bisect_right(self.stretched, end),
        )


def _refusal(reason: str, part: str) -> PatternError:
    return PatternError(f"not a valid pattern: {reason}: `{part}`")


def _refuse_what_go_refuses(pattern: str) -> None:
    """Raise a PatternError if Go refuses a pattern that RE2 accepts."""
    if pattern.isascii() and "\\C" not in pattern and "{" not in pattern:
        return
    for found in re.finditer(_TOKEN, pattern):
        if found.lastgroup:
            raise _refusal(f"invalid {found.lastgroup}", found[0])
