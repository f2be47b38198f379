"""Targets that take their process apart: no campaign hangs, nothing wrong is recorded."""

from __future__ import annotations

import re

import psutil
import pytest

from tests.fuzzengine.running import Package, processes_of

HARMLESS = """
    import os
    import signal
    import sys
    import threading
    from fuzzengine import F, T

    def FuzzForks(f: F) -> None:
        @f.fuzz
        def _(t: T, data: bytes) -> None:
            child = os.fork()
            if child == 0 and len(data) % 2:
                os._exit(9)
            if child:
                os.waitpid(child, 0)

    def FuzzForkFails(f: F) -> None:
        @f.fuzz
        def _(t: T, data: bytes) -> None:
            child = os.fork()
            if child == 0:
                raise ValueError("in a child")
            _, status = os.waitpid(child, 0)
            assert os.WEXITSTATUS(status) == 1

    def FuzzThreads(f: F) -> None:
        forever = threading.Event()
        @f.fuzz
        def _(t: T, data: bytes) -> None:
            if threading.active_count() < 20:
                threading.Thread(target=forever.wait).start()

    def FuzzFolder(f: F) -> None:
        @f.fuzz
        def _(t: T, data: bytes) -> None:
            os.chdir("/")
            if data[:1] == b"a":
                if data[1:2] == b"b":
                    pass

    def FuzzOutput(f: F) -> None:
        @f.fuzz
        def _(t: T, data: bytes) -> None:
            sys.stdout = sys.stderr = None
            if len(data) % 2:
                class Odd:
                    def flush(self):
                        raise RuntimeError("no flushing")
                sys.stdout = sys.stderr = Odd()

    def FuzzClosesOutput(f: F) -> None:
        @f.fuzz
        def _(t: T, data: bytes) -> None:
            for stream in (sys.stdin, sys.stdout, sys.stderr):
                stream.close()
            for descriptor in (0, 1, 2):
                try:
                    os.close(descriptor)
                except OSError:
                    pass

    def FuzzHandlers(f: F) -> None:
        @f.fuzz
        def _(t: T, data: bytes) -> None:
            for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
                signal.signal(number, signal.SIG_IGN)

    def FuzzDel(f: F) -> None:
        class Ends:
            def __del__(self):
                raise RuntimeError("in __del__")
        @f.fuzz
        def _(t: T, data: bytes) -> None:
            Ends()

    def FuzzPrints(f: F) -> None:
        @f.fuzz
        def _(t: T, data: bytes) -> None:
            sys.stdout.write("x" * 500_000)
            sys.stderr.write("y\\n" * 250_000)
"""


@pytest.mark.parametrize(
    "name",
    [
        "FuzzForks",
        "FuzzForkFails",
        "FuzzThreads",
        "FuzzFolder",
        "FuzzOutput",
        "FuzzClosesOutput",
        "FuzzHandlers",
        "FuzzDel",
        "FuzzPrints",
    ],
)
def test_odd_but_not_wrong(package: Package, name: str) -> None:
    package.write("odd_test.py", HARMLESS)
    done = package.run("test", f"-fuzz=^{name}$", "-parallel=2", "-fuzztime=100x", "-run=NONE")
    assert done.returncode == 0, done.stdout
    assert len(done.stdout) < 10_000
    last = [line for line in done.stdout.splitlines() if line.startswith("fuzz: elapsed")][-1]
    assert ", execs: 100 (" in last
    assert "PASS\nok  \tm\t" in done.stdout
    assert package.recorded() == []
    assert package.leftovers() == []
    assert processes_of(package) == []


CLOSES = """
    import os

    def FuzzCloses(f):
        @f.fuzz
        def _(t, data: bytes):
            os.closerange(0, 100)

    def FuzzReplaces(f):
        @f.fuzz
        def _(t, data: bytes):
            os.closerange(3, 100)
            for _ in range(5):
                os.open("precious", os.O_RDWR | os.O_CREAT)
"""


@pytest.mark.parametrize("name", ["FuzzCloses", "FuzzReplaces"])
def test_a_target_that_closes_the_descriptors_is_recorded(package: Package, name: str) -> None:
    package.write("closes_test.py", CLOSES)
    done = package.run("test", f"-fuzz={name}", "-fuzztime=100x")
    assert done.returncode == 1
    assert "the target closed or replaced the descriptors of the engine\n" in done.stdout
    assert "Traceback" not in done.stdout
    precious = package.folder / "precious"
    assert not precious.exists() or precious.read_bytes() == b""
    assert len(package.recorded()) == 1
    assert processes_of(package) == []


WRONG = """
    import os
    import signal
    import sys
    import time

    def FuzzDeep(f):
        def deeper(data):
            return deeper(data) + 1
        @f.fuzz
        def _(t, data: bytes):
            if len(data) > 2:
                deeper(data)

    def FuzzGrows(f):
        @f.fuzz
        def _(t, data: bytes):
            kept = []
            while len(data) > 2 and len(kept) < 600:
                kept.append(bytearray(1 << 20))

    def FuzzSilent(f):
        @f.fuzz
        def _(t, data: bytes):
            sys.stdout = sys.stderr = None
            if len(data) > 2:
                raise ValueError("found")

    def FuzzDeaf(f):
        @f.fuzz
        def _(t, data: bytes):
            for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
                signal.signal(number, signal.SIG_IGN)
            while len(data) > 2:
                time.sleep(60)
"""


@pytest.mark.parametrize(
    ("name", "flags", "text"),
    [
        ("FuzzDeep", [], r"RecursionError: maximum recursion depth exceeded"),
        ("FuzzGrows", ["-memlimit=200M"], r"memory above 209715200 bytes|MemoryError"),
        ("FuzzSilent", [], r"ValueError: found"),
        ("FuzzDeaf", ["-fuzzexectime=1s"], r"timeout after 1s \(-fuzzexectime\)"),
    ],
)
def test_what_is_wrong_is_recorded_once(
    package: Package, name: str, flags: list[str], text: str
) -> None:
    package.write("wrong_test.py", WRONG)
    done = package.run("test", f"-fuzz={name}", "-parallel=2", "-fuzzminimizetime=50x", *flags)
    assert done.returncode == 1
    assert re.search(text, done.stdout), done.stdout
    assert len(package.recorded()) == 1
    assert processes_of(package) == []


def test_a_failure_whose_text_takes_too_much_memory_is_recorded_with_the_limit(
    package: Package,
) -> None:
    package.write(
        "grows_test.py",
        """
        import time

        class Grows(Exception):
            def __str__(self):
                kept = bytearray(190 << 20)
                time.sleep(3600)

        def FuzzGrows(f):
            @f.fuzz
            def _(t, data: bytes):
                if len(data) > 2:
                    raise Grows
        """,
    )
    done = package.run("test", "-fuzz=FuzzGrows", "-parallel=1", "-memlimit=200M")
    assert done.returncode == 1
    expected = "could not be reported: memory above 209715200 bytes (-memlimit)\n"
    assert expected in done.stdout, done.stdout
    assert len(package.recorded()) == 1


def test_a_test_that_prints_a_lot_stays_out_of_memory(package: Package) -> None:
    package.write(
        "prints_test.py",
        """
        import os

        def TestPrints(t):
            for _ in range(1600):
                os.write(1, b"z" * (1 << 16))
        """,
    )
    with package.start("test") as process:
        assert process.stdout is not None
        size, memory = 0, 0
        while chunk := process.stdout.read(1 << 20):
            size += len(chunk)
            memory = max(memory, psutil.Process(process.pid).memory_info().rss)
        assert process.wait() == 0
    assert size > 100 << 20
    assert 0 < memory < 80 << 20
