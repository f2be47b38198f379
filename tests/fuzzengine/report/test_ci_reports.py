"""Failures of campaigns as GitHub annotations (-github) and as SARIF (-sarif)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from fuzzengine.report.github import Annotations
from fuzzengine.report.locations import root_folder
from fuzzengine.report.record import RunRecord
from fuzzengine.report.sarif import render
from tests.fuzzengine.running import Package

CRASH = {
    "Event": "crash",
    "Elapsed": 0.1,
    "Name": "FuzzX/0123",
    "Path": "testdata/fuzz/FuzzX/0123",
    "Known": False,
    "Kind": "ValueError",
    "Bucket": "ValueError at x.py:3",
    "Frames": [["/usr/lib/other.py", 9], ["/repo/pkg/my x.py", 3]],
    "Message": "x.py:3: ValueError: 100%",
    "Failure": '--- FAIL: FuzzX (0.00s)\n    x.py:3: ValueError: 100%\n      File "x.py", line 3\n',
    "Arguments": ["data = b'a'"],
    "Commands": ["fuzzengine test -run=FuzzX/0123"],
}


def record_of(*events: dict[str, object]) -> RunRecord:
    record = RunRecord()
    for event in events:
        record.add("FuzzX", event)
    return record


def printed_for(record: RunRecord) -> list[str]:
    lines: list[str] = []
    assert Annotations(record, lines.append, root="/repo", folder="/repo/pkg").finish()
    return lines


def check_shape(log: dict[str, Any], results: int) -> None:
    """Check what the schema of SARIF 2.1.0 requires of the parts that are used."""
    assert set(log) == {"$schema", "version", "runs"}
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert len({rule["id"] for rule in rules}) == len(rules)
    assert all(rule["shortDescription"]["text"] for rule in rules)
    assert run["columnKind"] in ("utf16CodeUnits", "unicodeCodePoints")
    assert all(base["uri"].endswith("/") for base in run["originalUriBaseIds"].values())
    for invocation in run["invocations"]:
        assert isinstance(invocation["executionSuccessful"], bool)
        assert all(note["message"]["text"] for note in invocation["toolExecutionNotifications"])
    assert len(run["results"]) == results
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in ("none", "note", "warning", "error")
        assert result["message"]["text"]
        places = list(result["locations"])
        for stack in result.get("stacks", ()):
            places += [frame["location"] for frame in stack["frames"]]
        for place in places:
            artifact = place["physicalLocation"]["artifactLocation"]
            base = artifact.get("uriBaseId")
            assert " " not in artifact["uri"]
            assert base in run["originalUriBaseIds"] or artifact["uri"].startswith("file:///")
            assert place["physicalLocation"]["region"]["startLine"] >= 1
        assert all(isinstance(text, str) for text in result["partialFingerprints"].values())


def test_an_annotation_is_at_the_line_in_the_repository() -> None:
    assert printed_for(record_of(CRASH)) == [
        "::error file=pkg/my x.py,line=3,title=FuzzX/0123%3A ValueError::x.py:3: ValueError: "
        "100%25%0AFailing input:%0Adata = b'a'%0ATo re-run:%0Afuzzengine test -run=FuzzX/0123\n"
    ]


def test_a_failure_without_a_stack_is_at_its_input() -> None:
    (line,) = printed_for(record_of({**CRASH, "Frames": [], "Kind": "exit status 3"}))
    assert line.startswith("::error file=pkg/testdata/fuzz/FuzzX/0123,line=1,title=FuzzX/0123%3A ")


def test_sarif_has_what_the_schema_requires() -> None:
    other = {**CRASH, "Kind": "exit status 3", "Frames": []}
    log: Any = render([("/repo/pkg", [CRASH, other, CRASH])], "/repo")
    check_shape(log, 3)
    result = log["runs"][0]["results"][0]
    (place,) = result["locations"]
    assert place["physicalLocation"]["artifactLocation"] == {
        "uri": "pkg/my%20x.py",
        "uriBaseId": "%SRCROOT%",
    }
    first = result["stacks"][0]["frames"][0]["location"]["physicalLocation"]
    assert first["artifactLocation"] == {"uri": "file:///usr/lib/other.py"}
    assert result["partialFingerprints"] == {"fuzzengineBucket/v1": "ValueError at x.py:3"}


def test_sarif_of_a_run_that_was_not_carried_out() -> None:
    figures = {"Execs": 0, "NewInputs": 0, "Inputs": 0, "Blocks": 0, "Bits": 0, "Unstable": 0}
    end = {"Event": "end", "Elapsed": 1, "Reason": "error", "Error": "no worker", **figures}
    log: Any = render([("/repo", [end])], "/repo")
    check_shape(log, 0)
    (invocation,) = log["runs"][0]["invocations"]
    assert not invocation["executionSuccessful"]
    assert invocation["toolExecutionNotifications"][0]["message"] == {"text": "no worker"}


def test_paths_start_at_the_workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "below").mkdir()
    monkeypatch.chdir(tmp_path / "below")
    assert root_folder({"GITHUB_WORKSPACE": str(tmp_path)}) == str(tmp_path)
    assert root_folder({"GITHUB_WORKSPACE": "/elsewhere"}) == str(tmp_path / "below")
    assert root_folder({}) == str(tmp_path / "below")


TESTS = """
    def FuzzX(f):
        f.add(b"ok")

        @f.fuzz
        def _(t, data: bytes):
            if data == b"bad":
                raise KeyError
            if len(data) > 2:
                raise ValueError
"""


@pytest.mark.process
def test_a_campaign_with_both(package: Package) -> None:
    package.write("x_test.py", TESTS)
    package.write("testdata/fuzz/FuzzX/known", 'go test fuzz v1\n[]byte("bad")\n')
    flags = ("-fuzz=FuzzX", "-run=NONE", "-keepgoing", "-fuzztime=2000x", "-sarif=out.sarif")
    done = package.run("test", *flags, "-parallel=1", "-seed=1", GITHUB_ACTIONS="true")
    lines = [line for line in done.stdout.splitlines() if line.startswith("::error ")]
    assert [line.partition(",title")[0] for line in lines] == [
        "::error file=x_test.py,line=8",
        "::error file=x_test.py,line=10",
    ]
    log = json.loads((package.folder / "out.sarif").read_text())
    check_shape(log, 2)
    results = log["runs"][0]["results"]
    assert [result["properties"]["known"] for result in results] == [True, False]
    assert done.returncode == 1


@pytest.mark.process
@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("raise ValueError('first\\nsecond')", "x_test.py:4: ValueError: first\nsecond"),
        ("t.error('one', 2)", "x_test.py:4: one 2"),
        ("t.fail()", "failed at x_test.py:4"),
        (
            "import os; os.write(2, b'last words\\n'); os._exit(3)",
            "fuzzing process hung or terminated unexpectedly: exit status 3",
        ),
    ],
)
def test_messages_have_no_stack_and_no_output(
    package: Package, statement: str, message: str
) -> None:
    package.write(
        "x_test.py",
        f"""
        def FuzzX(f):
            @f.fuzz
            def _(t, data: bytes): {statement}
        """,
    )
    package.write("testdata/fuzz/FuzzX/known", 'go test fuzz v1\n[]byte("bad")\n')
    package.run("test", "-fuzz=FuzzX", "-run=NONE", "-fuzztime=5x", "-sarif=out.sarif")
    log = json.loads((package.folder / "out.sarif").read_text())
    text = log["runs"][0]["results"][0]["message"]["text"]
    assert text.partition("\nFailing input:")[0] == message


@pytest.mark.process
def test_a_failing_seed_and_events_on_standard_output(package: Package) -> None:
    package.write("x_test.py", TESTS.replace('b"ok"', 'b"bad"'))
    done = package.run("test", "-fuzz=FuzzX", "-run=NONE", "-github", "-json")
    assert done.stderr.startswith("::error file=x_test.py,line=8,title=FuzzX/")
    assert all(json.loads(line) for line in done.stdout.splitlines())


@pytest.mark.process
def test_flags_that_go_with_campaigns_only(package: Package) -> None:
    package.write("x_test.py", TESTS)
    for flags, said in (
        (["-github"], "-github shows the failures of a campaign; it goes with -fuzz\n"),
        (["-sarif=x"], "-sarif shows what a campaign did; it goes with -fuzz\n"),
        (["-fuzz=X", "-sarif=no/x"], "-sarif no/x: there is no folder "),
    ):
        done = package.run("test", *flags)
        assert done.stderr.startswith(f"fuzzengine test: {said}")
        assert done.returncode == 2
