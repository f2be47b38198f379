"""Without descriptors, threads or processes a run ends with one line and leaves nothing."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.fuzzengine.running import ROOT, Package, processes_of
from tests.refusing import LIMITED
from tests.waiting import PATIENCE

pytestmark = [
    pytest.mark.process,
    pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limits"),
]

TARGET = """
    def FuzzIt(f):
        @f.fuzz
        def _(t, data: bytes):
            pass
"""

COMMAND = ("-m", "fuzzengine", "test", "-fuzz=FuzzIt", "-fuzztime=100x", "-parallel=3", "-run=NONE")

# Every process of the run gets this module.
REFUSING = f"""\
{LIMITED}
kind, role, limit = os.environ["REFUSED"].split()
is_program = any(argument.startswith("-test.") for argument in sys.orig_argv)
if "-test.fuzzworker" not in sys.orig_argv and is_program == (role == "coordinator"):
    if kind == "thread":
        limit_threads(int(limit))
    else:
        os.posix_spawn = limited(os.posix_spawn, int(limit), no_process)
"""


def run(package: Package, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    package.write("it_test.py", TARGET)
    return subprocess.run(
        command,
        cwd=package.folder,
        env=package.environment(**environment),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def is_clean(package: Package) -> bool:
    return not (package.recorded() or package.leftovers() or processes_of(package))


@pytest.mark.parametrize("limit", [8, 12, 16, 20, 24, 32, 40])
def test_few_descriptors(package: Package, limit: int) -> None:
    limited = f'ulimit -n {limit} && exec "$@"'
    done = run(package, "/bin/sh", "-c", limited, "sh", sys.executable, *COMMAND)
    assert "Traceback" not in done.stdout + done.stderr
    if limit < 30 or done.returncode:
        assert done.returncode == 3, done.stdout
        assert done.stderr == "fuzzengine: too many open files (see `ulimit -n`)\n"
        assert "FAIL" not in done.stdout
    assert is_clean(package)


@pytest.mark.parametrize("role", ["command", "coordinator"])
@pytest.mark.parametrize("kind", ["thread", "process"])
@pytest.mark.parametrize("limit", range(5))
def test_few_threads_and_processes(package: Package, kind: str, role: str, limit: int) -> None:
    modules = package.base / "modules"
    modules.mkdir()
    (modules / "sitecustomize.py").write_text(REFUSING)
    path = os.pathsep.join((str(modules), str(ROOT)))
    refused = f"{kind} {role} {limit}"
    done = run(package, sys.executable, *COMMAND, REFUSED=refused, PYTHONPATH=path)
    assert "Traceback" not in done.stdout + done.stderr
    needed = 1 if role == "command" else 3
    if limit < needed:
        assert done.returncode == 3, done.stdout + done.stderr
        assert done.stderr == (
            "fuzzengine: no more processes or threads can be started (see `ulimit -u`)\n"
        )
        assert "FAIL" not in done.stdout
    assert is_clean(package)
