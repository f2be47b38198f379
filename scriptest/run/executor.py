"""Runs a script once, in a fresh sandbox of the run's temporary folder."""

from __future__ import annotations

import os
import threading
import time
from functools import partial

from scriptest.base import platform
from scriptest.base.errors import Location, ScriptError, Skip, check_host, reason_of
from scriptest.base.regular_files import read_file
from scriptest.config import header
from scriptest.config.config import Config
from scriptest.engine import interpreter
from scriptest.engine.result import Failure, Phase, Result, Status
from scriptest.language import parser, txtar
from scriptest.process.preloaded import Preloaded
from scriptest.run.options import Options
from scriptest.run.run_folder import RunFolder, Sandbox
from scriptest.sandbox import environment, extract
from scriptest.sandbox.context import Context, ScriptSource
from scriptest.sandbox.limits import Limits
from scriptest.sandbox.log import LogEntry, LogSection
from scriptest.sandbox.shared import Shared
from scriptest.sandbox.state import State
from scriptest.suite.suite import Selected, Suite, SuiteError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from scriptest.compare.goldens import Goldens, UpdateRules
    from scriptest.process.fork_server import ForkServer

DEFAULT_TIMEOUT = 600.0
"""Seconds a script may take by default."""

_LONGEST_GRACE = 2.0


class Attempt:
    """One try of a script.

    Attributes:
        result: how it ended.
        data: the script file as it was run.
        goldens: the golden files that comparisons replaced, if the run updates them.
    """

    __slots__ = ("data", "goldens", "result")

    def __init__(self, result: Result, data: bytes, goldens: Goldens | None) -> None:
        self.result = result
        self.data = data
        self.goldens = goldens


class FailedScript:
    """A script that has just failed; its deferred commands come later.

    Attributes:
        result: as it is so far.
        state: the state of the script.
    """

    __slots__ = ("result", "state")

    def __init__(self, result: Result, state: State) -> None:
        self.result = result
        self.state = state


class _SuiteSetups:
    """The suites of a run whose setup has run: their shared values and fork servers."""

    def __init__(self, folder: RunFolder, flags: frozenset[str]) -> None:
        self._folder = folder
        self._flags = flags
        self._shared: dict[Suite, Shared] = {}
        self._fork_servers: dict[Suite, dict[str, ForkServer]] = {}
        self.preloaded = Preloaded()
        self._lock = threading.Lock()

    def shared(self, suite: Suite) -> Shared:
        """Return the values that a suite's scripts share; the first call runs its setup.

        Raises:
            SuiteError: the setup failed.
        """
        with self._lock:
            if suite in self._shared:
                return self._shared[suite]
            config = suite.config
            shared = Shared(config.folder, "", self._flags)
            if config.suite_setup is not None:
                shared.work = os.path.join(self._folder.path, f".shared-{len(self._shared)}")
                os.mkdir(shared.work)
                suite.call("suite_setup", shared)
            self._fork_servers[suite] = self._entry_points(config)
            self._shared[suite] = shared
            return shared

    def fork_servers(self, suite: Suite) -> Mapping[str, ForkServer]:
        """Return the fork servers of a suite that was set up, by command."""
        return self._fork_servers[suite]

    def tear_down(self) -> SuiteError | None:
        """Call every `suite_teardown`, and end the fork servers; return the first failure."""
        failure: SuiteError | None = None
        while self._shared:
            suite = next(iter(self._shared))
            shared = self._shared.pop(suite)
            try:
                suite.call("suite_teardown", shared)
            except SuiteError as error:
                failure = failure or error
        self._fork_servers.clear()
        self.preloaded.close()
        return failure

    def _entry_points(self, config: Config) -> dict[str, ForkServer]:
        """Return the fork servers of the settings' Python programs.

        Modules are looked for in the folder of the settings, then in the current one.
        """
        return {
            name: self.preloaded.server(
                extension.entry_point.reference, (config.folder, os.getcwd())
            )
            for name, extension in config.commands.items()
            if extension.entry_point is not None
        }


class Executor:
    """Runs single scripts, each in a fresh sandbox of the run's temporary folder."""

    def __init__(self, options: Options) -> None:
        """Prepare a run; nothing is created on disk before the first script."""
        self.on_failure: Callable[[FailedScript], None] | None = None
        self.on_log: Callable[[Selected, LogSection | LogEntry], None] | None = None
        self._options = options
        self._default = Suite(Config())
        self._folder = RunFolder(keep=options.keep)
        self._suites = _SuiteSetups(self._folder, options.flags)
        self._states: set[State] = set()
        self._lock = threading.Lock()
        self._interrupted = False

    def prepare(self, scripts: Sequence[Selected] = ()) -> None:
        """Create the run's temporary folder, and call `suite_setup` of the scripts' suites.

        Further calls do only what is missing.

        Raises:
            SuiteError: the host's folder for temporary files cannot be written, or a setup failed.
        """
        self._folder.create()
        for selected in scripts:
            self._suites.shared(selected.suite or self._default)

    # --- one try -----------------------------------------------------------------------------

    def attempt(
        self,
        selected: Selected,
        *,
        data: bytes | None = None,
        update: UpdateRules | None = None,
    ) -> Attempt:
        """Run a script once in a fresh sandbox; errors of the script are in the result.

        Args:
            selected: the script.
            data: its text instead of the file's content.
            update: which golden files comparisons may replace; None for none.

        Raises:
            SuiteError: the host's folder for temporary files cannot be written, or the suite's
                setup failed.
            OSError: no sandbox can be made.
        """
        started = time.perf_counter()
        self.prepare([selected])
        stem = os.path.splitext(os.path.basename(selected.path))[0]
        sandbox = self._folder.sandbox(stem)
        tag = self._folder.new_tag()
        state = self._new_state(selected, sandbox, tag)
        if self.on_log is not None:
            state.log.on_entry = partial(_send_entry, self.on_log, selected, state)
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
            self._folder.end_processes(tag, state.work)
            if state.limits.paused:
                # The shell and its jobs, which this process has started.
                platform.kill_processes(platform.with_variable("WORK", state.work))
            if not self._folder.keep:
                sandbox.remove()
        seconds = time.perf_counter() - started - state.limits.paused
        kept = state.work if self._folder.keep else ""
        result = _result(selected, outcome, state, seconds, kept)
        return Attempt(result, source, state.goldens)

    def first_failure(
        self,
        scripts: Iterable[Selected],
        data: bytes,
        good: Sequence[Status],
        update: UpdateRules | None = None,
    ) -> Result | None:
        """Run one text as several scripts; return the first result that is not good, or None."""
        for selected in scripts:
            result = self.attempt(selected, data=data, update=update).result
            if result.status not in good:
                return result
        return None

    def _run_in(
        self, state: State, selected: Selected, source: bytes, update: UpdateRules | None
    ) -> interpreter.Outcome:
        if selected.header.use and selected.fixtures is None:
            raise ScriptError(
                f"its header has `use: {', '.join(selected.header.use)}`, fixtures that only "
                "pytest has; run it with pytest"
            )
        suite = selected.suite or self._default
        _, archive = header.split(txtar.parse(source))
        if selected.row:
            from scriptest.config import matrix

            archive = matrix.render(archive, selected.row, selected.file)
        script = parser.parse(archive.comment, selected.file)
        if not any(script.lines()):
            raise ScriptError(interpreter.NO_COMMAND, Location(selected.file, 1))
        files = extract.extract(
            archive, state, selected.file, unique_names=suite.config.unique_names
        )
        if update is not None:
            from scriptest.compare.goldens import Goldens

            state.goldens = Goldens(
                files,
                update,
                work=state.work,
                start=state.cwd,
                folders=(state.source.folder, suite.config.folder),
            )
        prelude = suite.prelude

        def set_up() -> None:
            suite.call("setup", state)
            if prelude is not None:
                extract.extract(prelude.archive, state, prelude.script.file, kept=files)
            if "verbose" in state.flags:
                state.log.write("\n".join(f"{name}={value}" for name, value in state.env.items()))

        return interpreter.run(
            _until(script, selected.until),
            state,
            suite.vocabulary,
            setup=set_up,
            prelude=prelude.script if prelude is not None else None,
            keep_going=self._options.keep_going,
            on_failure=self._failure_callback(selected, state),
        )

    def _failure_callback(
        self, selected: Selected, state: State
    ) -> Callable[[interpreter.Outcome], None] | None:
        """Return the callback for the script's failure, or None."""
        on_failure = self.on_failure
        if on_failure is None or selected.header.xfail:
            return None
        started = time.perf_counter()

        def hold(outcome: interpreter.Outcome) -> None:
            state.log.end()
            failed = time.perf_counter()
            result = _result(selected, outcome, state, failed - started, "")
            on_failure(FailedScript(result, state))
            state.pause(time.perf_counter() - failed)

        return hold

    def _new_state(self, selected: Selected, sandbox: Sandbox, tag: int) -> State:
        suite = selected.suite or self._default
        config = suite.config
        shared = self._suites.shared(suite)
        context = Context(
            dialect=config.dialect,
            flags=self._options.flags,
            shared=shared,
            redactions=config.redactions,
            fixtures=selected.fixtures or {},
            fork_servers=self._suites.fork_servers(suite),
            preloaded=self._suites.preloaded,
            tag=tag,
        )
        state = State(
            sandbox.work,
            self._environment(sandbox.work, selected, shared),
            context=context,
            source=ScriptSource(selected.name, selected.real_path),
            limits=self._limits(selected, config),
        )
        if config.cwd:
            folder = os.path.join(state.work, config.cwd)
            os.makedirs(folder, exist_ok=True)
            state.chdir(folder)
        with self._lock:
            self._states.add(state)
            if self._interrupted:
                state.jobs.interrupt()
        return state

    def _limits(self, selected: Selected, config: Config) -> Limits:
        timeout = self._timeout(selected, config)
        if not timeout:
            return Limits(None, _LONGEST_GRACE)
        grace = min(max(0.1, timeout * 0.05), _LONGEST_GRACE)
        return Limits(time.monotonic() + timeout, grace)

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
            state.jobs.interrupt()

    def close(self) -> None:
        """Call every `suite_teardown`; remove the temporary folder unless it is to be kept.

        Raises:
            SuiteError: a teardown failed; everything else was done nevertheless.
        """
        try:
            failure = self._suites.tear_down()
        finally:
            self._folder.remove()
        if failure is not None:
            raise failure


def _read(selected: Selected) -> bytes:
    try:
        return read_file(selected.path)
    except OSError as error:
        check_host(error)
        reason = reason_of(error)
        raise ScriptError(f"cannot be read: {reason}", Location(selected.file, 0)) from None


def _until(script: parser.Script, line: int) -> parser.Script:
    """Return the sections of a script up to the one that holds a line; all of them for 0."""
    if not line:
        return script
    sections = tuple(part for part in script.sections if part.line <= line)
    return parser.Script(script.file, sections or script.sections[:1])


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
        Phase(
            part.title,
            part.line,
            part.duration,
            tuple(entry._replace(text=_stable(entry.text, state)) for entry in part.entries),
        )
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


def _send_entry(
    on_log: Callable[[Selected, LogSection | LogEntry], None],
    selected: Selected,
    state: State,
    item: LogSection | LogEntry,
) -> None:
    if isinstance(item, LogEntry):
        item = item._replace(text=_stable(item.text, state))
    on_log(selected, item)


def _stable(text: str, state: State) -> str:
    """Replace the work folder's real path, which differs from run to run."""
    return text.replace(state.work, "$WORK")
