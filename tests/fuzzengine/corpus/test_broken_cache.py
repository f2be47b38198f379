"""Campaigns whose cache or testdata is unusable: they go on, and no failing input is lost."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.fuzzengine.running import FOUND, Package, processes_of

pytestmark = [
    pytest.mark.process,
    pytest.mark.skipif(os.name == "nt", reason="FIFOs and permissions are POSIX's"),
    pytest.mark.once,
]

TARGETS = f"""
    import os
    import shutil
{FOUND}
    def FuzzRemoves(f):
        f.add(b"seed")
        @f.fuzz
        def _(t, data: bytes):
            if data[:1] == b"a":
                if data[1:2] == b"b":
                    if data[2:3] == b"c":
                        pass
            shutil.rmtree(os.environ["FUZZENGINE_CACHE"], ignore_errors=True)
            if data[:1] == b"d":
                shutil.rmtree("testdata", ignore_errors=True)
                if data[1:2] == b"e":
                    t.error("removed")
"""
ENTRY = "0123456789abcdef"


def fifo(folder: Path) -> None:
    os.mkfifo(folder / ENTRY)


def directory_behind_a_link(folder: Path) -> None:
    (folder / ENTRY).symlink_to(folder)


def dangling_link(folder: Path) -> None:
    (folder / ENTRY).symlink_to("nowhere")


def device(folder: Path) -> None:
    (folder / ENTRY).symlink_to("/dev/zero")


OBSTACLES = [fifo, directory_behind_a_link, dangling_link, device]


@pytest.mark.parametrize("obstruct", OBSTACLES)
def test_an_unusable_entry_of_the_cache_is_skipped(
    package: Package, obstruct: Callable[[Path], None]
) -> None:
    package.write("found_test.py", TARGETS)
    folder = package.inputs("FuzzFound")
    folder.mkdir(parents=True)
    obstruct(folder)
    run = package.run("test", "-fuzz=FuzzFound", "-run=NONE", "-parallel=2")
    assert run.returncode == 1, run.stdout
    assert run.stdout.count("warning: not using a part of the cache: failed to read") == 1
    assert "found_test.py:10: found\n" in run.stdout
    assert len(package.recorded()) == 1


@pytest.mark.parametrize("obstruct", OBSTACLES)
def test_an_unusable_entry_of_testdata_is_named(
    package: Package, obstruct: Callable[[Path], None]
) -> None:
    package.write("found_test.py", TARGETS)
    folder = package.folder / "testdata/fuzz/FuzzFound"
    folder.mkdir(parents=True)
    obstruct(folder)
    for flags in ["-run=FuzzFound"], ["-fuzz=FuzzFound", "-run=NONE"]:
        run = package.run("test", *flags)
        assert run.returncode == 1, run.stdout
        assert f"testdata/fuzz/FuzzFound/{ENTRY}: " in run.stdout
        assert "Traceback" not in run.stdout


@pytest.mark.parametrize("kind", ["file", "fifo", "dangling", "read-only", "no folder"])
def test_a_campaign_goes_on_without_a_cache(package: Package, kind: str) -> None:
    package.write("found_test.py", TARGETS)
    if kind == "file":
        package.cache.write_text("a file")
    elif kind == "fifo":
        os.mkfifo(package.cache)
    elif kind == "dangling":
        package.cache.symlink_to("nowhere")
    elif kind == "no folder":
        package.inputs("FuzzNothing").parent.mkdir(parents=True)
        os.mkfifo(package.inputs("FuzzNothing"))
    elif os.getuid() == 0:
        pytest.skip("root may write everywhere")
    else:
        package.cache.mkdir(mode=0o500)
    run = package.run("test", "-fuzz=FuzzNothing", "-fuzztime=5000x", "-run=NONE", "-parallel=2")
    assert run.returncode == 0, run.stdout
    assert run.stdout.count("warning: new inputs are kept in memory only: ") == 1
    assert ", execs: 5000 (" in run.stdout
    assert "new interesting: 0" not in run.stdout.splitlines()[-3]
    assert "Traceback" not in run.stdout
    assert processes_of(package) == []


def test_a_cache_that_the_target_removes(package: Package) -> None:
    package.write("removes_test.py", TARGETS)
    flags = ["-fuzztime=20000x", "-run=NONE", "-parallel=2", "-seed=1"]
    run = package.run("test", "-fuzz=FuzzRemoves", "-keepgoing", *flags)
    assert run.returncode == 1, run.stdout
    assert ", execs: 20000 (" in run.stdout
    assert "Traceback" not in run.stdout
    (path,) = package.recorded()
    assert path.startswith("FuzzRemoves/")


def test_testdata_that_the_target_removes_is_written_again(package: Package) -> None:
    package.write("removes_test.py", TARGETS)
    run = package.run("test", "-fuzz=FuzzRemoves", "-run=NONE", "-parallel=2", "-seed=1")
    assert run.returncode == 1, run.stdout
    (path,) = package.recorded()
    assert f"Failing input written to testdata/fuzz/{path}\n" in run.stdout


def test_an_input_that_cannot_be_written_is_printed_whole(package: Package) -> None:
    package.write("found_test.py", TARGETS)
    (package.folder / "testdata").symlink_to("nowhere")
    package.cache.write_text("a file, too")
    run = package.run("test", "-fuzz=FuzzFound", "-run=NONE", "-parallel=1")
    assert run.returncode == 1
    start = "    The failing input could not be saved; to keep it, write this to "
    _, found, text = run.stdout.partition(start)
    assert found, run.stdout
    lines = [line.removeprefix("    ") for line in text.splitlines()]
    path = package.folder / lines[0].removesuffix(":")
    assert lines[1:3] == ["go test fuzz v1", '[]byte("ab")']
    (package.folder / "testdata").unlink()
    path.parent.mkdir(parents=True)
    path.write_text("\n".join(lines[1:3]) + "\n")
    again = package.run("test", f"-run=FuzzFound/{path.name}")
    assert again.returncode == 1
    assert "found_test.py:10: found\n" in again.stdout


def test_corpus_commands_do_not_wait_for_a_pipe(package: Package) -> None:
    os.mkfifo(package.folder / "pipe")
    for arguments in (["show", "pipe"], ["import", "-o", "in", "pipe"], ["export", "-o", "o", "."]):
        run = package.run("corpus", *arguments)
        assert run.returncode == 1
        assert "pipe: it is a FIFO, not a regular file\n" in run.stderr
    shutil.rmtree(package.folder)
