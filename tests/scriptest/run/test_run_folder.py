"""The temporary folder of a run."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from scriptest.run.run_folder import RunFolder

pytestmark = [
    pytest.mark.process,
    pytest.mark.skipif(os.name != "posix", reason="folders have no locks there"),
]


def test_an_interrupted_removal_is_finished_by_another_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    folder = RunFolder(keep=False)
    folder.create()
    close = os.close

    def interrupted(descriptor: int) -> None:
        close(descriptor)
        if descriptor == claim:
            raise KeyboardInterrupt

    claim = folder._claim
    monkeypatch.setattr(os, "close", interrupted)
    with pytest.raises(KeyboardInterrupt):
        folder.remove()
    monkeypatch.setattr(os, "close", close)
    folder.remove()
    assert list(tmp_path.iterdir()) == []
