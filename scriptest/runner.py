"""Runs scripts: a fresh sandbox each, on threads, within their time, cleaned up after."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from queue import Empty, SimpleQueue
from typing import NamedTuple

from scriptest import engine, environment, extract, sandbox, syntax, txtar
from scriptest.config import Config
from scriptest.errors import Location, ScriptError, Skip
from scriptest.guardian import Guardian
from scriptest.log import Log
from scriptest.result import Failure, Phase, Result, Status
from scriptest.shared import Shared
from scriptest.state import State
from scriptest.suite import Selected, Suite, SuiteError

DEFAULT_TIMEOUT = 600.0
"""Seconds a script may take if nobody says anything else."""

# A signal that arrives just before the main thread blocks does not wake it.
_LONGEST_WAIT = 0.1


class Options(NamedTuple):
    """What a run was asked for."""

    jobs: int = 1
    """How many scripts run at the same time."""
    timeout: float | None = None
    """Seconds a script may take, 0 for no limit; None for what the settings say, or 10 minutes."""
    env: Mapping[str, str] = {}
    """Variables added to every script's environment."""
    flags: frozenset[str] = frozenset()
    """Of `short`, `verbose`, `offline`."""
    keep: bool = False
    """Whether the work folders stay."""


class Runner:
    """One run: a temporary folder, and the scripts that are running in it."""

    def __init__(self, options: Options) -> None:
        """Prepare a run; nothing is made on disk before the first script."""
        self.options = options
        self._default = Suite(Config())
        self._shared: dict[Suite, Shared] = {}
        self._setting_up = threading.Lock()
        self._root = ""
        self._guardian: Guardian | None = None
        self._names: set[str] = set()
        self._states: set[State] = set()
        self._lock = threading.Lock()
        self._interrupted = False

    def prepare(self, scripts: Sequence[Selected] = ()) -> None:
        """Make the run's temporary folder, and call `suite_setup` of the scripts' suites.

        What was done already is not done again; `run_one` does what is missing.

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
            shared = Shared(config.folder, "", self.options.flags)
            if config.suite_setup is not None:
                shared.work = os.path.join(self._root, f".shared-{len(self._shared)}")
                os.mkdir(shared.work)
                suite.call("suite_setup", shared)
            self._shared[suite] = shared
            return shared

    def _make_root(self) -> None:
        if self._root:
            return
        parent = sandbox.temporary_folder(os.environ)
        try:
            self._root = sandbox.make_root(parent)
        except OSError as error:
            raise SuiteError(
                f"no folder can be made in {parent} ({(error.strerror or str(error)).lower()}); "
                "set TMPDIR to one that can be written"
            ) from None
        if not self.options.keep:
            self._guardian = Guardian(self._root)

    # --- one script --------------------------------------------------------------------------

    def run_one(self, selected: Selected) -> Result:
        """Run a script in a fresh sandbox and return how it ended; it raises nothing of its own.

        Raises:
            SuiteError: the host's folder for temporary files cannot be written, or the suite's
                setup failed.
            OSError: no sandbox can be made.
        """
        started = time.perf_counter()
        self.prepare([selected])
        state = self._new_state(selected)
        kept = state.work if self.options.keep else ""
        try:
            outcome = self._run_in(state, selected)
        finally:
            with self._lock:
                self._states.discard(state)
            state.close()
            if not kept:
                self._remove(state.work)
        seconds = time.perf_counter() - started
        return _result(selected, outcome, state, seconds, kept)

    def _run_in(self, state: State, selected: Selected) -> engine.Outcome:
        suite = selected.suite or self._default
        try:
            with open(selected.path, "rb") as file:
                archive = txtar.parse(file.read())
            script = syntax.parse(archive.comment, selected.name)
            extract.extract(
                archive,
                state,
                selected.name,
                fresh=True,
                unique_names=suite.config.unique_names,
            )
            suite.call("setup", state)
        except ScriptError as error:
            place = error.location or Location(selected.name, 0)
            failure = Failure(place.file, place.line, place.column, error.message, "")
            return engine.Outcome(Status.FAILED, failure)
        except OSError as error:
            message = f"cannot be read: {(error.strerror or str(error)).lower()}"
            return engine.Outcome(Status.FAILED, Failure(selected.name, 0, 0, message, ""))
        except Skip as skip:
            return engine.Outcome(Status.SKIPPED, reason=skip.message)
        return engine.run(script, state, suite.vocabulary)

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
        timeout = self._timeout(suite.config)
        state = State(
            work,
            os.path.join(self._root, ".private-" + name),
            self._environment(work, suite.config, shared),
            deadline=time.monotonic() + timeout if timeout else None,
            grace=min(max(0.1, timeout * 0.05), 2.0) if timeout else 2.0,
            flags=self.options.flags,
            script=selected.name,
            source=os.path.realpath(selected.path),
            dialect=suite.config.dialect,
            shared=shared,
        )
        state.redactions = suite.config.redactions
        if suite.config.cwd:
            folder = os.path.join(work, suite.config.cwd)
            os.makedirs(folder, exist_ok=True)
            state.chdir(folder)
        with self._lock:
            self._states.add(state)
            state.interrupted = self._interrupted
        return state

    def _timeout(self, config: Config) -> float:
        wanted = self.options.timeout
        if wanted is None:
            wanted = config.timeout
        return DEFAULT_TIMEOUT if wanted is None else wanted

    def _environment(self, work: str, config: Config, shared: Shared) -> dict[str, str]:
        go = environment.go_variables() if config.go else {}
        return environment.build(
            work,
            os.environ,
            {**shared.env, **self.options.env},
            passed=config.pass_env,
            own={**go, **config.env},
        )

    def _remove(self, work: str) -> None:
        folder, name = os.path.split(work)
        for path in (work, os.path.join(folder, ".private-" + name)):
            for _ in range(10):
                try:
                    sandbox.remove_tree(path)
                    break
                except OSError:
                    # A process that was just killed may still be writing its last file.
                    time.sleep(0.01)

    # --- all of them -------------------------------------------------------------------------

    def run(self, scripts: Sequence[Selected], on_result: Callable[[Result], None]) -> bool:
        """Run scripts, as many at a time as the options say.

        Args:
            scripts: what to run.
            on_result: called in the caller's thread with each result, as they come.

        Returns:
            False if the run was interrupted; what had ended by then was reported.
        """
        waiting = list(reversed(scripts))
        done: SimpleQueue[Result | None] = SimpleQueue()
        count = max(1, min(self.options.jobs, len(waiting)))
        threads = [
            threading.Thread(target=self._work, args=(waiting, done), daemon=True)
            for _ in range(count)
        ]
        try:
            for thread in threads:
                thread.start()
            alive = count
            while alive:
                try:
                    result = done.get(timeout=_LONGEST_WAIT)
                except Empty:
                    continue
                if result is None:
                    alive -= 1
                else:
                    on_result(result)
        except KeyboardInterrupt:
            waiting.clear()
            self.interrupt()
            for thread in threads:
                if thread.ident is not None:
                    thread.join()
            while not done.empty():
                result = done.get()
                if result is not None:
                    on_result(result)
            return False
        return True

    def _work(self, waiting: list[Selected], done: SimpleQueue[Result | None]) -> None:
        try:
            while True:
                try:
                    selected = waiting.pop()
                except IndexError:
                    return
                done.put(self._guarded(selected))
        finally:
            done.put(None)

    def _guarded(self, selected: Selected) -> Result:
        try:
            return self.run_one(selected)
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            failure = Failure(selected.name, 0, 0, f"no sandbox can be made for it: {reason}", "")
            return Result(selected.name, selected.path, Status.FAILED, 0.0, failure=failure)
        except Exception as error:
            from traceback import format_exc

            failure = Failure(selected.name, 0, 0, f"internal error: {error!r}", format_exc())
            return Result(selected.name, selected.path, Status.BROKEN, 0.0, failure=failure)

    def interrupt(self) -> None:
        """End every running script at once."""
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
        if self._root and not self.options.keep:
            sandbox.remove_tree(self._root)
        if self._guardian is not None:
            self._guardian.dismiss()
        self._root = ""
        if failure is not None:
            raise failure


def _result(
    selected: Selected, outcome: engine.Outcome, state: State, seconds: float, kept: str
) -> Result:
    failure = outcome.failure
    if failure is not None:
        failure = failure._replace(
            message=_stable(failure.message, state), detail=_stable(failure.detail, state)
        )
    return Result(
        selected.name,
        selected.path,
        outcome.status,
        seconds,
        _phases(state.log, state),
        failure,
        outcome.reason,
        kept,
    )


def _phases(log: Log, state: State) -> tuple[Phase, ...]:
    return tuple(
        Phase(part.title, part.line, part.duration, _stable("\n".join(part.lines), state))
        for part in log.sections
    )


def _stable(text: str, state: State) -> str:
    """Replace the work folder's real path, which differs from run to run."""
    return text.replace(state.work, "$WORK")
