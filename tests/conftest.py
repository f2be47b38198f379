"""How property tests run, and which tests start processes.

Property tests never run against the clock: with 30 examples, or 100 given
--hypothesis-profile=full, which differ from run to run except in CI. Signals that pytest
was told to ignore are not ignored: the tests send them, and children would inherit it.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

SHARED = settings(
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize="CI" in os.environ,
)
settings.register_profile("short", SHARED, max_examples=30)
settings.register_profile("full", SHARED, max_examples=100)
settings.load_profile("short")

for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"):
    number = getattr(signal, name, None)
    if number is not None and signal.getsignal(number) is signal.SIG_IGN:
        signal.signal(
            number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL
        )

PROCESS_FIXTURES = {"browser", "go_program", "package", "project", "run_text"}
"""Fixtures whose tests start processes; other such tests are marked `process` where they are."""

ONCE_FOLDERS = {Path(__file__).parent / name for name in ("conformance", "interop")}
"""What is tested there does not depend on the version of Python, no more than what a browser does.

Other such tests are marked `once` where they are.
"""

PACKAGES = {Path(__file__).parent / name for name in ("scriptest", "fuzzengine")}

VERSION_DEPENDENT = {
    Path(__file__).parent / package / name
    for package, names in (
        ("scriptest", "base process"),
        ("fuzzengine", "base cmplog instrument ipc solver testing worker"),
        ("fuzzengine", "campaign/test_campaign_runs.py campaign/test_full_disk.py"),
        ("fuzzengine", "program/test_broken_interpreter.py program/test_program_runs.py"),
    )
    for name in names.split()
}
"""Folders and files whose tests that start processes run with every version of Python.

Other such tests of the packages run with one version: with the others, the scripts of
testdata/script do the same.
"""

PROCESS_EVENTS = {"os.fork", "os.forkpty", "os.posix_spawn", "os.system", "subprocess.Popen"}


class ProcessGuard:
    """An audit hook that fails a test that starts a process without being marked `process`."""

    def __init__(self) -> None:
        self.on = False

    def __call__(self, event: str, arguments: tuple[object, ...]) -> None:
        if self.on and event in PROCESS_EVENTS:
            pytest.fail(f"this test starts a process ({event}): mark it with pytest.mark.process")


GUARD = ProcessGuard()
sys.addaudithook(GUARD)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests by their fixtures, and by their folders."""
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        if fixtures & PROCESS_FIXTURES:
            item.add_marker("process")
        if (
            "browser" in fixtures
            or not ONCE_FOLDERS.isdisjoint(item.path.parents)
            or (item.get_closest_marker("process") and _is_version_independent(item.path))
        ):
            item.add_marker("once")


def _is_version_independent(path: Path) -> bool:
    return path.parent.parent in PACKAGES and VERSION_DEPENDENT.isdisjoint((path, path.parent))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    GUARD.on = item.get_closest_marker("process") is None
    try:
        return (yield)
    finally:
        GUARD.on = False
