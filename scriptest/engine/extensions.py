"""Creates the commands and conditions of a project from its settings."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from importlib.machinery import PathFinder
from typing import TYPE_CHECKING

from scriptest.base.errors import CheckFailed, ScriptError, Skip, Stop
from scriptest.base.suggest import nearest
from scriptest.commands.base import Command, Condition, Negation
from scriptest.config import loader
from scriptest.config.yaml_nodes import SettingsError
from scriptest.engine.printed import collected
from scriptest.engine.vocabulary import BUILTIN_COMMANDS, Vocabulary
from scriptest.language import expand
from scriptest.language.lexer import Fragment, Problem, Word, split
from scriptest.sandbox.environment import SUITE
from scriptest.sandbox.jobs import Job

if TYPE_CHECKING:
    from scriptest.commands.base import Call
    from scriptest.config.config import Config, Extension, ObjectReference
    from scriptest.sandbox.state import State

_CALL = {"call": "the call of the command"}
_STATE_AND_SUFFIX = {"state": "the state of the script", "suffix": "the text after the colon"}
SHARED = {"shared": "the values that scripts share"}
"""The parameters of `suite_setup` and `suite_teardown`."""


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


def function(
    named: ObjectReference, config: Config, parameters: Mapping[str, str]
) -> Callable[..., object]:
    """Return a function that the settings name.

    Args:
        named: the reference to it.
        config: the settings.
        parameters: the names of its parameters, and what they are.

    Raises:
        SettingsError: it cannot be loaded, or not be called with these parameters.
    """
    found = _load(named, config)
    if not callable(found):
        raise _error(named, config, f"{named.reference} is not a function")
    _check_parameters(found, named, config, parameters)
    return _guarded(found, named.reference)


def _check_parameters(
    found: Callable[..., object],
    named: ObjectReference,
    config: Config,
    parameters: Mapping[str, str],
) -> None:
    from inspect import signature

    try:
        signature(found).bind(*parameters)
    except TypeError:
        count = "one parameter" if len(parameters) == 1 else f"{len(parameters)} parameters"
        form = f"def {named.reference.rpartition(':')[2]}({', '.join(parameters)})"
        meaning = " and ".join(parameters.values())
        problem = f"{named.reference} must have {count}, {meaning}: `{form}`"
        raise _error(named, config, problem) from None
    except ValueError:
        # Functions in C may not tell their parameters.
        return


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


def _as_command(function: Callable[..., object], reference: str) -> Callable[[Call], Job | None]:
    """Wrap a guarded function as a command: what it prints is the output of the command."""

    def run(call: Call) -> Job | None:
        state, changes = call.state, call.state.buffers.changes
        returned: object = None
        try:
            with collected() as printed:
                returned = function(call)
        finally:
            stdout, stderr = printed.contents()
            # A job, or the function itself, sets the buffers: then this is for the log.
            if isinstance(returned, Job) or state.buffers.changes > changes:
                state.log.output(f"stdout of {reference}", stdout)
                state.log.output(f"stderr of {reference}", stderr)
            elif stdout or stderr:
                state.set_buffers(stdout, stderr)
        if returned is None or isinstance(returned, Job):
            return returned
        raise ScriptError(
            f"{reference} returned {_short(returned)}; a command returns None, or the job of "
            "call.program, and raises CheckFailed to fail"
        )

    return run


def _as_test(function: Callable[..., object], reference: str) -> Callable[[State, str], bool]:
    """Wrap a guarded function as a condition; what it prints is logged."""

    def test(state: State, suffix: str) -> bool:
        holds = _logged(function, reference, state, suffix)
        if holds is None:
            raise ScriptError(f"{reference} returned None; a condition returns True or False")
        return bool(holds)

    return test


def _logged(function: Callable[..., object], reference: str, state: State, *more: object) -> object:
    """Call a function and log what it prints."""
    try:
        with collected() as printed:
            return function(state, *more)
    finally:
        for name, content in zip(("stdout", "stderr"), printed.contents(), strict=True):
            state.log.output(f"{name} of {reference}", content)


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "..."


def setup_function(named: ObjectReference, config: Config) -> Callable[[State], object]:
    """Return the function that is called before each script; what it prints is logged.

    Raises:
        SettingsError: it cannot be loaded, or not be called with a state.
    """
    found = function(named, config, {"state": "the state of the script"})
    return lambda state: _logged(found, named.reference, state)


def _load(named: ObjectReference, config: Config) -> object:
    try:
        return loader.load(named.reference, config.folder)
    except loader.LoadError as error:
        raise _error(named, config, str(error)) from error


def _error(named: ObjectReference, config: Config, message: str) -> SettingsError:
    return SettingsError(f"{config.file}:{named.line}: {message}")


def _command(name: str, extension: Extension, config: Config) -> Command:
    if extension.builtin:
        return _alias(name, extension, config)
    if extension.in_process is None:
        run: Callable[[Call], Job | None]
        run, what = _program(name, extension, config)
        summary = extension.summary or f"run {what}"
    else:
        found = _load(extension.in_process, config)
        if isinstance(found, Command):
            named = extension.in_process
            _check_parameters(found.run, named, config, _CALL)
            run = _as_command(_guarded(found.run, named.reference), named.reference)
            return found._replace(name=name, summary=extension.summary or found.summary, run=run)
        named = extension.in_process
        run = _as_command(function(named, config, _CALL), named.reference)
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


def _alias(name: str, extension: Extension, config: Config) -> Command:
    """Return a built-in command under another name, perhaps with first words."""
    texts = extension.builtin
    try:
        words = [word for text in texts for word in split(text)]
        if len(texts) > 1:
            words = [Word((Fragment(text, False, 1),), 1) for text in texts]
    except Problem as error:
        raise _alias_error(name, extension, config, error.message) from None
    text = " ".join(texts)
    builtin = BUILTIN_COMMANDS.get(words[0].raw) if words else None
    if builtin is None:
        near = nearest(words[0].raw, sorted(BUILTIN_COMMANDS)) if words else ""
        hint = f"; did you mean `{near}`?" if near else ""
        problem = f"there is no built-in command `{words[0].raw if words else text}`{hint}"
        raise _alias_error(name, extension, config, problem)
    if builtin.nested and len(words) > 1:
        raise _alias_error(name, extension, config, f"`{words[0].raw}` can have no words")
    summary = extension.summary or f"like `{text}`: {builtin.summary}"
    return builtin._replace(name=name, summary=summary, preset=tuple(words[1:]))


def _alias_error(name: str, extension: Extension, config: Config, problem: str) -> SettingsError:
    return SettingsError(f"{config.file}:{extension.line}: command {name}: builtin: {problem}")


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
    named = extension.in_process
    if isinstance(found, Condition):
        _check_parameters(found.test, named, config, _STATE_AND_SUFFIX)
        test = _as_test(_guarded(found.test, named.reference), named.reference)
        return found._replace(
            name=name,
            test=test,
            summary=summary or found.summary,
            suffix=extension.suffix or found.suffix,
        )
    test = _as_test(function(named, config, _STATE_AND_SUFFIX), named.reference)
    return Condition(
        name,
        test,
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
