"""Starts a fuzz worker many times until it answers, or an interpreter that only imports.

    python benchmarks/harness/ping.py worker|import

The current folder has the fuzz test FuzzPing.
"""

from __future__ import annotations

import os
import subprocess
import sys
from queue import SimpleQueue
from typing import Any

from fuzzengine.base.frames import ENGINE_FOLDER
from fuzzengine.campaign.worker_process import Answer, Ended, WorkerProcess
from fuzzengine.ipc import messages

TIMES = 20


def worker() -> None:
    """Start a worker, wait for its answer to Ping, and let it end."""
    events: SimpleQueue[Any] = SimpleQueue()
    flags = ["-test.fuzzworker", "-test.fuzz=^FuzzPing$", "-test.run=^$", "-test.fuzzcachedir=."]
    command = [sys.executable, "-P", os.path.join(ENGINE_FOLDER, "program", "boot.py"), *flags]
    # As in a campaign, all workers but the first find the test file's code instrumented.
    process = WorkerProcess(
        0, command, {**os.environ, "FUZZENGINE_CODE": os.path.abspath("kept")}, events
    )
    process.start()
    process.send(messages.PING)
    answer = events.get()
    assert isinstance(answer, Answer)
    process.close_calls()
    while not isinstance(events.get(), Ended):
        pass
    process.release()


def only_import() -> None:
    """Start an interpreter as cheaply as the worker was, and import what tests import."""
    subprocess.run([sys.executable, "-P", "-c", "from fuzzengine import F, T"], check=True)


if __name__ == "__main__":
    for _ in range(TIMES):
        {"worker": worker, "import": only_import}[sys.argv[1]]()
