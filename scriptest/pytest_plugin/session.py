"""The state that all scripts of a pytest session share: settings, runner, locks."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import pytest

from scriptest.base import coverage_py
from scriptest.base.visible import visible
from scriptest.cli.run_options import time_limit, variables
from scriptest.config.config import SETTINGS_FILE
from scriptest.pytest_plugin import summary
from scriptest.pytest_plugin.locks import Locks
from scriptest.run.runner import Options, Runner
from scriptest.suite.suite import SUFFIXES, Finder, Selected, SuiteError

# Tags with these names would change how pytest runs the script.
_PYTEST_MARKS = frozenset(
    ("filterwarnings", "parametrize", "skip", "skipif", "usefixtures", "xfail")
)


class ScriptSession:
    """The state of a pytest session, created when its first script is collected."""

    def __init__(self, config: pytest.Config) -> None:
        """Register the summary; read and create nothing else yet."""
        self._config = config
        self._finders: dict[str, Finder] = {}
        self._files: dict[str, frozenset[str]] = {}
        self._tags: set[str] = set()
        self._runner: Runner | None = None
        self.locks: Locks | None = None
        self.in_worker = hasattr(config, "workerinput")
        summary.summary_of(config)

    # --- collecting ----------------------------------------------------------------------------

    def owns(self, path: str) -> bool:
        """Return whether a file is a script according to its settings."""
        folder = self._settings_above(path)
        if not folder:
            return path.endswith(SUFFIXES)
        if folder not in self._files:
            try:
                found = self._finder(folder).files(folder)
            except SuiteError:
                # Collecting the folder's scripts reports the mistake.
                return path.endswith(SUFFIXES) and os.path.dirname(path) == folder
            self._files[folder] = frozenset(map(os.path.normpath, found))
        return path in self._files[folder]

    def find(self, path: str) -> list[Selected]:
        """Return a script's variants.

        Raises:
            SuiteError: settings or header are wrong.
        """
        name = _relative(path, str(self._config.invocation_params.dir))
        line = self._config.getoption("scriptest_lines", {}).get(os.path.realpath(path), 0)
        named = f"{path}:{line}" if line else path
        return [
            script._replace(file=name)
            for script in self._finder(self._settings_above(path)).find([named])
        ]

    def _finder(self, folder: str) -> Finder:
        if folder not in self._finders:
            self._finders[folder] = Finder(folder and _relative(folder, os.getcwd()))
        return self._finders[folder]

    def _settings_above(self, path: str) -> str:
        """Return the nearest folder with settings, up to the root; an empty string for none."""
        root = str(self._config.rootpath)
        folder = os.path.dirname(path)
        while not os.path.isfile(os.path.join(folder, SETTINGS_FILE)):
            above = os.path.dirname(folder)
            if above in (folder, "") or not above.startswith(root):
                return ""
            folder = above
        return folder

    def mark(self, node: pytest.Module, script: Selected) -> None:
        """Add the tags and fixtures of a script's header to its file as marks."""
        for tag in script.header.tags:
            if tag in _PYTEST_MARKS or tag.startswith("_"):
                node.extra_keyword_matches.add(tag)
                continue
            if tag not in self._tags:
                self._tags.add(tag)
                self._config.addinivalue_line("markers", f"{tag}: a tag of scripts")
            node.add_marker(tag)
        if script.header.use:
            node.add_marker(pytest.mark.usefixtures(*script.header.use))
        if self.in_worker:
            node.add_marker(pytest.mark.usefixtures("tmp_path_factory"))

    # --- running -------------------------------------------------------------------------------

    @property
    def runner(self) -> Runner:
        """The one runner of the session."""
        if self._runner is None:
            self._runner = Runner(options_of(self._config), rewriting=self._rewriting)
            self._config.add_cleanup(self._runner.close)
        return self._runner

    def join_workers(self, factory: object) -> None:
        """Share locks with the other workers of pytest-xdist.

        Args:
            factory: the value of the fixture `tmp_path_factory`.
        """
        if self.locks is None and isinstance(factory, pytest.TempPathFactory):
            number = self._config.workerinput["workerid"].removeprefix("gw")  # type: ignore[attr-defined]
            self.locks = Locks(str(factory.getbasetemp().parent), int(number))

    def _rewriting(self, path: str) -> AbstractContextManager[object]:
        return nullcontext() if self.locks is None else self.locks.file(path)

    def running(self, script: Selected) -> AbstractContextManager[object]:
        """Return a context that waits until a script may run beside those of other workers."""
        return nullcontext() if self.locks is None else self.locks.running(script)

    def close(self) -> None:
        """Close the runner; a failed teardown of a suite is an error of the last test."""
        try:
            self.runner.close()
        except SuiteError as error:
            pytest.fail(visible(str(error)), pytrace=False)


def _relative(path: str, folder: str) -> str:
    try:
        return os.path.relpath(path, folder)
    except ValueError:
        # On another drive, on Windows.
        return path


def options_of(config: pytest.Config) -> Options:
    """Return the settings of a run.

    Raises:
        pytest.UsageError: an option is wrong.
    """

    def option(name: str, default: Any = None) -> Any:
        # With -p no:scriptest no option is declared, but a conftest.py may still collect scripts.
        return config.getoption(f"scriptest_{name}", default)

    if option("update") == "ask":
        raise pytest.UsageError(
            "--scriptest-update=ask cannot ask under pytest; use `scriptest run --update=ask`, or "
            "--scriptest-update=diff to see the changes"
        )
    try:
        return Options(
            timeout=time_limit(option("timeout"), "--scriptest-timeout"),
            env={
                **coverage_py.variables(os.environ),
                **variables(option("env", []), "--scriptest-env"),
            },
            flags=frozenset(name for name in ("short", "offline") if option(name)),
            keep=bool(option("work")),
            keep_going=bool(option("continue")),
            update=option("update", ""),
        )
    except ValueError as error:
        raise pytest.UsageError(str(error)) from None


_SESSION = pytest.StashKey[ScriptSession]()


def session_of(config: pytest.Config) -> ScriptSession:
    """Return the state of a pytest session; the first call creates it."""
    if _SESSION not in config.stash:
        config.stash[_SESSION] = ScriptSession(config)
    return config.stash[_SESSION]
