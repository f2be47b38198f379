"""Formats the help on commands and conditions."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING

from scriptest.base.errors import UnknownCommand, UnknownCondition
from scriptest.commands.base import Command, Condition, Negation, flag_text

if TYPE_CHECKING:
    from scriptest.commands.base import VocabularyProtocol

_WIDTH = 80
_NEGATIONS = {
    Negation.REFUSED: "It cannot be negated with `!`.",
    Negation.INVERTED: "With `!`, it must fail.",
    Negation.OWN: "With `!`, it checks the opposite.",
}


def overview(vocabulary: VocabularyProtocol, *, full: bool = False) -> str:
    """Return a list of all commands and conditions.

    Args:
        vocabulary: the commands and conditions.
        full: whether to include the full help of each command.
    """
    known = vocabulary.all_commands()
    if full:
        parts = ["commands:\n", "\n".join(_indented(command_help(one)) for one in known)]
    else:
        parts = ["commands:\n", _table((one.name, one.summary) for one in known)]
    rows = ((condition_text(one), one.summary) for one in vocabulary.all_conditions())
    return "\n".join([*parts, "conditions:\n", _table(rows)])


def topic(vocabulary: VocabularyProtocol, name: str) -> str:
    """Return the help for a command, or for a condition given as `[name]`.

    The brackets can be omitted if no command has the same name.

    Raises:
        ScriptError: the name is unknown, or the command or condition cannot be loaded.
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
    """Return the full help of a command."""
    lines = [command.synopsis, "", *_wrap(sentence(command.summary), "    ")]
    if command.detail:
        lines += _wrap(command.detail, "    ")
    lines += _wrap(usage_notes(command), "    ")
    text = "\n".join(lines) + "\n"
    if command.flags:
        text += "\n" + _table((flag_text(flag), flag.help) for flag in command.flags)
    return text


def condition_help(condition: Condition) -> str:
    """Return the full help of a condition."""
    return f"{condition_text(condition)}\n\n    {sentence(condition.summary)}\n"


def condition_text(condition: Condition) -> str:
    """Return a condition in its notation, `[exec:program]`."""
    if not condition.suffix:
        return f"[{condition.name}]"
    joint = "" if condition.suffix[0] in "<>=.!" else ":"
    return f"[{condition.name}{joint}{condition.suffix}]"


def usage_notes(command: Command) -> str:
    """Return notes on the use of a command with `!` and `&`."""
    parts = [_NEGATIONS[command.negation]]
    if command.background:
        parts.append("A final `&` or `&name&` runs it in the background.")
    return " ".join(parts)


def sentence(text: str) -> str:
    """Return a text with an initial capital and a final full stop."""
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
    """Format two columns; a text that does not fit into the first has a line of its own."""
    lines = []
    for left, right in rows:
        rest = _wrap(right, " " * 24)
        if len(left) > 18:
            lines.append(f"    {left}")
        else:
            rest[0] = f"    {left:<20}" + rest[0].lstrip()
        lines += rest
    return "".join(line + "\n" for line in lines)
