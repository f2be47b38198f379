"""What commands and conditions do, as text: for `help`, and for the pages in docs/.

`python -m scriptest.reference [FOLDER]` writes the pages.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from contextlib import suppress

from scriptest import commands, conditions
from scriptest.commands.base import Command, Condition, Negation, flag_text
from scriptest.errors import ScriptError
from scriptest.vocabulary import Vocabulary

_WIDTH = 80
_NEGATIONS = {
    Negation.REFUSED: "`!` cannot stand before it.",
    Negation.INVERTED: "With `!` it must fail.",
    Negation.OWN: "With `!` it checks the opposite.",
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
        ScriptError: there is none of that name.
    """
    if name.startswith("[") and name.endswith("]"):
        return condition_help(vocabulary.known_condition(name[1:-1].lstrip("!")))
    try:
        return command_help(vocabulary.command(name))
    except ScriptError:
        with suppress(ScriptError):
            return condition_help(vocabulary.known_condition(name))
        raise


def command_help(command: Command) -> str:
    """Return all there is to say about a command."""
    lines = [command.synopsis, "", *_wrap(_sentence(command.summary), "    ")]
    if command.detail:
        lines += _wrap(command.detail, "    ")
    lines += _wrap(_manners(command), "    ")
    text = "\n".join(lines) + "\n"
    if command.flags:
        text += "\n" + _table((flag_text(flag), flag.help) for flag in command.flags)
    return text


def condition_help(condition: Condition) -> str:
    """Return all there is to say about a condition."""
    return f"{condition_text(condition)}\n\n    {_sentence(condition.summary)}\n"


def condition_text(condition: Condition) -> str:
    """Return a condition as it is written, `[exec:program]`."""
    if not condition.suffix:
        return f"[{condition.name}]"
    joint = "" if condition.suffix[0] in "<>=.!" else ":"
    return f"[{condition.name}{joint}{condition.suffix}]"


def _manners(command: Command) -> str:
    """Say how a command goes together with prefixes, `&` and patterns."""
    parts = [_NEGATIONS[command.negation]]
    if command.background:
        parts.append("`&` or `&name&` at its end runs it in the background.")
    return " ".join(parts)


def _sentence(text: str) -> str:
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


# --- pages -----------------------------------------------------------------------------------


def pages() -> dict[str, str]:
    """Return the pages of docs/ that are made from the data, by file name."""
    return {"commands.md": _commands_page(), "conditions.md": _conditions_page()}


def _commands_page() -> str:
    known = sorted(commands.BUILTINS.values(), key=lambda command: command.name)
    parts = [
        "# Commands",
        "Every command that a script can use. A project adds its own in `scriptest.yaml`, and "
        "they win over these. Flags stand before the arguments; `--` ends them. "
        "`scriptest help NAME` shows the same in a terminal.",
        " ".join(f"[{command.name}](#{command.name})" for command in known),
    ]
    for command in known:
        parts += [f"## {command.name}", f"```\n{command.synopsis}\n```"]
        parts.append(_sentence(command.summary))
        if command.flags:
            rows = (f"| `{flag_text(flag)}` | {flag.help} |" for flag in command.flags)
            parts.append("\n".join(["| flag | meaning |", "|---|---|", *rows]))
        if command.detail:
            parts.append(command.detail)
        parts.append(_manners(command))
    return "\n\n".join(parts) + "\n"


def _conditions_page() -> str:
    rows = (
        f"| `{condition_text(condition)}` | {condition.summary} |"
        for condition in conditions.BUILTINS.values()
    )
    parts = [
        "# Conditions",
        "What can stand in the brackets before a command: `[linux] exec true`. `[!name]` is the "
        "opposite; `[a && b]`, `[a || !b]` and parentheses join several. A project adds its own "
        "in `scriptest.yaml`. `scriptest help '[name]'` shows the same in a terminal.",
        "\n".join(["| condition | holds if |", "|---|---|", *rows]),
    ]
    return "\n\n".join(parts) + "\n"


def main(arguments: list[str]) -> None:
    """Write the pages into a folder, docs/ if none is given."""
    from scriptest.atomic import write_file

    folder = arguments[0] if arguments else "docs"
    os.makedirs(folder, exist_ok=True)
    for name, text in pages().items():
        write_file(os.path.join(folder, name), text.encode())


if __name__ == "__main__":
    main(sys.argv[1:])
