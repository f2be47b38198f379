"""The commands a script may call, one module for each family."""

from __future__ import annotations

from scriptest.commands import (
    compare,
    edit,
    exists,
    files,
    flow,
    include,
    json,
    match,
    programs,
    tty,
    waitfor,
)
from scriptest.commands.base import Command

_MODULES = (
    compare,
    flow,
    edit,
    files,
    exists,
    match,
    include,
    programs,
    json,
    tty,
    waitfor,
)

BUILTINS: dict[str, Command] = {
    command.name: command for module in _MODULES for command in module.COMMANDS
}
"""The built-in commands by name, except `help`, which belongs to the engine."""
