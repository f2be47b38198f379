"""Tests of the rules of vet."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scriptest.suite.suite import Finder, Selected
from scriptest.vet.checker import RULES, Diagnostic, check
from scriptest.vet.formats import FORMATS

DOCS = Path(__file__).parents[3] / "docs"
TEXTS = st.text(max_size=8)


def test_the_documentation_lists_the_rules() -> None:
    page = (DOCS / "configuration.md").read_text("utf-8")
    for rule, meaning in RULES.items():
        severity = Diagnostic("", 1, 1, "", rule).severity
        assert f"| `{rule}` | {severity} | {meaning} |" in page


@pytest.mark.parametrize(
    ("script", "rule"),
    [
        ("exec 'a", "syntax"),
        ("-- scriptest.yaml --\nmatrix: {a: [1]}\n-- a --\n{% if %}", "syntax"),
        ("{{ 'a' * 3000000000 }}\n-- scriptest.yaml --\nmatrix: {a: [1]}", "limit"),
        ("! cd x", "name"),
        ("cd", "usage"),
        ("stdout (", "pattern"),
        ("-- ../x --", "file-name"),
        ("-- a\0b --", "file-name"),
        ("stdout $WORK", "variable-in-pattern"),
        ("echo $WROK", "unset-variable"),
        ("exec true\ncmp stdout want", "missing-golden"),
        ("-- x --", "unused-file"),
        ("-- x --", "no-command"),
        ("", "no-command"),
        ("exec cat x | wc", "operator"),
        ("? exec cat < x", "operator"),
        ("exec cat a\n-- a --\nx\n-- b--", "marker"),
        ("exec cat a\n-- a --\nx\n--b --", "marker"),
        ("-- a--", "syntax"),
        ("exec echo a \\\nexec echo b", "operator"),
        ("exec sleep 1 &a", "operator"),
        ("exec echo $(date)", "shell"),
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
    ["exec echo '|'", "stdout '\"a\"'", "exec echo a>b", "echo '\"'x\"", "defer rm a"],
)
def test_quoted_operators_and_parts_of_words_are_ignored(script: str, tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    path.write_text(script + "\n")
    assert check(Selected("x.txt", str(path))) == []


@given(
    st.lists(
        st.builds(
            Diagnostic, TEXTS, st.integers(1), st.integers(1), TEXTS, st.sampled_from([*RULES])
        )
    )
)
def test_json_has_all_fields(found: list[Diagnostic]) -> None:
    rows = json.loads(FORMATS["json"](found))
    assert [Diagnostic(*(row[field] for field in Diagnostic._fields)) for row in rows] == found
    assert [row["severity"] for row in rows] == [finding.severity for finding in found]


@given(TEXTS, TEXTS)
def test_an_annotation_is_one_line(file: str, message: str) -> None:
    line = FORMATS["github"]([Diagnostic(file, 1, 2, message, "name")])
    assert line.count("\n") == 1
    assert line.startswith("::error file=")


# --- variables that nothing sets -------------------------------------------------------------


def unset(tmp_path: Path, script: str, **given: object) -> list[tuple[int, int, str]]:
    """Return line, column and message of each use of an unset variable."""
    path = tmp_path / "scripts" / "x.txt"
    path.parent.mkdir(exist_ok=True)
    path.write_text(script)
    (found,) = Finder().find([str(path)])
    found = found._replace(**given)  # type: ignore[arg-type]
    return [each[1:4] for each in check(found) if each.rule == "unset-variable"]


def test_unset_variables_are_reported_with_a_suggestion(tmp_path: Path) -> None:
    assert unset(tmp_path, "env LEVEL=1\nexec echo a$LEVLE ${WROK@R}\ndefer rm ${x}\n") == [
        (2, 11, "$LEVLE is never set, so it is empty; did you mean $LEVEL?"),
        (2, 19, "$WROK is never set, so it is empty; did you mean $WORK?"),
        (3, 10, "$x is never set, so it is empty; set it with `env x=...`"),
    ]


@pytest.mark.parametrize(
    "script",
    [
        "exec echo '$X' $$X a$",
        "exec echo $WORK${/}a${:} $PWD $TMPDIR $TEMP $exe $COMSPEC $HOME",
        "[env:X] exec echo $X",
        "[linux && !env:X=1] skip $X",
        "exec echo $X\nenv X=1",
        "capture X\nexec echo $X",
        "waitfor server 'port (\\d+)' X\nexec echo $X",
        "defer env X=1\nexec echo $X",
        "env A=X\nenv $A=1\nexec echo $X",
        "include more.txtar\nexec echo $X",
        "exec echo $db $db_port\n-- scriptest.yaml --\nuse: [db]",
        "exec echo $a\n-- scriptest.yaml --\nmatrix: {a: [b]}",
    ],
)
def test_variables_that_may_be_set_are_not_reported(script: str, tmp_path: Path) -> None:
    assert unset(tmp_path, script + "\n") == []


@pytest.mark.parametrize(
    ("settings", "count"),
    [
        ("env: {X: ''}", 0),
        ("pass_env: [X]", 0),
        ("pass_env: ['X*']", 0),
        ("setup: {python: 'module:function'}", 0),
        ("suite_setup: {python: 'module:function'}", 0),
        ("commands: {echo: {call: 'module:function'}}", 0),
        ("commands: {echo: [./program]}", 1),
        ("env: {Y: ''}", 1),
    ],
)
def test_variables_that_settings_may_set_are_not_reported(
    settings: str, count: int, tmp_path: Path
) -> None:
    folder = tmp_path / "scripts"
    folder.mkdir()
    (folder / "scriptest.yaml").write_text(settings + "\n")
    (folder / "module.py").write_text("def function(*a): ...\n")
    assert len(unset(tmp_path, "echo $X\n")) == count


def test_variables_of_the_command_line_are_set(tmp_path: Path) -> None:
    assert unset(tmp_path, "echo $X\n", env={"X": "1"}) == []
