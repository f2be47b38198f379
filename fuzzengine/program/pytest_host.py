"""Runs one test with `@given` in pytest, with its fixtures, as the fuzz test of a test program.

`pytest --fuzz` starts the test program of such a test with a request in the environment. The
coordinator and each worker run pytest for this one test, and fuzz where it is called.
"""

from __future__ import annotations

import json
import os

from fuzzengine.program import variables
from fuzzengine.testing.discovery import DiscoveredTests
from fuzzengine.testing.given import GivenFuzzTest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from fuzzengine.testing.fuzz import F

_INTERRUPTED = 2  # pytest.ExitCode.INTERRUPTED


def request(name: str, node: str, folder: str, arguments: list[str]) -> str:
    """Return the request for a test, as the value of the variable that the program reads.

    Args:
        name: the name of the fuzz test.
        node: pytest's id of the test, with the absolute path of its file.
        folder: the folder in which pytest was started.
        arguments: pytest's arguments besides the id.
    """
    return json.dumps({"name": name, "node": node, "folder": folder, "arguments": arguments})


def requested_test(*, in_worker: bool) -> DiscoveredTests:
    """Return the requested test as the only fuzz test.

    Args:
        in_worker: this process is a worker.
    """
    wanted = json.loads(os.environ[variables.PYTEST])
    found = DiscoveredTests()
    found.fuzz_tests.append(
        (
            wanted["name"],
            GivenFuzzTest(
                wanted["name"], wanted["node"], lambda f: _run(f, wanted), in_worker=in_worker
            ),
        )
    )
    return found


def import_plugins() -> None:
    """Import the plug-ins of pytest, so that they are imported without counters.

    Raises:
        ImportError: a plug-in cannot be imported.
    """
    import importlib.metadata

    if not os.environ.get("PYTEST_DISABLE_PLUGIN_AUTOLOAD"):
        for plugin in importlib.metadata.entry_points(group="pytest11"):
            plugin.load()


class _Listener:
    """A plug-in that notes why the test was not called."""

    def __init__(self) -> None:
        self.failures: list[str] = []
        self.skipped = ""

    def pytest_collectreport(self, report: Any) -> None:
        """Note a file that cannot be collected."""
        self._note(report)

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Note a test that failed or was skipped."""
        self._note(report)

    def _note(self, report: Any) -> None:
        if report.failed:
            self.failures.append(report.longreprtext)
        elif report.skipped and isinstance(report.longrepr, tuple):
            self.skipped = report.longrepr[2]


def _run(f: F, wanted: dict[str, Any]) -> None:
    import pytest

    os.chdir(wanted["folder"])
    listener = _Listener()
    status = pytest.main([*wanted["arguments"], wanted["node"]], plugins=[listener])
    if status == _INTERRUPTED and not f.fuzz_called:
        raise KeyboardInterrupt
    if f.fuzz_called:
        return
    if listener.skipped and not listener.failures:
        f.skip(listener.skipped)
    test = wanted["node"].partition("::")[2]
    reason = "\n".join(listener.failures) or f"not run; pytest ended with status {int(status)}"
    f._log_at(f"pytest: {test}", reason)
    f._fail()
