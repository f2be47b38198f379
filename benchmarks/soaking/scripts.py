"""Kills and interrupts runs of scripts: servers deaf to signals, sessions of their own, daemons."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory

from .framework import ENDING, LIMIT, Experiment, Finding, environment, send_one_of

_STARTS = 10
"""How often a run is started again that ends before it is attacked."""


_SCRIPT = """
# start what does not want to end
exec sh -c 'trap "" INT TERM HUP QUIT; sleep 600 & while :; do wait; sleep 1; done' &server&
exec sh -c 'setsid sleep 600 &'
exec sh -c '(setsid env -i /bin/sleep 600 </dev/null >/dev/null 2>&1 &)'
{tool}
# leave folders that cannot be written
mkdir deep/deeper
cp file deep/deeper
chmod 500 deep/deeper deep
exec sleep 0.05
ttyin file
exec cat
exec sleep 0.05
-- file --
some text
"""
_TOOL = """
import os, sys, time


def main():
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.closerange(0, 100)
            os.execve("/bin/sleep", ["sleep", "600"], {})
        os._exit(0)
    os.wait()
"""


def start(folder: Path, *options: str) -> subprocess.Popen[str]:
    """Start a run of two scripts at a time in a folder."""
    (folder / "soak_tool.py").write_text(_TOOL)
    (folder / "scriptest.yaml").write_text("commands: {tool: {python: 'soak_tool:main'}}\n")
    for name, tool in (("a", ""), ("b", "exec tool"), ("c", "exec tool &"), ("d", "")):
        (folder / f"{name}.txt").write_text(_SCRIPT.format(tool=tool))
    return subprocess.Popen(
        [sys.executable, "-m", "scriptest", "run", "-j2", "--timeout=10s", *options, "."],
        cwd=folder,
        env=environment(folder),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        restore_signals=True,
    )


@cache
def usual_seconds() -> float:
    """Return how long a run takes that nothing disturbs; measured once in a process."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "tmp").mkdir()
        started = time.monotonic()
        out, err = start(folder).communicate()
        assert "4 passed" in out, out + err
        return time.monotonic() - started


def _moment(chance: random.Random) -> float:
    """Return seconds from the start of a run: often in its beginning, or about its end."""
    usual = usual_seconds()
    return chance.choice(
        (
            chance.uniform(0, usual),
            chance.uniform(0, min(usual, 0.3)),
            chance.uniform(0.8, 1.1) * usual,
        )
    )


def _start_and_wait(folder: Path, chance: random.Random) -> tuple[subprocess.Popen[str], float]:
    """Start a run and wait for a moment of it; return the run and the seconds since its start."""
    for attempt in range(_STARTS):
        # The machine may be less busy than when the usual time was measured.
        run, moment = start(folder), _moment(chance) / 2**attempt
        try:
            run.communicate(timeout=moment)
        except subprocess.TimeoutExpired:
            break
    return run, moment


def _attack(folder: Path, chance: random.Random, number: signal.Signals) -> Finding:
    """Send a signal to a run at a random moment, and look at how it ends."""
    run, moment = _start_and_wait(folder, chance)
    run.send_signal(number)
    sent = f"{number.name} after {moment:.3f} s"
    losses = []
    try:
        out, err = run.communicate(timeout=LIMIT)
    except subprocess.TimeoutExpired:
        run.kill()
        out, err = run.communicate()
        losses.append(f"hangs after {sent}")
    if "Traceback" in err and "/scriptest/" not in err:
        # No line of the program had run.
        return Finding("ended in the start of Python", tuple(losses))
    if err:
        losses.append(f"{sent}: stderr: {err[-1500:]}")
    if run.returncode not in (0, 130, -number):
        losses.append(f"{sent}: exit status {run.returncode}: {out[-500:]}")
    ends = {0: "over before", 130: "ended with status 130", -number: "ended by the signal"}
    return Finding(ends.get(run.returncode, f"status {run.returncode}"), tuple(losses))


EXPERIMENTS = (
    Experiment(
        "kills",
        "SIGKILL of a run of scripts at a random moment",
        partial(send_one_of, (signal.SIGKILL,), _attack),
    ),
    Experiment(
        "signals",
        "SIGINT, SIGTERM or SIGHUP of a run at a random moment",
        partial(send_one_of, ENDING, _attack),
    ),
)
