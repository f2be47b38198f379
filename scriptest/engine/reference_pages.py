"""Generates docs/commands.md and docs/conditions.md from the data of commands and conditions.

`python -m scriptest.engine.reference_pages [FOLDER]` writes them.
"""

from __future__ import annotations

import os
import sys

from scriptest.commands import conditions
from scriptest.commands.base import flag_text
from scriptest.engine.help import condition_text, sentence, usage_notes
from scriptest.engine.vocabulary import BUILTIN_COMMANDS


def pages() -> dict[str, str]:
    """Return the pages of docs/ that are made from the data, by file name."""
    return {"commands.md": _commands_page(), "conditions.md": _conditions_page()}


def _commands_page() -> str:
    known = sorted(BUILTIN_COMMANDS.values(), key=lambda command: command.name)
    parts = [
        "# Commands",
        "The commands that every script can use. A project can add its own in `scriptest.yaml`; "
        "a project command replaces a built-in one of the same name. Flags come before the "
        "arguments; `--` ends the flags. `scriptest help NAME` prints the same text in a "
        "terminal.",
        " ".join(f"[{command.name}](#{command.name})" for command in known),
    ]
    for command in known:
        parts += [f"## {command.name}", f"```\n{command.synopsis}\n```"]
        parts.append(sentence(command.summary))
        if command.flags:
            rows = (f"| `{flag_text(flag)}` | {flag.help} |" for flag in command.flags)
            parts.append("\n".join(["| flag | meaning |", "|---|---|", *rows]))
        if command.detail:
            parts.append(command.detail)
        parts.append(usage_notes(command))
    return "\n\n".join(parts) + "\n"


def _conditions_page() -> str:
    rows = (
        f"| `{condition_text(condition)}` | {condition.summary} |"
        for condition in conditions.BUILTINS.values()
    )
    parts = [
        "# Conditions",
        "A guard in brackets before a command runs the command only if its condition holds: "
        "`[linux] exec true`. `[!name]` negates a condition; `&&`, `||` and parentheses combine "
        "several: `[a && (b || !c)]`. A project can add its own in `scriptest.yaml`. "
        "`scriptest help '[name]'` prints the same text in a terminal.",
        "\n".join(["| condition | true if |", "|---|---|", *rows]),
    ]
    return "\n\n".join(parts) + "\n"


def main(arguments: list[str]) -> None:
    """Write the pages into a folder, docs/ if none is given."""
    from scriptest.base.files import write_file

    folder = arguments[0] if arguments else "docs"
    os.makedirs(folder, exist_ok=True)
    for name, text in pages().items():
        write_file(os.path.join(folder, name), text.encode())


if __name__ == "__main__":
    main(sys.argv[1:])
