"""Help texts made from tables of flags, and the name that was probably meant."""

from __future__ import annotations

TYPE_CHECKING = False  # importing typing costs more than the rest of a worker's start
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from fuzzengine.program.flags import Flag

_INTERNAL = "(internal)"
_WIDEST = 24


def shown(table: Mapping[str, Flag]) -> list[str]:
    """Return the flags that are for users, in alphabetical order."""
    return sorted(name for name, flag in table.items() if _INTERNAL not in flag.help)


def lines(table: Mapping[str, Flag], prefix: str = "") -> list[str]:
    """Return a line for each flag, in alphabetical order.

    A word of a flag's help in backquotes names its value, as with Go's flag package.
    """
    rows = []
    for name in shown(table):
        flag = table[name]
        before, quote, rest = flag.help.partition("`")
        value, _, after = rest.partition("`")
        given = f"-{prefix}{name}"
        if quote:
            given += f" {value}"
        elif not flag.is_bool:
            given += " VALUE"
        rows.append((given, before + value + after))
    width = min(max((len(given) for given, _ in rows), default=0), _WIDEST)
    return [f"  {given:<{width}}  {text}" for given, text in rows]


def usage(program: str, table: Mapping[str, Flag], prefix: str = "") -> str:
    """Return the help text of a table of flags."""
    return "\n".join([f"Usage of {program}:", *lines(table, prefix)]) + "\n"


def did_you_mean(name: str, known: Iterable[str], prefix: str = "") -> str:
    """Return ` (did you mean ...?)` for a misspelt name; empty if none is near."""
    from difflib import get_close_matches

    near = get_close_matches(name, list(known), 1, 0.7)
    return f" (did you mean {prefix}{near[0]}?)" if near else ""
