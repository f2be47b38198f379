"""The commands a script may call, one module a family."""

from __future__ import annotations

from scriptest.commands import (
    comparing,
    control,
    editing,
    files,
    helping,
    looking,
    matching,
    nesting,
    programs,
    structured,
    terminals,
    waiting,
)
from scriptest.commands.base import Command

_FAMILIES = (
    comparing,
    control,
    editing,
    files,
    helping,
    looking,
    matching,
    nesting,
    programs,
    structured,
    terminals,
    waiting,
)

BUILTINS: dict[str, Command] = {
    command.name: command for family in _FAMILIES for command in family.COMMANDS
}
"""Every command that scriptest brings itself, by name."""
