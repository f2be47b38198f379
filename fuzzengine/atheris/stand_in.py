"""Stands in for the module `atheris` in a harness: its public names, run by this engine."""

from __future__ import annotations

import os
import sys

from fuzzengine.atheris.data_provider import ALL_REMAINING, FuzzedDataProvider
from fuzzengine.atheris.instrumenting import (
    instrument_all,
    instrument_func,
    instrument_imports,
)
from fuzzengine.atheris.libfuzzer_flags import without_flags

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import CodeType
    from typing import Any, NoReturn

__all__ = [
    "ALL_REMAINING",
    "Fuzz",
    "FuzzedDataProvider",
    "Mutate",
    "Setup",
    "enabled_hooks",
    "gen_match",
    "instrument_all",
    "instrument_func",
    "instrument_imports",
    "patch_code",
    "path",
]

build_mode = "release"


class SetupCall:
    """The arguments of the harness's call of `Setup`.

    Attributes:
        arguments: the command line, with the program.
        test_one_input: the function to fuzz.
        custom_mutator, custom_crossover: the functions of the harness that make inputs, or None.
    """

    def __init__(self, arguments: Sequence[str], test_one_input: Callable[[bytes], object]) -> None:
        self.arguments = list(arguments)
        self.test_one_input = test_one_input
        self.custom_mutator: Callable[[bytes, int, int], bytes] | None = None
        self.custom_crossover: Callable[[bytes, bytes, int, int], bytes] | None = None


class State:
    """The connection between the harness and the program that runs it.

    Attributes:
        setup: the call of `Setup`, or None before it.
        fuzz: runs the harness once `Fuzz` is called, and ends the process.
        mutate: the default mutator; only a worker has one.
    """

    setup: SetupCall | None = None
    fuzz: Callable[[SetupCall], NoReturn]
    mutate: Callable[[bytes, int], bytes] | None = None


def Setup(
    arguments: Sequence[str],
    test_one_input: Callable[[bytes], object],
    *,
    custom_mutator: Callable[[bytes, int, int], bytes] | None = None,
    custom_crossover: Callable[[bytes, bytes, int, int], bytes] | None = None,
    **_ignored: object,
) -> list[str]:
    """Note the command line and the function to fuzz; return the arguments that are no flags."""
    if State.setup is not None:
        sys.stderr.write("Setup() must not be called more than once.\n")
        sys.exit(1)
    State.setup = SetupCall(arguments, test_one_input)
    State.setup.custom_mutator = custom_mutator
    State.setup.custom_crossover = custom_crossover
    return without_flags(arguments)


def Fuzz() -> NoReturn:
    """Fuzz the function that `Setup` was given; this call does not return."""
    if State.setup is None:
        sys.stderr.write("Setup() must be called before Fuzz() can be called.\n")
        sys.exit(1)
    State.fuzz(State.setup)


def Mutate(data: bytes, max_size: int, /) -> bytes:
    """Return an input that the default mutator made from another one, for custom mutators."""
    if State.mutate is None:
        return data[:max_size]
    return State.mutate(data, max_size)


class _EnabledHooks:
    """The optional hooks: comparisons of texts are always observed, so they change nothing."""

    def __init__(self) -> None:
        self._names: set[str] = set()

    def add(self, hook: str) -> None:
        """Note a hook."""
        self._names.add(hook.lower())

    def __contains__(self, hook: str) -> bool:
        return hook.lower() in self._names


enabled_hooks = _EnabledHooks()


def gen_match(pattern: Any) -> Any:
    """Return a text that matches a regular expression, or an empty one."""
    from fuzzengine.solver.regex_examples import examples

    return next(iter(examples(pattern, 0)), pattern[:0])


def patch_code(code: CodeType, *_options: object, **_named: object) -> CodeType:
    """Return the code unchanged: code is instrumented when its source is loaded."""
    return code


def UpdateCounterArrays() -> None:
    """Do nothing: counters grow by themselves."""


def path() -> str:
    """Return the folder that holds the package."""
    return os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def get_hook_dirs() -> list[str]:
    """Return no folders: there are no hooks for PyInstaller."""
    return []
