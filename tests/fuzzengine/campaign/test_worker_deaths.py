"""What becomes of an input when the worker dies, or the target fails, while it runs."""

from __future__ import annotations

import re

import pytest

from tests.fuzzengine.running import Package, processes_of

SEVEN = """
    import os
    from fuzzengine import F, T, goexit, panic

    def FuzzReturn(f: F) -> None:
        @f.fuzz
        def _(t: T, data: bytes) -> None:
            return

    def FuzzSkip(f: F) -> None:
        @f.fuzz
        def _(t: T, data: bytes) -> None:
            t.skip("not this one")

    def FuzzFail(f: F) -> None:
        @f.fuzz
        def _(t: T, data: bytes) -> None:
            t.fail()

    def FuzzPanic(f: F) -> None:
        @f.fuzz
        def _(t: T, data: bytes) -> None:
            panic("nope")

    def FuzzNilPanic(f: F) -> None:
        @f.fuzz
        def _(t: T, data: bytes) -> None:
            panic(None)

    def FuzzGoexit(f: F) -> None:
        @f.fuzz
        def _(t: T, data: bytes) -> None:
            goexit()

    def FuzzExit(f: F) -> None:
        @f.fuzz
        def _(t: T, data: bytes) -> None:
            os._exit(99)
"""

RERUN = re.compile(r"    To re-run:\n    fuzzengine test -run=(Fuzz\w+/[0-9a-f]{16})\n")


@pytest.mark.parametrize("name", ["FuzzReturn", "FuzzSkip"])
def test_returning_and_skipping_pass(package: Package, name: str) -> None:
    package.write("seven_test.py", SEVEN)
    done = package.run("test", f"-fuzz={name}", "-fuzztime=20x")
    assert done.returncode == 0, done.stdout
    assert "\nPASS\nok  \tm\t" in done.stdout
    assert package.recorded() == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("FuzzFail", "--- FAIL: FuzzFail (0.00s)"),
        ("FuzzPanic", "seven_test.py:23: panic: nope"),
        ("FuzzNilPanic", "seven_test.py:28: test executed panic(None) or goexit()"),
        ("FuzzGoexit", "seven_test.py:33: test executed panic(None) or goexit()"),
        ("FuzzExit", "fuzzing process hung or terminated unexpectedly: exit status 99"),
    ],
)
def test_the_other_five_record_one_input(package: Package, name: str, text: str) -> None:
    package.write("seven_test.py", SEVEN)
    done = package.run("test", f"-fuzz={name}")
    assert done.returncode == 1
    assert text in done.stdout
    (recorded,) = package.recorded()
    match = RERUN.search(done.stdout)
    assert match is not None
    assert match[1] == recorded
    assert f"    Failing input written to testdata/fuzz/{recorded}\n" in done.stdout
    assert package.leftovers() == []
    again = package.run("test", f"-run={recorded}")
    assert again.returncode == 1
    assert package.run("test", "-run=FuzzReturn").returncode == 0


DEATHS = """
    import os
    import signal
    import sys
    import time
    from fuzzengine import F, T

    def die(number: str) -> None:
        os.kill(os.getpid(), getattr(signal, number))
        time.sleep(3600)

    def FuzzBySignal(f: F) -> None:
        number = os.environ.get("DIE_BY", "")
        @f.fuzz
        def _(t: T, data: bytes) -> None:
            if len(data) > 2:
                die(number)

    def FuzzStatus(f: F) -> None:
        status = int(os.environ.get("DIE_WITH", "0"))
        @f.fuzz
        def _(t: T, data: bytes) -> None:
            if len(data) > 2:
                print("last words", file=sys.stderr, flush=True)
                os._exit(status)

    def FuzzSysExit(f: F) -> None:
        @f.fuzz
        def _(t: T, data: bytes) -> None:
            if len(data) > 2:
                sys.exit(2)

    def FuzzHang(f: F) -> None:
        @f.fuzz
        def _(t: T, data: bytes) -> None:
            while len(data) > 2:
                pass

    def FuzzMemory(f: F) -> None:
        @f.fuzz
        def _(t: T, data: bytes) -> None:
            kept = []
            while len(data) > 2 and len(kept) < 100:
                kept.append(b"a" * (20 << 20))

    def FuzzGarbage(f: F) -> None:
        @f.fuzz
        def _(t: T, data: bytes) -> None:
            os.write(4, b"!!")
            time.sleep(3600)

    def FuzzChild(f: F) -> None:
        @f.fuzz
        def _(t: T, data: bytes) -> None:
            if len(data) > 2:
                if os.fork() == 0:
                    signal.signal(signal.SIGINT, signal.SIG_IGN)
                    time.sleep(3600)
                os._exit(5)

    def FuzzTemporary(f: F) -> None:
        @f.fuzz
        def _(t: T, data: bytes) -> None:
            t.temp_dir()
            if len(data) > 2:
                die("SIGKILL")
"""


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("SIGSEGV", "signal: segmentation fault"),
        ("SIGABRT", "signal: aborted"),
        ("SIGBUS", "signal: bus error"),
        ("SIGFPE", "signal: floating point exception"),
        ("SIGILL", "signal: illegal instruction"),
        ("SIGTRAP", "signal: trace/breakpoint trap"),
        ("SIGXCPU", "signal: CPU time limit exceeded"),
        ("SIGALRM", "signal: alarm clock\n    a timer of the target ended the process, maybe one"),
        ("SIGVTALRM", "signal: virtual timer expired\n    a timer of the target ended the process"),
    ],
)
def test_signals_of_crashes_are_recorded(package: Package, number: str, text: str) -> None:
    package.write("deaths_test.py", DEATHS)
    done = package.run("test", "-fuzz=FuzzBySignal", DIE_BY=number)
    assert f"    fuzzing process hung or terminated unexpectedly: {text}" in done.stdout
    assert "minimizing" not in done.stdout
    assert len(package.recorded()) == 1
    assert done.returncode == 1


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("SIGKILL", "killed"),
        ("SIGTERM", "terminated"),
        ("SIGHUP", "hangup"),
        ("SIGINT", "interrupt"),
    ],
)
def test_other_signals_are_not(package: Package, number: str, text: str) -> None:
    package.write("deaths_test.py", DEATHS)
    done = package.run("test", "-fuzz=FuzzBySignal", DIE_BY=number)
    assert (
        "    fuzzing process terminated by unexpected signal; "
        f"no crash will be recorded: signal: {text}\n"
    ) in done.stdout
    assert package.recorded() == []
    assert done.returncode == 3


@pytest.mark.parametrize("status", [0, 1, 3, 255])
def test_an_exit_is_recorded_with_the_last_words(package: Package, status: int) -> None:
    package.write("deaths_test.py", DEATHS)
    done = package.run("test", "-fuzz=FuzzStatus", DIE_WITH=str(status))
    assert f"hung or terminated unexpectedly: exit status {status}\n    last words\n" in done.stdout
    (recorded,) = package.recorded()
    assert done.returncode == 1
    assert "minimizing" not in done.stdout
    again = package.run("test", f"-run={recorded}", DIE_WITH="7")
    assert "exit status 7\nFAIL\tm\t" in again.stdout


def test_status_70_is_never_a_crash(package: Package) -> None:
    package.write("deaths_test.py", DEATHS)
    done = package.run("test", "-fuzz=FuzzStatus", DIE_WITH="70")
    assert "exited unexpectedly due to an internal failure: exit status 70" in done.stdout
    assert package.recorded() == []
    assert done.returncode == 3


def test_sys_exit_is_an_exception_and_minimised(package: Package) -> None:
    package.write("deaths_test.py", DEATHS)
    done = package.run("test", "-fuzz=FuzzSysExit")
    assert re.search(r"deaths_test.py:\d+: SystemExit: 2\n", done.stdout)
    assert "fuzz: minimizing " in done.stdout
    (recorded,) = package.recorded()
    text = (package.folder / "testdata/fuzz" / recorded).read_text()
    assert text == 'go test fuzz v1\n[]byte("000")\n'


def test_a_hang_is_recorded_with_the_stack(package: Package) -> None:
    package.write("deaths_test.py", DEATHS)
    done = package.run("test", "-fuzz=FuzzHang", "-fuzzexectime=1s")
    assert "unexpectedly: timeout after 1s (-fuzzexectime)\n" in done.stdout
    assert re.search(r'/deaths_test.py", line \d+ in _\n', done.stdout)
    assert "execution.py" not in done.stdout
    assert len(package.recorded()) == 1
    assert processes_of(package) == []


def test_too_much_memory_is_recorded(package: Package) -> None:
    package.write("deaths_test.py", DEATHS)
    done = package.run("test", "-fuzz=FuzzMemory", "-memlimit=200M")
    assert "memory above 209715200 bytes" in done.stdout or "MemoryError" in done.stdout
    assert len(package.recorded()) == 1
    assert done.returncode == 1


def test_garbage_in_a_call_is_no_crash(package: Package) -> None:
    package.write("deaths_test.py", DEATHS)
    done = package.run("test", "-fuzz=FuzzGarbage", "-parallel=1")
    assert (
        "    communicating with fuzzing process: "
        "invalid character '!' looking for beginning of value\n"
    ) in done.stdout
    assert package.recorded() == []
    assert processes_of(package) == []


def test_a_child_left_behind_goes_with_its_worker(package: Package) -> None:
    package.write("deaths_test.py", DEATHS)
    done = package.run("test", "-fuzz=FuzzChild")
    assert "hung or terminated unexpectedly: exit status 5\n" in done.stdout
    assert len(package.recorded()) == 1
    assert processes_of(package) == []


def test_temporary_folders_of_a_killed_worker_go_too(package: Package) -> None:
    package.write("deaths_test.py", DEATHS)
    done = package.run("test", "-fuzz=FuzzTemporary")
    assert "signal: killed" in done.stdout
    assert package.leftovers() == []


def test_the_input_of_the_hundredth_call_is_found_again(package: Package) -> None:
    package.write(
        "repeat_test.py",
        """
        import os
        from fuzzengine import F, T

        def FuzzRepeat(f: F) -> None:
            calls = 0

            @f.fuzz
            def _(t: T, data: bytes, text: str, number: int) -> None:
                nonlocal calls
                calls += 1
                if calls == 100:
                    with open("seen", "w", encoding="utf-8", errors="surrogateescape") as file:
                        file.write(repr((data, text, number)))
                    os._exit(1)
                if os.path.exists("seen"):
                    with open("seen", encoding="utf-8", errors="surrogateescape") as file:
                        if file.read() == repr((data, text, number)):
                            t.error("found again")
        """,
    )
    done = package.run("test", "-fuzz=FuzzRepeat", "-parallel=1")
    (recorded,) = package.recorded()
    assert "exit status 1\n" in done.stdout
    again = package.run("test", f"-run={recorded}")
    assert "found again" in again.stdout


def test_a_child_that_keeps_the_error_output_hides_no_crash(package: Package) -> None:
    package.write(
        "keeps_test.py",
        """
        import os
        import subprocess

        def FuzzKeeps(f):
            @f.fuzz
            def _(t, data: bytes):
                subprocess.Popen(["sleep", "3600"], start_new_session=True)
                os._exit(3)
        """,
    )
    done = package.run("test", "-fuzz=FuzzKeeps", "-parallel=1")
    assert "hung or terminated unexpectedly: exit status 3\n" in done.stdout
    assert len(package.recorded()) == 1
    assert processes_of(package) == []


def test_a_test_that_ignores_its_children_cannot_hang_the_campaign(package: Package) -> None:
    package.write(
        "ignores_test.py",
        """
        import os
        import signal

        signal.signal(signal.SIGCHLD, signal.SIG_IGN)

        def FuzzIgnores(f):
            @f.fuzz
            def _(t, data: bytes):
                os._exit(3)
        """,
    )
    done = package.run("test", "-fuzz=FuzzIgnores", "-parallel=1")
    assert done.returncode == 1
    assert "hung or terminated unexpectedly: exit status " in done.stdout
    assert processes_of(package) == []
