"""The help texts of commands and conditions."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING

from scriptest.base.errors import UnknownCommand, UnknownCondition
from scriptest.commands.base import Command, Condition, Negation, flag_text

if TYPE_CHECKING:
    from scriptest.commands.base import Vocabulary

_WIDTH = 80
_NEGATIONS = {
    Negation.REFUSED: "It cannot be negated with `!`.",
    Negation.INVERTED: "With `!`, it must fail.",
    Negation.OWN: "With `!`, it checks the opposite.",
}


def overview(vocabulary: Vocabulary, *, full: bool = False) -> str:
    """Return a list of all commands and conditions.

    Args:
        vocabulary: what a script may use.
        full: whether each command's whole help is wanted.
    """
    known = vocabulary.all_commands()
    if full:
        parts = ["commands:\n", "\n".join(_indented(command_help(one)) for one in known)]
    else:
        parts = ["commands:\n", _table((one.name, one.summary) for one in known)]
    rows = ((condition_text(one), one.summary) for one in vocabulary.all_conditions())
    return "\n".join([*parts, "conditions:\n", _table(rows)])


def topic(vocabulary: Vocabulary, name: str) -> str:
    """Return the help for a command, or for a condition given as `[name]`.

    Where no command has a name, a condition may be given without brackets.

    Raises:
        ScriptError: the name is unknown, or what it names cannot be loaded.
    """
    if name.startswith("[") and name.endswith("]"):
        return condition_help(vocabulary.known_condition(name[1:-1].lstrip("!")))
    try:
        return command_help(vocabulary.command(name))
    except UnknownCommand:
        with suppress(UnknownCondition):
            return condition_help(vocabulary.known_condition(name))
        raise


def command_help(command: Command) -> str:
    """Return all there is to say about a command."""
    lines = [command.synopsis, "", *_wrap(sentence(command.summary), "    ")]
    if command.detail:
        lines += _wrap(command.detail, "    ")
    lines += _wrap(manners(command), "    ")
    text = "\n".join(lines) + "\n"
    if command.flags:
        text += "\n" + _table((flag_text(flag), flag.help) for flag in command.flags)
    return text


def condition_help(condition: Condition) -> str:
    """Return all there is to say about a condition."""
    return f"{condition_text(condition)}\n\n    {sentence(condition.summary)}\n"


def condition_text(condition: Condition) -> str:
    """Return a condition as it is written, `[exec:program]`."""
    if not condition.suffix:
        return f"[{condition.name}]"
    joint = "" if condition.suffix[0] in "<>=.!" else ":"
    return f"[{condition.name}{joint}{condition.suffix}]"


def manners(command: Command) -> str:
    """Say how a command goes together with prefixes, `&` and patterns."""
    parts = [_NEGATIONS[command.negation]]
    if command.background:
        parts.append("A final `&` or `&name&` runs it in the background.")
    return " ".join(parts)


def sentence(text: str) -> str:
    """Return text with a capital at its start and a full stop at its end."""
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")


def _wrap(text: str, margin: str) -> list[str]:
    lines, line = [], margin
    for word in text.split():
        if len(line) + 1 + len(word) > _WIDTH and line.strip():
            lines.append(line)
            line = margin
        line += word if line == margin else " " + word
    return [*lines, line]


def _indented(text: str) -> str:
    return "".join("    " + line if line.strip() else line for line in text.splitlines(True))


def _table(rows: Iterable[tuple[str, str]]) -> str:
    """Return two columns; what does not fit into the first gets a line of its own."""
    lines = []
    for left, right in rows:
        rest = _wrap(right, " " * 24)
        if len(left) > 18:
            lines.append(f"    {left}")
        else:
            rest[0] = f"    {left:<20}" + rest[0].lstrip()
        lines += rest
    return "".join(line + "\n" for line in lines)
