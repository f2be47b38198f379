"""A terminal emulator that keeps the text of the screen.

It interprets the sequences of `TERM=xterm` that place text: cursor movement, erasing, inserting,
scrolling, the alternate screen, wide characters and line drawing. Colours, other attributes and
unknown sequences are ignored.
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
# An unterminated sequence is dropped after this many characters.
_MAX_SEQUENCE = 4096

_LINES = str.maketrans("`afgjklmnopqrstuvwxyz{|}~", "◆▒°±┘┐┌└┼⎺⎻─⎼⎽├┤┴┬│≤≥π≠£·")
_TAB = 8


class Screen:
    """The characters of a screen and its cursor.

    Attributes:
        rows: The height in characters.
        columns: The width in characters.
        row: The 0-based row of the cursor.
        column: The 0-based column of the cursor.
        answers: The terminal's answers to queries of the program, to be sent to it.
    """

    def __init__(self, rows: int, columns: int) -> None:
        """Create an empty screen; its size is given in characters."""
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

    # --- public methods ----------------------------------------------------------------------

    def text(self) -> str:
        """Return the rows as lines, without trailing blanks and trailing empty rows."""
        lines = ("".join(row).rstrip() for row in self._cells)
        return "\n".join(lines).rstrip("\n")

    @property
    def alternate(self) -> bool:
        """Whether the alternate screen is active, which full-screen programs use."""
        return self._main is not None

    def feed(self, text: str) -> str:
        """Process the output of a program; return it as plain text.

        Plain text has no escape sequences, only the control characters newline, carriage return,
        tab and backspace, and newlines instead of CRLF. A sequence may be split across calls.
        Answers to queries are appended to `answers`.
        """
        text = self._rest + text
        plain: list[str] = []
        position = 0
        while position < len(text):
            if _UNFINISHED.fullmatch(text, position) and len(text) - position < _MAX_SEQUENCE:
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
        """Change the size; excess rows are lost at the top, excess columns at the right."""
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
            # At the end or the start of a line it has no effect on the plain text.
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
        """Switch to the alternate screen or back."""
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
            # The first character may wrap; the following ones that fit in the row do not.
            self._put(text[0])
            free = 0 if self._wraps else self.columns - self.column
            run, text = text[1 : free + 1], text[free + 1 :]
            if run:
                end = self.column + len(run)
                self._row_to_edit(self.row, self.column, end)[self.column : end] = run
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
        row = self._row_to_edit(self.row, self.column, end)
        row[self.column] = self._last = char
        # The cell of the right half is empty, so that the row's text has the character once.
        row[self.column + 1 : end] = [""] * (width - 1)
        del row[self.columns :]
        self._move(self.row, end)
        self._wraps = end >= self.columns

    def _row_to_edit(self, number: int, start: int, end: int) -> list[str]:
        """Return a row; wide characters cut by the edges of an edited range are erased."""
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
        """Scroll the rows from `top` to the end of the region up, or down if count is negative."""
        region = self._cells[top : self._bottom + 1]
        size = len(region)
        count = max(-size, min(count, size))
        blank = self._blank(abs(count))
        region = region[count:] + blank if count > 0 else blank + region[: size + count]
        self._cells[top : self._bottom + 1] = region
        self._wraps = False

    def _erase(self, number: int, start: int, end: int) -> None:
        end = min(end, self.columns)
        self._row_to_edit(number, start, end)[start:end] = [" "] * (end - start)

    # --- sequences ---------------------------------------------------------------------------

    def _erase_line(self, mode: int) -> None:
        start = 0 if mode else self.column
        self._erase(self.row, start, self.column + 1 if mode == 1 else self.columns)

    def _erase_screen(self, mode: int) -> None:
        rows = range(self.rows)
        if mode < 2:
            self._erase_line(mode)
            rows = rows[: self.row] if mode else rows[self.row + 1 :]
        for row in rows:
            self._erase(row, 0, self.columns)

    def _insert(self, count: int) -> None:
        row = self._row_to_edit(self.row, self.column, self.column)
        row[self.column : self.column] = [" "] * count
        del row[self.columns :]

    def _delete(self, count: int) -> None:
        row = self._row_to_edit(self.row, self.column, self.column + count)
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

    def _report(self, query: int) -> None:
        if query == 5:
            self.answers.append("\x1b[0n")
        elif query == 6:
            self.answers.append(f"\x1b[{self.row + 1};{self.column + 1}R")

    def _identify(self) -> None:
        self.answers.append("\x1b[?6c")

    def _save(self) -> None:
        self._saved = self.row, self.column

    def _restore(self) -> None:
        self._move(*self._saved)


_Sequence = Callable[[Screen, int, int], None]

# Sequences by their final character, where a missing parameter means 1 ...
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

# ... or 0.
_CODED: dict[str, _Sequence] = {
    "J": lambda screen, mode, _: screen._erase_screen(mode),
    "K": lambda screen, mode, _: screen._erase_line(mode),
    "c": lambda screen, *_: screen._identify(),
    "n": lambda screen, query, _: screen._report(query),
    "r": lambda screen, top, bottom: screen._set_region(top, bottom),
    "s": lambda screen, *_: screen._save(),
    "u": lambda screen, *_: screen._restore(),
}


def plain(output: bytes) -> bytes:
    """Return terminal output without its escape sequences; see `Screen.feed`."""
    text = Screen(1, 1).feed(output.decode("utf-8", "surrogateescape"))
    return text.encode("utf-8", "surrogateescape")


def _number(word: str) -> int:
    """Return a parameter of a sequence, at most 9999; 0 if it is missing."""
    if not word.isdecimal():
        return 0
    digits = word.lstrip("0")
    return 9999 if len(digits) > 4 else int(digits or "0")


def _width(char: str) -> int:
    """Return the number of columns a character takes."""
    if char.isascii():
        return 1
    if unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1
