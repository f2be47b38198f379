"""Tests of the grammars for editors and of the problem matcher."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from scriptest.commands import conditions
from scriptest.editors import files, textmate
from scriptest.editors.textmate import EMBEDDED
from scriptest.engine.vocabulary import BUILTIN_COMMANDS
from scriptest.vet.checker import Diagnostic
from scriptest.vet.formats import FORMATS

HERE = Path(__file__).parent
FOLDER = HERE.parents[2] / "docs" / "editors"
FILES = files.files()
GRAMMAR = json.loads(FILES["scriptest.tmLanguage.json"])

SCRIPT = r'''
# a section
 # a comment
[linux && !exec:git] ! exec -status=2 prog -x 'a ''b' $WORK & # why
stdout -count=1 '^a\d+$'
cp "x" ${A}/b # it's
[python>=3.12 || frob] frobnicate x &job&
defer ! rm a
-- a.py --
x = """# no comment
exec
-- --
-- other --
exec true
'''.lstrip("\n")
TOKENS = [
    {"# a section": "markup.heading.section"},
    {"# a comment": "comment.line.number-sign"},
    {
        "linux": "meta.guard support.constant.condition",
        ":git": "meta.guard string.unquoted.suffix",
        "exec": "support.function",
        "-status": "variable.parameter.flag",
        "prog": "entity.name.function",
        "-x": "variable.parameter.flag",
        "a ": "string.quoted.single",
        "''": "string.quoted.single constant.character.escape",
        "$WORK": "variable.other",
        "&": "keyword.operator.background",
        "# why": "comment.line.number-sign",
    },
    {"stdout": "support.function", "a": "string.regexp"},
    {"cp": "support.function", "${A}": "variable.other", "# it's": "comment.line.number-sign"},
    {
        "python": "meta.guard support.constant.condition",
        ">=3.12": "meta.guard string.unquoted.suffix",
        "frob": "meta.guard variable.other.condition",
        "frobnicate": "entity.name.function",
        "job": "keyword.operator.background entity.name.label",
    },
    {"defer": "keyword.control", "!": "keyword.operator.prefix", "rm": "support.function"},
    {"a.py": "meta.file markup.heading.file entity.name.filename"},
    {'"""': "meta.file meta.embedded.block source.python string.python"},
    {"exec": "meta.file meta.embedded.block source.python string.python"},
    {"-- --": "meta.file meta.embedded.block source.python string.python"},
    {"other": "meta.file markup.heading.file entity.name.filename"},
    {"exec true": "meta.file string.unquoted.file"},
]


@pytest.mark.parametrize("name", FILES)
def test_the_files_in_docs_are_up_to_date(name: str) -> None:
    fresh = (FOLDER / name).read_text("utf-8") == FILES[name]
    assert fresh, f"docs/editors/{name} is stale: run `python -m scriptest.editors.files`"


def test_docs_has_no_other_files() -> None:
    there = {path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*") if path.is_file()}
    assert there == set(FILES)


def rules(value: object) -> Iterator[dict[str, object]]:
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from rules(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from rules(inner)


def patterns() -> Iterator[str]:
    for rule in rules(GRAMMAR):
        for key in ("match", "begin", "end", "while"):
            if isinstance(rule.get(key), str):
                yield str(rule[key])


def test_every_pattern_compiles() -> None:
    found = list(patterns())
    assert len(found) > 50
    for pattern in found:
        re.compile(pattern)
        # Editors take these for the beginning of an inner set.
        sets = re.findall(r"(?:^|[^\\])\[\^?((?:[^\]\\]|\\.)*)\]", pattern.replace("\\[", ""))
        assert not any("[" in inner for inner in sets), pattern


def test_every_include_exists() -> None:
    named = {str(rule["include"]) for rule in rules(GRAMMAR) if "include" in rule}
    assert {name[1:] for name in named if name[0] == "#"} <= set(GRAMMAR["repository"])
    assert {name for name in named if name[0] != "#"} <= set(EMBEDDED)


def found_by(name: str, text: str) -> bool:
    calls = GRAMMAR["repository"]["calls"]["patterns"]
    return any("begin" in rule and re.match(rule["begin"], text) for rule in calls)


@pytest.mark.parametrize("name", BUILTIN_COMMANDS)
def test_every_command_is_highlighted(name: str) -> None:
    assert found_by(name, name)
    assert found_by(name, f"{name} x")
    assert not found_by(name, f"{name}x")


@pytest.mark.parametrize("name", conditions.BUILTINS)
def test_every_condition_is_highlighted(name: str) -> None:
    pattern = GRAMMAR["repository"]["guard"]["patterns"][3]["match"]
    for text in (name, f"{name}:x", f"{name}>=3"):
        match = re.search(pattern, f"[{text}]")
        assert match is not None
        assert (match[1], match[0]) == (name, text)
    assert not re.search(pattern, f"[x{name}x]")


@pytest.mark.parametrize(
    ("name", "scope"),
    [
        ("a.py", "source.python"),
        ("sub/b c.pyi", "source.python"),
        ("x.tar.json", "source.json"),
        ("a.yml", "source.yaml"),
        ("main.go", "source.go"),
        ("run.sh", "source.shell"),
        ("Makefile", "source.makefile"),
        ("sub/Makefile", "source.makefile"),
        ("README.md", "text.html.markdown"),
        ("session", "source.scriptest.terminals.dialogue"),
        ("want", ""),
        ("py", ""),
    ],
)
def test_files_by_suffix(name: str, scope: str) -> None:
    for include in GRAMMAR["patterns"]:
        rule = GRAMMAR["repository"][include["include"][1:]]
        if "begin" in rule and re.match(rule["begin"], f"-- {name} --"):
            content = rule.get("contentName", "").removeprefix("meta.embedded.block ")
            assert content == ({"": "string.unquoted.file.scriptest"}.get(scope, scope)) or (
                scope.startswith(textmate.SCOPE) and not content
            )
            return
    raise AssertionError(name)


def test_the_problem_matcher_matches_vet() -> None:
    finding = Diagnostic("dir/a b.txt", 3, 14, "no file [x]: `y`", "unused-file")
    line = FORMATS["editor"]([finding]).rstrip("\n")
    pattern = files.PROBLEM_MATCHER["pattern"]
    assert isinstance(pattern, dict)
    match = re.fullmatch(pattern["regexp"], line)
    assert match is not None
    keys = ("file", "line", "column", "severity", "message", "code")
    found = tuple(match[pattern[key]] for key in keys)
    assert found == ("dir/a b.txt", "3", "14", "warning", "no file [x]: `y`", "unused-file")


@pytest.mark.process
def test_the_textmate_tokenizer_agrees(tmp_path: Path) -> None:
    node = shutil.which("node")
    probe = "require('vscode-textmate'); require('vscode-oniguruma')"
    if node is None or subprocess.run([node, "-e", probe], capture_output=True).returncode:
        pytest.skip("needs node with vscode-textmate and vscode-oniguruma (NODE_PATH)")
    script = tmp_path / "x.txtar"
    script.write_text(SCRIPT)
    command = [node, str(HERE / "tokenize.js"), str(FOLDER / "scriptest.tmLanguage.json")]
    output = subprocess.run(
        [*command, str(script)], capture_output=True, check=True, env=dict(os.environ)
    ).stdout
    for line, wanted in zip(json.loads(output), TOKENS, strict=False):
        found = {text: scopes.replace(".scriptest", "") for text, scopes in line}
        assert {text: found.get(text) for text in wanted} == wanted


@pytest.mark.process
@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("x.txtar", "scriptest"),
        ("testdata/script/x.txt", "scriptest"),
        ("x.txt", "text"),
    ],
)
def test_vim_detects_scripts(tmp_path: Path, name: str, kind: str) -> None:
    vim = shutil.which("vim")
    if vim is None:
        pytest.skip("needs vim")
    answer = tmp_path / "answer"
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    commands = [
        f"set runtimepath^={FOLDER / 'vim'}",
        "filetype on",
        f"edit {name}",
        f"call writefile([&filetype], '{answer}')",
        "quitall!",
    ]
    options = [option for command in commands for option in ("-c", command)]
    subprocess.run(
        [vim, "-Nnu", "NONE", "-es", *options],
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        capture_output=True,
    )
    assert answer.read_text() == f"{kind}\n"


@pytest.mark.process
def test_vim_agrees(tmp_path: Path) -> None:
    vim = shutil.which("vim")
    if vim is None:
        pytest.skip("needs vim")
    script, answers = tmp_path / "x.txtar", tmp_path / "answers"
    script.write_text(SCRIPT)
    places = [(1, 3), (2, 3), (3, 2), (3, 24), (3, 52), (4, 19), (5, 8), (8, 2), (9, 10), (13, 2)]
    asked = ", ".join(f"synIDattr(synID({line}, {column}, 1), 'name')" for line, column in places)
    commands = [
        f"set runtimepath^={FOLDER / 'vim'}",
        "filetype on",
        "syntax on",
        f"edit {script}",
        f"call writefile([&filetype, {asked}], '{answers}')",
        "quitall!",
    ]
    options = [option for command in commands for option in ("-c", command)]
    subprocess.run(
        [vim, "-Nnu", "NONE", "-es", *options], stdin=subprocess.DEVNULL, capture_output=True
    )
    assert answers.read_text().split() == [
        "scriptest",
        "scriptestSection",
        "scriptestComment",
        "scriptestCondition",
        "scriptestCommand",
        "scriptestString",
        "scriptestString",
        "scriptestVariable",
        "scriptestMarker",
        "pythonString",
        "scriptestFile",
    ]
