"""A failure whose text takes for ever does not hang pytest's report of a fuzz test."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from fuzzengine import F, T, panic
from fuzzengine.program import in_process
from tests.fuzzengine.running import Package


class Loops(Exception):
    def __str__(self) -> str:
        while True:
            pass


class Waits(Exception):
    def __str__(self) -> str:
        threading.Event().wait()
        return ""


class GoesOn(Exception):
    def __str__(self) -> str:
        for _ in range(3):
            try:
                str(Loops())
            except TimeoutError:
                continue
        return "at last"


def caused() -> None:
    raise ValueError from Loops()


def noted() -> None:
    error = ValueError("noted")
    error.__notes__ = [Loops()]  # type: ignore[list-item]
    raise error


def raised(error: BaseException) -> None:
    raise error


@pytest.mark.parametrize(
    ("fail", "text"),
    [
        (lambda: raised(Loops()), "Loops: <"),
        (lambda: raised(Waits()), "Waits: its text is not shown: making it takes too long"),
        (lambda: raised(GoesOn()), "GoesOn: "),
        (lambda: raised(BaseExceptionGroup("group", [Loops()])), "group"),
        (lambda: panic(Loops()), "panic: <"),
        (caused, "ValueError"),
        (noted, "ValueError: noted"),
    ],
)
def test_a_seed_fails_in_time(
    fail: Any, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(in_process, "REPORT_SECONDS", 0.2)

    def FuzzFails(f: F) -> None:
        f.add(b"seed")

        @f.fuzz
        def _(t: T, data: bytes) -> None:
            fail()

    outcome = in_process.run_seed(FuzzFails, str(tmp_path), "seed#0")
    assert outcome.failed
    assert text in outcome.log
    assert outcome.error is None


@pytest.mark.process
@pytest.mark.once
def test_pytest_itself_does_not_hang(package: Package) -> None:
    package.write(
        "hang_test.py",
        """
        import time

        from fuzzengine import F, T

        class Loops(Exception):
            def __str__(self):
                while True:
                    time.sleep(0.01)

        def FuzzHang(f: F) -> None:
            f.add(b"seed")

            @f.fuzz
            def _(t: T, data: bytes) -> None:
                raise Loops
        """,
    )
    done = package.pytest("-q", "hang_test.py")
    assert "hang_test.Loops: <hang_test.Loops whose text cannot be shown: Timeout" in done.stdout
    assert done.returncode == 1
