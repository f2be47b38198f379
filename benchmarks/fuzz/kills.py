"""Kills workers of real campaigns at random moments and looks for anything lost or wrong.

    python benchmarks/fuzz/kills.py [WORKERS] [SEED] [FIRST]

The moments of a campaign depend on SEED and on its number alone: FIRST says with which to begin,
to go on after an interrupted run or to see one again. 1,000 workers take about five minutes.

Each campaign has four workers and goes on with the corpus of the one before; it ends, as in Go,
when one of its workers is killed. After each: nothing recorded as a crash, every interesting
input that was announced is in the cache, every file there is whole, no process and no temporary
folder is left. Prints a summary; exits 1 with what was found wrong. Needs psutil, and Linux.
"""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

WORKERS = 4
LONGEST = 120
TARGET = """
def FuzzKilled(f):
    f.add(b"seed of some length, so that there is something to make smaller", "text")

    @f.fuzz
    def _(t, data: bytes, text: str):
        seen = 0
        for byte in data[:8]:
            if byte & 1:
                seen += 1
            if byte & 16:
                seen += 2
            if byte == 65 + seen:
                break
        if len(text) > 5:
            for letter in text[:4]:
                if letter > "m":
                    seen += 1
"""
ENDINGS = re.compile(
    r"terminated without fuzzing: \S.*\n\s+signal: killed"
    r"|terminated by unexpected signal; no crash will be recorded: signal: killed"
    r"|hung or terminated unexpectedly: signal: killed"
    r"|communicating with fuzzing process: .*\n\s+signal: killed"
)


def campaign(folder: Path, chance: random.Random) -> tuple[int, int, str]:
    """Run one campaign and kill its workers; return how many, its exit status and its output."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "FUZZENGINE_CACHE": str(folder / "cache"),
        "TMPDIR": str(folder / "tmp"),
    }
    command = [sys.executable, "-m", "fuzzengine", "test", "-fuzz=FuzzKilled", "-run=NONE"]
    command += [f"-parallel={WORKERS}", f"-fuzztime={LONGEST}s", "-fuzzminimizetime=2s"]
    with subprocess.Popen(
        command, cwd=folder / "m", env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        killed = 0
        workers: list[psutil.Process] = []
        while len(workers) < WORKERS and process.poll() is None:
            programs = psutil.Process(process.pid).children()
            workers = programs[0].children() if programs else []
        # The moment is to be random: from the start of the interpreter to the midst of fuzzing.
        time.sleep(chance.random() ** 2 * 1.5)
        chance.shuffle(workers)
        for worker in workers:
            try:
                worker.kill()
                killed += 1
            except psutil.NoSuchProcess:
                continue
        output, _ = process.communicate(timeout=LONGEST)
    return killed, process.returncode, output


def complaints(folder: Path, before: int, status: int, output: str) -> list[str]:
    """Return what is wrong after a campaign that began with so many files in the cache."""
    from fuzzengine.corpus.encoding import CorpusError, unmarshal
    from fuzzengine.corpus.entry import entry_name

    found = []
    if status not in (1, 3) or not ENDINGS.search(output):
        found.append("unexpected end")
    if (folder / "m" / "testdata").exists():
        found.append("a crash was recorded")
    counts = re.findall(r"new interesting: (\d+) ", output)
    paths = list((folder / "cache").glob("fuzz/m-*/FuzzKilled/*"))
    if len(paths) != before + int(counts[-1] if counts else 0):
        found.append(f"{before} files before, {len(paths)} after, announced: {counts[-1:]}")
    for path in paths:
        data = path.read_bytes()
        try:
            unmarshal(data)
        except CorpusError as error:
            found.append(f"{path.name}: {error}")
        if path.name != entry_name(data):
            found.append(f"{path.name}: not whole")
    if list((folder / "tmp").iterdir()):
        found.append("temporary files are left")
    return found + left_behind(folder)


def left_behind(folder: Path) -> list[str]:
    """Return the processes, dead or alive, that belong to a campaign in a folder."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("TMPDIR") == str(folder / "tmp"):
                found.append(f"process {process.pid} is left ({process.status()})")
        except (psutil.Error, OSError):
            continue
    return found


def main() -> int:
    """Kill as many workers as the command line says."""
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    number = first = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    killed = before = 0
    began = time.monotonic()
    kinds: dict[str, int] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for part in ("m", "tmp", "cache"):
            (folder / part).mkdir()
        (folder / "m" / "killed_test.py").write_text(TARGET)
        while killed < wanted:
            more, status, output = campaign(folder, random.Random(f"{seed} {number}"))
            found = complaints(folder, before, status, output)
            if found:
                print(f"campaign {number}:", *found, output, sep="\n")
                return 1
            match = ENDINGS.search(output)
            kind = re.split(r"[;:]", match[0])[0] if match else ""
            kinds[kind] = kinds.get(kind, 0) + 1
            killed, number = killed + more, number + 1
            if (number - first) % 25 == 0:
                print(f"{killed} killed, next campaign: {number}", file=sys.stderr)
            before = len(list((folder / "cache").glob("fuzz/m-*/FuzzKilled/*")))
    print(
        f"{killed} workers of {number - first} campaigns killed, nothing wrong; "
        f"{before} entries found; {time.monotonic() - began:.0f} seconds"
    )
    for kind, count in sorted(kinds.items()):
        print(f"  {count} x {kind}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
