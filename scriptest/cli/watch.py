"""The command `scriptest watch`: reruns scripts that a change affects.

Each round is a separate process, `scriptest run` with the same arguments, so that it sees the
current state of modules and settings. This process waits for changed files, keys and the end of
the round, which all arrive in one queue.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from contextlib import AbstractContextManager, ExitStack, nullcontext
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, NamedTuple

from scriptest.base import platform
from scriptest.base.numbers import counted
from scriptest.cli import run_options
from scriptest.cli.exit_codes import INTERRUPTED, OK, complain
from scriptest.sandbox import workdir
from scriptest.suite import affected

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterable

    from scriptest.suite.suite import Selected

# A signal that arrives just before the main thread blocks does not wake it up.
_LONGEST_WAIT = 0.5
_PATIENCE = 15.0
_NAMED = 3


class Changed(NamedTuple):
    """Files were created, written or removed."""

    paths: frozenset[str]


class Key(NamedTuple):
    """The user pressed a key."""

    char: str


class Ended(NamedTuple):
    """A round has ended."""


class Broken(NamedTuple):
    """The files can no longer be watched."""

    reason: str


Event = Changed | Key | Ended | Broken


def watch(options: Namespace) -> int:
    """Run scripts, and rerun them when files change; return the exit status."""
    from scriptest.suite.suite import SuiteError
    from scriptest.suite.watcher import MissingPackageError

    if options.shell_on_fail:
        return complain("--shell-on-fail cannot be combined with watch")
    try:
        run_options.to_options(options)
        scripts = run_options.find_scripts(options)
    except (ValueError, SuiteError) as error:
        return complain(str(error))
    if not scripts and not options.allow_empty:
        return complain(run_options.no_scripts_message(options))
    watcher = _Watcher(options)
    try:
        return watcher.run(scripts)
    except MissingPackageError as error:
        return complain(str(error))
    except KeyboardInterrupt:
        return INTERRUPTED
    finally:
        watcher.stop()


class _Watcher:
    """Waits for events and starts rounds."""

    def __init__(self, options: Namespace) -> None:
        from scriptest.base.streams import style_of
        from scriptest.report.console import Console

        self._options = options
        self._events: SimpleQueue[Event] = SimpleQueue()
        self._round: subprocess.Popen[bytes] | None = None
        self._wanted: list[str] | None = []
        self._changed: set[str] = set()
        self._has_keys = self._waiting = False
        self._console = Console(sys.stdout, style=style_of(sys.stdout, os.environ, options.color))

    def run(self, scripts: list[Selected]) -> int:
        """Run scripts, then those that changes affect, until the user quits; return the status."""
        from scriptest.suite.watcher import changes

        with ExitStack() as stack:
            ready = stack.enter_context(
                changes(
                    _roots(scripts),
                    lambda paths: self._events.put(Changed(paths)),
                    lambda reason: self._events.put(Broken(reason)),
                )
            )
            stack.enter_context(self._keys())
            while True:
                if self._round is None and not self._begin() and not self._waiting:
                    ready.wait(_PATIENCE)
                    self._say_waiting()
                event = self._next()
                if isinstance(event, Broken):
                    return complain(event.reason)
                if isinstance(event, Key) and event.char == "q":
                    return OK
                self._note(event)

    def _say_waiting(self) -> None:
        self._waiting = True
        keys = " (Enter: run all, f: run failed, q: quit)" if self._has_keys else ""
        self._console.say(f"\nwaiting for changes{keys}")

    def _note(self, event: Event) -> None:
        if isinstance(event, Changed):
            self._changed |= event.paths
        elif isinstance(event, Ended):
            self._round = None
        elif isinstance(event, Key) and event.char in ("\n", "f"):
            self._wanted = [] if event.char == "\n" else ["--lf"]
            if self._round is not None:
                self._round.terminate()

    def _next(self) -> Event:
        """Wait for an event."""
        while True:
            try:
                return self._events.get(timeout=_LONGEST_WAIT)
            except Empty:
                continue

    def _keys(self) -> AbstractContextManager[None]:
        from scriptest.terminal import foreground, keyboard

        self._has_keys = foreground.available()
        if not self._has_keys:
            return nullcontext()
        return keyboard.key_presses(lambda char: self._events.put(Key(char)))

    # --- rounds ------------------------------------------------------------------------------

    def _begin(self) -> bool:
        """Start the next round, if there is something to run; return whether it was started."""
        if self._wanted is not None:
            words, self._wanted = self._wanted, None
            self._changed.clear()
        elif self._changed:
            changed, self._changed = self._changed, set()
            found = self._selection(changed)
            if found is None:
                return False
            words = found
        else:
            return False
        self._waiting = False
        self._round = subprocess.Popen(
            [*_program(), "run", f"--watched-by={os.getpid()}", *words, *self._options.arguments],
            stdin=subprocess.DEVNULL,
            # Ctrl-C must reach only this process, which then ends the round.
            process_group=0 if platform.POSIX else None,
        )
        threading.Thread(target=self._await, args=(self._round,), daemon=True).start()
        return True

    def _await(self, started: subprocess.Popen[bytes]) -> None:
        started.wait()
        self._events.put(Ended())

    def _selection(self, changed: set[str]) -> list[str] | None:
        """Return the options that select the affected scripts, or None."""
        from argparse import Namespace

        from scriptest.suite.suite import SuiteError

        reports = (self._options.json, self._options.junit, self._options.html)
        changed -= {os.path.realpath(path) for path in reports if path}
        try:
            scripts = run_options.find_scripts(
                Namespace(**vars(self._options) | {"keywords": None})
            )
            chosen = {os.path.realpath(one.path) for one in run_options.find_scripts(self._options)}
        except (ValueError, SuiteError):
            # The round will report the mistake.
            self._announce(changed, "all scripts")
            return []
        own = {os.path.realpath(script.path) for script in scripts}
        here = os.path.realpath(os.getcwd())
        # Git fails on files outside its repository.
        rest = sorted(path for path in changed - own if workdir.inside(here, path))
        changed -= affected.ignored_by_git(rest, here) if rest else set()
        if not changed:
            return None
        files = affected.affected_scripts(changed, scripts)
        if files is None:
            self._announce(changed, "all scripts, failed ones first")
            return []
        files &= chosen
        if not files:
            return None
        if files == chosen and len(files) > 1:
            self._announce(changed, "all scripts")
            return []
        self._announce(changed, counted(len(files), "script"))
        return [f"--only={file}" for file in sorted(files)]

    def _announce(self, changed: set[str], scripts: str) -> None:
        names = sorted(os.path.relpath(path) for path in changed)
        more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        self._console.say(f"\n--- changed: {', '.join(names[:_NAMED])}{more}; running {scripts}")

    def stop(self) -> None:
        """End the current round, if any."""
        started, self._round = self._round, None
        if started is None:
            return
        started.terminate()
        try:
            started.wait(_PATIENCE)
        finally:
            if started.poll() is None:
                started.kill()


def _program() -> list[str]:
    """Return the command that starts scriptest as this process was started."""
    # Without -P, modules in the current folder would shadow those of the standard library.
    here = os.getcwd() in sys.path or "" in sys.path
    return [sys.executable, *([] if here else ["-P"]), "-m", "scriptest"]


def _roots(scripts: Iterable[Selected]) -> list[str]:
    """Return the folders to watch: the current one, and those of scripts elsewhere."""
    here = os.path.realpath(os.getcwd())
    folders = {os.path.dirname(os.path.realpath(script.path)) for script in scripts}
    folders |= {
        os.path.dirname(os.path.realpath(script.suite.config.file))
        for script in scripts
        if script.suite is not None and script.suite.config.file
    }
    elsewhere = {folder for folder in folders if not workdir.inside(here, folder)}
    return [here, *sorted(elsewhere)]
