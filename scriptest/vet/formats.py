"""Output formats for the findings of `vet`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from scriptest.base.visible import visible
from scriptest.report.github import escape_property, escape_text
from scriptest.report.style import COLORS, paint

if TYPE_CHECKING:
    from scriptest.vet.checker import Diagnostic

_COLORS = {"error": "31", "warning": "33"}


def _text(found: Sequence[Diagnostic]) -> str:
    return "".join(f"{visible(str(each))}\n" for each in found)


def colored_text(found: Sequence[Diagnostic]) -> str:
    """Return the format `text` with colors."""
    return "".join(
        f"{paint(f'{visible(each.file)}:{each.line}:{each.column}:', COLORS['place'])} "
        f"{paint(visible(each.message), _COLORS[each.severity])}\n"
        for each in found
    )


def _editor(found: Sequence[Diagnostic]) -> str:
    return "".join(
        f"{visible(each.file)}:{each.line}:{each.column}: "
        f"{each.severity}: {visible(each.message)} [{each.rule}]\n"
        for each in found
    )


def _json(found: Sequence[Diagnostic]) -> str:
    import json

    rows = [{**each._asdict(), "severity": each.severity} for each in found]
    # ASCII output keeps bytes that are not UTF-8 as escaped surrogates.
    return json.dumps(rows, indent=1) + "\n"


def _github(found: Sequence[Diagnostic]) -> str:
    return "".join(
        f"::{each.severity} file={escape_property(each.file)},line={each.line},"
        f"col={each.column},title={escape_property(each.rule)}::{escape_text(each.message)}\n"
        for each in found
    )


FORMATS: dict[str, Callable[[Sequence[Diagnostic]], str]] = {
    "text": _text,
    "editor": _editor,
    "json": _json,
    "github": _github,
}
"""The output formats by their names in `--format`."""
