"""Patterns for test names: Go's regular expressions, without RE2 where the name is plain."""

from __future__ import annotations

_META = frozenset("\\.+*?()|[]{}^$")


class NamePattern:
    """A pattern to search for in names."""

    def search(self, text: str) -> bool:
        """Return whether the pattern is found in a text."""
        raise NotImplementedError


class _Literal(NamePattern):
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


class _Any(NamePattern):
    def search(self, text: str) -> bool:
        return text.strip("\n") != ""


class _Regexp(NamePattern):
    def __init__(self, text: str) -> None:
        from scriptest.base import regexp

        self._regexp = regexp.compile(text, multiline=False)

    def search(self, text: str) -> bool:
        # A file name may have bytes that are not UTF-8.
        return self._regexp.search(text.encode("utf-8", "surrogatepass")) is not None


def compile_pattern(text: str) -> NamePattern:
    """Compile a pattern in Go's syntax (Go: regexp.Compile).

    Raises:
        ValueError: the pattern is malformed.
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
