"""Commands that write, while a program keeps replacing folders and files by links that lead out."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from scriptest.compare.goldens import UpdateRules
from scriptest.run.executor import Executor
from scriptest.run.options import Options
from scriptest.suite.suite import Selected
from tests.scriptest.conftest import RunText
from tests.scriptest.swapping import ARCHIVE, LINES, SWAP, contents, make_outside

pytestmark = [
    pytest.mark.process,
    pytest.mark.skipif(sys.platform != "linux", reason="needs renameat2"),
]

ROUNDS = 20
TRIES = 20
"""How often every command runs between two signs of life of the program."""


@pytest.mark.parametrize("lines", LINES.values(), ids=LINES)
def test_nothing_is_written_outside(run_text: RunText, tmp_path: Path, lines: str) -> None:
    outside = tmp_path / "outside"
    before = make_outside(outside)
    script = f"exec python3 swap.py {outside} &swap&\nunquote more.txtar\necho text\n"
    for number in range(ROUNDS):
        script += f"waitfor -timeout=300s swap '^round {number}$'\n" + f"{lines}\n" * TRIES
    script += f"kill swap\n{ARCHIVE}"
    result = run_text(script, keep_going=True)
    log = result.phases[-1].log
    assert log.count(lines.partition("\n")[0]) >= ROUNDS * TRIES
    assert "> kill swap" in log
    assert "already over" not in log
    assert contents(outside) == before


@pytest.mark.parametrize("line", ["cmp stdout sub/kept", "cmpjson stdout sub/kept"])
def test_no_golden_file_is_updated_outside(tmp_path: Path, line: str) -> None:
    outside = tmp_path / "outside"
    (outside / "folder").mkdir(parents=True)
    (outside / "kept").write_text("0\n")
    script = f"exec python3 swap.py {outside} &swap&\n"
    for number in range(ROUNDS):
        script += f"waitfor -timeout=300s swap '^round {number}$'\n"
        script += "".join(f"echo 1{number}{index:03}\n{line}\n" for index in range(TRIES))
    script += f"kill swap\n-- sub/kept --\n0\n-- swap.py --\n{SWAP}"
    executor = Executor(Options(keep_going=True))
    try:
        selected = Selected("t.txt", str(tmp_path / "t.txt"))
        attempt = executor.attempt(selected, data=script.encode(), update=UpdateRules())
    finally:
        executor.close()
    assert attempt.result.phases[-1].log.count(line) >= ROUNDS * TRIES
    assert attempt.goldens is not None
    assert attempt.goldens.replaced()
    assert (outside / "kept").read_text() == "0\n"
