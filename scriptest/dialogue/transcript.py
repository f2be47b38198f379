"""Writes the steps of a dialogue from what happened at a terminal."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from scriptest.base import regexp
from scriptest.dialogue.passthrough import Event, Resized, Shown
from scriptest.language.lexer import quote_word
from scriptest.terminal import keys

_MOST_PIECES = 12
_LONGEST_PIECE = 200
# Answers of the terminal to programs, and the marks around pasted text: not typed.
_NOT_TYPED = re.compile(rb"\x1b\[\d+;\d+R|\x1b\[[?>][\d;]*c|\x1b\[20[01]~|\x1b\][^\x07\x1b]*\x07")
_CONTROLS = re.compile(r"[\x00-\x08\x0a-\x1f\x7f\ufffd]+")
_ENDS = (b"\r", b"\n", b"\x03", b"\x04", b"\x1a", b"\x1c")
_KEYS = {
    **{
        f"\x1bO{final}": name
        for name, final in zip(("Up", "Down", "Right", "Left"), "ABCD", strict=True)
    },
    "\x1bOH": "Home",
    "\x1bOF": "End",
    "\x08": "C-h",
    "\n": "C-j",
    "\x00": "C-Space",
    **{sequence: name for name, sequence in keys.KEYS.items() if sequence != " "},
}


class StepLine(NamedTuple):
    """One line of a dialogue file."""

    verb: str
    arguments: str = ""
    """As written."""
    expected: str | None = None
    """The text that `expect -exact` waits for."""

    def __str__(self) -> str:
        return f"{self.verb} {self.arguments}" if self.arguments else self.verb


class Turn(NamedTuple):
    """The output, and the keys typed after it."""

    shown: str
    typed: bytes
    screen: str
    """The whole screen before; empty unless the program has it to itself."""
    after_line: bool
    """Whether what was typed before ended a line, whose echo begins what was shown."""
    hidden: bool
    size: tuple[int, int] | None


def turns(events: Sequence[Event]) -> list[Turn]:
    """Divide what happened; keys that belong to one line are together, without their echo."""
    found: list[Turn] = []
    shown, typed, screen, size = "", b"", "", None
    since, hidden, after_line = "", False, False
    for event in events:
        if isinstance(event, Shown):
            since += event.text
            continue
        if isinstance(event, Resized):
            size = (event.rows, event.columns)
            continue
        data = _NOT_TYPED.sub(b"", event.data)
        if not data:
            continue
        goes_on = not event.alternate and not typed.endswith(_ENDS) and "\n" not in since
        if typed and goes_on:
            typed += data
            since = ""
            continue
        if typed:
            found.append(Turn(shown, typed, screen, after_line, hidden, None))
            after_line = typed.endswith(b"\r")
        shown, typed, since = since, data, ""
        screen, hidden = event.screen if event.alternate else "", event.hidden
        if size is not None:
            found.append(Turn("", b"", "", False, False, size))
            size = None
    if typed:
        found.append(Turn(shown, typed, screen, after_line, hidden, None))
        after_line = typed.endswith(b"\r")
    found.append(Turn(since, b"", "", after_line, False, None))
    return found


def steps(argv: Sequence[str], found: Sequence[Turn]) -> list[StepLine]:
    """Return the steps that lead through the same dialogue, its end left out.

    Args:
        argv: the program and its arguments.
        found: what happened.
    """
    lines = [StepLine("spawn", " ".join(map(quote_word, argv)))]
    before, last_line = "", b""
    for turn in _joined(found):
        if turn.size is not None:
            lines.append(size(*turn.size))
            continue
        if turn.screen:
            lines += _screen(before, turn.screen)
            before = turn.screen
        else:
            lines += [
                StepLine("expect", f"-exact {_quoted(piece)}", piece)
                for piece in _pieces(turn.shown, last_line if turn.after_line else b"")
            ]
        lines += _sends(turn.typed)
        last_line = turn.typed
    return lines


def size(rows: int, columns: int) -> StepLine:
    """Return the step that changes the terminal's size."""
    return StepLine("size", f"{rows}x{columns}")


def _joined(found: Sequence[Turn]) -> Iterator[Turn]:
    """Join what is typed at a full-screen program that does nothing but show it."""
    last: Turn | None = None
    for turn in found:
        if last is not None and _shows(last, turn):
            last = last._replace(typed=last.typed + turn.typed)
            continue
        if last is not None:
            yield last
        last = turn
    if last is not None:
        yield last


def _shows(before: Turn, after: Turn) -> bool:
    if not (before.screen and after.screen and _is_plain(before.typed) and _is_plain(after.typed)):
        return False
    text = before.typed.decode("utf-8", "replace")
    return any(line.endswith(text) for line in _new_lines(before.screen, after.screen))


def _is_plain(typed: bytes) -> bool:
    text = typed.decode("utf-8", "replace")
    return bool(text.strip()) and not _CONTROLS.search(text)


def _pieces(shown: str, typed: bytes) -> list[str]:
    """Return the parts of what was shown that are to be expected, echo left out."""
    first, newline, rest = shown.partition("\n")
    if newline and first.strip() in typed.decode("utf-8", "replace"):
        shown = rest
    pieces = [piece for piece in _CONTROLS.split(shown) if piece.strip()]
    return [piece[:_LONGEST_PIECE] for piece in pieces[-_MOST_PIECES:]]


def _screen(before: str, now: str) -> list[StepLine]:
    """Return the step that waits for a screen: for its longest new line."""
    lines = _new_lines(before, now)
    if not lines:
        return []
    longest = max(lines, key=len)[:_LONGEST_PIECE]
    return [StepLine("screen", _quoted(regexp.quote(longest)))]


def _new_lines(before: str, now: str) -> list[str]:
    old = set(before.split("\n"))
    return [line.strip() for line in now.split("\n") if line not in old and line.strip()]


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _sends(typed: bytes) -> Iterator[StepLine]:
    """Yield the steps that type something, a line each."""
    for line in re.findall(rb"[^\r]*\r|[^\r]+", typed):
        yield _send(_corrected(line).decode("utf-8", "surrogateescape"))


def _corrected(line: bytes) -> bytes:
    """Return a line without what was taken back, if it has no other keys."""
    text = line.decode("utf-8", "surrogateescape")
    if "\x7f" not in text or _CONTROLS.search(text.replace("\x7f", "").removesuffix("\r")):
        return line
    kept = ""
    for char in text:
        kept = kept[:-1] if char == "\x7f" else kept + char
    return kept.encode("utf-8", "surrogateescape")


def _send(text: str) -> StepLine:
    parts = list(_parts(text))
    if len(parts) > 1 and parts[-1] == ("Enter", True) and not parts[-2][1]:
        parts.pop()
        return StepLine("send", _spelled(parts))
    return StepLine("send", ("" if parts[-1][1] else "-raw ") + _spelled(parts))


def _spelled(parts: Sequence[tuple[str, bool]]) -> str:
    return "".join(f"<{text}>" if is_key else _quoted(text) for text, is_key in parts)


def _parts(text: str) -> Iterator[tuple[str, bool]]:
    """Divide what was typed into texts and the names of keys (True)."""
    plain, position = "", 0
    while position < len(text):
        name, length = _key(text, position)
        if not name:
            plain += text[position]
            position += 1
            continue
        if plain:
            yield plain, False
            plain = ""
        yield name, True
        position += length
    if plain:
        yield plain, False


def _key(text: str, position: int) -> tuple[str, int]:
    """Return the key that begins at a position and how long it is; no name for plain text."""
    for length in (6, 5, 4, 3, 2, 1):
        name = _KEYS.get(text[position : position + length])
        if name and (name != "Esc" or not _typed_with_alt(text[position + 1 : position + 2])):
            return name, len(text[position : position + length])
    char, following = text[position], text[position + 1 : position + 2]
    if char == "\x1b" and _typed_with_alt(following):
        return f"M-{following}", 2
    if char < " ":
        return f"C-{chr(ord(char) ^ 0x40).lower()}", 1
    return "", 0


def _typed_with_alt(char: str) -> bool:
    """Report whether a character after Esc was typed with Alt; Esc is also typed alone."""
    return char.isascii() and char.isalnum()
