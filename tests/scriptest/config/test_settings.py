"""Tests of the errors in settings: file, line and suggestion."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scriptest.config.config import load
from scriptest.config.yaml_nodes import Item, SettingsError, read


def problem(tmp_path: Path, text: str) -> str:
    path = tmp_path / "scriptest.yaml"
    path.write_text(text)
    with pytest.raises(SettingsError) as caught:
        load(str(path))
    return str(caught.value).removeprefix(f"{tmp_path}/scriptest.yaml:")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("env: {}\ndialct: go\n",
         "2: scriptest.yaml: unknown key `dialct`; did you mean `dialect`?"),
        ("dialect: goo\n", "1: unknown dialect `goo`; did you mean `go`?"),
        ("dialect: \"g\\no\"\n", "1: unknown dialect `g\\no`; did you mean `go`?"),
        ("dialect: [go]\n", "1: dialect must be a string, not a list"),
        ("env:\n  A: 1\n  WORK: x\n", "3: WORK is the script's work folder and cannot be set"),
        ("env:\n  A: 1\n  A: 2\n", "3: env: duplicate key `A`"),
        ('env: {A: "x\\0y"}\n', "1: A contains a NUL character"),
        ("env:\n  A:\n", "2: A must be a string, not empty"),
        ("env: text\n", "1: env must be a mapping, not a string"),
        ("pass_env: A\n", "1: pass_env must be a list, not a string"),
        ("pass_env:\n- A\n- A=B\n", "3: `A=B` is not a valid variable name"),
        ("timeout: soon\n", "1: timeout must be a duration such as 90s or 2m, not soon"),
        ("timeout: -1s\n", "1: timeout must be a duration such as 90s or 2m, not -1s"),
        ("scripts: []\n", "1: scripts must have at least 1 item"),
        ("scripts: [/x]\n", "1: pattern `/x` leads out of the folder; write e.g. `*.txt`"),
        ("scripts: [../x]\n", "1: pattern `../x` leads out of the folder; write e.g. `*.txt`"),
        ("cwd: ../x\n", "1: cwd must be a folder below $WORK, not ../x"),
        ("unique_names: 1\n", "1: unique_names must be true or false, not int 1"),
        ("commands:\n  x: echo\n", "2: command x must be a list of words to run, or `python: "
         "module:function` or `call: module:function` or `builtin: command`"),
        ("commands:\n  x: []\n", "2: command x must have at least 1 item"),
        ("commands:\n  x: {pyton: a}\n",
         "2: command x: unknown key `pyton`; did you mean `python`?"),
        ("commands:\n  x: {python: a}\n", "2: command x: `a` is not of the form module:function"),
        ("commands:\n  x: {summary: a}\n", "2: command x needs either `run: [program]` or `python: "
         "module:function` or `call: module:function` or `builtin: command`"),
        ("commands:\n  'a b': [x]\n", "2: `a b` is not a valid command name"),
        ("setup: {}\n", "1: setup needs either `python: module:function` or `script: file`"),
        ("redactions:\n  time: '('\n",
         "2: redactions: time: not a valid pattern: missing ): `(`"),
        ("retries: -1\n", "1: retries must be a whole number of at least 0, not int -1"),
        ("retries: {allow_flaky: true}\n", "1: retries needs `times`"),
        ("matrix: []\n", "1: matrix has no rows"),
        (
            "matrix: {" + ", ".join(f"{name}: [0,1,2,3,4,5,6,7,8,9]" for name in "abcdefghi") + "}",
            "1: matrix has 1,000,000,000 variants; at most 1,000 are allowed",
        ),
        ("env:\n  A: " + "[" * 5000 + "\n", "2: nested deeper than 20 levels"),
        ("env:\n" + "- " * 5000 + "\n", "2: nested deeper than 20 levels"),
        ("env: {A: '" + "x" * 100_000 + "'}\n", "1: the settings are larger than 100,000 bytes"),
        ("matrix:\n  a: []\n", "2: matrix.a must have at least 1 item"),
        ("go: {x: 1}\n", "1: go: unknown key `x`; known are "),
        ("a: b: c\n", "1: mapping values are not allowed here"),
        ("- a\n", "1: scriptest.yaml must be a mapping, not a list"),
        ("env: {}\n---\nenv: {}\n", "2: but found another document"),
        ("env: {[a]: b}\n", "1: a key of env must be a string, not a list"),
    ],
)  # fmt: skip
def test_errors_have_a_line(tmp_path: Path, text: str, message: str) -> None:
    assert problem(tmp_path, text) == message


def test_invalid_utf8_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "scriptest.yaml"
    path.write_bytes(b"env: \xff\n")
    with pytest.raises(SettingsError, match=r"scriptest\.yaml:1: "):
        load(str(path))


def test_lines_are_counted_from_the_start_of_the_file() -> None:
    with pytest.raises(SettingsError, match=r"^x\.txt:11: "):
        read(b"a: 1\nb: ]\n", "x.txt", 10)
    item = read(b"a: 1\nb: 2\n", "x.txt", 10)
    assert item is not None
    assert item.mapping("x")["b"].line == 11


def test_an_empty_file_has_the_defaults(tmp_path: Path) -> None:
    path = tmp_path / "scriptest.yaml"
    path.write_text("# nothing yet\n")
    assert load(str(path)).env == {}


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Zl", "Zp")), max_size=8)
VALUES = st.recursive(
    TEXTS | st.integers() | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=12,
)


def plain(item: Item) -> object:
    if item.kind == "map":
        return {key: plain(value) for key, value in item.mapping("x").items()}
    if item.kind == "seq":
        return [plain(value) for value in item.items("x")]
    return None if item.kind == "null" else item.string("x")


def written(value: object) -> object:
    if isinstance(value, dict):
        return {key: written(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [written(inner) for inner in value]
    return value if value is None or isinstance(value, str) else json.dumps(value)


@given(VALUES)
def test_scalars_keep_their_notation(value: object) -> None:
    item = read(json.dumps(value, ensure_ascii=False).encode(), "x")
    assert item is not None
    assert plain(item) == written(value)


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_rejected(data: bytes) -> None:
    problem = ""
    try:
        read(data, "x")
    except SettingsError as error:
        problem = str(error)
    assert not problem or problem.startswith("x:")
