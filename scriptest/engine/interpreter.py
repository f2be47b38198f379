"""Executes parsed scripts."""

# No annotations from __future__ here: typing would compile each field's of a NamedTuple.

import os
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from typing import NamedTuple

from scriptest.base import regexp
from scriptest.base.errors import (
    CheckFailed,
    FileError,
    HostError,
    Location,
    OperatorError,
    ScriptError,
    Skip,
    Stop,
    UsageError,
    exhaustion,
    reason_of,
)
from scriptest.commands.base import Call, Command, Flag, Negation, flag_text, inner_line
from scriptest.engine.result import Failure, Status
from scriptest.engine.vocabulary import Vocabulary
from scriptest.language.dialect import SCRIPTEST, Dialect
from scriptest.language.expand import expand_word
from scriptest.language.operators import find_operator, unfinished_name
from scriptest.language.parser import Cond, Line, Script, Section, Word
from scriptest.sandbox.state import State

NO_COMMAND = "the script has no command, so it tests nothing; commands precede the first file"
"""The error for a script without a command."""


MAX_NESTING = 10
"""The maximum number of commands in one line, as in `defer defer rm x`."""


class Outcome(NamedTuple):
    """The outcome of an executed script."""

    status: Status
    failure: Failure | None = None
    reason: str = ""
    """The reason given to `skip` or `stop`."""
    more: tuple[Failure, ...] = ()
    """Failures after the first one, with `keep_going`."""


def check(
    script: Script, vocabulary: Vocabulary, dialect: Dialect = SCRIPTEST
) -> list[ScriptError]:
    """Check names and operators in a script, and return the errors.

    Lines behind false guards are included; names that contain variables are not checked.
    """
    problems: list[ScriptError] = []
    for line in script.lines():
        operator = None if dialect.operators_are_arguments else shell_operator(line, vocabulary)
        if operator is not None:
            column, message = operator
            place = Location(script.file, line.number, column)
            problems.append(OperatorError(message, place))
            continue
        for column, lookup in _names(line, vocabulary, dialect):
            try:
                lookup()
            except ScriptError as error:
                _locate(error, Location(script.file, line.number, column))
                problems.append(error)
    return problems


def shell_operator(line: Line, vocabulary: Vocabulary) -> tuple[int, str] | None:
    """Return the column of the first shell operator of a line, and a message; None without one."""
    found = find_operator(line.words)
    unfinished = unfinished_name(line.words) if found is None else None
    if found is None and unfinished is None:
        return None
    try:
        command = vocabulary.command(line.words[0].raw)
    except ScriptError:
        return found
    if found is None:
        return unfinished if command.background else None
    return find_operator(line.words, patterns=True) if command.pattern >= 0 else found


def _names(
    line: Line, vocabulary: Vocabulary, dialect: Dialect
) -> Iterator[tuple[int, Callable[[], object]]]:
    """Yield (column, lookup) for every name without variables in a line and its nested lines."""
    for guard in line.guards:
        for condition in guard.expr.conditions():
            if not _has_variables(condition.name):
                yield condition.column, partial(vocabulary.condition, condition.name.raw)
    lines = [*islice(nested_lines(line, vocabulary), MAX_NESTING + 1)]
    for one in lines[:MAX_NESTING]:
        word = one.words[0]
        if not _has_variables(word):
            yield word.column, partial(_check_command, one, vocabulary, dialect)
    if len(lines) > MAX_NESTING:
        yield lines[-1].words[0].column, _refuse_nesting


def nested_lines(line: Line, vocabulary: Vocabulary) -> Iterator[Line]:
    """Yield a line and the lines nested in it, as in `defer rm x`."""
    inner: Line | None = line
    while inner is not None:
        yield inner
        try:
            nested = vocabulary.command(inner.words[0].raw).nested
            inner = inner_line(inner) if nested else None
        except ScriptError:
            return


def _check_command(line: Line, vocabulary: Vocabulary, dialect: Dialect) -> None:
    _check_usage(vocabulary.command(line.words[0].raw), line, dialect)


def _refuse_nesting() -> None:
    raise UsageError(f"more than {MAX_NESTING} commands are nested in one line")


def _has_variables(word: Word) -> bool:
    return any("$" in fragment.text and not fragment.quoted for fragment in word.fragments)


def run(
    script: Script,
    state: State,
    vocabulary: Vocabulary,
    *,
    setup: Callable[[], None] | None = None,
    prelude: Script | None = None,
    keep_going: bool = False,
    on_failure: Callable[[Outcome], None] | None = None,
) -> Outcome:
    """Execute a script, including its deferred commands, and end its background jobs.

    Processes that the script's programs left behind may still run: `State.close` ends them.

    Args:
        script: the parsed script.
        state: the state that the script starts in.
        vocabulary: the commands and conditions.
        setup: called first; its errors are those of the script.
        prelude: lines to execute before those of the script.
        keep_going: whether to go on with the next line after a failure.
        on_failure: called when the script has failed, before its deferred commands.
    """
    run = _Run(_Interpreter(state, vocabulary), Location(script.file, 0))
    outcome, failures = Outcome(Status.PASSED), run.failures
    try:
        if setup is not None:
            setup()
        for part in (prelude, script):
            if part is not None:
                _check_names(part, vocabulary, state.dialect)
        if prelude is not None:
            run.prelude(prelude)
        run.script(script, keep_going)
    except (CheckFailed, ScriptError) as error:
        outcome = Outcome(Status.FAILED, _failure(error, run.place))
    except (OSError, HostError) as error:
        # The host is at its limits (full disk, too many processes), which `!` must not hide.
        outcome = _host_failure(error, run.place)
    except Skip as skip:
        outcome = Outcome(Status.SKIPPED, reason=skip.message)
    except Stop as stop:
        outcome = Outcome(Status.PASSED, reason=stop.message)
    if failures:
        more = (*failures[1:], *([outcome.failure] if outcome.failure else []))
        status = Status.BROKEN if outcome.status is Status.BROKEN else Status.FAILED
        outcome = Outcome(status, failures[0], more=more)
    if outcome.failure is not None and on_failure is not None and not state.jobs.interrupted:
        on_failure(outcome)
    outcome = _run_deferred(state, outcome, run.place)
    outcome = _end_jobs(state, outcome, run.place)
    state.log.end()
    if state.jobs.interrupted:
        return Outcome(Status.INTERRUPTED, Failure(*_parts(run.place), "interrupted here", ""))
    return outcome


class _Run:
    """The lines of a script while they run.

    Attributes:
        place: The place of failures that have none.
        failures: The failures after which the script went on.
    """

    def __init__(self, interpreter: "_Interpreter", place: Location) -> None:
        self.interpreter = interpreter
        self.place = place
        self.failures: list[Failure] = []

    def prelude(self, script: Script) -> None:
        """Run the lines before those of the script, which go on after no failure."""
        for section in script.sections:
            # No line of the script belongs to these sections of the log.
            self.interpreter.state.log.begin(section.title or "setup", 0)
            self._lines(section, script.file, keep_going=False)

    def script(self, script: Script, keep_going: bool) -> None:
        """Run the lines of the script."""
        self.place = Location(script.file, 1)
        for section in script.sections:
            self.interpreter.state.log.begin(section.title, section.line)
            self._lines(section, script.file, keep_going=keep_going)

    def _lines(self, section: Section, file: str, *, keep_going: bool) -> None:
        state = self.interpreter.state
        for line in section.lines:
            self.place = Location(file, line.number, line.words[0].column)
            try:
                _run_line(line, file, self.interpreter)
            except (CheckFailed, ScriptError) as error:
                if not keep_going or state.limits.expired:
                    raise
                failure = _failure(error, self.place)
                self.failures.append(failure)
                state.log.write(f"{failure.place}: {failure.message}")


def _check_names(script: Script, vocabulary: Vocabulary, dialect: Dialect) -> None:
    problems = check(script, vocabulary, dialect)
    if problems:
        raise problems[0]


class _Interpreter:
    """The part of the engine that commands use; see `commands.base.Interpreter`."""

    def __init__(self, state: State, vocabulary: Vocabulary) -> None:
        self.state = state
        self.vocabulary = vocabulary

    def run(self, script: Script) -> None:
        _check_names(script, self.vocabulary, self.state.dialect)
        for section in script.sections:
            if section.title:
                self.state.log.write(f"# {section.title}")
            for line in section.lines:
                _run_line(line, script.file, self)

    def prepare(self, line: Line, file: str) -> Callable[[], None]:
        command = self.vocabulary.command(_expand(line.words[0], self.state))
        _check_usage(command, line, self.state.dialect)
        call = _call(command, line, file, self)
        return partial(_execute_at, call, call.location())


def _execute_at(call: Call, place: Location) -> None:
    try:
        _execute(call)
    except CheckFailed as failure:
        _locate(failure, place)
        raise


def _locate(error: CheckFailed | ScriptError, place: Location) -> None:
    """Give an error its place, unless it has one."""
    if error.location is None:
        error.location = place


def _run_deferred(state: State, outcome: Outcome, place: Location) -> Outcome:
    """Execute the deferred commands, last first; an earlier failure of the script is kept."""
    if state.deferred:
        state.limits.allow_clean_up()
    while state.deferred and not state.jobs.interrupted:
        text, action = state.deferred.pop()
        state.log.write(f"[deferred] {text}")
        try:
            action()
        except (CheckFailed, ScriptError) as error:
            later = Outcome(Status.FAILED, _failure(error, place))
        except (OSError, HostError) as error:
            later = _host_failure(error, place)
        except (Skip, Stop):
            continue
        else:
            continue
        if outcome.failure is None:
            outcome = later
        elif later.failure is not None:
            state.log.write(f"[{later.failure.message}]")
    return outcome


def _end_jobs(state: State, outcome: Outcome, place: Location) -> Outcome:
    try:
        state.jobs.end_all()
    except (CheckFailed, ScriptError) as error:
        if outcome.failure is None:
            return Outcome(Status.FAILED, _failure(error, place))
    except (OSError, HostError) as error:
        if outcome.failure is None:
            return _host_failure(error, place)
    return outcome


def _host_failure(error: OSError | HostError, place: Location) -> Outcome:
    reason = exhaustion(error) if isinstance(error, OSError) else str(error)
    if isinstance(error, OSError) and not reason:
        return Outcome(Status.FAILED, _failure(ScriptError(_system_error(error)), place))
    return Outcome(Status.BROKEN, Failure(*_parts(place), reason, ""))


def _failure(error: CheckFailed | ScriptError, place: Location) -> Failure:
    if isinstance(error, ScriptError):
        return Failure(*_parts(error.location or place), error.message, "")
    return Failure(
        *_parts(error.location or place), error.message, error.detail, error.origin, error.shown
    )


def _system_error(error: OSError) -> str:
    name = f"{os.fspath(error.filename)}: " if isinstance(error.filename, str) else ""
    return f"system error: {name}{reason_of(error)}"


def _parts(place: Location) -> tuple[str, int, int]:
    return place.file, place.line, place.column


def _run_line(line: Line, file: str, interpreter: _Interpreter) -> None:
    state, vocabulary = interpreter.state, interpreter.vocabulary
    if state.jobs.interrupted:
        raise Stop("interrupted")
    state.log.command(line.text.strip())
    if not _guards_hold(line, file, state, vocabulary):
        state.log.write("[condition not met]")
        return
    if state.limits.expired:
        raise ScriptError("the script ran out of time")
    column = line.words[0].column
    try:
        command = vocabulary.command(_expand(line.words[0], state))
        _check_usage(command, line, state.dialect)
        _execute(_call(command, line, file, interpreter))
    except (CheckFailed, ScriptError) as error:
        _locate(error, Location(file, line.number, column))
        raise


def _execute(call: Call) -> None:
    prefix, name = call.line.prefix, call.line.background
    name = name or call.flags.get("bg", name)
    if name and call.state.jobs.named(name):
        raise call.usage(f"a background job named {name} is already running")
    inverted = prefix == "!" and call.command.negation is not Negation.OWN
    try:
        job = call.command.run(call)
    except (CheckFailed, FileError) as failure:
        if not _is_accepted(call, failure):
            raise
        call.state.log.write(f"[{failure.message}]")
        return
    if job is not None:
        job.prefix = prefix
        if name is None:
            call.state.jobs.finish(job)
        else:
            call.state.jobs.start_in_background(job, name)
    elif inverted:
        raise CheckFailed(f"{call.command.name}: unexpected success")


def _is_accepted(call: Call, failure: CheckFailed | FileError) -> bool:
    """Report whether the line's prefix requires or allows a failure."""
    prefix = call.line.prefix
    if isinstance(failure, FileError):
        # A missing file satisfies `!` only in dialects that allow `!` before every command.
        return prefix != "" and call.state.dialect.negates_anything
    return prefix == "?" or (prefix == "!" and call.command.negation is not Negation.OWN)


def _check_usage(command: Command, line: Line, dialect: Dialect) -> None:
    """Raise UsageError if the command does not allow the line's prefix or `&`."""
    refused = command.negation is Negation.REFUSED and not dialect.negates_anything
    if line.prefix == "!" and refused:
        raise UsageError(f"`!` cannot be used with {command.name}: {command.negation.value}")
    if line.background is not None and not command.background:
        raise UsageError(f"{command.name} cannot run in the background")


def read_call(line: Line, file: str, state: State, vocabulary: Vocabulary) -> Call:
    """Expand a line and return the call of its command, without executing it.

    Raises:
        ScriptError: the command is unknown, or its flags or arguments are invalid.
    """
    command = vocabulary.command(_expand(line.words[0], state))
    return _call(command, line, file, _Interpreter(state, vocabulary))


def _call(command: Command, line: Line, file: str, interpreter: _Interpreter) -> Call:
    state = interpreter.state
    call = Call(state, command, line, file, interpreter)
    only_arguments = False
    flag: Flag | None = None
    for number, word in enumerate((*command.preset, *line.words[1:])):
        column = line.words[0].column if number < len(command.preset) else word.column
        text = _expand(word, state, pattern=len(call.args) == command.pattern)
        if "\0" in text:
            place = Location(file, line.number, column)
            raise ScriptError("the argument contains a NUL character", place)
        if flag is not None:
            _set_flag(call, flag.name, text)
            flag = None
            continue
        if not only_arguments and _is_flag(word):
            if text == "--":
                only_arguments = True
                continue
            flag = _spaced_flag(command, text)
            if flag is not None or _parse_flag(call, text, column):
                continue
        only_arguments = True
        call.args.append(text)
        call.columns.append(column)
    if flag is not None:
        raise call.usage(f"{command.name}: write {flag_text(flag)}")
    _check_number(call)
    return call


def _spaced_flag(command: Command, text: str) -> Flag | None:
    """Return the flag whose value is the next word."""
    for flag in command.flags:
        if flag.spaced and text == f"-{flag.name}":
            return flag
    return None


def _set_flag(call: Call, name: str, value: str) -> None:
    call.flags[name] = value
    call.given.append((name, value))


def _is_flag(word: Word) -> bool:
    first = word.fragments[0]
    return not first.quoted and len(first.text) > 1 and first.text[0] == "-"


def _parse_flag(call: Call, text: str, column: int) -> bool:
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
                Location(call.file, call.line.number, column),
            )
        _set_flag(call, name, value)
        return True
    if command.free or call.state.dialect.unknown_flags_are_arguments:
        return False
    known = ", ".join(flag_text(flag) for flag in command.flags)
    hint = f"known are {known}" if known else "it has no flags"
    raise UsageError(
        f"{command.name}: unknown flag {text}; {hint} (write -- before an argument like this)",
        Location(call.file, call.line.number, column),
    )


def _check_number(call: Call) -> None:
    command, count = call.command, len(call.args)
    if count < command.least or (command.most is not None and count > command.most):
        problem = "too few arguments" if count < command.least else "too many arguments"
        if count > command.least and call.args[0].startswith("-"):
            problem += f", or an unknown flag {call.args[0]}"
        raise call.usage(f"{problem}; usage: {command.synopsis}")


def _expand(word: Word, state: State, *, pattern: bool = False) -> str:
    return expand_word(
        word,
        state.lookup,
        quote_pattern=regexp.quote,
        pattern=pattern,
        auto_quote=state.dialect.quotes_patterns,
    )


def _guards_hold(line: Line, file: str, state: State, vocabulary: Vocabulary) -> bool:
    def holds(condition: Cond) -> bool:
        try:
            found, suffix = vocabulary.condition(_expand(condition.name, state))
            return found.test(state, suffix)
        except ValueError as error:
            problem = ScriptError(f"condition `{condition.name.raw}`: {error}")
        except ScriptError as error:
            problem = error
        _locate(problem, Location(file, line.number, condition.column))
        raise problem

    return all(guard.expr.evaluate(holds) for guard in line.guards)
