"""Interrupts at any moment end the programs with a status, and never with a traceback."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tests.waiting import PATIENCE

pytestmark = [
    pytest.mark.process,
    pytest.mark.skipif(os.name != "posix", reason="Windows has no such signals"),
]

ROOT = Path(__file__).parents[3]

# Interrupts the process before the given import after that of the program's first module.
INTERRUPTING = """
    import os
    import signal
    import sys

    class Interrupts:
        left = -1

        def find_spec(self, name, path=None, target=None):
            if name in ("scriptest.__main__", "fuzzengine.__main__"):
                self.left = int(os.environ.pop("INTERRUPTED_IMPORT"))
            elif self.left > 0:
                self.left -= 1
                if not self.left:
                    os.kill(os.getpid(), signal.SIGINT)

    sys.meta_path.insert(0, Interrupts())
"""

# The second signal of a run comes while the suite is torn down.
SUITE = """
    import os
    import signal

    def setup(shared):
        os.kill(os.getpid(), signal.SIGTERM)

    def teardown(shared):
        print("torn down", flush=True)
        {}
"""


def run(folder: Path, module: str, *arguments: str, **environment: str) -> tuple[int, str]:
    (folder / "tmp").mkdir(exist_ok=True)
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=folder,
        env={**os.environ, "TMPDIR": str(folder / "tmp"), "PYTHONPATH": str(ROOT), **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.stderr == ""
    return done.returncode, done.stdout


@pytest.mark.parametrize(
    ("module", "arguments"),
    [("scriptest", ("run", "a.txt")), ("fuzzengine", ("test", "a_test.py"))],
)
def test_an_interrupt_during_the_imports(
    tmp_path: Path, module: str, arguments: tuple[str, ...]
) -> None:
    (tmp_path / "a.txt").write_text("stop\n")
    (tmp_path / "a_test.py").write_text("def TestIt(t): pass\n")
    (tmp_path / "sitecustomize.py").write_text(textwrap.dedent(INTERRUPTING))
    path = os.pathsep.join((str(tmp_path), str(ROOT)))
    number = 1
    while True:
        status, out = run(
            tmp_path, module, *arguments, PYTHONPATH=path, INTERRUPTED_IMPORT=str(number)
        )
        if status == 0:
            break
        # The test program is interrupted where an import follows its start.
        assert status in (-signal.SIGINT, 130) or (status == 1 and "signal: interrupt" in out), out
        # Most of them in the beginning: only then are interrupts not yet handled.
        number += 1 + number // 4
    assert number > 5
    assert os.listdir(tmp_path / "tmp") == []


def test_an_interrupt_while_python_starts_a_test_program(tmp_path: Path) -> None:
    (tmp_path / "a_test.py").write_text("def TestIt(t): pass\n")
    (tmp_path / "sitecustomize.py").write_text(
        "import os, signal, sys\n"
        "if any(word.startswith('-test.') for word in sys.orig_argv):\n"
        "    os.kill(os.getpid(), signal.SIGINT)\n"
    )
    path = os.pathsep.join((str(tmp_path), str(ROOT)))
    status, out = run(tmp_path, "fuzzengine", "test", "a_test.py", PYTHONPATH=path)
    assert status == 1
    assert "signal: interrupt" in out
    assert "Traceback" not in out


CALLBACK = """
    import weakref

    class Referent:
        pass

    def act():
        referent = Referent()
        reference = weakref.ref(referent, lambda reference: kill())
        del referent
        signal.pause()
        signal.pause()
"""
EVALUATION = """
    def act():
        eval("kill()")
"""


@pytest.mark.parametrize("act", [CALLBACK, EVALUATION])
def test_an_interrupt_in_code_that_hides_it(tmp_path: Path, act: str) -> None:
    code = "import os, signal, sys\nfrom scriptest.base import interrupts\n"
    code += "def kill(): os.kill(os.getpid(), signal.SIGTERM)\n" + textwrap.dedent(act)
    (tmp_path / "hiding.py").write_text(f"{code}\nsys.exit(interrupts.run(act))\n")
    path = os.pathsep.join((str(tmp_path), str(ROOT)))
    assert run(tmp_path, "hiding", PYTHONPATH=path) == (130, "")


@pytest.mark.parametrize("again", ["pass", "os.kill(os.getpid(), signal.SIGTERM)"])
def test_signals_end_a_run(tmp_path: Path, again: str) -> None:
    (tmp_path / "soaked.py").write_text(textwrap.dedent(SUITE).format(again))
    (tmp_path / "scriptest.yaml").write_text(
        "suite_setup: {python: 'soaked:setup'}\nsuite_teardown: {python: 'soaked:teardown'}\n"
    )
    (tmp_path / "a.txt").write_text("stop\n")
    status, _ = run(tmp_path, "scriptest", "run", "a.txt")
    assert status == 130
    while os.listdir(tmp_path / "tmp"):
        # After the second signal the watchdog cleans up.
        os.sched_yield()


def test_ignored_signals_stay_ignored(tmp_path: Path) -> None:
    (tmp_path / "soaked.py").write_text(textwrap.dedent(SUITE).format("pass"))
    (tmp_path / "scriptest.yaml").write_text("suite_setup: {python: 'soaked:setup'}\n")
    (tmp_path / "a.txt").write_text("stop\n")
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        status, out = run(tmp_path, "scriptest", "run", "a.txt")
    finally:
        signal.signal(signal.SIGTERM, before)
    assert status == 0, out
