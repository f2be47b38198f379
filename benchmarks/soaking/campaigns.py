"""Kills and interrupts fuzz campaigns whose target starts daemons."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

from .framework import ENDING, LIMIT, Experiment, Finding, environment, send_one_of

_LONGEST = 1.5
"""Seconds from the start to the latest signal; by then the campaign runs."""

_TARGET = """
import os

ran = False


def daemon():
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.closerange(0, 100)
            os.execve("/bin/sleep", ["sleep", "600"], {})
        os._exit(0)
    os.wait()


def FuzzIt(f):
    f.add(b"seed")

    @f.fuzz
    def _(t, data: bytes):
        global ran
        if not ran:
            ran = True
            daemon()
        for byte, wanted in zip(data, b"abcdefghijklmnopqrstuvwxyz"):
            if byte != wanted:
                break
"""


def _start(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "fuzzengine", "test", "-fuzz=FuzzIt", "-parallel=2", *arguments],
        cwd=folder / "package",
        env=environment(folder),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def _attack(folder: Path, chance: random.Random, number: signal.Signals) -> Finding:
    """Send a signal to a campaign at a random moment; then run another one."""
    from fuzzengine.corpus.entry import entry_name

    (folder / "package").mkdir()
    (folder / "package" / "it_test.py").write_text(_TARGET)
    moment = chance.uniform(0, _LONGEST)
    sent = f"{number.name} after {moment:.3f} s"
    losses = []
    run = _start(folder)
    time.sleep(moment)
    run.send_signal(number)
    try:
        out, err = run.communicate(timeout=LIMIT)
    except subprocess.TimeoutExpired:
        run.kill()
        run.communicate()
        return Finding("hang", (f"hangs after {sent}",))
    in_python = "Traceback" in err and "/fuzzengine/" not in err
    if not in_python and "Traceback" in out + err:
        losses.append(f"{sent}: {(out + err)[-1500:]}")
    if run.returncode not in (0, 1, 3, 130, -number):
        losses.append(f"{sent}: exit status {run.returncode}: {(out + err)[-500:]}")
    again = _start(folder, "-fuzztime=1x")
    out, err = again.communicate(timeout=LIMIT)
    if again.returncode:
        losses.append(f"the next run: status {again.returncode}: {(out + err)[-1500:]}")
    for path in folder.glob("fuzz-cache/fuzz/*/FuzzIt/*"):
        if path.name != entry_name(path.read_bytes()):
            losses.append(f"not whole: {path}")
    if (folder / "package" / "testdata").exists():
        losses.append(f"recorded: {os.listdir(folder / 'package' / 'testdata')}")
    status = run.returncode
    end = "ended by the signal" if status < 0 else f"ended with status {status}"
    return Finding("ended in the start of Python" if in_python else end, tuple(losses))


EXPERIMENTS = (
    Experiment(
        "fuzz-kills",
        "SIGKILL of a campaign at a random moment, and another run",
        partial(send_one_of, (signal.SIGKILL,), _attack),
    ),
    Experiment(
        "fuzz-signals",
        "SIGINT, SIGTERM or SIGHUP of a campaign, and another run",
        partial(send_one_of, ENDING, _attack),
    ),
)
