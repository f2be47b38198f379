"""Where scripts are tried: a run's temporary folder, and in it a fresh sandbox for each try."""

# No annotations from __future__ here: typing would compile each field's of a NamedTuple.

import os
import threading
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from scriptest.base import platform
from scriptest.base.errors import Location, ScriptError, Skip, reason_of
from scriptest.base.folders import temporary_folder
from scriptest.compare.goldens import Goldens
from scriptest.config import header
from scriptest.config.config import Config
from scriptest.engine import interpreter
from scriptest.engine.result import Failure, Phase, Result, Status
from scriptest.language import parser, txtar
from scriptest.process.cleanup_watchdog import CleanupWatchdog
from scriptest.run.options import Options
from scriptest.sandbox import environment, extract, workdir
from scriptest.sandbox.shared import Shared
from scriptest.sandbox.state import State
from scriptest.suite.suite import Selected, Suite, SuiteError

if TYPE_CHECKING:
    from scriptest.process.fork_server import ForkServer

DEFAULT_TIMEOUT = 600.0
"""Seconds a script may take if nobody says anything else."""


class Attempt(NamedTuple):
    """One try of a script."""

    result: Result
    data: bytes
    """The script file as it was run."""
    goldens: Goldens | None
    """What comparisons wanted to replace, if they were asked."""


class FailedScript(NamedTuple):
    """A script that has just failed; what it deferred comes later."""

    result: Result
    """As it is so far."""
    state: State


class Executor:
    """One run's folder, and the scripts that are running in it."""

    def __init__(self, options: Options) -> None:
        """Prepare a run; nothing is made on disk before the first script."""
        self.on_failure: Callable[[FailedScript], None] | None = None
        self._options = options
        self._default = Suite(Config())
        self._root = ""
        self._watchdog: CleanupWatchdog | None = None
        self._names: set[str] = set()
        self._states: set[State] = set()
        self._shared: dict[Suite, Shared] = {}
        self._programs: dict[Suite, dict[str, ForkServer]] = {}
        self._lock = threading.Lock()
        self._setting_up = threading.Lock()
        self._interrupted = False

    # --- what all scripts need ---------------------------------------------------------------

    def prepare(self, scripts: Sequence[Selected] = ()) -> None:
        """Make the run's temporary folder, and call `suite_setup` of the scripts' suites.

        What was done already is not done again.

        Raises:
            SuiteError: the host's folder for temporary files cannot be written, or a setup failed.
        """
        with self._lock:
            self._make_root()
        for selected in scripts:
            self._share(selected.suite or self._default)

    def _share(self, suite: Suite) -> Shared:
        """Return what a suite's scripts share; its setup runs when it is first asked for."""
        with self._setting_up:
            if suite in self._shared:
                return self._shared[suite]
            config = suite.config
            shared = Shared(config.folder, "", self._options.flags)
            if config.suite_setup is not None:
                shared.work = os.path.join(self._root, f".shared-{len(self._shared)}")
                os.mkdir(shared.work)
                suite.call("suite_setup", shared)
            self._programs[suite] = _entry_points(config)
            self._shared[suite] = shared
            return shared

    def _make_root(self) -> None:
        if self._root:
            return
        parent = temporary_folder(os.environ)
        try:
            self._root = workdir.make_root(parent)
        except OSError as error:
            raise SuiteError(
                f"no folder can be made in {parent} ({reason_of(error)}); "
                "set TMPDIR to one that can be written"
            ) from None
        if not self._options.keep:
            self._watchdog = CleanupWatchdog(self._root)

    # --- one try -----------------------------------------------------------------------------

    def attempt(
        self, selected: Selected, *, data: bytes | None = None, update: bool = False
    ) -> Attempt:
        """Run a script once in a fresh sandbox; it raises nothing of its own.

        Args:
            selected: which.
            data: what to run instead of the file's content.
            update: whether comparisons may replace golden files of the sandbox.

        Raises:
            SuiteError: the host's folder for temporary files cannot be written, or the suite's
                setup failed.
            OSError: no sandbox can be made.
        """
        started = time.perf_counter()
        self.prepare([selected])
        state = self._new_state(selected)
        kept = state.work if self._options.keep else ""
        source = b""
        try:
            try:
                source = _read(selected) if data is None else data
                outcome = self._run_in(state, selected, source, update)
            except ScriptError as error:
                place = error.location or Location(selected.file, 0)
                failure = Failure(place.file, place.line, place.column, error.message, "")
                outcome = interpreter.Outcome(Status.FAILED, failure)
            except Skip as skip:
                outcome = interpreter.Outcome(Status.SKIPPED, reason=skip.message)
        finally:
            with self._lock:
                self._states.discard(state)
            state.close()
            if state.paused:
                platform.kill_processes(platform.with_variable("WORK", state.work))
            if not kept:
                _remove(state.work)
        seconds = time.perf_counter() - started - state.paused
        result = _result(selected, outcome, state, seconds, kept)
        return Attempt(result, source, state.goldens)

    def _run_in(
        self, state: State, selected: Selected, source: bytes, update: bool
    ) -> interpreter.Outcome:
        if selected.header.use and selected.fixtures is None:
            raise ScriptError(
                f"its header has `use: {', '.join(selected.header.use)}`, fixtures that only "
                "pytest has; run it with pytest"
            )
        suite = selected.suite or self._default
        _, archive = header.divide(txtar.parse(source))
        if selected.row:
            from scriptest.config import matrix

            archive = matrix.render(archive, selected.row, selected.file)
        script = parser.parse(archive.comment, selected.file)
        files = extract.extract(
            archive, state, selected.file, fresh=True, unique_names=suite.config.unique_names
        )
        if update:
            state.goldens = Goldens(files)
        suite.call("setup", state)
        if "verbose" in state.flags:
            state.log.write("\n".join(f"{name}={value}" for name, value in state.env.items()))
        return interpreter.run(
            _until(script, selected.until),
            state,
            suite.vocabulary,
            keep_going=self._options.keep_going,
            on_failure=self._stopping(selected, state),
        )

    def _stopping(
        self, selected: Selected, state: State
    ) -> Callable[[interpreter.Outcome], None] | None:
        """Return what lets somebody look at a script where it fails, if somebody wants to."""
        on_failure = self.on_failure
        if on_failure is None or selected.header.xfail:
            return None
        started = time.perf_counter()

        def stop(outcome: interpreter.Outcome) -> None:
            state.log.end()
            stopped = time.perf_counter()
            on_failure(
                FailedScript(_result(selected, outcome, state, stopped - started, ""), state)
            )
            state.pause(time.perf_counter() - stopped)

        return stop

    def _new_state(self, selected: Selected) -> State:
        stem = os.path.splitext(os.path.basename(selected.path))[0]
        with self._lock:
            name, count = stem, 1
            while name in self._names:
                count += 1
                name = f"{stem}-{count}"
            self._names.add(name)
        work = os.path.join(self._root, name)
        os.mkdir(work)
        os.mkdir(os.path.join(work, ".tmp"))
        suite = selected.suite or self._default
        shared = self._share(suite)
        timeout = self._timeout(selected, suite.config)
        state = State(
            work,
            os.path.join(self._root, ".private-" + name),
            self._environment(work, selected, shared),
            deadline=time.monotonic() + timeout if timeout else None,
            grace=min(max(0.1, timeout * 0.05), 2.0) if timeout else 2.0,
            flags=self._options.flags,
            script=selected.name,
            source=selected.real_path,
            dialect=suite.config.dialect,
            shared=shared,
        )
        state.redactions = suite.config.redactions
        state.fixtures = selected.fixtures or {}
        state.programs = self._programs[suite]
        if suite.config.cwd:
            folder = os.path.join(work, suite.config.cwd)
            os.makedirs(folder, exist_ok=True)
            state.chdir(folder)
        with self._lock:
            self._states.add(state)
            state.interrupted = self._interrupted
        return state

    def _timeout(self, selected: Selected, config: Config) -> float:
        for wanted in (self._options.timeout, selected.header.timeout, config.timeout):
            if wanted is not None:
                return wanted
        return DEFAULT_TIMEOUT

    def _environment(self, work: str, selected: Selected, shared: Shared) -> dict[str, str]:
        config = (selected.suite or self._default).config
        go = environment.go_variables() if config.go else {}
        return environment.build(
            work,
            os.environ,
            {**shared.env, **selected.row, **selected.env, **self._options.env},
            passed=config.pass_env,
            own={**go, **config.env},
            folder=config.folder,
        )

    # --- the end -----------------------------------------------------------------------------

    def interrupt(self) -> None:
        """End every running script at once, and every later one at its first line."""
        with self._lock:
            self._interrupted = True
            states = list(self._states)
        for state in states:
            state.interrupt()

    def close(self) -> None:
        """Call every `suite_teardown`; remove the temporary folder unless it is to be kept.

        Raises:
            SuiteError: a teardown failed; everything else was done nevertheless.
        """
        failure: SuiteError | None = None
        for suite, shared in self._shared.items():
            try:
                suite.call("suite_teardown", shared)
            except SuiteError as error:
                failure = failure or error
        self._shared.clear()
        for programs in self._programs.values():
            for parent in programs.values():
                parent.close()
        self._programs.clear()
        if self._root and not self._options.keep:
            workdir.remove_tree(self._root)
        if self._watchdog is not None:
            self._watchdog.dismiss()
        self._root = ""
        if failure is not None:
            raise failure


def _entry_points(config: Config) -> "dict[str, ForkServer]":
    """Return what starts the settings' Python programs; beside them, then here, they are found."""
    found = {
        name: extension.entry
        for name, extension in config.commands.items()
        if extension.entry is not None
    }
    if not found:
        return {}
    from scriptest.process.fork_server import ForkServer

    folders = [config.folder, os.getcwd()]
    return {name: ForkServer(entry.reference, folders) for name, entry in found.items()}


def _read(selected: Selected) -> bytes:
    try:
        with open(selected.path, "rb", buffering=0) as file:
            return file.read()
    except OSError as error:
        reason = reason_of(error)
        raise ScriptError(f"cannot be read: {reason}", Location(selected.file, 0)) from None


def _until(script: parser.Script, line: int) -> parser.Script:
    """Return the sections of a script up to the one that holds a line; all of them for 0."""
    if not line:
        return script
    sections = tuple(part for part in script.sections if part.line <= line)
    return parser.Script(script.file, sections or script.sections[:1])


def _remove(work: str) -> None:
    folder, name = os.path.split(work)
    for path in (work, os.path.join(folder, ".private-" + name)):
        for _ in range(10):
            try:
                workdir.remove_tree(path)
                break
            except OSError:
                # A process that was just killed may still be writing its last file.
                time.sleep(0.01)


def _result(
    selected: Selected, outcome: interpreter.Outcome, state: State, seconds: float, kept: str
) -> Result:
    failures = [
        failure._replace(
            message=_stable(failure.message, state), detail=_stable(failure.detail, state)
        )
        for failure in (outcome.failure, *outcome.more)
        if failure is not None
    ]
    phases = tuple(
        Phase(part.title, part.line, part.duration, _stable("\n".join(part.lines), state))
        for part in state.log.sections
    )
    return Result(
        selected.name,
        selected.path,
        outcome.status,
        seconds,
        phases,
        failures[0] if failures else None,
        outcome.reason,
        kept,
        more=tuple(failures[1:]),
    )


def _stable(text: str, state: State) -> str:
    """Replace the work folder's real path, which differs from run to run."""
    return text.replace(state.work, "$WORK")
