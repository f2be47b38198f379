"""Fuzzes the tests with `@given` of three packages of PyPI where they lie in the source archives.

    python conformance/hypothesis/sdists.py -seconds 5

downloads the archives with pip, unpacks them and runs `pytest --fuzz=.` in each. Every test must be
collected and executed; one that fails is printed, since it may be a bug of the package.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

PACKAGES = {
    "hpack==4.2.0": "tests",
    "hyperlink==21.0.0": "src/hyperlink/test",
    "priority==2.0.0": "test",
}
"""The packages, and the folders of their tests."""


def download(package: str, folder: Path) -> Path:
    """Download and unpack a source archive; return its folder."""
    command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--no-binary", ":all:"]
    subprocess.run([*command, "-d", str(folder), package], check=True)
    name = package.replace("==", "-")
    with tarfile.open(folder / f"{name}.tar.gz") as archive:
        archive.extractall(folder, filter="data")
    return folder / name


def fuzz(top: Path, tests: str, seconds: int) -> tuple[int, int, int, int, str]:
    """Fuzz the tests of an unpacked package.

    Returns:
        The numbers of tests with `@given`, of those that were executed and that failed, the
        executions of all, and the output.
    """
    given = sum(path.read_text().count("@given(") for path in (top / tests).rglob("*.py"))
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-rA", "-p", "no:cacheprovider", "-o"),
            *("addopts=", "--fuzz=.", f"--fuzztime={seconds}s", "--fuzzflags=-parallel=1", tests),
        ],
        cwd=top,
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(top / "src"), str(ROOT)]),
            "FUZZENGINE_CACHE": str(top / "cache"),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    # Several lines of a campaign have the number; the last one counts.
    counts = []
    for report in re.split(r"^_{3,} .* _{3,}$", done.stdout, flags=re.MULTILINE)[1:]:
        numbers = re.findall(r"execs: (\d+)", report)
        counts.append(int(numbers[-1]) if numbers else 0)
    failed = len(re.findall(r"^FAILED ", done.stdout, re.MULTILINE))
    return given, sum(count > 0 for count in counts), failed, sum(counts), done.stdout


def main() -> int:
    """Fuzz all packages; return 1 if a test was not executed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("-seconds", type=int, default=5, help="seconds for each test")
    parser.add_argument("-v", action="store_true", help="print the output of pytest")
    arguments = parser.parse_args()
    missing = 0
    with tempfile.TemporaryDirectory() as folder:
        for package, tests in PACKAGES.items():
            top = download(package, Path(folder))
            given, executed, failed, executions, output = fuzz(top, tests, arguments.seconds)
            print(
                f"{package}: {given} tests with @given, {executed} executed, {failed} failed, "
                f"{executions} executions"
            )
            if arguments.v or failed or executed < given:
                print(output)
            missing += given - executed
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
