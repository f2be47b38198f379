"""Scripts under pytest, in a pytest of their own."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.pytesting import ROOT, Project

CONFTEST = """
from scriptest.pytest_plugin.items import ScriptFile


def pytest_collect_file(file_path, parent):
    if file_path.suffix == ".txt":
        return ScriptFile.from_parent(parent, path=file_path)
"""
DIFFERS = "# one\necho hello\ncmp stdout want\n-- want --\nbye\n"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path / "p")


def script(project: Project, name: str, text: str) -> Path:
    return project.write(f"testdata/script/{name}", text)


# --- which files are scripts ---------------------------------------------------------------------


def test_a_project_without_scripts_sees_no_change(project: Project) -> None:
    project.write("notes.txt", "exec false\n")
    project.write("docs/script/more.txtar", "exec false\n")
    project.write(
        "test_it.py",
        "import sys\n\ndef test_it():\n"
        "    loaded = [name for name in sys.modules if name.startswith('scriptest')]\n"
        "    assert loaded == ['scriptest', 'scriptest.pytest_entry']\n",
    )
    done = project.pytest("-q")
    assert done.returncode == 0, done.stdout
    assert done.stdout.splitlines()[-1].startswith("1 passed in")


def test_what_is_collected(project: Project) -> None:
    script(project, "a.txt", "echo a\n")
    script(project, "below/no.txt", "echo no\n")
    script(project, "data.json", "{}\n")
    project.write("other/scriptest.yaml", "scripts: ['*.case', 'more/**/*.txt']\nenv: {X: x}\n")
    project.write("other/b.case", "exec test $X = x\n")
    project.write("other/no.txt", "exec false\n")
    project.write("other/more/deep/c.txt", "exec test $X = x\n")
    done = project.pytest("-v")
    assert done.returncode == 0, done.stdout
    assert re.findall(r"^(\S+) PASSED", done.stdout, re.MULTILINE) == [
        "other/b.case::b",
        "other/more/deep/c.txt::c",
        "testdata/script/a.txt::a",
    ]


def test_the_ini_option_says_where_scripts_are(project: Project) -> None:
    script(project, "a.txt", "echo a\n")
    project.write("e2e/b.txt", "echo b\n")
    project.write("e2e/sub/c.txtar", "echo c\n")
    project.write("flat/d.txt", "echo d\n")
    project.write("flat/sub/no.txt", "echo no\n")
    paths = project.pytest("--co", "-q", "-o", "scriptest_paths=e2e/**\nflat").stdout
    assert re.findall(r"^\S+::\w+$", paths, re.MULTILINE) == [
        "e2e/b.txt::b",
        "e2e/sub/c.txtar::c",
        "flat/d.txt::d",
    ]
    assert "no tests collected" in project.pytest("--co", "-q", "-o", "scriptest_paths=").stdout


def test_a_script_that_is_named_needs_no_folder(project: Project) -> None:
    project.write("any/x.txtar", "echo x\n")
    assert project.pytest("-q").returncode == pytest.ExitCode.NO_TESTS_COLLECTED
    assert "1 passed" in project.pytest("-q", "any/x.txtar").stdout


def test_a_conftest_of_the_project_collects_nothing_twice(project: Project) -> None:
    project.write("conftest.py", CONFTEST)
    script(project, "test_a.txt", "echo a\n-- x.py --\n>>> 1/0\n")
    project.write("b.txt", "echo b\n")
    done = project.pytest("-q")
    assert done.stdout.splitlines()[-1].startswith("2 passed"), done.stdout


def test_without_the_plugin_a_conftest_still_collects(project: Project) -> None:
    project.write("conftest.py", CONFTEST)
    project.write("b.txt", DIFFERS)
    done = project.pytest("-q", "-pno:scriptest.pytest_entry")
    assert "FAILED b.txt::b - stdout and want differ" in done.stdout


def test_pytest_finds_the_plugin_by_itself() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    found = settings["project"]["entry-points"]["pytest11"]
    assert found["scriptest"] == "scriptest.pytest_entry"


# --- what a report says --------------------------------------------------------------------------


@pytest.mark.parametrize("style", ["auto", "long", "short", "native"])
def test_a_failure_shows_the_script_and_no_traceback(project: Project, style: str) -> None:
    script(project, "bad.txt", DIFFERS)
    done = project.pytest(f"--tb={style}")
    assert done.returncode == 1
    assert (
        "testdata/script/bad.txt:3:1: stdout and want differ\n--- want: want\n+++ got: stdout"
        in done.stdout
    )
    assert done.stdout.count("> echo hello") == 1
    assert "FAILED testdata/script/bad.txt::bad - stdout and want differ" in done.stdout
    assert "Traceback" not in done.stdout
    assert "runtest" not in done.stdout


def test_one_line_or_none(project: Project) -> None:
    script(project, "bad.txt", DIFFERS)
    assert "\ntestdata/script/bad.txt:3: stdout and want differ\n" in (
        project.pytest("--tb=line").stdout
    )
    assert "> echo hello" not in project.pytest("--tb=no").stdout


def test_workers_report_the_same(project: Project) -> None:
    script(project, "bad.txt", DIFFERS)
    script(project, "good.txt", "# first\necho hello\n")
    done = project.pytest("-n2", "-v")
    assert "testdata/script/bad.txt:3:1: stdout and want differ\n--- want" in done.stdout
    assert "FAILED testdata/script/bad.txt::bad - stdout and want differ" in done.stdout
    assert re.search(r"^    # first \(", done.stdout, re.MULTILINE)


def test_outcomes(project: Project) -> None:
    script(project, "good.txt", "# the section\necho hello\n")
    script(project, "skipped.txt", "echo hello\n# here\nskip 'not today'\n")
    script(project, "known.txt", "exec false\n-- scriptest.yaml --\nxfail: bug 7\n")
    done = project.pytest("-rA", "-v", "--durations=0", "--durations-min=0")
    assert done.returncode == 0
    assert "1 passed, 1 skipped, 1 xfailed" in done.stdout
    assert "SKIPPED [1] testdata/script/skipped.txt:2: not today" in done.stdout
    assert "XFAIL testdata/script/known.txt::known - bug 7" in done.stdout
    assert re.search(r"good PASSED .*\n    # the section \(\S+\)\n", done.stdout)
    assert "> echo hello\n[stdout]\nhello\n" in done.stdout
    assert re.search(r"s call     testdata/script/", done.stdout)


def test_an_unexpected_pass_and_a_flaky_script_are_red(project: Project) -> None:
    script(project, "fixed.txt", "echo\n-- scriptest.yaml --\nxfail: bug 7\n")
    text = "exec sh -c 'test -e $MARK || { touch $MARK; false; }'\n-- scriptest.yaml --\nretries: "
    for name, retries in (("red", "1"), ("fine", "{times: 1, allow_flaky: true}")):
        script(project, f"{name}.txt", text.replace("$MARK", f"{project.folder}/{name}") + retries)
    done = project.pytest()
    assert "1 passed" in done.stdout or "2 failed" in done.stdout
    assert "fixed - it passes, but its header expects it to fail: bug 7" in done.stdout
    assert "red - failed once, passed at try 2: " in done.stdout
    assert "scriptest: flaky (allowed) ===" in done.stdout
    assert "\ntestdata/script/fine.txt::fine: failed once, passed at try 2\n" in done.stdout


def test_junit_has_sections_and_the_log(project: Project) -> None:
    script(project, "a.txt", "# the section\necho hello\n")
    project.pytest("--junitxml=j.xml", "-o", "junit_logging=system-out")
    case = next(ElementTree.parse(project.folder / "j.xml").iter("testcase"))
    (found,) = case.iter("property")
    assert found.get("name") == "scriptest.phase"
    assert (found.get("value") or "").startswith("the section (")
    assert "> echo hello" in (case.findtext("system-out") or "")


def test_variants_are_items_and_settings_apply(project: Project) -> None:
    script(project, "scriptest.yaml", "env: {FLAVOUR: sweet}\n")
    script(
        project,
        "a.txt",
        "exec test $FLAVOUR = sweet\nexec test $size = big\n"
        "-- scriptest.yaml --\nmatrix: {size: [big, small]}\n",
    )
    done = project.pytest("-rA")
    assert done.returncode == 1
    assert "PASSED testdata/script/a.txt::a[big]" in done.stdout
    assert "FAILED testdata/script/a.txt::a[small]" in done.stdout
    assert "a.txt:2:1: test small = big: exit status 1" in done.stdout
    chosen = project.pytest("-k", "big", "testdata/script/a.txt::a[big]")
    assert "1 passed" in chosen.stdout
    assert "deselected" not in chosen.stdout


def test_tags_are_marks(project: Project) -> None:
    script(project, "a.txt", "echo\n-- scriptest.yaml --\ntags: [slow, no-net]\n")
    script(project, "b.txt", "echo\n-- scriptest.yaml --\ntags: [skip]\n")
    project.write("test_it.py", "def test_it(): pass\n")
    for chosen, wanted in (
        (["-m", "not slow"], "2 passed, 1 deselected"),
        (["-k", "no-net or skip"], "2 passed, 1 deselected"),
    ):
        assert wanted in project.pytest(*chosen).stdout


def test_last_failed_and_the_first_failure(project: Project) -> None:
    script(project, "a.txt", "echo\n")
    script(project, "b.txt", DIFFERS)
    script(project, "c.txt", DIFFERS)
    assert "2 failed, 1 passed" in project.pytest().stdout
    assert "2 failed" in project.pytest("--lf").stdout
    assert "1 failed, 1 passed" in project.pytest("-x").stdout


def test_wrong_settings_are_an_error_of_one_line(project: Project) -> None:
    script(project, "a.txt", "echo hello\n")
    script(project, "scriptest.yaml", "evn: {}\n")
    done = project.pytest()
    assert done.returncode == 2
    assert (
        "\ntestdata/script/scriptest.yaml:1: scriptest.yaml: unknown key `evn`; did you mean `env`?"
        in done.stdout
    )
    assert "Traceback" not in done.stdout + done.stderr


def test_wrong_options_are_an_error_of_one_line(project: Project) -> None:
    script(project, "a.txt", "echo hello\n")
    done = project.pytest("--scriptest-env", "=x")
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert done.stderr == "ERROR: --scriptest-env =x: this variable cannot be set\n\n"


def test_options(project: Project) -> None:
    script(project, "a.txt", "[!short] stop\nexec test $X = y\nexec false\nexec false\n")
    assert "1 passed" in project.pytest().stdout
    done = project.pytest("--scriptest-short", "--scriptest-env=X=y", "--scriptest-continue")
    assert "a.txt:3:1: " in done.stdout
    assert "a.txt:4:1: " in done.stdout
    script(project, "a.txt", "exec sleep 600\n")
    done = project.pytest("--scriptest-timeout=1ms")
    assert "1 failed" in done.stdout


def test_nothing_stays_behind_unless_it_is_wanted(project: Project) -> None:
    script(project, "a.txt", "echo\n")
    project.pytest()
    assert list((project.folder / "tmp").glob("scriptest-*")) == []
    done = project.pytest("--scriptest-work")
    (kept,) = (project.folder / "tmp").glob("scriptest-*/a")
    assert f"testdata/script/a.txt::a: {kept}\n" in done.stdout


# --- fixtures ------------------------------------------------------------------------------------

FIXTURES = """
import pathlib
import pytest

LOG = pathlib.Path(__file__).with_name("log")


def say(text):
    with LOG.open("a") as log:
        log.write(text + "\\n")


@pytest.fixture(params=[1])
def unused(request):
    say("unused")


@pytest.fixture(scope="session")
def port():
    say("port up")
    yield 4711
    say("port down")


@pytest.fixture
def db(port, tmp_path):
    say("db up")
    yield {"url": f"db:{port}", "path": tmp_path, "open": True, "more": {}}
    say("db down")


@pytest.fixture(autouse=True, scope="module")
def everywhere(request):
    say(f"{request.path.name} begins")
    yield
    say(f"{request.path.name} ends")


@pytest.fixture(autouse=True)
def each(monkeypatch):
    monkeypatch.setenv("FROM_HOST", "here")
"""


def test_fixtures_apply_and_are_variables(project: Project) -> None:
    project.write("conftest.py", FIXTURES)
    script(project, "scriptest.yaml", "pass_env: [FROM_HOST]\n")
    script(
        project,
        "a.txt",
        "exec test $db_url = db:4711\nexec test -d $db_path\nexec test $db_open = true\n"
        "exec test $port = 4711\nexec test $FROM_HOST = here\n[env:db_more] exec false\n"
        "-- scriptest.yaml --\nuse: [db, port]\nmatrix: {n: ['1', '2']}\n",
    )
    script(project, "b.txt", "exec true\n")
    done = project.pytest()
    assert "3 passed" in done.stdout, done.stdout
    assert (project.folder / "log").read_text().split("\n") == [
        "port up",
        "a.txt begins",
        *["db up", "db down"] * 2,
        "a.txt ends",
        "b.txt begins",
        "b.txt ends",
        "port down",
        "",
    ]


def test_an_unknown_fixture_is_an_error_of_one_line(project: Project) -> None:
    project.write("conftest.py", FIXTURES)
    script(project, "a.txt", "echo\n-- scriptest.yaml --\nuse: dbb\n")
    done = project.pytest()
    assert (
        "_\ntestdata/script/a.txt: use: unknown fixture `dbb`; did you mean `db`?\n=" in done.stdout
    )


def test_a_command_of_the_project_gets_the_fixtures_themselves(project: Project) -> None:
    project.write("conftest.py", "import pytest\n\n@pytest.fixture\ndef them(): return [1, 2]\n")
    script(project, "scriptest.yaml", "commands: {them: {call: 'own:them'}}\n")
    script(
        project,
        "own.py",
        "def them(call):\n    assert call.state.fixtures == {'them': [1, 2]}\n",
    )
    script(project, "a.txt", "them\n-- scriptest.yaml --\nuse: them\n")
    assert "1 passed" in project.pytest().stdout


# --- suites --------------------------------------------------------------------------------------


def test_the_values_of_fixtures_are_not_kept_after_their_script(project: Project) -> None:
    project.write(
        "conftest.py",
        "import gc, pytest, weakref\n\n"
        "class Big:\n    pass\n\n"
        "seen = []\n\n"
        "@pytest.fixture\n"
        "def big():\n"
        "    gc.collect()\n"
        "    assert [each() for each in seen] == [None] * len(seen)\n"
        "    big = Big()\n"
        "    seen.append(weakref.ref(big))\n"
        "    return big\n",
    )
    for name in ("a.txt", "b.txt", "c.txt"):
        script(project, name, "echo\n-- scriptest.yaml --\nuse: big\n")
    done = project.pytest("-q")
    assert done.stdout.splitlines()[-1].startswith("3 passed in"), done.stdout


@pytest.mark.parametrize("role", ["suite_setup", "suite_teardown"])
def test_a_suite_that_fails_is_an_error_of_one_line(project: Project, role: str) -> None:
    script(project, "scriptest.yaml", f"{role}: {{python: 'own:fail'}}\n")
    script(
        project,
        "own.py",
        "from scriptest.errors import ScriptError\n\n"
        "def fail(shared):\n    raise ScriptError('no database')\n",
    )
    script(project, "a.txt", "echo\n")
    done = project.pytest()
    assert done.returncode == 1
    assert "no database\n=" in done.stdout
    assert "own.py" not in done.stdout
    assert "1 error" in done.stdout


# --- several workers -----------------------------------------------------------------------------


@pytest.mark.parametrize("workers", ["-n0", "-n2"])
def test_output_that_is_no_text_is_spelled(project: Project, workers: str) -> None:
    script(project, "good.txt", "unbase64 bytes\ncat bytes\n-- bytes --\n/wo=\n")
    script(project, "bad.txt", "unbase64 bytes\ncat bytes\nstdout no\n-- bytes --\n/wo=\n")
    done = project.pytest(workers, "--junitxml=out.xml")
    assert "1 failed, 1 passed" in done.stdout
    assert "\\xff" in done.stdout


def test_an_update_by_several_workers_loses_nothing(project: Project) -> None:
    text = "# $n\necho hello\ncmp stdout want\n-- scriptest.yaml --\nmatrix: {n: ['1', '2', '3']}\n"
    path = script(project, "a.txt", text + "-- want --\nold\n")
    other = script(project, "b.txt", DIFFERS)
    done = project.pytest("-n2", "--scriptest-update")
    assert path.read_text() == text + "-- want --\nhello\n"
    assert other.read_text() == DIFFERS.replace("bye", "hello")
    assert "scriptest: golden files updated ===" in done.stdout
    assert done.stdout.count("testdata/script/a.txt: want\n") == 1
    assert done.stdout.count("testdata/script/b.txt: want\n") == 1
    assert "4 passed" in project.pytest("--scriptest-update").stdout


def test_an_update_can_be_shown_only(project: Project) -> None:
    path = script(project, "b.txt", DIFFERS)
    done = project.pytest("--scriptest-update=diff", "testdata")
    assert done.returncode == 1
    assert "-bye\n+hello\n" in done.stdout
    assert path.read_text() == DIFFERS


def test_an_update_cannot_ask(project: Project) -> None:
    script(project, "b.txt", DIFFERS)
    done = project.pytest("--scriptest-update=ask", "testdata")
    assert done.returncode == 4
    assert (
        "ERROR: --scriptest-update=ask cannot ask under pytest; use `scriptest run --update=ask`, "
        "or --scriptest-update=diff to see the changes\n"
    ) in done.stderr


MEETING = """
exec sh -c 'mkdir $MEETING || exit 9; i=0; while test $i -lt 20; do i=$((i+1)); :; done'
exec sh -c 'rmdir $MEETING'
-- scriptest.yaml --
serial: %s
"""


def test_serial_scripts_do_not_meet_in_two_workers(project: Project) -> None:
    meeting = f"--scriptest-env=MEETING={project.folder / 'meeting'}"
    # Ten scripts share a lock, and six run alone.
    for number in range(16):
        script(project, f"s{number:02}.txt", MEETING % ("database" if number < 10 else "true"))
    done = project.pytest("-n2", meeting)
    assert "16 passed" in done.stdout, done.stdout


def test_names_as_scriptest_prints_them(project: Project) -> None:
    header = "-- scriptest.yaml --\nmatrix: {size: [big, small]}\n"
    script(project, "a.txt", f"# one\nexec true\n# two\nexec false\n{header}")
    name = "testdata/script/a.txt"
    done = project.pytest(f"{name}[small]")
    assert "FAILED testdata/script/a.txt::a[small]" in done.stdout
    assert "1 failed" in done.stdout
    assert "2 passed" in project.pytest(f"{name}:2").stdout
    assert "2 failed" in project.pytest(f"{name}:4:1:", "-n1").stdout
    assert "1 passed" in project.pytest(f"{name}[big]:2", "-n1").stdout


def test_a_place_in_a_file_that_does_not_exist(project: Project) -> None:
    assert "file or directory not found: other.txt:2" in project.pytest("other.txt:2").stderr


# --- what a failure looks like -------------------------------------------------------------------


@pytest.mark.parametrize("workers", [[], ["-n1"]])
def test_a_failure_is_colored_as_far_as_pytest_uses_colors(
    project: Project, workers: list[str]
) -> None:
    script(project, "bad.txt", DIFFERS)
    colored = project.pytest("--color=yes", "--junit-xml=out.xml", *workers)
    assert "\x1b[1;31mstdout and want differ\x1b[m\n" in colored.stdout
    assert "\n\x1b[31m-bye\x1b[m\n" in colored.stdout
    assert "#x1B" not in (project.folder / "out.xml").read_text()
    if not workers:
        assert "\x1b" not in project.pytest("--color=no").stdout


def test_a_long_output_is_cut_unless_it_is_wanted(project: Project) -> None:
    script(project, "bad.txt", "exec python3 -c 'print(*range(100), sep=chr(10)); exit(3)'\n")
    done = project.pytest("-v")
    assert "\n[... 60 lines left out ...]\n" in done.stdout
    found = re.search(r"^all of it: (\S+)$", done.stdout, re.MULTILINE)
    assert found is not None
    assert "\n50\n" in Path(found[1]).read_text()
    assert "\n50\n" in project.pytest("-vv").stdout
