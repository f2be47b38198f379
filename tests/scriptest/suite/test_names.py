"""The names of scripts as reports and pytest print them."""

from __future__ import annotations

from pathlib import Path

import pytest

from scriptest.suite.names import ScriptName, read_name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("x.txt", ScriptName("x.txt")),
        ("x.txt:12", ScriptName("x.txt", "", 12)),
        ("x.txt:12:3", ScriptName("x.txt", "", 12)),
        ("x.txt:12:3:", ScriptName("x.txt", "", 12)),
        ("x.txt[small]", ScriptName("x.txt", "small")),
        ("x.txt[small]:12", ScriptName("x.txt", "small", 12)),
        ("x.txt[small]#2", ScriptName("x.txt", "small")),
        ("x.txt#2:12", ScriptName("x.txt", "", 12)),
        ("x.txt[a[1]]", ScriptName("x.txt", "a[1]")),
        ("x.txt::x[small]", ScriptName("x.txt", "small")),
        ("x.txt::x", ScriptName("x.txt")),
        ("x.txt::x[small]:12:3:", ScriptName("x.txt", "small", 12)),
        ("a[1].txt", ScriptName("a[1].txt")),
        ("a[1].txt[small]", ScriptName("a[1].txt", "small")),
        ("b:7", ScriptName("b:7")),
        ("x.txt:0", ScriptName("x.txt:0")),
        ("y.txt[small]:12", ScriptName("y.txt[small]:12")),
        ("", ScriptName("")),
    ],
)
def test_names(
    text: str, name: ScriptName, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for existing in ("x.txt", "a[1].txt", "b:7"):
        (tmp_path / existing).touch()
    assert read_name(text) == name
