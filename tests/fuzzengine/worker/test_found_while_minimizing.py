"""A failure that is found while an input that does not fail is minimized is recorded."""

from __future__ import annotations

import pytest

from tests.fuzzengine.running import Package

pytestmark = [pytest.mark.process, pytest.mark.once]

FIRST_TIMES = """
import os, signal, time

SEED = b"0123456789"

def FuzzFound(f):
    f.add({seed})
    count = 0

    @f.fuzz
    def _(t, data: bytes{more}):
        nonlocal count
        if data != SEED:
            count += 1
            if count == {failing}:
                raise ValueError("found while minimizing")
            if count > {failing}:
                {then}
"""
FLAGS = ("-fuzz=FuzzFound", "-parallel=1", "-run=NONE", "-fuzzexectime=10m", "-seed=5")
HANG = "os.kill(os.getppid(), signal.SIGINT); time.sleep(1000)"
"""End the campaign, and hang until that ends the worker."""


@pytest.mark.parametrize(
    ("failing", "then", "more"),
    [
        (2, HANG, ""),
        (2, "pass", ""),
        (3, HANG, ""),
        (3, HANG, ", other: bytes"),
        (3, "pass", ", other: bytes"),
    ],
)
def test_later_candidates_do_not_hide_it(
    package: Package, failing: int, then: str, more: str
) -> None:
    """The second execution repeats the interesting input, the third is the first candidate."""
    seed = "SEED" + (', b"other"' if more else "")
    text = FIRST_TIMES.format(seed=seed, more=more, failing=failing, then=then)
    package.write("found_test.py", text)
    done = package.run("test", *FLAGS)
    assert "ValueError: found while minimizing" in done.stdout
    assert done.returncode == 1
    assert len(package.recorded()) == 1


def test_a_structured_argument(package: Package) -> None:
    text = FIRST_TIMES.format(seed="[SEED]", more="", failing=3, then=HANG)
    text = text.replace("data: bytes", "data: list[bytes]").replace("!= SEED", "!= [SEED]")
    package.write("found_test.py", text)
    done = package.run("test", *FLAGS)
    assert "ValueError: found while minimizing" in done.stdout
    assert len(package.recorded()) == 1
