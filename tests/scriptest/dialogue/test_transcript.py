"""Dialogues that are written from what happened at a terminal."""

from __future__ import annotations

import sys
from pathlib import Path

import pexpect
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scriptest.base import platform
from scriptest.dialogue import steps as dialogue
from scriptest.dialogue.passthrough import Event, Resized, Shown, Typed
from scriptest.dialogue.steps import Send
from scriptest.dialogue.transcript import Turn, steps, turns
from scriptest.language.lexer import Word
from scriptest.terminal.keys import KEYS
from tests.waiting import PATIENCE

pytestmark = pytest.mark.skipif(not platform.POSIX, reason="needs terminals")

TEXTS = st.sampled_from(["a", "x y", "'", "$x", "#", "<Up>", "é", "<", "-raw", " "])
PIECES = st.one_of(TEXTS, st.sampled_from([*KEYS.values(), "\x01", "\x1bx", "\x1c"]))


def typed(data: bytes, screen: str = "", *, hidden: bool = False) -> Typed:
    return Typed(data, screen, hidden, bool(screen))


def plain(word: Word, pattern: bool) -> str:
    return word.raw


def written(argv: list[str], found: list[Turn]) -> list[str]:
    return [str(step) for step in steps(argv, found)]


def sent(lines: list[str]) -> str:
    read = dialogue.parse("\n".join(lines), "d", plain)
    return "".join(step.action.text for step in read if isinstance(step.action, Send))


@given(st.lists(PIECES, max_size=6).map("".join))
def test_what_was_typed_is_typed_again(text: str) -> None:
    if "\x7f" in text:
        return
    found = turns([Shown("> "), typed(text.encode())])
    assert sent(written(["prog"], found)) == text


@given(st.lists(TEXTS, max_size=6).map("".join), st.integers(0, 3))
def test_keys_that_come_one_by_one_are_one_line(text: str, taken_back: int) -> None:
    events: list[Event] = [Shown("> ")]
    for char in text + "z" * taken_back + "\x7f" * taken_back + "\r":
        echo = {"\r": "\n", "\x7f": "\b \b"}.get(char, char)
        events += [typed(char.encode()), Shown(echo)]
    lines = written(["prog"], turns([*events, Shown("ok\n")]))
    assert lines[1] == "expect -exact '> '"
    assert len(lines) == 4
    assert sent(lines) == text + "\r"
    assert lines[3] == "expect -exact 'ok'"


def test_a_conversation() -> None:
    events: list[Event] = [
        Shown("Welcome\n\n> "),
        typed(b"one\r"),
        Shown("one\nfirst: it's\nsecond\n> "),
        Resized(30, 100),
        typed(b"\x1b[12;40R"),
        typed(b"\x1b[A\r"),
        Shown("one\nagain\n> "),
        typed(b"\x04"),
        Shown("bye\n"),
    ]
    assert written(["prog", "a b"], turns(events)) == [
        "spawn prog 'a b'",
        "expect -exact 'Welcome'",
        "expect -exact '> '",
        "send 'one'",
        "size 30x100",
        "expect -exact 'first: it''s'",
        "expect -exact 'second'",
        "expect -exact '> '",
        "send <Up><Enter>",
        "expect -exact 'one'",
        "expect -exact 'again'",
        "expect -exact '> '",
        "send <C-d>",
        "expect -exact 'bye'",
    ]


def test_a_program_that_has_the_whole_screen() -> None:
    events: list[Event] = [
        Shown("xx"),
        typed(b"j", "a title\nlines (1)"),
        Shown("yy"),
        typed(b"q", "a title\nlines (2)"),
    ]
    assert written(["less"], turns(events)) == [
        "spawn less",
        r"screen 'lines \(1\)'",
        "send -raw 'j'",
        r"screen 'lines \(2\)'",
        "send -raw 'q'",
    ]


def test_what_a_full_screen_program_only_shows_is_typed_at_once() -> None:
    events: list[Event] = [
        typed(b"i", "~\n~"),
        typed(b"a", "~\n~\n-- INSERT --"),
        typed(b"b", "a\n~\n-- INSERT --"),
        typed(b"c", "ab\n~\n-- INSERT --"),
        typed(b"\x1b", "abc\n~\n-- INSERT --"),
        typed(b"x", "abc\n~\n"),
    ]
    assert written(["vim"], turns(events)) == [
        "spawn vim",
        "screen '~'",
        "send -raw 'i'",
        "screen '-- INSERT --'",
        "send -raw 'abc'",
        "screen 'abc'",
        "send <Esc>",
        "send -raw 'x'",
    ]


@pytest.mark.process
def test_a_program_of_the_alternate_screen_is_recorded(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "scriptest", "record", "--tty", "-o", "pager", "--", "less"]
    lines = "".join(f"line {number}\n" for number in range(1, 40))
    (tmp_path / "lines").write_text(lines)
    if not any(Path(folder, "less").exists() for folder in ("/usr/bin", "/bin")):
        pytest.skip("needs less")
    child = pexpect.spawn(
        command[0],
        [*command[1:], "lines"],
        cwd=str(tmp_path),
        dimensions=(10, 40),
        timeout=PATIENCE,
    )
    child.expect_exact("line 9")
    child.send(" ")
    child.expect_exact("line 18")
    child.send("q")
    child.expect("wrote testdata/script/pager.txt")
    child.expect(pexpect.EOF)
    child.wait()
    text = (tmp_path / "testdata" / "script" / "pager.txt").read_text()
    assert "\nspawn less lines\nscreen 'line 1'\nsend -raw ' '\nscreen 'line " in text
    assert text.endswith("\nsend -raw 'q'\neof\n")
