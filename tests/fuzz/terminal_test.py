"""Fuzz tests of what has to do with terminals: dialogues, names of keys, the screen."""

from __future__ import annotations

from fuzzengine import F, T, uint8
from scriptest.base.errors import ScriptError
from scriptest.dialogue import steps as dialogue
from scriptest.language.lexer import Word
from scriptest.terminal import keys
from scriptest.terminal.screen import Screen


def FuzzDialogue(f: F) -> None:
    f.add("spawn prog 'an arg'\nexpect 'name: '\nsend Bob<Enter>\nstatus 0\n")
    f.add("size 30x100\nscreen '^x'\nsend -raw <C-c><Up>\nexpect -exact ( \neof\nstatus SIGTERM")
    f.add("size " + "9" * 5000 + "x1")
    f.add("status " + "9" * 5000)
    f.add("sned x\nexpect\nexpect (\nsize 0x0\n")

    @f.fuzz
    def _(t: T, text: str) -> None:
        rows = text.split("\n")
        try:
            steps = dialogue.parse(text, "d.txt", _raw)
        except ScriptError as error:
            place = error.location
            assert place is not None
            assert place.file == "d.txt"
            assert 1 <= place.column <= len(rows[place.line - 1]) + 1
            assert "\n" not in error.message
            return
        for step in steps:
            assert step.text == rows[step.location.line - 1].strip()


def _raw(word: Word, _pattern: bool) -> str:
    return word.raw


def FuzzKeys(f: F) -> None:
    f.add("a<Enter><C-x>b<M-é>< >")

    @f.fuzz(allow=(keys.KeyNameError,))
    def _(t: T, text: str) -> None:
        pieces = list(keys.split(text))
        assert "".join(f"<{piece}>" if is_key else piece for piece, is_key in pieces) == text
        for piece, is_key in pieces:
            if is_key:
                assert keys.characters(piece)


def FuzzScreen(f: F) -> None:
    f.add("a\x1b[2;3Hb\r\n\x1b[?1049hc\x1b(0q\x1b(B\x1b[6n", 4, 3, 9)
    f.add("\x1b]0;title\x07\u4e16\u0301x\x1b[2P\x1b[4@\x1b[1;2r\x1bM\tz", 7, 2, 4)
    f.add("\x1b[" + "9" * 5000 + "B", 9, 1, 1)

    @f.fuzz
    def _(t: T, text: str, cut: uint8, rows: uint8, columns: uint8) -> None:
        """What is shown does not depend on how the text is divided, and the screen keeps its size.

        A sequence that does not end is given up after a while, wherever it was divided.
        """
        size = rows % 8 + 1, columns % 12 + 1
        whole, parts = Screen(*size), Screen(*size)
        plain = whole.feed(text)
        divided = parts.feed(text[:cut]) + parts.feed(text[cut:])
        if len(text) < 4000:
            assert divided == plain
            assert parts.text() == whole.text()
            assert parts.answers == whole.answers
        assert (whole.rows, whole.columns) == size
        assert 0 <= whole.row < whole.rows
        assert 0 <= whole.column < whole.columns
        assert len(whole.text().split("\n")) <= whole.rows
        assert "\x1b" not in plain
        parts.resize(columns % 5 + 1, rows % 5 + 1)
        parts.feed(text)
