"""`fuzzengine run` runs harnesses as Atheris does, with libFuzzer's flags, files and statuses."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from tests.fuzzengine.atheris.running import HARNESSES, name_of, needs_atheris, run, run_atheris
from tests.fuzzengine.running import Package

pytestmark = pytest.mark.process

FAILING = {
    "fuzz_guarded.py": b"size=77",
    "fuzz_unguarded.py": b"size=77",
    "fuzz_provider.py": b"\x01\xa0\0\0\1boots",
    "fuzz_all.py": b"size=77",
    "fuzz_extension.py": b"size=77",
    "fuzz_yaml.py": b"on: 2020-13-01",
    "fuzz_jinja.py": b"{{ 1 % 0 }}",
}
"""An input that fails, for each harness."""


def write(package: Package, name: str, data: bytes) -> str:
    path = package.folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)
    return name


def files_in(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@needs_atheris
@pytest.mark.parametrize("harness", FAILING)
def test_verdicts_are_those_of_atheris(package: Package, harness: str) -> None:
    passing = [write(package, "empty", b""), write(package, "other", b"size=7 and more")]
    failing = write(package, "failing", FAILING[harness])
    real, own = (execute(package, harness, *passing, failing) for execute in (run_atheris, run))
    assert (real.returncode, own.returncode) == (77, 77)
    for done in (real, own):
        # The others have passed before.
        assert re.findall("^Running: (.*)$", done.stderr, re.MULTILINE) == [*passing, failing]


@needs_atheris
@pytest.mark.parametrize(
    ("name", "flags", "status"),
    [
        ("exit", (), 77),
        ("signal", (), 77),
        ("sleep", ("-timeout=1",), 70),
        ("memory", ("-rss_limit_mb=200",), 71),
    ],
)
def test_fatal_verdicts_are_those_of_atheris(
    package: Package, name: str, flags: tuple[str, ...], status: int
) -> None:
    file = write(package, name, name.encode())
    assert run_atheris(package, "fuzz_fatal.py", *flags, file).returncode == status
    assert run(package, "fuzz_fatal.py", *flags, file).returncode == status


@pytest.mark.parametrize("harness", list(FAILING)[:4])
def test_a_failing_input_is_found_and_written(package: Package, harness: str) -> None:
    done = run(package, harness, "-seed=1", "-runs=200000")
    assert done.returncode == 77, done.stderr
    (name, data), *others = files_in(package.folder).items()
    assert others == []
    assert name == f"crash-{name_of(data)}"
    assert " === Uncaught Python exception: ===\n" in done.stderr
    assert f'\nTraceback (most recent call last):\n  File "{HARNESSES / harness}", ' in done.stderr
    assert f'\n  File "{HARNESSES / "shop.py"}", ' in done.stderr
    assert f"artifact_prefix='./'; Test unit written to ./{name}\n" in done.stderr
    again = run(package, harness, name)
    assert again.returncode == 77
    assert f"Running: {name}\n" in again.stderr
    assert list(files_in(package.folder)) == [name]


def test_a_harness_without_instrumented_modules_says_so(package: Package) -> None:
    done = run(package, "fuzz_extension.py", "-runs=500", "-print_final_stats=1", "-workers=2")
    assert done.returncode == 0
    assert re.search(r"^stat::number_of_executed_units: 5\d\d$", done.stderr, re.MULTILINE)
    assert done.stderr.count("INFO: only the harness itself is instrumented: ") == 1
    assert re.search(r"\nDone \d+ runs in \d+ second\(s\)\n", done.stderr)


@pytest.mark.parametrize(
    ("name", "flags", "status", "prefix"),
    [
        ("exit", ("-error_exitcode=5",), 5, "crash"),
        ("signal", (), 77, "crash"),
        ("sleep", ("-timeout=1", "-timeout_exitcode=9"), 9, "timeout"),
        ("memory", ("-rss_limit_mb=200",), 71, "oom"),
    ],
)
def test_artifacts_of_fatal_failures(
    package: Package, name: str, flags: tuple[str, ...], status: int, prefix: str
) -> None:
    data = name.encode()
    write(package, f"corpus/{name}", data)
    (package.folder / "out").mkdir()
    done = run(package, "fuzz_fatal.py", *flags, "-artifact_prefix=out/", "corpus")
    assert done.returncode == status, done.stderr
    assert files_in(package.folder / "out") == {f"{prefix}-{name_of(data)}": data}


def test_new_inputs_are_raw_files_in_the_first_folder(package: Package) -> None:
    (package.folder / "new").mkdir()
    write(package, "old/seed", b"size=1")
    done = run(package, "fuzz_provider.py", "-seed=3", "-runs=3000", "-keepgoing=1", "new", "old")
    assert done.returncode in (0, 77), done.stderr
    found = files_in(package.folder / "new")
    assert found
    assert found == {name_of(data): data for data in found.values()}
    assert list(files_in(package.folder / "old")) == ["seed"]


def test_runs_0_executes_the_corpus_only(package: Package) -> None:
    write(package, "corpus/one", b"size=1")
    done = run(package, "fuzz_guarded.py", "-runs=0", "corpus")
    assert (done.returncode, list(files_in(package.folder / "corpus"))) == (0, ["one"])
    assert "\nDone 1 runs in " in done.stderr


def test_files_are_executed_as_often_as_runs_says(package: Package) -> None:
    harness = package.folder / "fuzz_count.py"
    harness.write_text(
        "import atheris, sys\n"
        "seen = []\n"
        "def one(data):\n"
        "    seen.append(data)\n"
        "    assert len(seen) < 5, seen\n"
        "atheris.Setup(sys.argv, one)\n"
        "atheris.Fuzz()\n"
    )
    file = write(package, "input", b"x")
    assert run(package, harness, "-runs=4", file).returncode == 0
    assert run(package, harness, "-runs=5", file).returncode == 77


def test_max_len_cuts_inputs(package: Package) -> None:
    write(package, "corpus/long", b"size=77")
    assert run(package, "fuzz_guarded.py", "-runs=0", "-max_len=6", "corpus").returncode == 0
    assert run(package, "fuzz_guarded.py", "-runs=0", "-max_len=7", "corpus").returncode == 77


def test_merge_copies_what_adds_coverage(package: Package) -> None:
    write(package, "first/known", b"size=1")
    write(package, "second/more", b"size=23")
    write(package, "second/other", b"size=x")
    write(package, "second/failing", b"size=77")
    write(package, "second/text", b"hello")
    done = run(package, "fuzz_guarded.py", "-merge=1", "first", "second")
    assert done.returncode == 0, done.stderr
    found = files_in(package.folder / "first")
    assert found.pop("known") == b"size=1"
    assert set(found.values()) == {b"hello"} or set(found.values()) == {b"hello", b"size=x"}
    assert found == {name_of(data): data for data in found.values()}
    assert "not used, since it fails: second/failing\n" in done.stderr
    again = run(package, "fuzz_guarded.py", "-merge=1", "first", "second")
    assert "MERGE-OUTER: 0 new files with 0 new features added\n" in again.stderr


def test_minimize_crash_writes_a_smaller_input(package: Package) -> None:
    harness = package.folder / "fuzz_small.py"
    harness.write_text(
        "import atheris, sys\n"
        "def one(data):\n"
        "    assert data.count(b'x') < 3\n"
        "atheris.Setup(sys.argv, one)\n"
        "atheris.Fuzz()\n"
    )
    file = write(package, "big", b"abcxdefxghixjkl" * 3)
    done = run(package, harness, "-minimize_crash=1", "-exact_artifact_path=small", file)
    assert done.returncode == 0, done.stderr
    assert (package.folder / "small").read_bytes() == b"xxx"
    passing = write(package, "fine", b"abc")
    done = run(package, harness, "-minimize_crash=1", passing)
    assert (done.returncode, done.stderr) == (1, "ERROR: the input fine did not crash\n")


def test_ignored_crashes_end_at_the_limit_with_one_input_of_each_kind(package: Package) -> None:
    harness = package.folder / "fuzz_two.py"
    harness.write_text(
        "import atheris, sys\n"
        "def one(data):\n"
        "    if data[:2] == b'ab':\n"
        "        raise ValueError\n"
        "    if data[:2] == b'cd':\n"
        "        raise KeyError\n"
        "atheris.Setup(sys.argv, one)\n"
        "atheris.Fuzz()\n"
    )
    done = run(package, harness, "-fork=1", "-ignore_crashes=1", "-seed=1", "-runs=4000")
    assert done.returncode == 77
    found = [path.read_bytes()[:2] for path in package.folder.glob("crash-*")]
    assert sorted(found) == [b"ab", b"cd"]
    assert " failures in 2 buckets:\n" in done.stderr


def test_the_html_report_has_modules_and_failures(package: Package) -> None:
    done = run(package, "fuzz_provider.py", "-seed=1", "-runs=100000", "-html=page.html")
    assert done.returncode == 77
    page = (package.folder / "page.html").read_text("utf-8")
    assert "shop.py" in page
    assert "KeyError" in page
    assert re.search(r"fuzzengine run \S*fuzz_provider\.py \./crash-[0-9a-f]{40}", page)


def test_an_address_that_cannot_be_served_is_refused(package: Package) -> None:
    done = run(package, "fuzz_extension.py", "-runs=1", "-http=nowhere")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("ERROR: -http=nowhere: ")


def test_a_dictionary_is_used(package: Package) -> None:
    harness = package.folder / "fuzz_word.py"
    harness.write_text(
        "import atheris, sys, zlib\n"
        "def one(data):\n"
        "    assert zlib.crc32(data[:9]) != zlib.crc32(b'xylophone')\n"
        "atheris.Setup(sys.argv, one)\n"
        "atheris.Fuzz()\n"
    )
    write(package, "words", b'word="xylophone"\n')
    done = run(package, harness, "-dict=words", "-seed=1", "-runs=100000")
    assert done.returncode == 77
    write(package, "words", b"word=xylophone\n")
    done = run(package, harness, "-dict=words", "-runs=1")
    assert done.returncode == 1
    assert done.stderr.endswith('ERROR: -dict=words: 1: want name="value", not word=xylophone\n')


def test_flags_that_change_nothing_are_named_once(package: Package) -> None:
    done = run(package, "fuzz_guarded.py", "-runs=1", "-foo=1", "-use_value_profile=1", "-reload=0")
    assert done.returncode == 0
    lines = done.stderr.splitlines()
    assert lines[0] == "WARNING: unrecognized flag '-foo=1'; use -help=1 to list all flags"
    assert lines[1] == "INFO: without effect here: -use_value_profile=1 -reload=0"


def test_the_time_limit_ends_a_run(package: Package) -> None:
    done = run(package, "fuzz_extension.py", "-max_total_time=1")
    assert done.returncode == 0
    assert "\nDone " in done.stderr


def test_the_help_lists_the_flags(package: Package) -> None:
    done = run(package, "fuzz_guarded.py", "-help=1")
    assert done.returncode == 0
    assert " max_total_time       0      the number of seconds to run" in done.stdout


@pytest.mark.parametrize(
    ("text", "status", "message"),
    [
        ("import atheris\n", 1, "h.py ended without calling atheris.Fuzz()\n"),
        ("def x(:\n", 1, "h.py:1: invalid syntax\n"),
        ("raise ValueError('no')\n", 1, 'h.py", line 1, in <module>\n'),
        ("import atheris\natheris.Fuzz()\n", 1, "Setup() must be called before Fuzz() can be"),
        ("import sys\nsys.exit(4)\n", 4, ""),
    ],
)
def test_mistakes_of_a_harness(package: Package, text: str, status: int, message: str) -> None:
    (package.folder / "h.py").write_text(text)
    done = package.run("run", "h.py")
    assert done.returncode == status
    assert message in done.stderr
    assert "fuzzengine/atheris" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        ((), 2, "the first argument is the file of a harness\nusage: fuzzengine run "),
        (("-runs=1", "x.py"), 2, "the first argument is the file of a harness\nusage: "),
        (("missing.py",), 2, "fuzzengine run: missing.py: no such file\n"),
        ((str(HARNESSES / "fuzz_guarded.py"), "gone"), 1, 'required directory "gone" does not'),
        ((str(HARNESSES / "fuzz_guarded.py"), "-merge=1"), 1, "needs two folders or more"),
    ],
)
def test_mistakes_of_a_command_line(
    package: Package, arguments: tuple[str, ...], status: int, message: str
) -> None:
    done = package.run("run", *arguments)
    assert done.returncode == status
    assert message in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="another process is the coordinator there")
@pytest.mark.parametrize(("signal", "status"), [("SIGINT", 130), ("SIGTERM", 72)])
def test_signals_end_a_run(package: Package, signal: str, status: int) -> None:
    import signal as signals

    process = package.start("run", str(HARNESSES / "fuzz_extension.py"))
    assert process.stderr is not None
    assert any(line.startswith("fuzz: seed: ") for line in process.stderr)
    process.send_signal(signals.Signals[signal])
    process.communicate()
    assert process.returncode == status
