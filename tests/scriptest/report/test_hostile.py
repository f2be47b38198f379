"""Tests that no control character of programs, scripts or file names gets into an output."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scriptest.authoring.place import PlaceError, script_path
from scriptest.base.streams import PLAIN, Style
from scriptest.cli.main import main
from scriptest.engine.result import Failure, Phase, Result, Status
from scriptest.report import github, html, junit
from scriptest.report import json as json_report
from scriptest.report.console import Console, Detail
from scriptest.report.progress import Progress
from scriptest.report.tally import Tally
from scriptest.run.eta import Eta
from scriptest.sandbox.log import LogEntry
from scriptest.suite.suite import Selected
from scriptest.vet.checker import Diagnostic
from scriptest.vet.formats import FORMATS
from tests import hostile
from tests.pytesting import Project
from tests.scriptest.person import Person

posix = pytest.mark.skipif(os.name != "posix", reason="such names need POSIX")
NAME = "dir/a\x1b[2J\u202e\x9b\udcff.txt"
SCRIPT = (
    r"""
# title """
    + "\x1b[2J\u202e"
    + r"""
exec python -c 'import sys; sys.stdout.buffer.write(b"out\x1b[2J\xe2\x80\xae\xff\n")'
cmp stdout want
-- want --
other
"""
)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path / "p")


def result(text: str, status: Status = Status.FAILED) -> Result:
    """Return a result with a text in all of its fields."""
    failure = Failure(text, 3, 1, text, f"detail\n{text}") if status.is_failure else None
    phases = (Phase(text, 1, 0.1, (LogEntry(f"> exec x\n[stdout]\n{text}"),)),)
    more = (failure,) if failure else ()
    return Result(text, text, status, 0.5, phases, failure, text, text, more, 2, (text,))


def console(results: list[Result], detail: Detail, style: Style) -> str:
    out = io.StringIO()
    shown = Console(out, detail, style)
    tally = Tally()
    for each in results:
        shown.result(each)
        tally.add(each)
    shown.say(hostile.TEXT)
    shown.summary(tally, 1.0)
    return out.getvalue()


def every(text: str) -> list[Result]:
    return [result(text, status) for status in Status]


REPORTS: dict[str, Callable[[str], str]] = {
    "--junit": lambda text: junit.render(every(text), 1.0),
    "--github": lambda text: github.render(every(text)),
    "--html": lambda text: html.render(every(text), 1.0),
    "--json": lambda text: json_report.render(every(text), 1.0),
}


def render(name: str, text: str) -> str:
    """Return an output that contains a text wherever it can."""
    if name in FORMATS:
        return FORMATS[name]([Diagnostic(text, 1, 1, text)])
    if name in Detail.__members__:
        return console(every(text), Detail[name], PLAIN)
    return REPORTS[name](text)


OUTPUTS = [*REPORTS, *FORMATS, *Detail.__members__]


@pytest.mark.parametrize("name", OUTPUTS)
def test_no_report_contains_control_characters(name: str) -> None:
    for text in (hostile.TEXT, NAME):
        assert not hostile.acting(render(name, text))


@pytest.mark.parametrize("name", OUTPUTS)
@given(st.text(st.one_of(st.characters(), st.sampled_from(hostile.CHARACTERS)), max_size=30))
def test_no_report_contains_control_characters_of_any_text(name: str, text: str) -> None:
    shown = render(name, text)
    assert not hostile.acting(shown)
    shown.encode("utf-8")


@pytest.mark.parametrize("detail", Detail)
def test_at_a_terminal_only_colours_are_kept(detail: Detail) -> None:
    shown = console(every(hostile.TEXT), detail, Style(live=True, colour=True))
    assert not hostile.acting(re.sub(r"\x1b\[[0-9;]*m", "", shown))


def test_the_progress_line_escapes_names() -> None:
    scripts = [Selected(NAME, "/nowhere")]
    progress = Progress(1, Eta(scripts, {}, 1), lambda: 200)
    progress.started(NAME)
    assert progress.line() == r"[0/1]  a\x1b[2J\u202e\x9b\xff.txt".replace("  ", " ")
    assert not hostile.acting(progress.line())


def test_json_and_xml_hold_the_text() -> None:
    run = json.loads(json_report.render([result("a\x1b\u202e\udcff")], 1.0))
    assert run["scripts"][0]["sections"][0]["log"].endswith("a\x1b\u202e\udcff")
    suite = ElementTree.fromstring(junit.render([result("a\x1b\u202e\udcff")], 1.0))[0]
    assert r"a\x1b\u202e\xff" in (suite[0][0].text or "")


@pytest.mark.parametrize(
    "arguments",
    [
        ["run", NAME],
        ["vet", NAME],
        ["run", "--html", NAME],
        ["run", "--config", NAME],
        ["run", "-k", NAME, "."],
        ["run", f"--{NAME}"],
        ["run", "--jobs", NAME],
        ["run", "--timeout", NAME],
        ["help", NAME],
        ["new", NAME],
        ["archive", NAME],
        ["extract", NAME],
        ["parse", NAME],
        ["record", "-o", NAME, "--", "true"],
        [NAME],
    ],
)
def test_errors_escape_what_was_typed(
    arguments: list[str],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.txt").write_text("exec true\n")
    try:
        status = main(arguments)
    except SystemExit as ended:
        status = int(ended.code or 0)
    seen = capsys.readouterr()
    assert status == 2
    assert seen.out == ""
    assert r"\x1b[2J\u202e" in seen.err
    assert not hostile.acting(seen.err)


@pytest.mark.parametrize("char", ["\x1b", "\x7f", "\x9b", "\u202e", "\u2028", "\udcff", "\n"])
def test_new_scripts_have_no_such_names(char: str) -> None:
    with pytest.raises(PlaceError, match="must not contain control characters"):
        script_path(f"a{char}b", "folder")


def run(project: Project, *flags: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "scriptest", "run", *flags, "dir"],
        cwd=project.folder,
        env=project.environment(),
        capture_output=True,
        text=True,
        check=False,
    )


@posix
@pytest.mark.process
@pytest.mark.parametrize("flags", [[], ["-v"], ["-q"], ["--update=diff"], ["--continue", "-j2"]])
def test_the_program_escapes_outputs_and_names(project: Project, flags: list[str]) -> None:
    for name in (NAME, "dir/b.txt"):
        project.write(name, SCRIPT)
    done = run(project, *flags)
    assert done.returncode in (0, 1)
    assert r"a\x1b[2J\u202e\x9b\xff.txt" in done.stdout
    assert not hostile.acting(done.stdout + done.stderr)


@posix
@pytest.mark.process
def test_golden_files_keep_the_bytes(project: Project) -> None:
    path = project.write("dir/b.txt", SCRIPT)
    assert run(project, "--update").returncode == 0
    assert path.read_bytes().endswith(b"-- want --\nout\x1b[2J\xe2\x80\xae\xff\n")


@posix
@pytest.mark.process
@pytest.mark.parametrize("flags", [[], ["-v"], ["-vv", "-rA"], ["-q", "--tb=line"], ["-n2"]])
def test_pytest_escapes_outputs_and_names(project: Project, flags: list[str]) -> None:
    project.write(f"testdata/script/{NAME.rpartition('/')[2]}", SCRIPT)
    project.write("testdata/script/skipped.txt", "skip 'why\x1b[2J\u202e'\n")
    done = project.pytest(*flags, "--junitxml=run.xml", "testdata")
    assert done.returncode == 1
    assert r"\x1b[2J\u202e" in done.stdout
    assert not hostile.acting(done.stdout + done.stderr)
    written = (project.folder / "run.xml").read_text("utf-8")
    assert not hostile.acting(written)
    assert len(ElementTree.fromstring(written)) == 1


@posix
@pytest.mark.process
def test_a_terminal_sees_only_the_progress_line_and_colours(project: Project) -> None:
    project.write(NAME, SCRIPT)
    project.write("dir/slow.txt", "exec sleep 0.5\n")
    person = Person(["run", "-v", "-j2", "dir"], project.folder)
    assert person.leaves() == 1
    own = re.sub(rb"\x1b\[[0-9;]*m|\r\x1b\[J|\x1b\[J\r|\r", b"", person.raw).decode()
    assert r"a\x1b[2J\u202e\x9b\xff.txt" in own
    assert not hostile.acting(own)


@posix
@pytest.mark.process
def test_names_in_an_archive_are_escaped_at_a_terminal(project: Project) -> None:
    project.write("a.txtar", "-- a\x1b[2J\u202e --\nx\n")
    person = Person(["extract", "--list", "a.txtar"], project.folder)
    assert person.leaves() == 0
    assert person.raw == b"a\\x1b[2J\\u202e\r\n"
