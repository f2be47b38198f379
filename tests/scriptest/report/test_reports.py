"""Reports for other programs."""

from __future__ import annotations

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scriptest.base.errors import Location
from scriptest.engine.result import Failure, Phase, Result, Status
from scriptest.report import github, junit
from scriptest.report import json as jsonfile
from scriptest.sandbox.log import LogEntry
from scriptest.suite.sharding import Shard

BYTES_AS_TEXT = st.binary().map(lambda data: data.decode("utf-8", "surrogateescape"))
TEXTS = st.one_of(BYTES_AS_TEXT, st.sampled_from(["]]>", "]]]]>>", "\x00\x1b[31m", "\ufffe<&>\"'"]))


def result(text: str, status: Status = Status.FAILED) -> Result:
    failure = Failure("dir/a.txt", 3, 1, text, text) if status.is_failure else None
    phases = (Phase(text, 1, 0.1, (LogEntry(text),)),)
    return Result("dir/a.txt", "dir/a.txt", status, 0.5, phases, failure, text)


@given(TEXTS, st.sampled_from(Status))
def test_junit_is_well_formed_whatever_programs_wrote(text: str, status: Status) -> None:
    suite = ElementTree.fromstring(junit.render([result(text, status)], 1.0).encode("utf-8"))[0]
    assert suite.get("tests") == "1"
    case = suite[0]
    assert (case.get("classname"), case.get("name")) == ("dir", "a.txt")
    assert len(case) == 1


def test_junit_keeps_what_ends_a_section() -> None:
    suite = ElementTree.fromstring(junit.render([result("a ]]> b")], 1.0).encode())[0]
    assert "dir/a.txt:3:1: a ]]> b" in (suite[0][0].text or "")
    assert (suite.get("failures"), suite.get("errors"), suite.get("skipped")) == ("1", "0", "0")


def test_junit_shows_control_characters() -> None:
    suite = ElementTree.fromstring(junit.render([result("\x1b[31m")], 1.0).encode())[0]
    assert "\\x1b[31m" in (suite[0][0].text or "")


@given(TEXTS)
def test_json_can_be_read_and_counts(text: str) -> None:
    run = json.loads(jsonfile.render([result(text), result(text, Status.PASSED)], 1.25))
    assert run["version"] == 1
    assert run["counts"] == {"passed": 1, "failed": 1}
    assert run["failed"] is True
    failed = next(script for script in run["scripts"] if script["failed"])
    assert failed["failures"][0]["line"] == 3


@given(TEXTS)
def test_an_annotation_is_one_line(text: str) -> None:
    lines = github.render([result(text), result(text, Status.PASSED)]).split("\n")
    assert len(lines) == 2
    assert lines[0].startswith("::error file=dir/a.txt,line=3,col=1,title=dir/a.txt::")


# --- reading JSON ----------------------------------------------------------------------------

ENTRIES = st.one_of(
    st.builds(LogEntry, TEXTS, output=st.just(""), is_command=st.just(False)),
    st.builds(
        LogEntry, TEXTS, output=st.sampled_from(["stdout", "tty", ">"]), is_command=st.just(False)
    ),
    st.builds(LogEntry, TEXTS, output=st.just(""), is_command=st.just(True)),
)
NUMBERS = st.integers(0, 5)
LOCATIONS = st.builds(Location, TEXTS, NUMBERS, NUMBERS)
FAILURES = st.builds(
    Failure,
    TEXTS,
    NUMBERS,
    NUMBERS,
    TEXTS,
    TEXTS,
    st.none() | LOCATIONS,
    st.lists(TEXTS, max_size=2).map(tuple),
)
SECONDS = st.integers(0, 10_000_000).map(lambda number: number / 1_000_000)
PHASES = st.builds(Phase, TEXTS, NUMBERS, SECONDS, st.lists(ENTRIES, max_size=3).map(tuple))


@st.composite
def results(draw: st.DrawFn) -> Result:
    failures = draw(st.lists(FAILURES, max_size=2))
    return Result(
        draw(TEXTS),
        draw(TEXTS),
        draw(st.sampled_from(Status)),
        draw(SECONDS),
        tuple(draw(st.lists(PHASES, max_size=2))),
        failures[0] if failures else None,
        draw(TEXTS),
        draw(TEXTS),
        tuple(failures[1:]),
        draw(NUMBERS),
        tuple(draw(st.lists(TEXTS, max_size=2))),
    )


@given(
    st.lists(results(), max_size=3, unique_by=lambda each: each.name),
    SECONDS,
    st.none() | st.just(Shard(2, 5, 7, "digest")),
)
def test_a_report_is_read_as_it_was(
    tmp_path_factory: pytest.TempPathFactory,
    results: list[Result],
    seconds: float,
    shard: Shard | None,
) -> None:
    path = tmp_path_factory.getbasetemp() / "report.json"
    path.write_text(jsonfile.render(results, seconds, shard))
    assert jsonfile.read(str(path)) == jsonfile.Report(
        sorted(results, key=lambda each: each.name), seconds, shard
    )


def test_reports_of_earlier_versions_have_no_entries(tmp_path: Path) -> None:
    run = json.loads(jsonfile.render([result("a\nb")], 1.0))
    for script in run["scripts"]:
        for section in script["sections"]:
            del section["entries"]
        for failure in script["failures"]:
            del failure["origin"], failure["shown"]
    path = tmp_path / "report.json"
    path.write_text(json.dumps(run))
    assert jsonfile.read(str(path)).results[0].phases[0].log == "a\nb"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        "nothing",
        "[" * 100_000,
        '{"version": 1, "seconds": 1, "scripts": [{}]}',
        '{"version": 1, "seconds": 1, "scripts": 5}',
        '{"version": 1, "seconds": 1, "scripts": [], "shard": {"part": 1}}',
        '{"version": "1", "seconds": 1, "scripts": []}',
    ],
)
def test_other_files_are_no_reports(tmp_path: Path, text: str) -> None:
    path = tmp_path / "report.json"
    path.write_text(text)
    message = f"{path}: not a report of `scriptest run --json`"
    with pytest.raises(jsonfile.InvalidReportError, match=re.escape(message)):
        jsonfile.read(str(path))


def test_reports_of_newer_versions_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_text('{"version": 2}')
    with pytest.raises(jsonfile.InvalidReportError, match="written by a newer scriptest"):
        jsonfile.read(str(path))
    with pytest.raises(jsonfile.InvalidReportError, match="none"):
        jsonfile.read(str(tmp_path / "none.json"))
