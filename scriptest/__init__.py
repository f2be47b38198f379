"""Runs integration tests that are written as one text file: a script and the files it needs.

The types for a project's own commands and conditions are imported from here:

    from scriptest import Call, CheckFailed

    def greet(call: Call) -> None:
        if not call.args:
            raise CheckFailed("greet needs a name")

Importing the package loads no other module; a name is loaded when it is first used.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from scriptest.base.errors import (
        CheckFailed,
        FileError,
        ScriptError,
        Skip,
        Stop,
        UsageError,
    )
    from scriptest.commands.base import Command, Condition, Flag, Negation
    from scriptest.commands.public import Call, State
    from scriptest.sandbox.jobs import Job
    from scriptest.sandbox.shared import Shared

__version__ = "0.1.0"

__all__ = [
    "Call",
    "CheckFailed",
    "Command",
    "Condition",
    "FileError",
    "Flag",
    "Job",
    "Negation",
    "ScriptError",
    "Shared",
    "Skip",
    "State",
    "Stop",
    "UsageError",
]

_MODULES = {
    **dict.fromkeys(("Command", "Condition", "Flag", "Negation"), "scriptest.commands.base"),
    **dict.fromkeys(("Call", "State"), "scriptest.commands.public"),
    "Job": "scriptest.sandbox.jobs",
    "Shared": "scriptest.sandbox.shared",
}
"""The modules of the names that are not exceptions."""


def __getattr__(name: str) -> object:
    """Load a public name when it is first used (PEP 562)."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value: object = getattr(import_module(_MODULES.get(name, "scriptest.base.errors")), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Return the public names, loaded or not."""
    return sorted({*globals(), *__all__})
