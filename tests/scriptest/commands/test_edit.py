"""The commands that edit files: what they make of every content."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scriptest.commands.edit import COMMANDS
from scriptest.engine.result import Status
from tests.scriptest.conftest import RunText

shared = settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
contents = st.binary(max_size=30) | st.lists(
    st.sampled_from([b"\r", b"\n", b"\r\n", b"a", b">", b"-- x --\n"]), max_size=8
).map(b"".join)


def edited(run_text: RunText, data: bytes, lines: str) -> bytes:
    """Run lines of a script on a file f with any content and return what it then has."""
    script = f"unbase64 f\n{lines}\nappend f END\ncat f\n-- f --\n".encode()
    result = run_text(script + base64.b64encode(data) + b"\n")
    assert result.status is Status.PASSED, result.failure
    shown = result.phases[-1].log.rpartition("> cat f\n[stdout]\n")[2]
    return shown.encode("utf-8", "surrogateescape").removesuffix(b"END")


@shared
@given(contents)
def test_unbase64(run_text: RunText, data: bytes) -> None:
    assert edited(run_text, data, "") == data


@shared
@given(contents)
def test_line_ends(run_text: RunText, data: bytes) -> None:
    assert edited(run_text, data, "addcrlf f") == data.replace(b"\n", b"\r\n")
    windows = edited(run_text, data, "unix2dos f")
    assert windows.count(b"\n") == windows.count(b"\r\n")
    assert windows.endswith(b"\r\n") or not data
    assert edited(run_text, data, "unix2dos f\nunix2dos f") == windows
    assert edited(run_text, data, "dos2unix f") == data.replace(b"\r\n", b"\n")


@shared
@given(contents)
def test_quote_and_back(run_text: RunText, data: bytes) -> None:
    whole = data and data.removesuffix(b"\n") + b"\n"
    assert edited(run_text, whole, "quote f\nunquote f") == whole


@shared
@given(contents)
def test_trimnl(run_text: RunText, data: bytes) -> None:
    assert edited(run_text, data + b"\n", "trimnl f") == data


def go_replace(data: bytes, pairs: list[tuple[bytes, bytes]]) -> bytes:
    """Do what Go's strings.NewReplacer does, straight from its description."""
    result, position, was_empty = b"", 0, False
    while position <= len(data):
        for old, new in pairs:
            if data.startswith(old, position) and (old or not was_empty):
                result += new
                position += len(old)
                was_empty = not old
                break
        else:
            result += data[position : position + 1]
            position += 1
            was_empty = False
    return result


texts = st.text(alphabet="ab", max_size=2)


@shared
@given(st.text(alphabet="ab", max_size=8), st.lists(st.tuples(texts, texts), max_size=3))
def test_replace(run_text: RunText, text: str, pairs: list[tuple[str, str]]) -> None:
    words = " ".join(f"'{old}' '{new}'" for old, new in pairs)
    wanted = go_replace(text.encode(), [(old.encode(), new.encode()) for old, new in pairs])
    assert edited(run_text, text.encode(), f"replace {words} f") == wanted


def test_replace_reads_gos_escapes(run_text: RunText) -> None:
    lines = r"""replace '\n' ';\t' '\x00' "" f""".replace('""', r"'\\\\'")
    assert edited(run_text, b"a\nb\0", lines) == b"a;\tb\\\\"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("replace a f\n-- f --\n", "an old text has no new one; usage: replace [old new]... file"),
        (
            "replace '\\q' x f\n-- f --\n",
            r"replace: \q is not an escape sequence of Go; write a backslash as \\",
        ),
        ("replace '\"' x f\n-- f --\n", r"replace: double quote inside; write \""),
        ("unquote f\n-- f --\nx\n", "unquote f: data is not quoted: it does not start with >"),
        ("trimnl f\nquote f\n-- f --\nx\n", "quote f: data to quote has no final newline"),
        ("trimnl none\n", "trimnl none: no such file or directory"),
        ("unbase64 f\n-- f --\n!\n", "unbase64 f: Only base64 data is allowed"),
    ],
)
def test_mistakes(run_text: RunText, text: str, message: str) -> None:
    failure = run_text(text).failure
    assert failure is not None
    assert failure.message == message


@pytest.mark.parametrize("command", [command.name for command in COMMANDS])
def test_nothing_is_written_outside(run_text: RunText, tmp_path: Path, command: str) -> None:
    victim = tmp_path / "victim"
    before = b"eHg=\n" if command == "unbase64" else b">$A\r\n>B\n"
    victim.write_bytes(before)
    arguments = {"append": "link x", "replace": "A y link"}.get(command, "link")
    failure = run_text(f"symlink link -> {victim}\n{command} {arguments}\n").failure
    assert failure is not None
    assert "`link` leads out of the work folder" in failure.message
    assert victim.read_bytes() == before
