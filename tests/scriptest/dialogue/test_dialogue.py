"""Dialogue files: steps, keys, sizes, and what is said about mistakes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scriptest.base.errors import CheckFailed, Location, ScriptError
from scriptest.base.regexp import quote
from scriptest.dialogue.steps import (
    Eof,
    Expect,
    ExpectStatus,
    OnScreen,
    Send,
    Size,
    Spawn,
    parse,
    parse_size,
)
from scriptest.language.expand import expand_word
from scriptest.language.lexer import Word, quote_word
from scriptest.process.process import Exit
from scriptest.terminal import keys

VALUES = {"NAME": "a.b", "KEY": "<Up>"}


def expand(word: Word, pattern: bool) -> str:
    return expand_word(word, lambda name: VALUES.get(name, ""), quote_pattern=quote)


def action(line: str) -> object:
    [step] = parse(line, "d", expand)
    return step.action


def mistake(text: str) -> str:
    with pytest.raises(ScriptError) as raised:
        parse(text, "d", expand)
    return str(raised.value)


@pytest.mark.parametrize(
    ("line", "typed"),
    [
        ("send", "\r"),
        ("send hello", "hello\r"),
        ("send hello   world", "hello world\r"),
        ("send 'hello   world'", "hello   world\r"),
        ("send -raw hello", "hello"),
        ("send '-raw' hello", "-raw hello\r"),
        ("send <Up>", "\x1b[A"),
        ("send <up><ENTER>", "\x1b[A\r"),
        ("send <C-c>", "\x03"),
        ("send <C-[>", "\x1b"),
        ("send <C-Space>", "\x00"),
        ("send <M-x>", "\x1bx"),
        ("send <M-Up>", "\x1b\x1b[A"),
        ("send <F1><F5><F12>", "\x1bOP\x1b[15~\x1b[24~"),
        ("send y<Tab>", "y\t"),
        ("send <Tab>y", "\ty\r"),
        ("send '<Tab>'", "<Tab>\r"),
        ("send <Tab>''", "\t\r"),
        ("send $NAME", "a.b\r"),
        ("send $KEY", "<Up>\r"),
        ("send '$NAME'", "$NAME\r"),
        ("send <C-é>", "<C-é>\r"),
        ("send 1<2 a>b <>", "1<2 a>b <>\r"),
    ],
)
def test_what_is_typed(line: str, typed: str) -> None:
    assert action(line) == Send(typed)


def test_steps() -> None:
    assert action("spawn prog 'a b' $NAME") == Spawn(("prog", "a b", "a.b"))
    assert action("expect -exact a  'b  c'") == Expect(None, "a b  c")
    assert action("size 30x100") == Size(30, 100)
    assert action("eof") == Eof()
    expected = action("expect ${NAME@R}")
    assert isinstance(expected, Expect)
    assert expected.text == r"a\.b"
    assert isinstance(action("screen a"), OnScreen)
    judged = action("status 3")
    assert isinstance(judged, ExpectStatus)
    judged.check_exit(Exit(3))
    with pytest.raises(CheckFailed, match="exit status 0, wanted exit status 3"):
        judged.check_exit(Exit())


def test_lines_are_counted_with_comments_and_empty_ones() -> None:
    steps = parse("# a dialogue\n\n  eof # at last\r\n", "d", expand)
    assert [(str(step.location), step.text) for step in steps] == [("d:3:3:", "eof # at last")]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("eof\nsned x", "d:2:1: unknown step `sned`; did you mean `send`?"),
        ("xyz", "d:1:1: unknown step `xyz`; there are spawn, send, expect, screen, size, eof,"),
        ("spawn", "d:1:1: write `spawn program [argument...]`"),
        ("expect", "d:1:1: write `expect 'pattern'` or `expect -exact text`"),
        ("expect -exact", "d:1:1: write `expect 'pattern'` or `expect -exact text`"),
        ("expect a b", "d:1:1: write `expect 'pattern'` or `expect -exact text`"),
        ("screen", "d:1:1: write `screen 'pattern'`"),
        ("screen '['", "d:1:1: screen: not a valid pattern: missing ]: `[`"),
        ("size 30", "d:1:1: size: `30` is not a size such as 24x80: rows, then columns"),
        ("eof now", "d:1:1: write `eof`"),
        ("status", "d:1:1: write `status N`"),
        ("status nine", "d:1:1: status: nine is neither an exit status nor a signal's name"),
        ("send <Ent>", "d:1:1: send: unknown key <Ent>"),
        ("send <C-up>", "d:1:1: send: unknown key <C-up>"),
        ("send 'x", "d:1:6: unterminated quote"),
    ],
)
def test_mistakes(text: str, message: str) -> None:
    assert mistake(text).startswith(message)


@given(st.text(st.characters(exclude_characters="\n", exclude_categories=["Cs"])))
def test_quoted_text_is_typed_as_it_is(text: str) -> None:
    assert action(f"send -raw {quote_word(text)}") == Send(text)


@given(st.text())
def test_any_text_is_a_dialogue_or_a_mistake_with_its_line(text: str) -> None:
    place = None
    try:
        parse(text, "d", expand)
    except ScriptError as error:
        place = error.location or Location("nowhere", 0)
    assert place is None or 1 <= place.line <= text.count("\n") + 1


@given(st.text("<>-aCM1\u00e9Up", max_size=20))
def test_pieces_join_to_the_text(text: str) -> None:
    pieces = [f"<{piece}>" if is_key else piece for piece, is_key in keys.split(text)]
    assert "".join(pieces) == text


@given(st.sampled_from(sorted(keys.KEYS)))
def test_names_of_keys_may_be_written_in_any_case(name: str) -> None:
    assert keys.characters(name.lower()) == keys.characters(name.upper()) == keys.KEYS[name]


@pytest.mark.parametrize(
    "text", ["", "x", "24", "24x", "0x80", "24x0", "24x1001", "-1x80", "1x2x3"]
)
def test_sizes_that_are_none(text: str) -> None:
    with pytest.raises(ValueError, match="is not a size such as 24x80"):
        parse_size(text)
