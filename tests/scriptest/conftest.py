"""What the tests of scriptest share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from scriptest.engine.result import Result
from scriptest.run.runner import Options, Runner
from scriptest.suite.suite import Selected

RunText = Callable[..., Result]


@pytest.fixture
def run_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunText]:
    """Return a function that runs a script given as text; sandboxes are below tmp_path."""
    sandboxes = tmp_path / "sandboxes"
    sandboxes.mkdir()
    monkeypatch.setenv("TMPDIR", str(sandboxes))

    def run(text: str | bytes, **options: object) -> Result:
        path = tmp_path / "t.txt"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        runner = Runner(Options(**options))  # type: ignore[arg-type]
        try:
            return runner.run_one(Selected("t.txt", str(path)))
        finally:
            runner.close()

    yield run
    assert list(sandboxes.iterdir()) == []
