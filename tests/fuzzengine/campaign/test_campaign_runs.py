"""Whole campaigns: limits, corpora, repeatability, interruption, places that cannot be written."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from pathlib import Path

import psutil
import pytest

from tests.fuzzengine.running import Package, processes_of
from tests.waiting import PATIENCE, wait_until, wait_until_gone

STEPS = """
    from fuzzengine import F, T

    def FuzzSteps(f: F) -> None:
        f.add(b"seed")
        @f.fuzz
        def _(t: T, data: bytes) -> None:
            if data[:1] == b"a":
                if data[1:2] == b"b":
                    if data[2:3] == b"c":
                        t.error("found")

    def FuzzEndless(f: F) -> None:
        f.add(b"seed")
        @f.fuzz
        def _(t: T, data: bytes) -> None:
            pass

    def FuzzSlow(f: F) -> None:
        import time
        @f.fuzz
        def _(t: T, data: bytes) -> None:
            open("running", "w").close()
            time.sleep(3600)
"""


@pytest.fixture
def steps(package: Package) -> Package:
    package.write("steps_test.py", STEPS)
    return package


def cached(package: Package) -> dict[str, bytes]:
    top = package.inputs("FuzzIt").parent
    return {p.name: p.read_bytes() for p in top.glob("Fuzz*/*")}


def test_coverage_leads_to_a_minimised_crash(steps: Package) -> None:
    done = steps.run("test", "-fuzz=FuzzSteps", "-fuzztime=100000x")
    assert done.returncode == 1, done.stdout
    lines = done.stdout.splitlines()
    progress = r"fuzz: elapsed: \d+s, gathering baseline coverage: 0/1 completed"
    assert re.fullmatch(progress, lines[0])
    assert "gathering baseline coverage: 1/1 completed, now fuzzing with" in done.stdout
    assert re.search(
        r"steps_test\.py:\d+: found\n    \n    Failing input:\n        data = ", done.stdout
    )
    (recorded,) = steps.recorded()
    text = (steps.folder / "testdata/fuzz" / recorded).read_text()
    assert text == 'go test fuzz v1\n[]byte("abc")\n'


@pytest.mark.parametrize("parallel", ["1", "2", "3"])
def test_a_number_of_executions_is_kept_exactly(steps: Package, parallel: str) -> None:
    done = steps.run("test", "-fuzz=FuzzEndless", "-fuzztime=777x", f"-parallel={parallel}")
    assert done.returncode == 0
    last = [line for line in done.stdout.splitlines() if line.startswith("fuzz: elapsed")][-1]
    assert ", execs: 777 (" in last


def test_a_time_ends_a_campaign_and_it_passes(steps: Package) -> None:
    done = steps.run("test", "-v", "-fuzz=FuzzEndless", "-fuzztime=200ms", "-run=NONE")
    assert done.returncode == 0
    assert done.stdout.startswith("=== RUN   FuzzEndless\n")
    tail = r"--- PASS: FuzzEndless \(\d+\.\d\ds\)\n=== NAME  \nPASS\nok  \tm\t\d+\.\d{3}s\n$"
    assert re.search(tail, done.stdout)


def test_one_worker_and_one_seed_give_the_same_run(steps: Package) -> None:
    flags = ("-fuzz=FuzzSteps", "-seed=7", "-parallel=1", "-fuzztime=3000x")

    def run(base: Path) -> tuple[str, list[str], dict[str, bytes]]:
        package = Package(base)
        package.write("steps_test.py", STEPS)
        done = package.run("test", *flags)
        # On a busy machine there are more lines of progress.
        lines = re.sub(r"fuzz: elapsed: .*\n", "", done.stdout)
        counts = re.sub(r"[\d.]+s\b|\S+/m/", "", lines)
        return counts, package.recorded(), cached(package)

    first, second = run(steps.base / "first"), run(steps.base / "second")
    assert first == second
    assert "fuzz: seed: 7\n" in first[0]
    assert first[2]


def test_the_cache_is_made_by_fuzzing_only_and_used_again(steps: Package) -> None:
    steps.run("test")
    assert not steps.cache.exists()
    flags = ("-fuzz=FuzzSteps", "-parallel=1", "-seed=7", "-fuzztime=3000x")
    first = steps.run("test", *flags)
    assert "new interesting: 0 (" not in first.stdout.splitlines()[-4]
    found = len(cached(steps))
    assert found > 0
    second = steps.run("test", "-fuzz=FuzzSteps", "-fuzztime=1x")
    total = found + 1 + len(steps.recorded())
    assert f"gathering baseline coverage: 0/{total} completed" in second.stdout


def test_a_failing_seed_is_reported_and_not_written(package: Package) -> None:
    package.write(
        "seed_test.py",
        """
        def FuzzIt(f):
            f.add(b"good")
            f.add(b"bad")

            @f.fuzz
            def _(t, data: bytes):
                if data == b"bad":
                    t.error("a bad seed")
        """,
    )
    done = package.run("test", "-fuzz=FuzzIt")
    assert done.returncode == 1
    assert "failure while testing seed corpus entry: FuzzIt/seed#1\n" in done.stdout
    assert "a bad seed" in done.stdout
    assert "    To re-run:\n    fuzzengine test -run=FuzzIt/seed#1\n" in done.stdout
    assert "Failing input written" not in done.stdout
    assert package.recorded() == []


def test_a_failing_cache_entry_is_a_new_crash(package: Package) -> None:
    package.write(
        "cache_test.py",
        """
        def FuzzIt(f):
            f.add("fine")

            @f.fuzz
            def _(t, text: str):
                if text.startswith("bad"):
                    t.error("from the cache")
        """,
    )
    folder = package.inputs("FuzzIt")
    folder.mkdir(parents=True)
    (folder / "entry").write_text('go test fuzz v1\nstring("bad and long")\n')
    (folder / "malformed").write_text("nothing\n")
    (folder / "other").write_text("go test fuzz v1\nint(1)\n")
    done = package.run("test", "-fuzz=FuzzIt")
    assert "gathering baseline coverage: 0/2 completed" in done.stdout
    assert "from the cache" in done.stdout
    (recorded,) = package.recorded()
    text = (package.folder / "testdata/fuzz" / recorded).read_text()
    assert text == 'go test fuzz v1\nstring("bad")\n'


def test_two_byte_arguments_are_independent_and_both_minimised(package: Package) -> None:
    package.write(
        "two_test.py",
        """
        def FuzzTwo(f):
            f.add(b"0123456789", "0123456789")

            @f.fuzz
            def _(t, data: bytes, text: str):
                if data != b"0123456789" and text != "0123456789":
                    t.error("both changed")
        """,
    )
    done = package.run("test", "-fuzz=FuzzTwo")
    (recorded,) = package.recorded()
    text = (package.folder / "testdata/fuzz" / recorded).read_text()
    # An argument that the mutator emptied stays so; any other ends as one readable character.
    header, data, word = text.splitlines()
    assert header == "go test fuzz v1"
    assert data in ('[]byte("0")', '[]byte("")'), done.stdout
    assert word in ('string("0")', 'string("")'), done.stdout


def test_minimisation_can_be_limited_and_disabled(package: Package) -> None:
    package.write(
        "long_test.py",
        """
        def FuzzLong(f):
            f.add(b"x" * 60)

            @f.fuzz
            def _(t, data: bytes):
                if len(data) > 30 and data != b"x" * 60:
                    t.error("long")
        """,
    )
    done = package.run("test", "-fuzz=FuzzLong", "-fuzzminimizetime=0x", "-seed=1")
    assert "minimizing" not in done.stdout
    assert len(package.recorded()) == 1
    (package.folder / "testdata/fuzz" / package.recorded()[0]).unlink()
    done = package.run("test", "-fuzz=FuzzLong", "-fuzzminimizetime=10s", "-seed=1")
    (recorded,) = package.recorded()
    text = (package.folder / "testdata/fuzz" / recorded).read_text()
    assert text == 'go test fuzz v1\n[]byte("' + "0" * 31 + '")\n'


@pytest.mark.skipif(os.name == "nt", reason="needs symbolic links")
def test_testdata_that_cannot_be_written(steps: Package) -> None:
    (steps.folder / "testdata").symlink_to(steps.base / "nowhere" / "at all")
    done = steps.run("test", "-fuzz=FuzzSteps", "-fuzztime=100000x")
    text = done.stdout
    assert "    cannot write to testdata/fuzz/FuzzSteps: " in text
    assert '    go test fuzz v1\n    []byte("abc")\n' in text
    match = re.search(r"    Failing input written to (\S+)\n    To re-run:\n    (.*)\n", text)
    assert match is not None
    assert Path(match[1]).read_text() == 'go test fuzz v1\n[]byte("abc")\n'
    assert match[2] == "fuzzengine test -fuzz=^FuzzSteps$"
    assert "found" in steps.run("test", "-fuzz=^FuzzSteps$", "-run=NONE").stdout


@pytest.mark.skipif(os.name == "nt", reason="needs symbolic links")
def test_no_file_is_named_that_ends_with_the_run(steps: Package) -> None:
    (steps.folder / "testdata").symlink_to(steps.base / "nowhere" / "at all")
    # Neither a cache nor a home, as in many containers.
    nowhere = {"FUZZENGINE_CACHE": "", "XDG_CACHE_HOME": "", "HOME": "/nowhere"}
    text = steps.run("test", "-fuzz=FuzzSteps", "-fuzztime=100000x", **nowhere).stdout
    assert "    The failing input could not be saved; to keep it, write this to testdata/" in text
    assert ":\n    go test fuzz v1\n" in text
    assert "Failing input written to" not in text


def test_the_command_to_rerun_is_the_one_that_was_used(steps: Package) -> None:
    done = steps.run("test", "-fuzz=FuzzSteps", FUZZENGINE_COMMAND="go test")
    (recorded,) = steps.recorded()
    assert f"\n    go test -run={recorded}\n" in done.stdout


def start_endless(package: Package, name: str = "FuzzEndless") -> subprocess.Popen[str]:
    """Start a campaign and wait until its workers run, and one of them has executed an input."""
    process = package.start("test", f"-fuzz={name}", "-parallel=2", "-run=NONE")
    assert process.stdout is not None
    awaited = "fuzz: seed:" if name == "FuzzSlow" else "now fuzzing"
    for line in process.stdout:
        if awaited in line:
            break
    started = psutil.Process(process.pid)
    wait_until(lambda: len(started.children(recursive=True)) == 3, "two workers")
    if name == "FuzzSlow":
        wait_until((package.folder / "running").exists, "an execution")
    return process


def test_an_interrupt_ends_a_campaign_and_it_passes(steps: Package) -> None:
    process = start_endless(steps)
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0
    assert "PASS\nok  \tm\t" in output
    assert processes_of(steps) == []
    assert steps.leftovers() == []


def test_a_target_that_never_returns_does_not_delay_an_interrupt_for_long(steps: Package) -> None:
    process = start_endless(steps, "FuzzSlow")
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0
    assert "PASS\n" in output
    assert processes_of(steps) == []


def test_an_ignored_hangup_stays_ignored(steps: Package) -> None:
    previous = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        process = start_endless(steps)
    finally:
        signal.signal(signal.SIGHUP, previous)
    process.send_signal(signal.SIGHUP)
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=PATIENCE)
    assert "PASS\nok  \tm\t" in output


def test_termination_leaves_nothing(steps: Package) -> None:
    process = start_endless(steps)
    process.send_signal(signal.SIGTERM)
    output, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 1
    assert "signal: terminated\nFAIL\tm\t" in output
    assert processes_of(steps) == []
    assert steps.leftovers() == []


@pytest.mark.parametrize("name", ["FuzzEndless", "FuzzSlow"])
def test_the_death_of_the_command_line_ends_everything(steps: Package, name: str) -> None:
    process = start_endless(steps, name)
    below = psutil.Process(process.pid).children(recursive=True)
    assert len(below) == 3
    process.kill()
    process.communicate(timeout=PATIENCE)
    for each in below:
        wait_until_gone(each.pid)


@pytest.mark.parametrize("name", ["FuzzEndless", "FuzzSlow"])
def test_the_death_of_the_coordinator_ends_its_workers(steps: Package, name: str) -> None:
    process = start_endless(steps, name)
    (coordinator,) = psutil.Process(process.pid).children()
    workers = coordinator.children()
    assert len(workers) == 2
    coordinator.kill()
    output, _ = process.communicate(timeout=PATIENCE)
    assert "signal: killed\nFAIL\tm\t" in output
    for each in workers:
        wait_until_gone(each.pid)


def test_a_death_while_an_interesting_input_is_minimised(package: Package) -> None:
    package.write(
        "min_test.py",
        """
        import os

        def FuzzMin(f):
            f.add(b"\\xff" * 100)

            @f.fuzz
            def _(t, data: bytes):
                if data == b"\\xff" * 100:
                    return
                if len(data) == 1:
                    os._exit(1)
        """,
    )
    done = package.run("test", "-fuzz=FuzzMin", "-parallel=1", "-fuzztime=10000x")
    assert done.returncode == 1, done.stdout
    (recorded,) = package.recorded()
    while_minimising = "terminated unexpectedly while minimizing: EOF\n    exit status 1\n"
    in_a_call = "terminated unexpectedly: exit status 1\n"
    assert while_minimising in done.stdout or in_a_call in done.stdout
    again = package.run("test", f"-run={recorded}")
    assert "exit status 1\n" in again.stdout
    assert "FAIL: FuzzMin" not in again.stdout, "the process ends, as it did in the worker"


def test_a_crash_while_an_interesting_input_is_minimised(package: Package) -> None:
    package.write(
        "min_test.py",
        """
        def FuzzMin(f):
            seed = bytes([255]) * 100
            f.add(seed)

            @f.fuzz
            def _(t, data: bytes):
                if data == seed:
                    return
                t.error("bad input")
                if len(data) == 1:
                    t.error("got the minimum size!")
        """,
    )
    done = package.run("test", "-fuzz=FuzzMin", "-parallel=1", "-fuzztime=10000x")
    assert done.stdout.count("bad input") == 1
    assert done.stdout.count("got the minimum size!") == 1
    (recorded,) = package.recorded()
    text = (package.folder / "testdata/fuzz" / recorded).read_text()
    assert text == 'go test fuzz v1\n[]byte("0")\n'


def test_interesting_inputs_are_minimised(package: Package) -> None:
    package.write(
        "min_test.py",
        """
        def FuzzMin(f):
            f.add(b"a" * 20)

            @f.fuzz
            def _(t, data: bytes):
                if data == b"a" * 20:
                    return
                len(data)
        """,
    )
    done = package.run("test", "-fuzz=FuzzMin", "-fuzztime=2000x")
    assert done.returncode == 0
    assert any(
        len(data) <= len('go test fuzz v1\n[]byte("0")\n') for data in cached(package).values()
    )


def test_a_cache_that_vanishes_is_an_error(package: Package) -> None:
    package.write(
        "gone_test.py",
        """
        import shutil
        from fuzzengine import in_worker

        def FuzzGone(f):
            @f.fuzz
            def _(t, data: bytes):
                shutil.rmtree("../cache/fuzz", ignore_errors=True)
                if data[:1] == b"a":
                    if data[1:2] == b"b":
                        if data[2:3] == b"c":
                            pass
        """,
    )
    done = package.run("test", "-fuzz=FuzzGone", "-fuzztime=2000x", "-parallel=1")
    assert "Traceback" not in done.stdout
    assert processes_of(package) == []
    assert "open " in done.stdout or done.returncode == 0


def test_logs_of_a_fuzz_test_appear_once(package: Package) -> None:
    package.write(
        "chatty_test.py",
        """
        def TestFoo(t):
            t.log("logged foo")

        def FuzzIt(f):
            f.log("all good here")

            @f.fuzz
            def _(t, data: bytes):
                pass
        """,
    )
    done = package.run("test", "-v", "-fuzz=FuzzIt", "-fuzztime=1x")
    assert done.returncode == 0
    assert done.stdout.count("all good here") == 1
    assert done.stdout.count("logged foo") == 1
    assert "--- PASS: FuzzIt" in done.stdout


def test_an_error_after_fuzzing_counts(package: Package) -> None:
    package.write(
        "after_test.py",
        """
        def FuzzIt(f):
            @f.fuzz
            def _(t, data: bytes):
                pass
            f.fatal("after fuzzing")
        """,
    )
    for flags in ([], ["-fuzz=FuzzIt", "-fuzztime=1x", "-run=NONE"]):
        done = package.run("test", *flags)
        assert "after_test.py:6: after fuzzing\n" in done.stdout
        assert done.returncode == 1


def test_packages_are_instrumented_on_request(package: Package) -> None:
    package.write(
        "own.py", "def branch(data):\n    for byte in data:\n        byte < 99 and byte\n"
    )
    package.write(
        "cover_test.py",
        """
        from own import branch
        from textwrap import dedent

        def FuzzOwn(f):
            @f.fuzz
            def _(t, data: bytes):
                branch(data)

        def FuzzStandard(f):
            @f.fuzz
            def _(t, text: str):
                dedent(text)
        """,
    )

    def interesting(*flags: str) -> int:
        done = package.run("test", "-fuzztime=500x", "-parallel=1", "-seed=1", *flags)
        found = re.findall(r"new interesting: (\d+) \(", done.stdout)
        return int(found[-1])

    assert interesting("-fuzz=FuzzOwn") > 1
    assert interesting("-fuzz=FuzzOwn", "-nocover=own") <= 1
    assert interesting("-fuzz=FuzzStandard") <= 1
    assert interesting("-fuzz=FuzzStandard", "-cover=textwrap") > 1
