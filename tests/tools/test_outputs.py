"""Outputs that tools.outputs writes into pages."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools import outputs
from tools.pages import blocks

PAGE = """\
```text title="sub/a.txt"
first
```

```console
$ cat sub/a.txt; echo at $PWD/sub
old
$ cat nothing
```

```text title="sub/a.txt"
second
```

```console
$ cat sub/a.txt && sleep 0
```

```console
not a session
```
"""


@pytest.mark.process
def test_sessions_get_the_files_shown_before_them() -> None:
    new = outputs.rewritten(PAGE)
    sessions = [block.content for block in blocks(new) if block.commands]
    first = "$ cat sub/a.txt; echo at $PWD/sub\nfirst\nat sub\n$ cat nothing\ncat: nothing: "
    assert sessions[0].startswith(first)
    assert sessions[1] == "$ cat sub/a.txt && sleep 0\nsecond\n"
    assert "not a session" in new
    assert outputs.rewritten(new) == new


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ok  x  0.123s", "ok  x  1m12.5s"),
        ("FuzzX/795f97ae4d4189cf", "FuzzX/0123456789abcdef"),
        ("fuzz: elapsed: 0s, execs: 1\nFAIL\n", "FAIL\n"),
    ],
)
def test_what_differs_from_run_to_run_is_no_difference(one: str, other: str) -> None:
    assert outputs.masked(one) == outputs.masked(other)


def test_words_are_a_difference() -> None:
    assert outputs.masked("-hello") != outputs.masked("-hullo")


@pytest.mark.process
def test_check_writes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "page.md"
    page.write_text(PAGE)
    assert outputs.main(["--check", str(page)]) == 1
    assert capsys.readouterr().out == f"{page}: out of date\n"
    assert page.read_text() == PAGE
    assert outputs.main([str(page)]) == 0
    assert page.read_text() != PAGE
    assert outputs.main(["--check", str(page)]) == 0
