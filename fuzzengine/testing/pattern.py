"""Go's regular expressions for test names; plain names need no regular expression engine."""

from __future__ import annotations

_META = frozenset("\\.+*?()|[]{}^$")

# RE2 in C++ and Go's regexp/syntax name the same errors differently.
_GO_NAMES = (
    ("missing )", "missing closing )"),
    ("missing ]", "missing closing ]"),
    ("trailing \\", "trailing backslash at end of expression"),
    ("no argument for repetition operator", "missing argument to repetition operator"),
    ("invalid repetition size", "invalid repeat count"),
    ("bad repetition operator", "invalid nested repetition operator"),
    ("invalid perl operator", "invalid or unsupported Perl syntax"),
    ("invalid named capture group", "invalid named capture"),
)


class Pattern:
    """Something to look for anywhere in a name."""

    def search(self, text: str) -> bool:
        """Return whether the pattern is found in a text."""
        raise NotImplementedError


class _Literal(Pattern):
    def __init__(self, text: str, *, at_start: bool, at_end: bool) -> None:
        self._text = text
        self._at_start = at_start
        self._at_end = at_end

    def search(self, text: str) -> bool:
        if self._at_start and self._at_end:
            return text == self._text
        if self._at_start:
            return text.startswith(self._text)
        return text.endswith(self._text) if self._at_end else self._text in text


class _Any(Pattern):
    def search(self, text: str) -> bool:
        return text.strip("\n") != ""


class _Regexp(Pattern):
    def __init__(self, text: str) -> None:
        import re2  # type: ignore[import-untyped]

        options = re2.Options()
        options.log_errors = False
        try:
            self._compiled = re2.compile(text, options)
        except re2.error as error:
            raise ValueError(_go_message(error, text)) from None

    def search(self, text: str) -> bool:
        # A file's name may hold bytes that are no text.
        return self._compiled.search(text.encode("utf-8", "surrogatepass")) is not None


def compile_pattern(text: str) -> Pattern:
    """Return the pattern a text stands for (Go: regexp.Compile).

    Raises:
        ValueError: the text is malformed; the message is Go's.
    """
    if text == ".":
        return _Any()
    core = text.removeprefix("^")
    at_start = core != text
    at_end = core.endswith("$") and not core.endswith("\\$")
    core = core[:-1] if at_end else core
    if _META.isdisjoint(core):
        return _Literal(core, at_start=at_start, at_end=at_end)
    return _Regexp(text)


def _go_message(error: Exception, text: str) -> str:
    shown = error.args[0] if error.args else str(error)
    shown = shown.decode("utf-8", "replace") if isinstance(shown, bytes) else str(shown)
    kind, _, piece = shown.partition(": ")
    for theirs, gos in _GO_NAMES:
        if kind == theirs:
            kind = gos
    return f"error parsing regexp: {kind}: `{piece or text}`"
