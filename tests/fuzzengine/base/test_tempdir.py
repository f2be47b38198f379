"""Temporary folders of killed runs are removed by the next run, those of others are not."""

from __future__ import annotations

import os
import sys

import pytest

from tests.fuzzengine.running import Package, processes_of
from tests.scriptest import daemons
from tests.waiting import is_gone, wait_for_line, wait_until

pytestmark = [
    pytest.mark.process,
    pytest.mark.skipif(sys.platform == "win32", reason="folders are not claimed on Windows"),
]

TARGETS = """
    import os
    import time

    def FuzzWaits(f):
        @f.fuzz
        def _(t, data: bytes):
            with open(os.path.join(t.temp_dir(), "file"), "w"):
                pass
            time.sleep(3600)

    def FuzzEnds(f):
        @f.fuzz
        def _(t, data: bytes):
            t.temp_dir()
"""


def test_folders_of_killed_runs_are_swept(package: Package) -> None:
    package.write("waits_test.py", TARGETS)
    flags = ("-fuzzexectime=0", "-run=NONE", "-parallel=1")
    with package.start("test", "-fuzz=FuzzWaits", *flags) as run:
        wait_until(lambda: any(package.temporary.rglob("file")))
        (file,) = package.temporary.rglob("file")
        # Another run leaves it alone.
        done = package.run("test", "-fuzz=FuzzEnds", "-fuzztime=10x", *flags)
        assert done.returncode == 0, done.stdout
        assert file.exists()
        run.kill()
    wait_until(lambda: not processes_of(package))
    assert file.exists()
    assert package.run("test", "-fuzz=FuzzEnds", "-fuzztime=10x", *flags).returncode == 0
    assert package.leftovers() == []


@pytest.mark.skipif(sys.platform != "linux", reason="processes are tagged on Linux only")
def test_daemons_of_killed_runs_are_ended(package: Package) -> None:
    pids = package.base / "pids"
    package.write(
        "starts_test.py",
        f"""
        import subprocess
        import time

        def FuzzStarts(f):
            @f.fuzz
            def _(t, data: bytes):
                subprocess.run(["sh", "-c", {daemons.start('"$0"')!r}, {str(pids)!r}])
                time.sleep(3600)
        """,
    )
    flags = ("-fuzzexectime=0", "-run=NONE", "-parallel=1")
    with package.start("test", "-fuzz=FuzzStarts", *flags) as run:
        pid = int(wait_for_line(pids))
        run.kill()
    assert not is_gone(pid)
    assert package.run("test", "-run=NONE").returncode == 0
    assert is_gone(pid)
    assert package.leftovers() == []


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs another user")
def test_folders_of_other_users_are_left_alone(package: Package) -> None:
    package.write("waits_test.py", TARGETS)
    folder = package.temporary / "fuzzengine-run-1-00"
    folder.mkdir()
    os.chown(folder, 12345, 12345)
    assert package.run("test", "-fuzz=FuzzEnds", "-fuzztime=10x").returncode == 0
    assert package.leftovers() == [folder.name]
