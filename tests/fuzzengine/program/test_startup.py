"""Workers and coordinators import little before they start to work."""

from __future__ import annotations

import subprocess
import sys

from tests.fuzzengine.running import ROOT, Package
from tests.waiting import PATIENCE

# Each of these costs a millisecond or more, some of them ten.
HEAVY = {
    *(
        "_ast",
        "_hashlib",
        "argparse",
        "ast",
        "asyncio",
        "collections",
        "ctypes",
        "dataclasses",
        "enum",
        "heapq",
        "inspect",
    ),
    *("fuzzengine.findings.reproducer", "operator"),
    *("json", "logging", "queue", "re", "re2", "subprocess", "tempfile", "threading", "typing"),
}

LIGHT = """
    from fuzzengine import F, T

    def FuzzLight(f: F) -> None:
        @f.fuzz
        def _(t: T, data: bytes) -> None:
            pass
"""


def imported(package: Package, *arguments: str) -> set[str]:
    command = [
        sys.executable,
        "-X",
        "importtime",
        "-P",
        str(ROOT / "fuzzengine" / "program" / "boot.py"),
    ]
    done = subprocess.run(
        [*command, *arguments],
        cwd=package.folder,
        env=package.environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    lines = [line for line in done.stderr.splitlines() if line.startswith("import time:")]
    return {line.rpartition("|")[2].strip() for line in lines}


def test_a_worker_imports_nothing_heavy_before_it_answers(package: Package) -> None:
    package.write("light_test.py", LIGHT)
    flags = ("-test.fuzzworker", "-test.fuzz=FuzzLight", f"-test.fuzzcachedir={package.cache}")
    imported(package, *flags)
    names = imported(package, *flags)
    assert "fuzzengine.program.worker_mode" in names
    already = {"re", "enum", "typing", "collections", "operator"} & imported(
        package, "-test.list=none"
    )
    assert names & HEAVY <= already, "but what site-packages import at every start"


def test_a_coordinator_imports_nothing_heavy_but_what_it_needs(package: Package) -> None:
    package.write("light_test.py", LIGHT)
    flags = ["-test.fuzz=.", f"-test.fuzzcachedir={package.cache}", "-test.parallel=1"]
    flags += ["-test.fuzztime=1x", "-test.timeout=10m"]
    imported(package, *flags)
    names = imported(package, *flags)
    assert "fuzzengine.campaign.loop" in names
    needed = {"_hashlib", "json", "queue", "threading"}
    needed |= {"collections", "enum", "operator", "re"}  # json and threading import these
    already = {"typing"} & imported(package, "-test.list=none")
    assert names & HEAVY <= already | needed
