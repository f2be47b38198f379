"""The library that the harnesses test."""

from __future__ import annotations


def size(text: str) -> int:
    if text.startswith("size=") and text[5:].isdigit():
        if text[5:] == "77":
            raise ValueError("no such size")
        return int(text[5:])
    return 0


def order(number: int, name: str) -> int:
    if number == 40961 and name == "boots":
        raise KeyError(name)
    return number
