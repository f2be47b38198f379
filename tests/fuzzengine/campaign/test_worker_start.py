"""A worker that ends, or never comes as far as f.fuzz, is an error and no crash."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from tests.fuzzengine.running import ROOT, Package, processes_of
from tests.waiting import LIMITS, PATIENCE

SCENE = """
    import os
    from fuzzengine import F, T, goexit, in_worker, panic

    def target(t: T, data: bytes) -> None:
        pass

    def FuzzReturn(f: F) -> None:
        if in_worker():
            return
        f.fuzz(target)

    def FuzzSkip(f: F) -> None:
        if in_worker():
            f.skip()
        f.fuzz(target)

    def FuzzFail(f: F) -> None:
        if in_worker():
            f.fail()
        f.fuzz(target)

    def FuzzPanic(f: F) -> None:
        if in_worker():
            panic("nope")
        f.fuzz(target)

    def FuzzNilPanic(f: F) -> None:
        if in_worker():
            panic(None)
        f.fuzz(target)

    def FuzzGoexit(f: F) -> None:
        if in_worker():
            goexit()
        f.fuzz(target)

    def FuzzExit(f: F) -> None:
        if in_worker():
            os._exit(99)
        f.fuzz(target)
"""

ENDINGS = {
    "FuzzReturn": "exit status 70",
    "FuzzSkip": "exit status 0",
    "FuzzFail": "exit status 70",
    "FuzzPanic": "exit status 70",
    "FuzzNilPanic": "exit status 70",
    "FuzzGoexit": "exit status 70",
    "FuzzExit": "exit status 99",
}


@pytest.mark.parametrize("name", ENDINGS)
def test_nothing_is_recorded(package: Package, name: str) -> None:
    package.write("fuzz_fail_test.py", SCENE)
    done = package.run("test", f"-fuzz={name}")
    assert done.returncode == 3
    assert done.stderr == ""
    lines = done.stdout.splitlines()
    assert lines[0] == "warning: starting with empty corpus"
    progress = r"fuzz: elapsed: \d+s, execs: 0 \(0/sec\), new interesting: 0 \(total: 0\)"
    assert re.fullmatch(progress, lines[1])
    assert re.fullmatch(progress, lines[2])
    assert re.fullmatch(rf"--- FAIL: {name} \(\d+\.\d\ds\)", lines[3])
    assert lines[4] == "    fuzzing process terminated without fuzzing: EOF"
    assert lines[5] == f"    {ENDINGS[name]}"
    assert lines[-3:-1] == ["FAIL", "exit status 3"]
    assert re.fullmatch(r"FAIL\tm\t\d+\.\d\d\ds", lines[-1])
    assert not (package.folder / "testdata").exists()
    assert package.leftovers() == []
    assert processes_of(package) == []


def test_the_same_functions_pass_as_plain_tests(package: Package) -> None:
    package.write("fuzz_fail_test.py", SCENE)
    done = package.run("test")
    assert re.fullmatch(r"PASS\nok  \tm\t\d+\.\d\d\ds\n", done.stdout)
    assert done.returncode == 0


@pytest.mark.parametrize("name", ["FuzzSkip", "FuzzExit"])
def test_a_coordinator_without_ping_records_what_it_should_not(package: Package, name: str) -> None:
    package.write("fuzz_fail_test.py", SCENE)
    done = package.run("test", f"-fuzz={name}", FUZZENGINE_TEST_SKIP_PING="1")
    assert "terminated without fuzzing" not in done.stdout
    assert package.recorded() != []


START = """
    import os
    import signal
    import subprocess
    import sys
    import time
    from fuzzengine import F, T, in_worker

    def target(t: T, data: bytes) -> None:
        pass

    def FuzzSysExit(f: F) -> None:
        if in_worker():
            sys.exit(0)
        f.fuzz(target)

    def FuzzKilled(f: F) -> None:
        if in_worker():
            os.kill(os.getpid(), signal.SIGKILL)
        f.fuzz(target)

    def FuzzRaises(f: F) -> None:
        if in_worker():
            raise ValueError("no harness")
        f.fuzz(target)

    def FuzzGarbage(f: F) -> None:
        if in_worker():
            os.write(4, b"!!")
            time.sleep(3600)
        f.fuzz(target)

    def FuzzClosed(f: F) -> None:
        if in_worker():
            for descriptor in (3, 4, 5):
                os.close(descriptor)
        f.fuzz(target)

    def FuzzClosedAndAlive(f: F) -> None:
        if in_worker():
            os.close(4)
            time.sleep(3600)
        f.fuzz(target)

    def FuzzLoop(f: F) -> None:
        if in_worker():
            while True:
                pass
        f.fuzz(target)

    def FuzzStubborn(f: F) -> None:
        if in_worker():
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            signal.signal(signal.SIGABRT, signal.SIG_IGN)
            os.write(4, b"!!")
            while True:
                time.sleep(3600)
        f.fuzz(target)

    def FuzzChild(f: F) -> None:
        if in_worker():
            if os.fork() == 0:
                while True:
                    time.sleep(3600)
            os._exit(5)
        f.fuzz(target)

    def FuzzStubbornChild(f: F) -> None:
        if in_worker():
            if os.fork() == 0:
                for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                    signal.signal(number, signal.SIG_IGN)
                while True:
                    time.sleep(3600)
            os._exit(5)
        f.fuzz(target)

    def FuzzRunawayChild(f: F) -> None:
        if in_worker():
            if os.fork() == 0:
                os.setsid()
                while True:
                    time.sleep(3600)
            os._exit(5)
        f.fuzz(target)
"""

REPORTS = {
    "FuzzSysExit": ("EOF", "exit status 70", "SystemExit: 0"),
    "FuzzKilled": ("EOF", "signal: killed", ""),
    "FuzzRaises": ("EOF", "exit status 70", "ValueError: no harness"),
    "FuzzGarbage": (
        "invalid character '!' looking for beginning of value",
        "signal: interrupt (sent",
        "",
    ),
    "FuzzClosed": ("EOF", "exit status 70", "communicating with fuzzing coordinator: "),
    "FuzzClosedAndAlive": ("EOF", "signal: interrupt (sent by fuzzengine)", ""),
    "FuzzStubborn": ("invalid character '!' looking for beginning of value", "signal: killed", ""),
    "FuzzChild": ("EOF", "exit status 5", ""),
    "FuzzStubbornChild": ("EOF", "exit status 5", ""),
    "FuzzRunawayChild": ("EOF", "exit status 5", ""),
}


@pytest.mark.parametrize("name", REPORTS)
def test_other_ends_before_ping(package: Package, name: str) -> None:
    package.write("start_test.py", START)
    done = package.run("test", f"-fuzz=^{name}$")
    reason, ending, detail = REPORTS[name]
    assert f"    fuzzing process terminated without fuzzing: {reason}\n    {ending}" in done.stdout
    assert detail in done.stdout
    assert "Traceback" not in done.stdout
    assert done.returncode == 3
    assert package.recorded() == []
    assert package.leftovers() == []
    assert processes_of(package) == []


def test_a_fuzz_test_that_loops_before_fuzzing(package: Package) -> None:
    package.write("start_test.py", START)
    for limit in LIMITS:
        done = package.run("test", "-fuzz=FuzzLoop", f"-fuzzstarttime={limit}s")
        if "still being imported" not in done.stdout:
            break
    assert (
        f"terminated without fuzzing: no answer within {limit}s (-fuzzstarttime): "
        "the fuzz test was running, but did not call f.fuzz\n"
    ) in done.stdout
    assert "in FuzzLoop" in done.stdout
    assert done.returncode == 3
    assert package.recorded() == []
    assert processes_of(package) == []


def test_an_import_that_takes_too_long(package: Package) -> None:
    package.write(
        "slow_test.py",
        """
        import time
        from fuzzengine import in_worker

        if in_worker():
            time.sleep(3600)

        def FuzzSlow(f):
            @f.fuzz
            def _(t, data: bytes):
                pass
        """,
    )
    done = package.run("test", "-fuzz=FuzzSlow", "-fuzzstarttime=1s")
    assert "the test files were still being imported; a slow import needs" in done.stdout
    assert done.returncode == 3
    assert processes_of(package) == []


def test_an_import_error_in_workers_only(package: Package) -> None:
    package.write(
        "broken_test.py",
        """
        from fuzzengine import in_worker

        if in_worker():
            import no_such_module_anywhere

        def FuzzIt(f):
            @f.fuzz
            def _(t, data: bytes):
                pass
        """,
    )
    done = package.run("test", "-fuzz=FuzzIt")
    assert "terminated without fuzzing: EOF\n    exit status 70\n" in done.stdout
    assert "No module named 'no_such_module_anywhere'" in done.stdout
    assert done.returncode == 3
    assert package.recorded() == []


def test_the_status_of_a_failed_program_and_of_a_failed_worker(package: Package) -> None:
    package.write(
        "status_test.py",
        """
        def FuzzFailing(f):
            f.fail()
            f.fuzz(lambda: None)
        """,
    )
    program = [sys.executable, "-P", str(ROOT / "fuzzengine" / "program" / "boot.py")]

    def status(*arguments: str) -> int:
        return subprocess.run(
            [*program, *arguments],
            cwd=package.folder,
            env=package.environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=PATIENCE,
        ).returncode

    assert status() == 1
    assert status("-test.fuzzworker", "-test.fuzz=FuzzFailing") == 70


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the memory of a process")
def test_a_memory_limit_below_what_a_worker_needs_is_refused(package: Package) -> None:
    package.write("size_test.py", "def FuzzIt(f):\n    @f.fuzz\n    def _(t, data: bytes): pass\n")
    done = package.run("test", "-fuzz=FuzzIt", "-fuzztime=1x", "-memlimit=1")
    assert re.search(
        r"    -memlimit=1 is too low: a worker of this fuzz test uses \d+M before the first input; "
        r"allow \d+M or more\nFAIL\n",
        done.stdout,
    )
    assert package.recorded() == []
    assert done.returncode == 2
