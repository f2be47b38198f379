"""Reports for other programs."""

from __future__ import annotations

import json
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from scriptest.engine.result import Failure, Phase, Result, Status
from scriptest.report import github, junit
from scriptest.report import json as jsonfile
from scriptest.sandbox.log import LogEntry

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
