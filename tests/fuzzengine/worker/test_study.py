"""Campaigns of real processes in which the solver proposes inputs."""

from __future__ import annotations

import base64
import os
from pathlib import Path
from typing import Any

import pytest

from fuzzengine.campaign.calls import FuzzCall
from fuzzengine.campaign.tasks import FuzzTask
from fuzzengine.corpus.encoding import marshal
from fuzzengine.corpus.entry import Entry
from fuzzengine.ipc import messages
from fuzzengine.ipc.shared_memory import SharedMemory, create_memory_file
from fuzzengine.types.kinds import BYTES
from tests.fuzzengine.running import Package

GUARDED = """
    import os, signal, struct, zlib
    from fuzzengine import F, T

    def check(data):
        if data[:8] != b"\\x89PNG\\r\\n\\x1a\\n":
            return False
        if len(data) < 16:
            return False
        (check,) = struct.unpack(">I", data[8:12])
        return zlib.crc32(data[12:]) == check

    def fuzz_it(f: F) -> None:
        @f.fuzz
        def _(t: T, data: bytes) -> None:
            if check(data):
                END

    def test_plain():
        pass
"""


@pytest.fixture
def package(tmp_path: Path) -> Package:
    return Package(tmp_path)


def fuzz(package: Package, *arguments: str) -> tuple[int, str]:
    done = package.run("test", "-fuzz=fuzz_it", "-fuzztime=20000x", "-seed=3", *arguments)
    return done.returncode, done.stdout


@pytest.mark.parametrize("end", ["raise ValueError", "os._exit(3)", "os.abort()", "t.fail()"])
@pytest.mark.parametrize("parallel", ["1", "2"])
def test_a_proposal_that_fails_is_recorded_and_fails_again(
    package: Package, end: str, parallel: str
) -> None:
    package.write("m_test.py", GUARDED.replace("END", end))
    status, output = fuzz(package, "-parallel", parallel)
    assert status == 1
    (recorded,) = package.recorded()
    assert f"-run={recorded}" in output
    again = package.run("test", f"-run={recorded}")
    assert again.returncode == 1
    for path in (package.folder / "testdata" / "fuzz").rglob("*"):
        if path.is_file():
            path.unlink()
    assert package.run("test").returncode == 0


def test_a_proposal_that_kills_its_worker_is_not_minimised(package: Package) -> None:
    package.write("m_test.py", GUARDED.replace("END", "os._exit(3)"))
    _, output = fuzz(package, "-parallel=1")
    assert "exit status 3" in output
    (name,) = package.recorded()
    text = (package.folder / "testdata" / "fuzz" / name).read_text()
    assert "PNG" in text
    assert "MNOP" in text  # what the solver filled it up with is still there


def test_a_failure_that_only_logging_causes_is_none(package: Package) -> None:
    package.write(
        "m_test.py",
        """
        import sys

        def down(n, x):
            return n if n == 0 else down(n - 1, x) + (x == n)

        def fuzz_it(f):
            @f.fuzz
            def _(t, x: int):
                sys.setrecursionlimit(200)
                frame, depth = sys._getframe(), 0
                while frame:
                    frame, depth = frame.f_back, depth + 1
                down(200 - depth - 2, x)
                if x == 123456:
                    t.error("found")
        """,
    )
    _, output = fuzz(package, "-parallel=1")
    assert "RecursionError" not in output
    assert "found" in output


def entries(package: Package) -> dict[str, bytes]:
    return {
        path.name: path.read_bytes()
        for path in (package.cache / "fuzz").rglob("*")
        if path.is_file() and not path.name.endswith(".code")
    }


@pytest.mark.process
def test_one_worker_and_one_seed_give_one_campaign(tmp_path: Path) -> None:
    """Counts and corpora are the same, with the solver's part and the random part."""
    source = GUARDED.replace("if check(data):", "if check(data) and hash(data) == 0:")
    outcomes = []
    for name in ("one", "two"):
        package = Package(tmp_path / name)
        package.write("m_test.py", source)
        done = package.run("test", "-fuzz=fuzz_it", "-fuzztime=3000x", "-seed=3", "-parallel=1")
        assert done.returncode == 0
        last = [line for line in done.stdout.splitlines() if "execs:" in line][-1]
        outcomes.append((last.split("(")[0].split("execs")[1], entries(package)))
    assert outcomes[0] == outcomes[1]
    assert len(outcomes[0][1]) > 2


def memory(tmp_path: Path) -> SharedMemory:
    descriptor, path = create_memory_file(str(tmp_path))
    try:
        return SharedMemory(descriptor, os.fstat(descriptor).st_size)
    finally:
        os.close(descriptor)
        os.unlink(path)


def fuzz_call(tmp_path: Path, *, solve: bool) -> tuple[FuzzCall, SharedMemory, Any]:
    entry = Entry("x", marshal([BYTES], [b"given"]))
    task = FuzzTask(entry, limit=10, timeout=0, solve=solve)
    call, shared = FuzzCall(task, mask=b"\1"), memory(tmp_path)
    request = call.next_request(shared)
    assert request is not None
    return call, shared, messages.decode(request)["Fuzz"]


def test_the_call_of_a_study_has_one_field_more_than_that_of_go(tmp_path: Path) -> None:
    fields = {"Timeout": 0, "Limit": 10, "Warmup": False, "CoverageData": b"\1"}
    assert fuzz_call(tmp_path, solve=False)[2] == fields
    assert fuzz_call(tmp_path, solve=True)[2] == {**fields, "Solve": True}


@pytest.mark.parametrize("failure", ["", "it failed"])
def test_a_proposal_is_taken_from_the_memory_and_not_rebuilt(tmp_path: Path, failure: str) -> None:
    call, shared, _ = fuzz_call(tmp_path, solve=True)
    shared.value = marshal([BYTES], [b"proposed"])
    shared.raw = True
    shared.count = 7
    answer = {"Err": failure, "CoverageData": b"\2", "Solved": True}
    result = call.result_of_answer(answer, shared)
    assert result.entry is not None
    assert result.entry.data == shared.value
    assert result.minimizable == bool(failure)
    assert call.result_of_loss(shared).entry.data == shared.value  # type: ignore[union-attr]
    shared.close()


def test_a_worker_without_solver_still_may_not_change_its_input(tmp_path: Path) -> None:
    call, shared, _ = fuzz_call(tmp_path, solve=False)
    shared.value = b"changed"
    with pytest.raises(Exception, match="modified input"):
        call.result_of_answer({"Err": "", "CoverageData": None}, shared)
    shared.close()


def test_base64_is_still_the_form_of_coverage() -> None:
    line = messages.fuzz_call(1, 2, warmup=False, coverage=b"\1\2", solve=True)
    assert base64.b64encode(b"\1\2") in line
