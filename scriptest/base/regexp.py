"""Go-flavoured patterns on RE2: compile, search, find all by Go's rule, quote.

`re2` takes as long to import as a small script takes to run, so it is imported when the first
pattern is compiled.
"""

from __future__ import annotations

from functools import lru_cache

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re2  # type: ignore[import-untyped]

Span = tuple[int, int]

_META = frozenset("\\.+*?()|[]{}^$")
# Go has no such limit; this one is far above what a hand-written pattern needs.
_MAX_MEMORY = 64 << 20


class PatternError(ValueError):
    """A pattern that Go's regexp would refuse; the text is Go's, the offending part included."""


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
        """Returns the (start, end) of the first match in bytes (Go: Regexp.FindIndex)."""
        text = _Text(data)
        match = self._find(text.data, 0)
        return None if match is None else text.original(match.span())

    def groups(self, data: bytes) -> list[Span | None] | None:
        """Returns the spans of the first match and its groups (Go: FindSubmatchIndex).

        The first span is the whole match; a group that took no part is None.
        """
        text = _Text(data)
        match = self._find(text.data, 0)
        if match is None:
            return None
        spans = [match.span(index) for index in range(self._regexp.groups + 1)]
        return [None if span[0] < 0 else text.original(span) for span in spans]

    def findall_spans(self, data: bytes) -> list[Span]:
        """Returns the spans of all matches (Go: Regexp.FindAllIndex).

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
        """Searches from a position on; what precedes it still counts for `^` and word ends."""
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
    """Compiles a pattern in Go's syntax.

    Args:
        pattern: Bytes that are not UTF-8 may be present as surrogates.
        multiline: `^` and `$` match at every line, as scripts want it. As in Go's script engines
            this is done by a `(?m)` before the pattern, which some error texts then show.

    Raises:
        PatternError: With Go's text, such as "error parsing regexp: missing closing ): `(`".
    """
    import re2

    source = f"(?m){pattern}" if multiline else pattern
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _MAX_MEMORY
    try:
        regexp = re2.compile(source.encode("utf-8", "surrogateescape"), options)
    except (re2.error, UnicodeEncodeError) as error:
        raise _explain(source, error) from None
    # RE2 accepts \C, more names of groups and more as UTF-8, and takes the brace of a huge repeat
    # literally.
    if "\\C" in source or "{" in source or not source.isascii():
        refusal = _refusal(source)
        if refusal is not None:
            raise refusal
    return Pattern(pattern, regexp)


def quote(text: str) -> str:
    """Returns a pattern that matches exactly `text` (Go: regexp.QuoteMeta)."""
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
        """Translates a span of `data` into one of the input."""
        if not self.stretched:
            return span
        from bisect import bisect_right

        start, end = span
        return (
            start - 2 * bisect_right(self.stretched, start),
            end - 2 * bisect_right(self.stretched, end),
        )


def _explain(source: str, error: Exception) -> PatternError:
    from scriptest.base.regexp_errors import from_re2

    refusal = _refusal(source)
    if refusal is not None:
        return refusal
    text = error.args[0]
    if isinstance(text, bytes):
        text = text.decode("utf-8", "replace")
    mistake = from_re2(source, str(text))
    return _pattern_error(mistake.code, mistake.part)


def _refusal(source: str) -> PatternError | None:
    """Returns why Go would refuse a pattern, as far as that can be told without compiling it."""
    from scriptest.base.regexp_errors import Mistake, check

    try:
        check(source, _is_class)
    except Mistake as mistake:
        return _pattern_error(mistake.code, mistake.part)
    return None


def _is_class(text: str) -> bool:
    import re2

    options = re2.Options()
    options.log_errors = False
    try:
        re2.compile(text.encode(), options)
    except (re2.error, UnicodeEncodeError):
        return False
    return True


def _pattern_error(code: str, part: str) -> PatternError:
    return PatternError(f"error parsing regexp: {code}: `{part}`")
