"""Puts variables back into a text in which they were expanded."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from scriptest.language.expand import expand, variables

_NAME = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")
ALWAYS = "WORK"
"""A variable that is always put back, since its value differs in every run."""


def unexpand(template: str, text: str, lookup: Callable[[str], str]) -> str:
    """Return a text that expands to `text` and keeps the variables of `template`.

    Lines of the template that still expand to a line of the text are kept. In other lines, values
    are replaced by variables: by WORK, and by those in the replaced lines of the template.

    Args:
        template: a text with variables.
        text: the wanted expansion.
        lookup: returns the value of a name.
    """
    if expand(template, lookup) == text:
        return template
    from difflib import SequenceMatcher

    old, new = template.splitlines(keepends=True), text.splitlines(keepends=True)
    expanded = [expand(line, lookup) for line in old]
    if "".join(expanded) != expand(template, lookup):
        # The braces of a variable span lines, so the lines cannot be compared one by one.
        old, expanded = [template], [expand(template, lookup)]
    result: list[str] = []
    matcher = SequenceMatcher(None, expanded, new, autojunk=False)
    for tag, start, end, new_start, new_end in matcher.get_opcodes():
        if tag == "equal":
            result += old[start:end]
            continue
        names = [name for line in old[start:end] for name in variables(line)]
        values = _values([*names, ALWAYS], lookup)
        result += [_with_variables(line, values, lookup) for line in new[new_start:new_end]]
    return "".join(result)


def _values(names: list[str], lookup: Callable[[str], str]) -> list[tuple[str, str]]:
    """Return (value, name) of each variable to search for, longest value first."""
    found: dict[str, str] = {}
    for name in names:
        value = lookup(name.removesuffix("@R"))
        if value and name != "$" and "\n" not in value and not name.endswith("@R"):
            found.setdefault(value, name)
    return sorted(found.items(), key=lambda item: -len(item[0]))


def _with_variables(line: str, values: list[tuple[str, str]], lookup: Callable[[str], str]) -> str:
    pieces, position = [], 0
    for start, end, name in _places(line, values):
        pieces.append(_escaped(line[position:start]))
        follows = line[end : end + 1]
        plain = name and _NAME.issuperset(name) and follows not in _NAME
        pieces.append(f"${name}" if plain else f"${{{name}}}")
        position = end
    pieces.append(_escaped(line[position:]))
    return "".join(pieces)


def _places(line: str, values: list[tuple[str, str]]) -> Iterator[tuple[int, int, str]]:
    """Yield (start, end, name) of each value in a line as a whole word, from left to right."""
    position = 0
    while position < len(line):
        for value, name in values:
            end = position + len(value)
            if line.startswith(value, position) and _is_word(line, position, end):
                yield position, end, name
                position = end
                break
        else:
            position += 1


def _is_word(line: str, start: int, end: int) -> bool:
    before, after = line[start - 1 : start], line[end : end + 1]
    begins = not (before and before in _NAME and line[start] in _NAME)
    return begins and not (after and after in _NAME and line[end - 1] in _NAME)


def _escaped(text: str) -> str:
    """Return a text that expands to the given one."""
    return text.replace("$", "$$")
