"""What a run remembers of scripts that are over."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

from scriptest.result import Result, Status
from scriptest.runner import Options, Runner
from scriptest.suite import Selected

SCRIPTS, SHOWN = 40, 60_000


def test_a_run_does_not_keep_what_its_reporter_does_not_keep(tmp_path: Path) -> None:
    path = tmp_path / "talks.txt"
    path.write_text(f"cat long\n-- long --\n{'x' * SHOWN}\n")
    sizes = []

    def report(result: Result) -> None:
        assert result.status is Status.PASSED
        assert len(result.phases[0].log) > SHOWN
        sizes.append(tracemalloc.get_traced_memory()[0])

    runner = Runner(Options())
    tracemalloc.start()
    try:
        runner.run([Selected(f"{number}", str(path)) for number in range(SCRIPTS)], report)
    finally:
        tracemalloc.stop()
        runner.close()
    assert len(sizes) == SCRIPTS
    assert sizes[-1] < SCRIPTS * SHOWN / 2
