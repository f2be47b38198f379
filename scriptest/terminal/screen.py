"""A small model of a terminal's screen.

It follows what programs for `TERM=xterm` send to place text: cursor moves, erasing, inserting,
scrolling, the alternate screen, wide characters, line drawing. Colours and other looks are
skipped, and so is everything unknown.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

_TOKEN = re.compile(
    r"""
      \x1b\[ (?P<parameters>[0-?]*) [\x20-/]* (?P<final>[@-~])
    | \x1b (?: \] [^\x1b\x07]* (?:\x07 | \x1b\\) | [PX^_] [^\x1b]* \x1b\\ )
    | \x1b (?P<intermediate>[\x20-/]+) (?P<designated>[0-~])
    | \x1b (?P<escaped>[0-OQ-WYZ\\`-~])  # not P, X, [, ], ^ and _, which only begin something
    | (?P<control>[\x00-\x1a\x1c-\x1f\x7f])
    | (?P<text>[^\x00-\x1f\x7f]+)
    """,
    re.VERBOSE,
)
_UNFINISHED = re.compile(
    r"""
      \r
    | \x1b (?: \[ [0-?]* [\x20-/]* | \] [^\x1b\x07]* \x1b? | [PX^_] [^\x1b]* \x1b? | [\x20-/]* )
    """,
    re.VERBOSE,
)
# A sequence that does not end is given up after this many characters.
_LONGEST = 4096

_LINES = str.maketrans("`afgjklmnopqrstuvwxyz{|}~", "◆▒°±┘┐┌└┼⎺⎻─⎼⎽├┤┴┬│≤≥π≠£·")
_TAB = 8


class Screen:
    """A screen of characters and a cursor, changed by the text that a program sends."""

    def __init__(self, rows: int, columns: int) -> None:
        """Make an empty screen of a size in characters."""
        self.rows = rows
        self.columns = columns
        self.answers: list[str] = []
        self._rest = ""
        self._shown = "\n"
        self._reset()

    def _reset(self) -> None:
        self.row = self.column = 0
        self._cells = self._blank(self.rows)
        self._top, self._bottom = 0, self.rows - 1
        self._wraps = False
        self._drawing = False
        self._last = " "
        self._saved = 0, 0
        self._main: tuple[list[list[str]], int, int] | None = None

    # --- for people --------------------------------------------------------------------------

    def text(self) -> str:
        """Return the rows as lines, without the blanks at their ends and empty rows at the end."""
        lines = ("".join(row).rstrip() for row in self._cells)
        return "\n".join(lines).rstrip("\n")

    @property
    def alternate(self) -> bool:
        """Whether the alternate screen is on, which full-screen programs use."""
        return self._main is not None

    def feed(self, text: str) -> str:
        """Show what a program sends; return it as plain text.

        Plain means: no escape sequences, of the control characters only newline, carriage return,
        tab and backspace, and a newline alone where both ends of a line stood. Sequences may be
        divided between calls. What the program asks the terminal is answered in `answers`.
        """
        text = self._rest + text
        plain: list[str] = []
        position = 0
        while position < len(text):
            if _UNFINISHED.fullmatch(text, position) and len(text) - position < _LONGEST:
                break
            token = _TOKEN.match(text, position)
            position = token.end() if token else position + 1
            if token:
                piece = self._process_token(token, text[position : position + 1])
                plain.append(piece)
                self._shown = piece[-1:] or self._shown
        self._rest = text[position:]
        return "".join(plain)

    def resize(self, rows: int, columns: int) -> None:
        """Change the size; what no longer fits is lost, at the top and at the right."""
        lost = max(0, self.row - rows + 1)
        kept = self._cells[lost:] + self._blank(rows)
        self._cells = [(row + [" "] * columns)[:columns] for row in kept[:rows]]
        self.rows, self.columns = rows, columns
        self._top, self._bottom = 0, rows - 1
        self._move(self.row - lost, self.column)

    # --- tokens ------------------------------------------------------------------------------

    def _process_token(self, token: re.Match[str], following: str) -> str:
        kind = token.lastgroup
        if kind == "text":
            shown = token["text"].translate(_LINES) if self._drawing else token["text"]
            self._write(shown)
            return shown
        if kind == "control":
            return self._control(token["control"], following)
        if kind == "final":
            self._sequence(token["parameters"], token["final"])
        elif kind == "designated" and token["intermediate"] == "(":
            self._drawing = token["designated"] == "0"
        elif kind == "escaped":
            self._escape(token["escaped"])
        return ""

    def _control(self, char: str, following: str) -> str:
        if char in "\n\v\f":
            self._line_feed()
            return "\n"
        if char == "\r":
            self._move(self.row, 0)
            # At the end or the start of a line it changes nothing.
            return "" if following in ("\n", "\r") or self._shown in "\r\n" else char
        if char == "\b":
            self._move(self.row, self.column - 1)
            return char
        if char == "\t":
            self._move(self.row, (self.column // _TAB + 1) * _TAB)
            return char
        return ""

    def _escape(self, char: str) -> None:
        if char == "7":
            self._save()
        elif char == "8":
            self._restore()
        elif char in "DE":
            self._line_feed()
            if char == "E":
                self._move(self.row, 0)
        elif char == "M":
            if self.row == self._top:
                self._scroll(self._top, -1)
            else:
                self._move(self.row - 1, self.column)
        elif char == "c":
            self._reset()

    def _sequence(self, parameters: str, final: str) -> None:
        if parameters[:1] in ("<", "=", ">"):
            return
        words = parameters.lstrip("?").split(";")
        numbers = [_number(word) for word in words]
        if parameters.startswith("?"):
            if final in "hl":
                for number in numbers:
                    self._mode(number, on=final == "h")
            return
        first, second = (*numbers, 0, 0)[:2]
        if final in _COUNTED:
            _COUNTED[final](self, max(1, first), max(1, second))
        elif final in _CODED:
            _CODED[final](self, first, second)

    def _mode(self, number: int, *, on: bool) -> None:
        """Change to the alternate screen or back."""
        if number not in (47, 1047, 1049) or on == (self._main is not None):
            return
        if self._main is None:
            self._main = self._cells, self.row, self.column
            self._cells = self._blank(self.rows)
            return
        cells, row, column = self._main
        self._main = None
        self._cells = cells
        rows, columns = self.rows, self.columns
        self.rows, self.columns = len(cells), len(cells[0])
        self._move(row, column)
        self.resize(rows, columns)

    # --- cells -------------------------------------------------------------------------------

    def _blank(self, rows: int) -> list[list[str]]:
        return [[" "] * self.columns for _ in range(rows)]

    def _move(self, row: int, column: int) -> None:
        self.row = min(max(row, 0), self.rows - 1)
        self.column = min(max(column, 0), self.columns - 1)
        self._wraps = False

    def _write(self, text: str) -> None:
        if not text.isascii():
            for char in text:
                self._put(char)
            return
        while text:
            # The first one may have to wrap; those after it that fit in the row do not.
            self._put(text[0])
            room = 0 if self._wraps else self.columns - self.column
            run, text = text[1 : room + 1], text[room + 1 :]
            if run:
                end = self.column + len(run)
                self._part(self.row, self.column, end)[self.column : end] = run
                self._last = run[-1]
                self._move(self.row, end)
                self._wraps = end >= self.columns

    def _put(self, char: str) -> None:
        width = _width(char)
        if width == 0:
            if self.column or self._wraps:
                before = self.column if self._wraps else self.column - 1
                self._cells[self.row][before] += char
            return
        if self._wraps or self.column + width > self.columns:
            self._move(self.row, 0)
            self._line_feed()
        end = self.column + width
        row = self._part(self.row, self.column, end)
        row[self.column] = self._last = char
        # The right half holds nothing, so that the row's text has the character once.
        row[self.column + 1 : end] = [""] * (width - 1)
        del row[self.columns :]
        self._move(self.row, end)
        self._wraps = end >= self.columns

    def _part(self, number: int, start: int, end: int) -> list[str]:
        """Return a row; characters that would keep only a half left or right of a part go."""
        row = self._cells[number]
        if start < self.columns and row[start] == "":
            row[start - 1] = " "
        if end < self.columns and row[end] == "":
            row[end] = " "
        return row

    def _line_feed(self) -> None:
        if self.row == self._bottom:
            self._scroll(self._top, 1)
        else:
            self._move(self.row + 1, self.column)

    def _scroll(self, top: int, count: int) -> None:
        """Move the rows from top to the region's end up by count; down if it is negative."""
        region = self._cells[top : self._bottom + 1]
        size = len(region)
        count = max(-size, min(count, size))
        blank = self._blank(abs(count))
        region = region[count:] + blank if count > 0 else blank + region[: size + count]
        self._cells[top : self._bottom + 1] = region
        self._wraps = False

    def _erase(self, number: int, start: int, end: int) -> None:
        end = min(end, self.columns)
        self._part(number, start, end)[start:end] = [" "] * (end - start)

    # --- sequences ---------------------------------------------------------------------------

    def _erase_line(self, what: int) -> None:
        start = 0 if what else self.column
        self._erase(self.row, start, self.column + 1 if what == 1 else self.columns)

    def _erase_screen(self, what: int) -> None:
        rows = range(self.rows)
        if what < 2:
            self._erase_line(what)
            rows = rows[: self.row] if what else rows[self.row + 1 :]
        for row in rows:
            self._erase(row, 0, self.columns)

    def _insert(self, count: int) -> None:
        row = self._part(self.row, self.column, self.column)
        row[self.column : self.column] = [" "] * count
        del row[self.columns :]

    def _delete(self, count: int) -> None:
        row = self._part(self.row, self.column, self.column + count)
        del row[self.column : self.column + count]
        row.extend([" "] * (self.columns - len(row)))

    def _shift_lines(self, count: int) -> None:
        if self._top <= self.row <= self._bottom:
            self._scroll(self.row, count)
            self._move(self.row, 0)

    def _set_region(self, top: int, bottom: int) -> None:
        first, last = max(top, 1) - 1, min(bottom or self.rows, self.rows) - 1
        if first < last:
            self._top, self._bottom = first, last
            self._move(0, 0)

    def _repeat(self, count: int) -> None:
        for _ in range(min(count, self.rows * self.columns)):
            self._put(self._last)

    def _report(self, what: int) -> None:
        if what == 5:
            self.answers.append("\x1b[0n")
        elif what == 6:
            self.answers.append(f"\x1b[{self.row + 1};{self.column + 1}R")

    def _identify(self) -> None:
        self.answers.append("\x1b[?6c")

    def _save(self) -> None:
        self._saved = self.row, self.column

    def _restore(self) -> None:
        self._move(*self._saved)


_Sequence = Callable[[Screen, int, int], None]

# What follows the numbers of a sequence says what it does; a missing number counts as 1 ...
_COUNTED: dict[str, _Sequence] = {
    "A": lambda screen, n, _: screen._move(screen.row - n, screen.column),
    "B": lambda screen, n, _: screen._move(screen.row + n, screen.column),
    "C": lambda screen, n, _: screen._move(screen.row, screen.column + n),
    "D": lambda screen, n, _: screen._move(screen.row, screen.column - n),
    "E": lambda screen, n, _: screen._move(screen.row + n, 0),
    "F": lambda screen, n, _: screen._move(screen.row - n, 0),
    "G": lambda screen, n, _: screen._move(screen.row, n - 1),
    "H": lambda screen, row, column: screen._move(row - 1, column - 1),
    "I": lambda screen, n, _: screen._move(screen.row, (screen.column // _TAB + n) * _TAB),
    "L": lambda screen, n, _: screen._shift_lines(-n),
    "M": lambda screen, n, _: screen._shift_lines(n),
    "P": lambda screen, n, _: screen._delete(n),
    "S": lambda screen, n, _: screen._scroll(screen._top, n),
    "T": lambda screen, n, _: screen._scroll(screen._top, -n),
    "X": lambda screen, n, _: screen._erase(screen.row, screen.column, screen.column + n),
    "Z": lambda screen, n, _: screen._move(screen.row, -(-screen.column // _TAB) * _TAB - n * _TAB),
    "@": lambda screen, n, _: screen._insert(n),
    "b": lambda screen, n, _: screen._repeat(n),
    "d": lambda screen, n, _: screen._move(n - 1, screen.column),
}
_COUNTED |= {"a": _COUNTED["C"], "e": _COUNTED["B"], "f": _COUNTED["H"], "`": _COUNTED["G"]}

# ... or as 0.
_CODED: dict[str, _Sequence] = {
    "J": lambda screen, what, _: screen._erase_screen(what),
    "K": lambda screen, what, _: screen._erase_line(what),
    "c": lambda screen, *_: screen._identify(),
    "n": lambda screen, what, _: screen._report(what),
    "r": lambda screen, top, bottom: screen._set_region(top, bottom),
    "s": lambda screen, *_: screen._save(),
    "u": lambda screen, *_: screen._restore(),
}


def plain(shown: bytes) -> bytes:
    """Return the output of a terminal without escape sequences; see `Screen.feed`."""
    text = Screen(1, 1).feed(shown.decode("utf-8", "surrogateescape"))
    return text.encode("utf-8", "surrogateescape")


def _number(word: str) -> int:
    """Return a parameter of a sequence, limited to what any screen needs; 0 if it is missing."""
    if not word.isdecimal():
        return 0
    digits = word.lstrip("0")
    return _LONGEST if len(digits) > len(str(_LONGEST)) else min(int(digits or "0"), _LONGEST)


def _width(char: str) -> int:
    """Return the number of columns a character takes."""
    if char.isascii():
        return 1
    if unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1
