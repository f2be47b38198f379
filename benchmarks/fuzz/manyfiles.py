"""How long a campaign takes to load a large corpus, and how much memory its processes use.

    python benchmarks/fuzz/manyfiles.py [FILES]

Half of the files are seeds in testdata, half are in the cache. Prints the seconds until all were
run once and the largest resident memory of the coordinator, in MiB, at that time and after
100,000 more executions. Needs psutil.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

MORE = 100_000
TARGET = """
def FuzzMany(f):
    @f.fuzz
    def _(t, data: bytes, number: int):
        for byte in data[:4]:
            if byte == 65:
                break
"""


def write_corpus(folders: list[Path], files: int) -> None:
    from fuzzengine.corpus.entry import entry_name

    for folder in folders:
        folder.mkdir(parents=True)
    for number in range(files):
        data = f'go test fuzz v1\n[]byte("{number:064d}")\nint({number})\n'.encode()
        (folders[number % len(folders)] / entry_name(data)).write_bytes(data)


def resident(process: psutil.Process) -> float:
    return float(process.memory_info().rss) / (1 << 20)


def main() -> int:
    files = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    from fuzzengine.cli.inputs import inputs_folder

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        seeds = folder / "m" / "testdata" / "fuzz" / "FuzzMany"
        cached = Path(inputs_folder(str(folder / "m"), str(folder / "cache"))) / "FuzzMany"
        write_corpus([seeds, cached], files)
        (folder / "m" / "many_test.py").write_text(TARGET)
        environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "FUZZENGINE_CACHE": str(folder / "cache"),
        }
        command = [sys.executable, "-m", "fuzzengine", "test", "-fuzz=FuzzMany", "-run=NONE"]
        command.append(f"-fuzztime={files + MORE}x")
        started = time.perf_counter()
        with subprocess.Popen(
            command, cwd=folder / "m", env=environment, stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None
            coordinator, sizes = None, [0.0]
            for line in process.stdout:
                if coordinator is None:
                    (coordinator,) = psutil.Process(process.pid).children()
                if "now fuzzing with" in line:
                    print(f"{files} files: {time.perf_counter() - started:.1f} s until fuzzing")
                if line.startswith("fuzz: elapsed") and coordinator.is_running():
                    try:
                        sizes.append(resident(coordinator))
                    except psutil.Error:
                        break
                    print(f"{sizes[-1]:.0f} MiB  {line}", end="")
        return process.returncode


if __name__ == "__main__":
    sys.exit(main())
