"""Tests of the terminal emulator."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scriptest.terminal.screen import Screen, plain

# Long runs are rarer than the sequences that move text about.
SEQUENCES = st.builds(
    lambda mark, numbers, final: f"\x1b[{mark}{';'.join(numbers)}{final}",
    st.sampled_from(["", "", "", "?", ">"]),
    st.lists(st.sampled_from(["", "0", "1", "2", "5", "47", "1049", "99999999999"]), max_size=3),
    st.characters(min_codepoint=0x40, max_codepoint=0x7E),
)
SENT = st.lists(
    st.one_of(
        SEQUENCES,
        st.text(max_size=8),
        st.text("ab漢字e\u0301 ", max_size=12),
        st.sampled_from(list("\r\n\t\b\x1b") + [f"\x1b{char}" for char in "78DEMc=>(\\"]),
        st.sampled_from(["\x1b(0", "\x1b(B", "\x1b]0;title\x07", "\x1b]8;;\x1b\\", "\x1bPq\x1b\\"]),
    ),
    max_size=12,
)


@pytest.mark.parametrize(
    ("sent", "shown", "cursor"),
    [
        ("", "", (0, 0)),
        ("abc", "abc", (0, 3)),
        ("one\r\ntwo", "one\ntwo", (1, 3)),
        ("one\ntwo", "one\n   two", (1, 6)),
        ("abc\rX", "Xbc", (0, 1)),
        ("abc\b\bX", "aXc", (0, 2)),
        ("a\tb\tc", "a       bc", (0, 9)),
        ("0123456789", "0123456789", (0, 9)),
        ("0123456789a", "0123456789\na", (1, 1)),
        ("0123456789\r\na", "0123456789\na", (1, 1)),
        ("0123456789\x1b[Ka", "012345678\na", (1, 1)),
        ("1\r\n2\r\n3\r\n4", "2\n3\n4", (2, 1)),
        ("\x1b[2;3Hx", "\n  x", (1, 3)),
        ("\x1b[99;99Hx", "\n\n         x", (2, 9)),
        ("ab\x1b[2;1Hcd\x1b[A\x1b[Cx", "ab x\ncd", (0, 4)),
        ("abc\x1b[2D\x1b[K", "a", (0, 1)),
        ("abc\x1b[2D\x1b[1K", "  c", (0, 1)),
        ("abc\x1b[2D\x1b[2K", "", (0, 1)),
        ("a\r\nb\r\nc\x1b[2;1H\x1b[J", "a", (1, 0)),
        ("a\r\nb\r\nc\x1b[2;1H\x1b[1J", "\n\nc", (1, 0)),
        ("a\r\nb\r\nc\x1b[2J", "", (2, 1)),
        ("abcd\x1b[1;2H\x1b[2P", "ad", (0, 1)),
        ("abcd\x1b[1;2H\x1b[2@", "a  bcd", (0, 1)),
        ("abcd\x1b[1;2H\x1b[2X", "a  d", (0, 1)),
        ("a\r\nb\r\nc\x1b[1;1H\x1b[L", "\na\nb", (0, 0)),
        ("a\r\nb\r\nc\x1b[1;1H\x1b[M", "b\nc", (0, 0)),
        ("a\r\nb\r\nc\x1b[S", "b\nc", (2, 1)),
        ("a\r\nb\r\nc\x1b[T", "\na\nb", (2, 1)),
        ("a\r\nb\r\nc\x1b[H\x1bMx", "x\na\nb", (0, 1)),
        ("a\r\nb\r\nc\x1b[1;2r\x1b[2;1H\nx", "b\nx\nc", (1, 1)),
        ("a\r\nb\r\nc\x1b[2;3r\x1b[2;1H\x1bMx", "a\nx\nb", (1, 1)),
        ("ab\x1b7\x1b[3;3Hc\x1b8d", "abd\n\n  c", (0, 3)),
        ("ab\x1b[s\x1b[3;3Hc\x1b[ud", "abd\n\n  c", (0, 3)),
        ("a\x1b[3b", "aaaa", (0, 4)),
        ("main\x1b[?1049h\x1b[Halt", "alt", (0, 3)),
        ("main\x1b[?1049h\x1b[Halt\x1b[?1049l!", "main!", (0, 5)),
        ("\x1b[1;31mred\x1b[m \x1b]0;title\x07x", "red x", (0, 5)),
        ("\x1b(0lqk\x1b(Bq", "┌─┐q", (0, 4)),
        ("漢字x", "漢字x", (0, 5)),
        ("12345678漢", "12345678漢", (0, 9)),
        ("123456789漢", "123456789\n漢", (1, 2)),
        ("漢\rx", "x", (0, 1)),
        ("漢\x1b[Dx", " x", (0, 2)),
        ("漢字\x1b[1;2H\x1b[P", " 字", (0, 1)),
        ("e\u0301x", "e\u0301x", (0, 2)),
        ("abc\x1bcx", "x", (0, 1)),
        ("a\x1b\x1b[1mb", "ab", (0, 2)),
        ("0123456789abcdefghijk", "0123456789\nabcdefghij\nk", (2, 1)),
        ("a\x1b[1\x7f", "a[1", (0, 3)),
        ("a\x07\x00b", "ab", (0, 2)),
    ],
)
def test_output_is_displayed(sent: str, shown: str, cursor: tuple[int, int]) -> None:
    screen = Screen(3, 10)
    screen.feed(sent)
    assert (screen.text(), (screen.row, screen.column)) == (shown, cursor)


@given(SENT, st.data())
def test_splitting_the_output_makes_no_difference(sent: list[str], data: st.DataObject) -> None:
    text = "".join(sent)
    at_once, divided = Screen(4, 7), Screen(4, 7)
    whole = at_once.feed(text)
    cuts = data.draw(st.lists(st.integers(0, len(text)), max_size=4))
    parts, start = [], 0
    for end in sorted([*cuts, len(text)]):
        parts.append(divided.feed(text[start:end]))
        start = end
    assert divided.text() == at_once.text()
    assert (divided.row, divided.column) == (at_once.row, at_once.column)
    assert "".join(parts) == whole


@given(SENT, st.integers(1, 5), st.integers(1, 9), st.integers(1, 5), st.integers(1, 9))
def test_the_screen_keeps_its_size(
    sent: list[str], rows: int, columns: int, more_rows: int, more_columns: int
) -> None:
    screen = Screen(rows, columns)
    for text in sent:
        screen.feed(text)
    for height, width in ((rows, columns), (more_rows, more_columns)):
        screen.resize(height, width)
        assert len(screen._cells) == height
        assert {len(row) for row in screen._cells} == {width}
        assert 0 <= screen.row < height
        assert 0 <= screen.column < width
        screen.feed("\x1b[?47l")
        assert {len(row) for row in screen._cells} == {width}
        assert len(screen._cells) == height


@given(st.lists(st.text("abcdefgh", max_size=30), max_size=4))
def test_runs_of_text_equal_single_characters(sent: list[str]) -> None:
    runs, characters = Screen(4, 7), Screen(4, 7)
    for text in sent:
        runs.feed(text + "\x1b[D")
        for char in text:
            characters.feed(char)
        characters.feed("\x1b[D")
    assert runs.text() == characters.text()
    assert (runs.row, runs.column) == (characters.row, characters.column)


def test_resizing_keeps_the_cursors_row() -> None:
    screen = Screen(4, 5)
    screen.feed("1\r\n2\r\n3\r\n45678")
    screen.resize(2, 3)
    assert screen.text() == "3\n456"
    assert (screen.row, screen.column) == (1, 2)
    screen.resize(3, 6)
    assert screen.text() == "3\n456"


def test_queries_are_answered() -> None:
    screen = Screen(3, 10)
    screen.feed("ab\x1b[6n\x1b[5n\x1b[c\x1b[?6n")
    assert screen.answers == ["\x1b[1;3R", "\x1b[0n", "\x1b[?6c"]


def test_plain_text_has_no_escape_sequences() -> None:
    sent = "\x1b[1mone\x1b[m\r\ntwo\r\r\n\x1b]0;t\x07three\rfour\a\b\t.\n\rfive\r\x1b[K\r6"
    assert plain(sent.encode()) == b"one\ntwo\nthree\rfour\b\t.\nfive\r6"


def test_an_unterminated_sequence_is_dropped() -> None:
    screen = Screen(3, 10)
    screen.feed("a\x1b]0;" + "x" * 5000)
    screen.feed("\r\nend")
    assert "end" in screen.text()
