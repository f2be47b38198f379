"""Creates the commands and conditions of a project from its settings."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from importlib.machinery import PathFinder
from typing import TYPE_CHECKING

from scriptest.base.errors import CheckFailed, ScriptError, Skip, Stop
from scriptest.commands.base import Command, Condition, Negation
from scriptest.config import loader
from scriptest.config.yaml_nodes import SettingsError
from scriptest.engine.vocabulary import Vocabulary
from scriptest.language import expand
from scriptest.sandbox.environment import SUITE

if TYPE_CHECKING:
    from scriptest.commands.base import Call
    from scriptest.config.config import Config, Extension, ObjectReference
    from scriptest.sandbox.jobs import Job
    from scriptest.sandbox.state import State


def vocabulary(config: Config) -> Vocabulary:
    """Return the built-in names and those of the settings; the latter take precedence.

    Raises:
        SettingsError: a Python object cannot be loaded, or is not callable.
    """
    commands = {name: _command(name, found, config) for name, found in config.commands.items()}
    conditions = {
        name: _condition(name, found, config) for name, found in config.conditions.items()
    }
    return Vocabulary(commands, conditions)


def function(named: ObjectReference, config: Config) -> Callable[..., object]:
    """Return a function that the settings name.

    Raises:
        SettingsError: it cannot be loaded or called.
    """
    found = _load(named, config)
    if not callable(found):
        raise _error(named, config, f"{named.reference} is not a function")
    return _guarded(found, named.reference)


def _guarded(function: Callable[..., object], reference: str) -> Callable[..., object]:
    """Wrap a function of the project; its exceptions become errors of the script."""

    def call(*arguments: object) -> object:
        try:
            return function(*arguments)
        except (ScriptError, CheckFailed, Skip, Stop):
            raise
        except Exception as error:
            raise ScriptError(f"{reference}: {loader.one_line(error)}") from error

    return call


def _load(named: ObjectReference, config: Config) -> object:
    try:
        return loader.load(named.reference, config.folder)
    except loader.LoadError as error:
        raise _error(named, config, str(error)) from error


def _error(named: ObjectReference, config: Config, message: str) -> SettingsError:
    return SettingsError(f"{config.file}:{named.line}: {message}")


def _command(name: str, extension: Extension, config: Config) -> Command:
    if extension.in_process is None:
        run, what = _program(name, extension, config)
        summary = extension.summary or f"run {what}"
    else:
        found = _load(extension.in_process, config)
        if isinstance(found, Command):
            summary = extension.summary or found.summary
            run = _guarded(found.run, extension.in_process.reference)  # type: ignore[assignment]
            return found._replace(name=name, summary=summary, run=run)
        run = function(extension.in_process, config)  # type: ignore[assignment]
        summary = extension.summary or _first_line(found)
    return Command(
        name,
        run,
        "[argument...]",
        summary,
        free=True,
        negation=Negation.INVERTED,
        background=True,
    )


def _first_line(found: object) -> str:
    return (found.__doc__ or "").strip().partition("\n")[0]


def _program(name: str, extension: Extension, config: Config) -> tuple[Callable[[Call], Job], str]:
    """Return a function that starts a program of the settings, and its name in help."""
    if extension.entry_point is not None:
        _check_entry(extension.entry_point, config)
        return lambda call: call.program([name, *call.args]), extension.entry_point.reference

    def run(call: Call) -> Job:
        return call.program([*_argv(extension.argv, config.folder, call.state), *call.args])

    return run, " ".join(extension.argv)


def _check_entry(entry: ObjectReference, config: Config) -> None:
    """Raise SettingsError if the module cannot be found; the module is not imported."""
    top = entry.reference.partition(":")[0].partition(".")[0]
    folders = [config.folder, os.getcwd(), *sys.path]
    if PathFinder.find_spec(top, folders) is None and top not in sys.builtin_module_names:
        problem = f"no module named {top} in {config.folder}, {os.getcwd()} or installed"
        raise _error(entry, config, problem)


def _argv(argv: tuple[str, ...], folder: str, state: State) -> list[str]:
    """Expand the words of a program; `./x` is relative to the folder of the settings."""

    def lookup(name: str) -> str:
        return folder if name == SUITE else state.lookup(name)

    words = [expand.expand(word, lookup) for word in argv]
    if words[0].startswith(("./", "../")):
        words[0] = os.path.normpath(os.path.join(folder, words[0]))
    return words


def _condition(name: str, extension: Extension, config: Config) -> Condition:
    summary = extension.summary
    if extension.in_process is None:
        test = _program_test(extension.argv, config.folder)
        return Condition(
            name, test, summary or f"{' '.join(extension.argv)} succeeds", extension.suffix
        )
    found = _load(extension.in_process, config)
    if isinstance(found, Condition):
        test = _guarded(found.test, extension.in_process.reference)  # type: ignore[assignment]
        return found._replace(
            name=name,
            test=test,
            summary=summary or found.summary,
            suffix=extension.suffix or found.suffix,
        )
    test_function = function(extension.in_process, config)
    return Condition(
        name,
        lambda state, suffix: bool(test_function(state, suffix)),
        summary or _first_line(found),
        extension.suffix,
    )


def _program_test(argv: tuple[str, ...], folder: str) -> Callable[[State, str], bool]:
    """Return the test of a condition that holds if a program succeeds."""

    def test(state: State, suffix: str) -> bool:
        words = _argv(argv, folder, state) + ([suffix] if suffix else [])
        path = state.find_program(words[0])
        if path is None:
            return False
        try:
            running = state.start(words, path)
        except OSError:
            return False
        ended = running.run(state.limits.deadline, state.limits.grace)
        if ended.timed_out:
            raise ScriptError(f"condition: {' '.join(words)}: ran out of time and was ended")
        return ended.ok

    return test
