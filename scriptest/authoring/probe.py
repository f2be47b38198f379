"""Runs script lines in a sandbox, and reports the effects of each."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from scriptest.authoring import snapshot
from scriptest.authoring.snapshot import Entry
from scriptest.base.errors import CheckFailed, ScriptError
from scriptest.commands.base import Call, Command, Condition
from scriptest.engine.result import Result
from scriptest.engine.vocabulary import Vocabulary
from scriptest.language import parser, txtar
from scriptest.language.parser import Line, Section
from scriptest.language.txtar import File
from scriptest.process.process import Exit
from scriptest.run.executor import Executor
from scriptest.sandbox.state import State
from scriptest.suite.suite import Selected

_SHOWING = frozenset(("cat", "echo", "tree", "json", "help"))


class Observation(NamedTuple):
    """The effects of one line."""

    text: str
    """The line; without its prefix if it `ran_program`."""
    ran_program: bool
    """Whether it ran a program whose exit and output are recorded."""
    exit: Exit
    stdout: bytes
    stderr: bytes
    silent: frozenset[str]
    """The streams that the line redirected."""
    cwd: str
    """The current folder afterwards, relative to the work folder."""
    changes: dict[str, Entry | None]
    """New and changed entries of the work folder; None for removed ones."""


class UnrecordableError(Exception):
    """A line cannot be recorded; the message says why."""


class Feed(NamedTuple):
    """The source of lines, and the callbacks for their effects."""

    lines: Iterable[str]
    before: Callable[[Line, State], None] = lambda line, state: None
    """Called before a line runs."""
    after: Callable[[Observation], None] = lambda observation: None
    """Called after a line ran."""
    refused: Callable[[UnrecordableError], None] | None = None
    """Called for a line that cannot be recorded; without it, such a line ends the run."""


class Run(NamedTuple):
    """The result of observing lines."""

    observations: list[Observation]
    result: Result
    work: str
    """The path of the sandbox, which no longer exists."""
    start: str
    """The initial current folder, relative to the work folder."""
    names: frozenset[str]
    """All names that existed in the sandbox at any time."""


class RecordingVocabulary(Vocabulary):
    """A suite's vocabulary with an additional command, which runs and observes lines."""

    name = "scriptest record"

    def __init__(self, usual: Vocabulary) -> None:
        """Extend a vocabulary."""
        self._usual = usual
        self.run: Callable[[Call], None] = lambda call: None

    def command(self, name: str) -> Command:
        """Return the command of that name; see `Vocabulary.command`."""
        if name == self.name:
            return Command(name, self.run, "", "record lines")
        return self._usual.command(name)

    def condition(self, text: str) -> tuple[Condition, str]:
        """Return the condition of a guard; see `Vocabulary.condition`."""
        return self._usual.condition(text)

    def known_condition(self, text: str) -> Condition:
        """Return the condition of that name; see `Vocabulary.known_condition`."""
        return self._usual.known_condition(text)

    def all_commands(self) -> list[Command]:
        """Return all commands of the suite."""
        return self._usual.all_commands()

    def all_conditions(self) -> list[Condition]:
        """Return all conditions of the suite."""
        return self._usual.all_conditions()


def observe(
    executor: Executor,
    selected: Selected,
    vocabulary: RecordingVocabulary,
    files: tuple[File, ...],
    edits: list[str],
    feed: Feed,
) -> Run:
    """Run lines in a fresh sandbox, as a script of the suite would.

    Args:
        executor: runs the lines.
        selected: a script of the suite; its file need not exist.
        vocabulary: the vocabulary of the suite.
        files: the initial files of the sandbox.
        edits: lines that decode the files first.
        feed: the lines and the callbacks.

    Raises:
        UnrecordableError: a line cannot be recorded, and the feed has no callback for that.
    """
    probe = _Probe(feed, frozenset(file.name for file in files))
    vocabulary.run = probe.run
    script = "".join(f"{line}\n" for line in edits) + f"'{vocabulary.name}'\n"
    comment = script.encode("utf-8", "surrogateescape")
    data = txtar.format_archive(txtar.Archive(comment, files))
    result = executor.attempt(selected, data=data).result
    if probe.problem is not None:
        raise probe.problem
    return Run(probe.found, result, probe.work, probe.start, frozenset(probe.names))


class _Probe:
    def __init__(self, feed: Feed, names: frozenset[str]) -> None:
        self._feed = feed
        self.names = set(names)
        self.found: list[Observation] = []
        self.problem: UnrecordableError | None = None
        self.work = self.start = ""

    def run(self, call: Call) -> None:
        state = call.state
        self.work, self.start = state.work, _below(state)
        before = _snapshot(state)
        self.names |= before.keys()
        for text in self._feed.lines:
            try:
                for line in _parsed(text):
                    self._feed.before(line, state)
                    # Ignore changes made by the callback.
                    before = _snapshot(state)
                    observation = _observe(call, line, before)
                    self.names |= _snapshot(state).keys()
                    self.found.append(observation)
                    self._feed.after(observation)
            except UnrecordableError as error:
                if self._feed.refused is None or state.jobs.interrupted:
                    self.problem = error
                    return
                self._feed.refused(error)


def _parsed(text: str) -> Iterator[Line]:
    try:
        yield from parser.parse(text.encode("utf-8", "surrogateescape"), "line").lines()
    except ScriptError as error:
        raise UnrecordableError(f"{text}: {error.message}") from None


def _observe(call: Call, line: Line, before: snapshot.Snapshot) -> Observation:
    state = call.state
    ran_program = _runs_program(call, line)
    if ran_program:
        words = line.words
        text = line.text[words[0].column - 1 :].strip()
        run = Line(line.number, text, (), "?", words, None)
        last, state.jobs.last_exit = state.jobs.last_exit, None
    else:
        text, run, last = line.text.strip(), line, state.jobs.last_exit
    try:
        call.interpreter.run(parser.Script("line", (Section("", 1, (run,)),)))
    except (ScriptError, CheckFailed) as error:
        message = error.message if isinstance(error, ScriptError) else str(error)
        raise UnrecordableError(f"{text}: {message}".replace(state.work, "$WORK")) from None
    if ran_program and state.jobs.last_exit is None:
        state.jobs.last_exit = last
        raise UnrecordableError(f"{text}: the program was not found or could not be started")
    # With a guard, the line may do nothing, now or in later runs.
    shows = ran_program or (line.words[0].raw in _SHOWING and not line.guards)
    silent = _redirected(line) if ran_program else frozenset(("stderr",))
    return Observation(
        text,
        ran_program,
        state.jobs.last_exit or Exit(),
        state.buffer("stdout") if shows else b"",
        state.buffer("stderr") if shows else b"",
        silent if shows else frozenset(("stdout", "stderr")),
        _below(state),
        # Built-in commands name the files that they change.
        snapshot.changes(before, _snapshot(state)) if ran_program else {},
    )


def _runs_program(call: Call, line: Line) -> bool:
    """Return whether a line runs a program in the foreground without checking its status."""
    try:
        command = call.interpreter.vocabulary.command(line.words[0].raw)
    except ScriptError as error:
        raise UnrecordableError(f"{line.text.strip()}: {error.message}") from None
    wanted = any(word.raw.startswith("-status=") for word in line.words[1:])
    plain = line.background is None and not line.guards and not wanted
    return plain and command.background and command.name != "sleep"


def _redirected(line: Line) -> frozenset[str]:
    """Return the streams that flags of exec redirect."""
    streams = {"-out": "stdout", "-err": "stderr", "-merge": "stderr"}
    found = set()
    for word in line.words[1:]:
        if not word.raw.startswith("-"):
            break
        found.add(streams.get(word.raw.partition("=")[0], ""))
    return frozenset(found)


def _snapshot(state: State) -> snapshot.Snapshot:
    return snapshot.scan(state.work, frozenset((".tmp",)))


def _below(state: State) -> str:
    return os.path.relpath(state.cwd, state.work).replace(os.sep, "/")
