"""The fuzz tests of our own parsers run with their seeds and with what was found so far."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.waiting import PATIENCE

ROOT = Path(__file__).parent.parent
FUZZ = ROOT / "tests" / "fuzz"


@pytest.mark.process
def test_no_seed_and_no_recorded_input_fails() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "fuzzengine", "test", "tests/fuzz"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("ok  \t")


def test_what_is_recorded_belongs_to_a_fuzz_test() -> None:
    text = "".join(path.read_text() for path in FUZZ.glob("*_test.py"))
    recorded = [path.name for path in (FUZZ / "testdata" / "fuzz").iterdir()]
    assert [name for name in recorded if f"def {name}(" not in text] == []
