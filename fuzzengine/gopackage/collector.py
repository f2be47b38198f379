"""A worker for Go's coordinator that executes nothing and writes down what it is sent.

Go's coordinator first sends every seed, and then, or without seeds at once, an input to mutate.
Each line of the file that COLLECT_VARIABLE names is a JSON object with an input as the text of a
corpus file (`Input`), the number of counters (`Counters`), and whether the input is one of the
seeds (`Seed`). This is a script for the interpreter.
"""

from __future__ import annotations

import os
import sys

COLLECT_VARIABLE = "FUZZENGINE_COLLECT"
"""The file to write to."""

_CALLS, _ANSWERS, _MEMORY = 3, 4, 5


def collect() -> None:
    """Serve calls up to the first one to mutate."""
    import json
    import signal

    from fuzzengine.ipc import messages
    from fuzzengine.ipc.shared_memory import MEMORY_SIZE, SharedMemory

    memory = SharedMemory(_MEMORY, MEMORY_SIZE)
    with (
        open(_CALLS, "rb") as calls,
        open(_ANSWERS, "wb", buffering=0) as answers,
        open(os.environ[COLLECT_VARIABLE], "a", encoding="utf-8") as found,
    ):
        for line in calls:
            fuzz = messages.decode(line).get("Fuzz")
            if fuzz is None:
                answers.write(messages.PONG)
                continue
            text = memory.value.decode("utf-8", "surrogateescape")
            counters = len(fuzz["CoverageData"] or b"")
            record = {"Input": text, "Counters": counters, "Seed": fuzz["Warmup"]}
            found.write(json.dumps(record) + "\n")
            if not fuzz["Warmup"]:
                found.flush()
                # Go records no failing input for a worker that ends like this.
                os.kill(os.getpid(), signal.SIGKILL)
            memory.count = 1
            answers.write(messages.encode({"Count": 1}))


if __name__ == "__main__":
    sys.path.append(__file__.rpartition("fuzzengine")[0] or ".")
    collect()
