"""Go-flavoured patterns."""

from __future__ import annotations

_META = frozenset("\\.+*?()|[]{}^$")


def quote(text: str) -> str:
    """Returns a pattern that matches exactly `text` (Go: regexp.QuoteMeta)."""
    if _META.isdisjoint(text):
        return text
    return "".join(["\\" + char if char in _META else char for char in text])
