"""The commands a script may call, one module a family."""

from __future__ import annotations

from scriptest.commands import comparing, control, files, matching, nesting, programs, terminals
from scriptest.commands.base import Command

BUILTINS: dict[str, Command] = {
    command.name: command
    for family in (comparing, control, files, matching, nesting, programs, terminals)
    for command in family.COMMANDS
}
"""Every command that scriptest brings itself, by name."""
