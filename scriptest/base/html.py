"""Helpers of HTML reports: templates, style, and texts prepared for a page."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

_TEMPLATES = os.path.join(os.path.dirname(__file__), "templates")


def templates(folder: str) -> Environment:
    """Return a Jinja environment for the templates in a folder; it escapes values as HTML."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def asset(folder: str, name: str) -> Markup:
    """Return a file of the distribution, to be included unescaped."""
    from markupsafe import Markup

    with open(os.path.join(folder, name), encoding="utf-8") as file:
        return Markup(file.read())


def style(folder: str, name: str) -> Markup:
    """Return the common style of all reports, followed by that of one report."""
    return asset(_TEMPLATES, "base.css") + asset(folder, name)


def shortened(text: str, limit: int) -> tuple[str, str, str]:
    """Split a text into its beginning, a remark about the omitted middle, and its end.

    A text within the limit is returned as a whole, with two empty strings.

    Args:
        text: the text.
        limit: the maximum number of characters. Lines are not split unless one is too long.
    """
    if len(text) <= limit:
        return text, "", ""
    half = limit // 2
    start = text.rfind("\n", 0, half) + 1 or half
    end = text.find("\n", len(text) - half) + 1 or len(text) - half
    lines = text.count("\n", start, end)
    omitted = f"{lines:,} lines" if lines > 1 else f"{end - start:,} characters"
    gap = "" if text[start - 1] == "\n" else "\n"
    return text[:start], f"{gap}[{omitted} omitted]\n", text[end:]
