"""Fuzz tests under pytest, run by a separate pytest."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import tomllib
from pathlib import Path

import psutil
import pytest

from tests.pytesting import ROOT, Project
from tests.waiting import PATIENCE

pytestmark = pytest.mark.once

HEAD = "import os\nimport pytest\nfrom fuzzengine import F, T, in_worker\n\n"
SIZE = """
def parse(data):
    fields = data.split(b",")
    if fields[0] == b"size" and len(fields) == 2:
        return int(fields[1])
    return 0
"""
PARSE = (
    HEAD
    + """
from size import parse


def FuzzParse(f: F) -> None:
    f.add(b"size,1")

    @f.fuzz
    def _(t: T, data: bytes) -> None:
        parse(data)
"""
)
CRASHER = "0123456789abcdef"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    project = Project(tmp_path / "p")
    project.plugins = ("fuzzengine.pytest_entry", "xdist.plugin")
    project.write("tests/size.py", SIZE)
    return project


def fuzz_test(project: Project, text: str, name: str = "tests/test_it.py") -> None:
    project.write(name, HEAD)
    with (project.folder / name).open("a") as file:
        file.write(text)


def record(project: Project, text: str, name: str = CRASHER) -> None:
    project.write(f"tests/testdata/fuzz/FuzzParse/{name}", f'go test fuzz v1\n[]byte("{text}")\n')


def items(output: str) -> list[str]:
    return re.findall(r"^tests/(\S+::.*)$", output, re.MULTILINE)


def test_pytest_finds_the_plugin_by_itself() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    entry_points = settings["project"]["entry-points"]["pytest11"]
    assert entry_points["fuzzengine"] == "fuzzengine.pytest_entry"


def test_a_project_without_fuzz_tests_sees_no_change(project: Project) -> None:
    project.write(
        "test_it.py",
        "import sys\n\ndef FuzzNothing(f): raise ValueError\n\ndef test_it():\n"
        "    loaded = [name for name in sys.modules if name.startswith('fuzzengine')]\n"
        "    assert loaded == ['fuzzengine', 'fuzzengine.pytest_entry']\n",
    )
    done = project.pytest("-q")
    assert done.stdout.splitlines()[-1].startswith("1 passed in"), done.stdout


def test_seeds_and_recorded_crashes_are_items(project: Project) -> None:
    project.write("tests/test_it.py", PARSE)
    record(project, "size,x")
    collected = project.pytest("--co", "-q").stdout
    assert items(collected) == [
        "test_it.py::FuzzParse[seed#0]",
        f"test_it.py::FuzzParse[{CRASHER}]",
    ]
    for arguments in ((), ("-n2",)):
        done = project.pytest(*arguments)
        assert "1 failed, 1 passed" in done.stdout
        assert f"FAILED tests/test_it.py::FuzzParse[{CRASHER}] - ValueError: " in done.stdout
        assert ">           return int(fields[1])" in done.stdout
        assert "tests/size.py:5: ValueError" in done.stdout
        assert "fuzzengine" not in done.stdout.partition("FAILURES")[2]
    assert "1 passed" in project.pytest("tests/test_it.py::FuzzParse[seed#0]").stdout


def test_objects_that_are_not_fuzz_tests_of_the_module(project: Project) -> None:
    project.write("tests/test_it.py", PARSE)
    fuzz_test(
        project,
        "from test_it import FuzzParse\n\ndef Fuzzy(f): 1 / 0\ndef FuzzTwo(f, g): 1 / 0\n"
        "def fuzz_helper(f, *, size): 1 / 0\n"
        "class FuzzClass: pass\ndef TestX(t): 1 / 0\ndef test_mine(): pass\n",
        "tests/test_other.py",
    )
    assert items(project.pytest("--co", "-q").stdout) == [
        "test_it.py::FuzzParse[seed#0]",
        "test_other.py::test_mine",
    ]


ENDINGS = {
    "errors": ("t.error('one'); t.error('two')", "test_errors.py:9: one\ntest_errors.py:9: two\n"),
    "fatal": ("t.fatal('no', 'way')", "test_fatal.py:9: no way\n"),
    "misuse": ("f.log('x')", "Misuse: testing: f.log was called inside the fuzz target"),
    "subtest": ("t.run('sub', lambda t: t.fatal('below'))", "test_subtest.py:9: below"),
    "exit": ("raise SystemExit(3)", "SystemExit: 3"),
    "pytest": ("pytest.fail('said so')", "Failed: said so"),
}


@pytest.fixture(scope="module")
def failures(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the output of one pytest for all of ENDINGS, each in a file of its own."""
    project = Project(tmp_path_factory.mktemp("failures"))
    project.plugins = ("fuzzengine.pytest_entry",)
    for name, (statement, _) in ENDINGS.items():
        fuzz_test(
            project,
            f"\ndef Fuzz_{name}(f: F) -> None:\n    f.add(b'')\n    @f.fuzz\n"
            f"    def _(t: T, data: bytes) -> None: {statement}\n",
            f"tests/test_{name}.py",
        )
    return project.pytest().stdout


def report_of(name: str, output: str) -> str:
    """Return what the output of pytest says about one item."""
    found = re.search(rf"^_+ {name}\S* _+\n(.*?)^[_=]{{5}}", output, re.MULTILINE | re.DOTALL)
    assert found, output
    return found[1]


@pytest.mark.process
@pytest.mark.parametrize("name", ENDINGS)
def test_how_a_seed_can_fail(failures: str, name: str) -> None:
    assert f"{len(ENDINGS)} failed in" in failures
    report, (_, wanted) = report_of(f"Fuzz_{name}", failures), ENDINGS[name]
    if name in ("errors", "fatal"):
        assert report == wanted
    assert wanted in report
    assert "entries are hidden" not in report


def test_skips_logs_and_allowed_exceptions(project: Project) -> None:
    fuzz_test(
        project,
        "\ndef FuzzX(f: F) -> None:\n    f.add(b'skip')\n    f.add(b'log')\n    f.add(b'raise')\n"
        "    @f.fuzz(allow=(KeyError,))\n    def _(t: T, data: bytes) -> None:\n"
        "        if data == b'skip': t.skip('not this')\n"
        "        if data == b'log': t.log('hello')\n"
        "        if data == b'raise': raise KeyError\n",
    )
    done = project.pytest("-rA")
    assert "2 passed, 1 skipped" in done.stdout
    assert "SKIPPED [1] tests/test_it.py:6: test_it.py:12: not this" in done.stdout
    assert "Captured fuzz log call ---" in done.stdout
    assert "\ntest_it.py:13: hello\n" in done.stdout


def test_a_fuzz_test_that_does_not_reach_its_seeds_is_one_item(project: Project) -> None:
    bodies = {
        "f.fatal('early')": "test_0.py:6: early",
        "raise OSError('x')": "OSError: x",
        "pass": "test_2.py:6: returned without calling f.fuzz, f.fail, or f.skip",
        "f.add(1); f.fuzz(target)": "f.add: argument 1: int is not bytes",
        "f.fuzz(len)": "testing: f.fuzz must receive a function",
    }
    target = "\n\ndef target(t: T, data: bytes) -> None: pass\n"
    for number, body in enumerate(bodies):
        text = f"\ndef Fuzz{number}(f: F) -> None: {body}{target}"
        fuzz_test(project, text, f"tests/test_{number}.py")
    done = project.pytest()
    assert "collected 5 items" in done.stdout
    assert "5 failed" in done.stdout
    for number, wanted in enumerate(bodies.values()):
        assert wanted in report_of(f"Fuzz{number}", done.stdout)


def test_fixtures_and_marks_apply_and_the_folder_is_the_packages(project: Project) -> None:
    project.write(
        "conftest.py",
        "import os, pytest\n\n@pytest.fixture(autouse=True)\ndef setting(monkeypatch):\n"
        "    monkeypatch.setenv('SETTING', 'on')\n",
    )
    fuzz_test(
        project,
        "\n@pytest.mark.skipif(True, reason='not here')\ndef FuzzNot(f): f.fatal('no')\n\n"
        "def fuzz_it(f: F) -> None:\n    f.add(b'')\n    @f.fuzz\n"
        "    def _(t: T, data: bytes) -> None:\n"
        "        assert os.environ['SETTING'] == 'on' and os.path.exists('size.py')\n"
        "\ndef test_after(): assert os.path.exists('tests/size.py')\n",
    )
    assert "2 passed, 1 skipped" in project.pytest().stdout


# --- campaigns -----------------------------------------------------------------------------------


def environment(project: Project) -> dict[str, str]:
    return {**project.environment(), "FUZZENGINE_CACHE": str(project.folder / "cache")}


def fuzz(project: Project, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        project.command("--fuzzflags=-parallel=1", *arguments),
        cwd=project.folder,
        env=environment(project),
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_campaign_records_what_it_finds(project: Project) -> None:
    project.write("src/size.py", SIZE)
    (project.folder / "tests" / "size.py").unlink()
    project.write("tests/test_it.py", PARSE + "\ndef test_other(): raise ValueError\n")
    path = "-opythonpath=src"
    done = fuzz(project, path, "--fuzz=FuzzP", "--fuzztime=100000x")
    assert done.returncode == 1
    assert "1 failed, 1 deselected" in done.stdout, done.stdout
    (found,) = (project.folder / "tests/testdata/fuzz/FuzzParse").iterdir()
    assert f"\npytest 'tests/test_it.py::FuzzParse[{found.name}]'\n" in done.stdout
    assert f"fuzzengine test -run=FuzzParse/{found.name} tests/test_it.py\n" in done.stdout
    assert re.search(r"^fuzz: seed: \d+$", done.stdout, re.MULTILINE)
    assert done.stdout.count("Failing input:\n    data = b'size,'\n") == 1
    assert done.stdout.count("size.py:5: ValueError") == 2  # in the report and in the summary
    assert "FAILED tests/test_it.py::FuzzParse - Failed: size.py:5: ValueError" in done.stdout
    again = project.pytest(path, "-q", f"tests/test_it.py::FuzzParse[{found.name}]")
    assert "1 failed" in again.stdout


def test_a_campaign_annotates_its_failures_on_github(project: Project) -> None:
    project.write("tests/size.py", SIZE)
    project.write("tests/test_it.py", PARSE)
    environ = {**environment(project), "GITHUB_ACTIONS": "true"}
    environ.pop("GITHUB_WORKSPACE", None)
    done = subprocess.run(
        project.command("--fuzzflags=-parallel=1", "--fuzz=FuzzP", "--fuzztime=100000x"),
        cwd=project.folder,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert re.search(r"^::error file=tests/size\.py,line=5,title=FuzzParse/", done.stdout, re.M)
    assert "Failed: size.py:5: ValueError" in done.stdout
    assert '"Event"' not in done.stdout


def test_failures_of_all_campaigns_are_one_sarif_file(project: Project) -> None:
    project.write("tests/size.py", SIZE)
    project.write("tests/test_it.py", PARSE)
    project.write("tests/test_other.py", PARSE.replace("FuzzParse", "FuzzOther"))
    done = fuzz(project, "-n2", "--fuzz=.", "--fuzztime=100000x", "--fuzzsarif=out.sarif")
    assert "2 failed" in done.stdout
    (run,) = json.loads((project.folder / "out.sarif").read_text())["runs"]
    names = {result["properties"]["input"].partition("/")[0] for result in run["results"]}
    assert names == {"FuzzParse", "FuzzOther"}
    place = run["results"][0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "tests/size.py"


def test_a_file_for_sarif_that_cannot_be_written_is_an_error(project: Project) -> None:
    fuzz_test(project, "\ndef FuzzX(f: F) -> None:\n    f.fatal('early')\n")
    done = fuzz(project, "--fuzz=.", "--fuzzsarif=no/out.sarif")
    assert "--fuzzsarif " in done.stderr
    assert "cannot write it: " in done.stderr
    assert done.returncode == pytest.ExitCode.INTERNAL_ERROR
    assert done.stdout.count("test_it.py:7: early") == 2  # in the report and in the summary


def test_the_corpus_alone_can_be_executed(project: Project) -> None:
    project.write("tests/size.py", SIZE)
    project.write("tests/test_it.py", PARSE)
    done = fuzz(project, "--fuzz=FuzzP", "--fuzztime=0", "-s")
    assert ", corpus executed: 1 inputs\n" in done.stdout
    assert done.returncode == 0


def test_a_campaign_that_finds_nothing_passes(project: Project) -> None:
    fuzz_test(
        project,
        "\ndef FuzzX(f: F) -> None:\n    @f.fuzz\n    def _(t: T, data: bytes) -> None: pass\n",
    )
    done = fuzz(project, "--fuzz=.", "--fuzztime=100x", "-s")
    assert done.returncode == 0, done.stdout
    assert "\nPASS\n" in done.stdout
    assert list((project.folder / "tests").glob("testdata")) == []
    assert list((project.folder / "tmp").glob("fuzzengine-*")) == []


def test_a_worker_that_ends_before_it_fuzzes_fails_and_records_nothing(project: Project) -> None:
    fuzz_test(
        project,
        "\ndef FuzzX(f: F) -> None:\n    if in_worker(): os._exit(99)\n    @f.fuzz\n"
        "    def _(t: T, data: bytes) -> None: pass\n",
    )
    done = fuzz(project, "--fuzz=FuzzX", "--fuzztime=100000x")
    assert done.returncode == 1
    assert "Failed: fuzzing process terminated without fuzzing" in done.stdout
    assert list((project.folder / "tests").glob("testdata")) == []


def test_an_interrupt_ends_the_campaign_and_pytest(project: Project) -> None:
    fuzz_test(
        project,
        "\ndef FuzzX(f: F) -> None:\n    f.add(b'')\n    @f.fuzz\n"
        "    def _(t: T, data: bytes) -> None: pass\n"
        "\ndef FuzzY(f: F) -> None:\n    f.add(b'')\n    @f.fuzz\n"
        "    def _(t: T, data: bytes) -> None: pass\n",
    )
    run = subprocess.Popen(
        project.command("--fuzz=.", "-s", "--fuzzflags=-parallel=1"),
        cwd=project.folder,
        env=environment(project),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert run.stdout is not None
    output = ""
    while "now fuzzing" not in output:
        line = run.stdout.readline()
        assert line, output
        output += line
    run.send_signal(signal.SIGINT)
    rest, _ = run.communicate(timeout=PATIENCE)
    assert run.returncode == pytest.ExitCode.INTERRUPTED
    assert "now fuzzing" not in rest
    assert "KeyboardInterrupt" in rest
    for process in psutil.process_iter():
        try:
            there = process.environ().get("TMPDIR") == str(project.folder / "tmp")
        except (psutil.Error, OSError):
            continue
        assert not there or process.pid == os.getpid()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--fuzz=("], "testing: invalid regexp for element 0 of --fuzz"),
        (["--fuzz=x", "--fuzztime=soon"], 'invalid value "soon" for flag -fuzztime'),
        (["--fuzz=x", "--fuzzflags=-nope"], "flag provided but not defined: -nope"),
        (["--fuzzsarif=x"], "--fuzzsarif shows the failures of campaigns; add --fuzz"),
        (["--fuzz=x", "--fuzzflags=word"], "--fuzzflags: word is not a flag"),
        (["--fuzz=x", "--fuzzflags=-pdb"], "--fuzzflags: use `pytest --pdb` with the recorded in"),
    ],
)
def test_wrong_options_are_an_error_of_one_line(
    project: Project, arguments: list[str], message: str
) -> None:
    done = project.pytest(*arguments)
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert done.stderr.startswith(f"ERROR: {message}")
    assert done.stderr.count("\n") == 2


def test_a_pattern_without_match_is_reported(project: Project) -> None:
    project.write("tests/test_it.py", PARSE)
    done = project.pytest("--fuzz=Other")
    assert done.returncode == pytest.ExitCode.NO_TESTS_COLLECTED
    assert "--fuzz=Other matches no fuzz test in the collected files" in done.stdout


def test_workers_are_measured_when_pytest_is(project: Project) -> None:
    pytest.importorskip("pytest_cov")
    project.plugins += ("pytest_cov",)
    project.write(
        "src/work.py",
        "from fuzzengine import in_worker\n\n\ndef go():\n    if in_worker():\n        return 1\n"
        "    return 2\n",
    )
    fuzz_test(
        project,
        "from work import go\n\ndef FuzzX(f: F) -> None:\n    f.add(b'')\n    @f.fuzz\n"
        "    def _(t: T, data: bytes) -> None: go()\n",
    )
    measured = ("-opythonpath=src", "--cov=src", "--cov-report=term-missing")
    assert "src/work.py       5      1    80%   6" in fuzz(project, *measured).stdout
    done = fuzz(project, *measured, "--fuzz=FuzzX", "--fuzztime=100x")
    assert "src/work.py       5      1    80%   7" in done.stdout, done.stdout
