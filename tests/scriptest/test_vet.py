"""The rules of vet."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scriptest.report.findings import FORMATS
from scriptest.suite import Selected
from scriptest.vet import RULES, Finding, check

DOCS = Path(__file__).parent.parent.parent / "docs"
TEXTS = st.text(max_size=8)


def test_the_page_lists_the_rules() -> None:
    page = (DOCS / "configuration.md").read_text("utf-8")
    for rule, meaning in RULES.items():
        severity = Finding("", 1, 1, "", rule).severity
        assert f"| `{rule}` | {severity} | {meaning} |" in page


@pytest.mark.parametrize(
    ("script", "rule"),
    [
        ("exec 'a", "syntax"),
        ("-- scriptest.yaml --\nmatrix: {a: [1]}\n-- a --\n{% if %}", "syntax"),
        ("! cd x", "name"),
        ("cd", "usage"),
        ("stdout (", "pattern"),
        ("-- ../x --", "file-name"),
        ("stdout $WORK", "variable-in-pattern"),
        ("exec true\ncmp stdout want", "missing-golden"),
        ("-- x --", "unused-file"),
        ("-- x --", "no-command"),
        ("", "no-command"),
        ("exec cat x | wc", "shell"),
        ("? exec cat < x", "shell"),
        ('stdout "a b"', "shell"),
    ],
)
def test_every_rule(script: str, rule: str, tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    path.write_text(script + "\n")
    row = {"a": "1"} if "matrix" in script else {}
    assert rule in [finding.rule for finding in check(Selected("x.txt", str(path), row=row))]


@pytest.mark.parametrize(
    "script",
    ["exec echo '|'", "stdout '\"a\"'", "stdout |", "exec echo a>b", "echo '\"'x\"", "defer rm a"],
)
def test_what_is_quoted_or_part_of_a_word_is_meant(script: str, tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    path.write_text(script + "\n")
    assert check(Selected("x.txt", str(path))) == []


@given(
    st.lists(
        st.builds(Finding, TEXTS, st.integers(1), st.integers(1), TEXTS, st.sampled_from([*RULES]))
    )
)
def test_json_holds_everything(found: list[Finding]) -> None:
    rows = json.loads(FORMATS["json"](found))
    assert [Finding(*(row[field] for field in Finding._fields)) for row in rows] == found
    assert [row["severity"] for row in rows] == [finding.severity for finding in found]


@given(TEXTS, TEXTS)
def test_an_annotation_is_one_line(file: str, message: str) -> None:
    line = FORMATS["github"]([Finding(file, 1, 2, message, "name")])
    assert line.count("\n") == 1
    assert line.startswith("::error file=")
