"""Runs a parsed script against a state. It knows no command by name."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

from scriptest import jobs, regexp
from scriptest.commands.base import Call, Command, Negation, flag_text
from scriptest.errors import CheckFailed, Location, ScriptError, Skip, Stop, UsageError
from scriptest.expand import expand_word
from scriptest.result import Failure, Status
from scriptest.state import State
from scriptest.syntax import Cond, Line, Script, Word
from scriptest.vocabulary import Vocabulary


class Outcome(NamedTuple):
    """How a script ended."""

    status: Status
    failure: Failure | None = None
    reason: str = ""
    """What `skip` or `stop` gave as the reason."""


def check(script: Script, vocabulary: Vocabulary) -> list[ScriptError]:
    """Return what is wrong with a script's names, without running anything.

    Every command and condition is looked at, also behind a guard that is false here; only names
    that contain a variable are not.
    """
    problems: list[ScriptError] = []
    for line in script.lines():
        for column, look in _names(line, vocabulary):
            try:
                look()
            except ScriptError as error:
                problems.append(_located(error, script.file, line.number, column))
    return problems


def _names(line: Line, vocabulary: Vocabulary) -> Iterator[tuple[int, Callable[[], object]]]:
    """Yield the column of every name of a line that is no variable, and what looks it up."""
    for guard in line.guards:
        for condition in guard.expr.conditions():
            if not _varies(condition.name):
                yield condition.column, partial(vocabulary.condition, condition.name.raw)
    word = line.words[0]
    if not _varies(word):
        yield word.column, lambda: _allowed(vocabulary.command(word.raw), line)


def _varies(word: Word) -> bool:
    return any("$" in fragment.text and not fragment.quoted for fragment in word.fragments)


def run(script: Script, state: State, vocabulary: Vocabulary) -> Outcome:
    """Run a script to its end, its background jobs included.

    The state's processes are over when it returns, except for what they left behind without
    being asked: `State.close` ends that.
    """
    place = Location(script.file, 1)
    outcome = Outcome(Status.PASSED)
    try:
        problems = check(script, vocabulary)
        if problems:
            raise problems[0]
        for section in script.sections:
            state.log.begin(section.title, section.line)
            for line in section.lines:
                place = Location(script.file, line.number, line.words[0].column)
                _run_line(line, script.file, state, vocabulary)
    except (CheckFailed, ScriptError) as error:
        outcome = Outcome(Status.FAILED, _failure(error, place))
    except Skip as skip:
        outcome = Outcome(Status.SKIPPED, reason=skip.message)
    except Stop as stop:
        outcome = Outcome(Status.PASSED, reason=stop.message)
    outcome = _end_jobs(state, outcome, place)
    state.log.end()
    if state.interrupted:
        return Outcome(Status.INTERRUPTED, Failure(*_parts(place), "interrupted here", ""))
    return outcome


def _end_jobs(state: State, outcome: Outcome, place: Location) -> Outcome:
    try:
        jobs.end_all(state)
    except (CheckFailed, ScriptError) as error:
        if outcome.failure is None:
            return Outcome(Status.FAILED, _failure(error, place))
    return outcome


def _failure(error: CheckFailed | ScriptError, place: Location) -> Failure:
    if isinstance(error, ScriptError):
        return Failure(*_parts(error.location or place), error.message, "")
    return Failure(*_parts(place), error.message, error.detail)


def _parts(place: Location) -> tuple[str, int, int]:
    return place.file, place.line, place.column


def _located(error: ScriptError, file: str, line: int, column: int) -> ScriptError:
    if error.location is None:
        error.location = Location(file, line, column)
    return error


def _run_line(line: Line, file: str, state: State, vocabulary: Vocabulary) -> None:
    if state.interrupted:
        raise Stop("interrupted")
    state.log.write(f"> {line.text.strip()}")
    if not _guards_hold(line, file, state, vocabulary):
        state.log.write("[condition not met]")
        return
    if state.deadline is not None and time.monotonic() > state.deadline:
        raise ScriptError("the script ran out of time")
    name = _expand(line.words[0], state)
    try:
        command = vocabulary.command(name)
        _allowed(command, line)
        call = _call(command, line, file, state)
        _execute(call)
    except ScriptError as error:
        raise _located(error, file, line.number, line.words[0].column) from None


def _execute(call: Call) -> None:
    prefix, name = call.line.prefix, call.line.background
    inverted = prefix == "!" and call.command.negation is Negation.INVERTED
    try:
        job = call.command.run(call)
    except CheckFailed as failure:
        if prefix != "?" and not inverted:
            raise
        call.state.log.write(f"[{failure.message}]")
        return
    if job is not None:
        job.prefix = prefix
        if name is None and "bg" not in call.flags:
            jobs.finish(call.state, job)
        else:
            jobs.background(call.state, job, name or call.flags.get("bg", ""))
    elif inverted:
        raise CheckFailed(f"{call.command.name}: unexpected success")


def _allowed(command: Command, line: Line) -> None:
    """Raise UsageError where the line's prefix or `&` cannot go with the command."""
    if line.prefix == "!" and command.negation is Negation.REFUSED:
        raise UsageError(f"`!` cannot stand before {command.name}: {command.negation.value}")
    if line.background is not None and not command.background:
        raise UsageError(f"{command.name} cannot run in the background")


def _call(command: Command, line: Line, file: str, state: State) -> Call:
    call = Call(state, command, line, file)
    only_arguments = False
    for word in line.words[1:]:
        text = _expand(word, state, pattern=len(call.args) == command.pattern)
        if not only_arguments and _is_flag(word):
            if text == "--":
                only_arguments = True
                continue
            if _take_flag(call, text, word):
                continue
        only_arguments = True
        call.args.append(text)
        call.columns.append(word.column)
    _check_number(call)
    return call


def _is_flag(word: Word) -> bool:
    first = word.fragments[0]
    return not first.quoted and len(first.text) > 1 and first.text[0] == "-"


def _take_flag(call: Call, text: str, word: Word) -> bool:
    name, equals, value = text[1:].partition("=")
    command = call.command
    if name == "bg" and command.background and equals:
        call.flags["bg"] = value
        return True
    for flag in command.flags:
        if flag.name != name:
            continue
        if bool(flag.value) != bool(equals):
            raise UsageError(
                f"{command.name}: write {flag_text(flag)}",
                Location(call.file, call.line.number, word.column),
            )
        call.flags[name] = value
        return True
    if command.free:
        return False
    known = ", ".join(flag_text(flag) for flag in command.flags)
    hint = f"it has {known}" if known else "it has none"
    raise UsageError(
        f"{command.name}: unknown flag {text}; {hint} (write -- before an argument like this)",
        Location(call.file, call.line.number, word.column),
    )


def _check_number(call: Call) -> None:
    command, count = call.command, len(call.args)
    if count < command.least or (command.most is not None and count > command.most):
        problem = "too few" if count < command.least else "too many"
        raise call.usage(f"{problem} arguments; usage: {command.synopsis}")


def _expand(word: Word, state: State, *, pattern: bool = False) -> str:
    return expand_word(word, state.lookup, quote_pattern=regexp.quote, pattern=pattern)


def _guards_hold(line: Line, file: str, state: State, vocabulary: Vocabulary) -> bool:
    def holds(condition: Cond) -> bool:
        try:
            found, suffix = vocabulary.condition(_expand(condition.name, state))
            return found.test(state, suffix)
        except ValueError as error:
            problem = ScriptError(f"condition `{condition.name.raw}`: {error}")
        except ScriptError as error:
            problem = error
        raise _located(problem, file, line.number, condition.column)

    return all(guard.expr.evaluate(holds) for guard in line.guards)
