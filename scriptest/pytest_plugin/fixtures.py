"""Converts values of fixtures to variables of scripts."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass


def variables(fixtures: Mapping[str, object]) -> dict[str, str]:
    """Return the variables of fixtures.

    A string, number, boolean or path becomes the variable of the fixture's name. A mapping, a
    dataclass or a named tuple becomes a variable `NAME_part` for each of its parts. Other values,
    including None, set no variable; such a fixture is used for its side effects.
    """
    return dict(
        pair for name, value in fixtures.items() for pair in _variables(name, value, nested=True)
    )


def _variables(name: str, value: object, *, nested: bool) -> Iterator[tuple[str, str]]:
    text = _text(value)
    if text is not None:
        yield name, text
    elif nested:
        for part, inner in _parts(value):
            yield from _variables(f"{name}_{part}", inner, nested=False)


def _text(value: object) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        # str() of a string enum's member would return its name.
        return str.__str__(value)
    if isinstance(value, int | float):
        return str(value)
    return os.fsdecode(value) if isinstance(value, bytes | os.PathLike) else None


def _parts(value: object) -> Iterator[tuple[str, object]]:
    if isinstance(value, Mapping):
        yield from ((key, part) for key, part in value.items() if isinstance(key, str))
    elif is_dataclass(value) and not isinstance(value, type):
        yield from ((field.name, getattr(value, field.name)) for field in fields(value))
    elif isinstance(value, tuple) and hasattr(value, "_asdict"):
        yield from value._asdict().items()
