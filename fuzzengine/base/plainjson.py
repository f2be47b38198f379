"""JSON in the plain form that workers and coordinators mostly write, without the json module.

Importing json, which imports re, takes longer than a worker's whole way to its first answer. Plain
is: no blanks, whole numbers, and strings of ASCII without escapes. Whoever gets None asks json.
"""

from __future__ import annotations

TYPE_CHECKING = False  # importing typing costs more than the rest of a worker's start
if TYPE_CHECKING:
    from typing import Any

_WORDS = (("null", None), ("true", True), ("false", False))
_DEEPEST = 8


def load(text: bytes) -> dict[str, Any] | None:
    """Return the object that a text is, None if it is no object in plain form."""
    if not text.isascii():
        return None
    try:
        value, end = _value(text.decode("ascii"), 0, 0)
    except (ValueError, IndexError):
        return None
    return value if isinstance(value, dict) and end == len(text) else None


def _value(text: str, at: int, depth: int) -> tuple[Any, int]:
    """Return the value that begins at a place, and where it ends.

    Raises:
        ValueError, IndexError: it is not in plain form, or malformed.
    """
    first = text[at]
    if first == '"':
        return _string(text, at)
    if first in "{[":
        if depth == _DEEPEST:
            raise ValueError
        return (_object if first == "{" else _array)(text, at + 1, depth + 1)
    for word, value in _WORDS:
        if text.startswith(word, at):
            return value, at + len(word)
    return _number(text, at)


def _string(text: str, at: int) -> tuple[str, int]:
    if text[at] != '"':
        raise ValueError
    end = text.index('"', at + 1)
    string = text[at + 1 : end]
    if "\\" in string or not string.isprintable():
        raise ValueError
    return string, end + 1


def _number(text: str, at: int) -> tuple[int, int]:
    end = at
    while text[end] not in ",]}":
        end += 1
    digits = text[at:end].removeprefix("-")
    if not digits.isdigit() or (digits[0] == "0" and digits != "0"):
        raise ValueError
    return int(text[at:end]), end


def _array(text: str, at: int, depth: int) -> tuple[list[Any], int]:
    values: list[Any] = []
    if text[at] == "]":
        return values, at + 1
    while True:
        value, at = _value(text, at, depth)
        values.append(value)
        if text[at] == "]":
            return values, at + 1
        if text[at] != ",":
            raise ValueError
        at += 1


def _object(text: str, at: int, depth: int) -> tuple[dict[str, Any], int]:
    fields: dict[str, Any] = {}
    if text[at] == "}":
        return fields, at + 1
    while True:
        key, at = _string(text, at)
        if text[at] != ":":
            raise ValueError
        fields[key], at = _value(text, at + 1, depth)
        if text[at] == "}":
            return fields, at + 1
        if text[at] != ",":
            raise ValueError
        at += 1


def dump(value: object) -> str | None:
    """Return a value as JSON without blanks, None if it is not plain."""
    if isinstance(value, str):
        plain = value.isascii() and value.isprintable() and '"' not in value and "\\" not in value
        return f'"{value}"' if plain else None
    for word, meaning in _WORDS:
        if value is meaning:
            return word
    if isinstance(value, int):
        return str(value)
    if isinstance(value, list | tuple):
        return _joined("[", [dump(one) for one in value], "]")
    if isinstance(value, dict):
        fields = [_field(key, one) for key, one in value.items()]
        return _joined("{", fields, "}")
    return None


def _field(key: object, value: object) -> str | None:
    name, text = dump(key), dump(value)
    return f"{name}:{text}" if isinstance(key, str) and name and text else None


def _joined(start: str, texts: list[str | None], end: str) -> str | None:
    known = [text for text in texts if text is not None]
    return start + ",".join(known) + end if len(known) == len(texts) else None
