"""A process ends with the one that holds the other end of its parent pipe."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from fuzzengine.ipc.parent_death import PARENT_PIPE_VARIABLE, end_group_with_pipe
from tests.fuzzengine.running import ROOT
from tests.waiting import PATIENCE

pytestmark = [
    pytest.mark.process,
    pytest.mark.skipif(os.name == "nt", reason="descriptors are not inherited like that"),
]

CODE = """
import os, time
from fuzzengine.ipc.parent_death import watch_parent
watch_parent()
print("alive", flush=True)
time.sleep(3600)
"""


@contextmanager
def started(descriptor: int) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", CODE],
        env={**os.environ, PARENT_PIPE_VARIABLE: str(descriptor), "PYTHONPATH": str(ROOT)},
        pass_fds=[descriptor],
        stdout=subprocess.PIPE,
        text=True,
        process_group=0,
    )
    os.close(descriptor)
    with process:
        try:
            yield process
        finally:
            process.kill()


def test_a_process_ends_when_the_other_end_is_closed() -> None:
    ours, other = os.pipe()
    with started(ours) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "alive\n"
        os.close(other)
        assert process.wait(PATIENCE) == -9


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel sends the signal")
def test_a_process_that_has_not_begun_to_watch_ends_too() -> None:
    ours, other = os.pipe()
    process = subprocess.Popen(
        [sys.executable, "-c", "import time; time.sleep(3600)"], pass_fds=[ours], process_group=0
    )
    with process:
        try:
            end_group_with_pipe(ours, process.pid)
            os.close(ours)
            os.close(other)
            assert process.wait(PATIENCE) == -9
        finally:
            process.kill()


def test_a_process_whose_parent_is_gone_already_never_lives() -> None:
    ours, other = os.pipe()
    os.close(other)
    with started(ours) as process:
        output, _ = process.communicate(timeout=PATIENCE)
        assert (process.returncode, output) == (-9, "")
