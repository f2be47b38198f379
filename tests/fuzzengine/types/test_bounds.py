"""The memory of a campaign does not grow with the output of its target or with its corpus."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from fuzzengine.corpus.entry import entry_name
from tests.fuzzengine.running import Package, processes_of

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="measures memory as Linux does"),
    pytest.mark.once,
]
MANY = 10_000


def largest(process: subprocess.Popen[str]) -> int:
    """Wait for a run; return the most resident memory, in MiB, of one of its processes."""
    top, most = psutil.Process(process.pid), 0
    while process.poll() is None:
        try:
            for each in [top, *top.children(recursive=True)]:
                most = max(most, each.memory_info().rss)
        except psutil.NoSuchProcess:
            continue
    return most >> 20


def start(package: Package, output: Path, *flags: str) -> subprocess.Popen[str]:
    with output.open("w") as file:
        return subprocess.Popen(
            [sys.executable, "-m", "fuzzengine", "test", "-run=NONE", *flags],
            cwd=package.folder,
            env=package.environment(),
            stdout=file,
            stderr=subprocess.STDOUT,
            text=True,
        )


def test_a_target_that_prints_a_gigabyte(package: Package) -> None:
    package.write(
        "prints_test.py",
        """
        import os

        def FuzzPrints(f):
            @f.fuzz
            def _(t, data: bytes):
                for number in range(1024):
                    os.write(1 + number % 2, b"x" * (1 << 20))
        """,
    )
    output = package.base / "output"
    with start(package, output, "-fuzz=FuzzPrints", "-fuzztime=1x", "-parallel=1") as process:
        memory = largest(process)
    assert process.returncode == 0, output.read_text()[:2000]
    assert memory < 120
    assert output.stat().st_size < 10_000
    assert package.leftovers() == []


def test_a_cache_of_ten_thousand_inputs(package: Package) -> None:
    package.write(
        "many_test.py",
        """
        def FuzzMany(f):
            @f.fuzz
            def _(t, data: bytes):
                for byte in data[:4]:
                    if byte == 65:
                        break
        """,
    )
    folder = package.inputs("FuzzMany")
    folder.mkdir(parents=True)
    for number in range(MANY):
        text = f"{number:06}{'x' * 1000}"
        data = f'go test fuzz v1\n[]byte("{text}")\n'.encode()
        (folder / entry_name(data)).write_bytes(data)
    output = package.base / "output"
    flags = ("-fuzz=FuzzMany", f"-fuzztime={MANY + 500}x", "-parallel=2")
    with start(package, output, *flags) as process:
        memory = largest(process)
    shown = output.read_text()
    assert process.returncode == 0, shown
    assert f"gathering baseline coverage: {MANY}/{MANY} completed" in shown
    # The inputs alone are 10 MiB; each is read only when it is used.
    assert memory < 120
    assert len(list(folder.iterdir())) >= MANY
    assert processes_of(package) == []
