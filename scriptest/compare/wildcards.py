"""Compares contents with golden files that contain wildcards.

`[..]` matches any text within a line, a line `...` matches any number of lines, and `<name>`
matches the pattern of the redaction with this name in the suite's settings.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from scriptest.base import regexp

ANY_TEXT = "[..]"
ANY_LINES = "..."
# Larger tables of lines to align are not computed.
_MAX_CELLS = 250_000


class Pair(NamedTuple):
    """A line of the golden file, or None, and the lines aligned with it, if any."""

    want: str | None
    got: tuple[str, ...]
    matches: bool


class Wildcards:
    """Compares contents with golden contents that contain wildcards."""

    def __init__(self, redactions: Mapping[str, str]) -> None:
        """Set the patterns of redactions by name.

        Raises:
            regexp.PatternError: a pattern is invalid.
        """
        for name, text in redactions.items():
            try:
                regexp.compile(text)
            except regexp.PatternError as error:
                raise regexp.PatternError(f"redaction <{name}>: {error}") from None
        self._tokens = {ANY_TEXT: ".*"}
        self._tokens |= {f"<{name}>": f"(?:{text})" for name, text in redactions.items()}
        self._lines: dict[str, regexp.Pattern | None] = {}

    def match(self, want: str, got: str) -> bool:
        """Report whether a content matches a golden content."""
        return self._match(want.split("\n"), got.split("\n"))

    def _match(self, want: Sequence[str], got: Sequence[str]) -> bool:
        row = position = 0
        retry, retry_at = -1, 0
        while position < len(got):
            if row < len(want) and want[row] == ANY_LINES:
                retry, retry_at = row, position
                row += 1
            elif row < len(want) and self.match_line(want[row], got[position]):
                row, position = row + 1, position + 1
            elif retry >= 0:
                retry_at += 1
                row, position = retry + 1, retry_at
            else:
                return False
        return all(line == ANY_LINES for line in want[row:])

    def match_line(self, want: str, got: str) -> bool:
        """Report whether a line matches a golden line."""
        if want == got:
            return True
        if want not in self._lines:
            self._lines[want] = self._compile(want)
        pattern = self._lines[want]
        return pattern is not None and _search(pattern, got)

    def _compile(self, line: str) -> regexp.Pattern | None:
        if not self.has_wildcard(line):
            return None
        body = "".join(self._tokens.get(piece) or _literal(piece) for piece in self._pieces(line))
        return regexp.compile(rf"\A(?:{body})\z", multiline=False)

    def has_wildcard(self, line: str) -> bool:
        """Report whether a text contains a wildcard."""
        return any(token in line for token in self._tokens)

    def _pieces(self, line: str) -> list[str]:
        """Split a line into wildcards and single characters."""
        pieces = []
        position = 0
        while position < len(line):
            for token in self._tokens if line[position] in "[<" else ():
                if line.startswith(token, position):
                    break
            else:
                token = line[position]
            pieces.append(token)
            position += len(token)
        return pieces

    # --- differences and updates ---------------------------------------------------------------

    def resolved(self, want: str, got: str) -> str:
        """Return the golden text with matching lines replaced by the lines they match."""
        lines: list[str] = []
        for pair in self.align(want.split("\n"), got.split("\n")):
            if pair.matches:
                lines += pair.got
            elif pair.want is not None:
                lines.append(pair.want)
        return "\n".join(lines)

    def updated(self, want: str, got: str) -> str:
        """Return a golden text that matches `got` and keeps the wildcards of `want`."""
        lines: list[str] = []
        for pair in self.align(want.split("\n"), got.split("\n")):
            if pair.want is None:
                lines += pair.got
            elif pair.matches:
                lines.append(pair.want)
            else:
                lines += [self._updated_line(pair.want, line) for line in pair.got]
        return "\n".join(lines)

    def _updated_line(self, want: str, got: str) -> str:
        """Return a golden line that matches `got`; keep wildcards where the text around agrees."""
        if not self.has_wildcard(want):
            return got
        from difflib import SequenceMatcher

        pieces, result = self._pieces(want), []
        opcodes = SequenceMatcher(None, pieces, list(got), autojunk=False).get_opcodes()
        for _, start, end, got_start, got_end in opcodes:
            text = got[got_start:got_end]
            whole = "".join(pieces[start:end])
            keep = whole in self._tokens and self.match_line(whole, text)
            result.append(whole if keep else self._redacted(pieces[start:end], text))
        line = "".join(result)
        return line if self.match_line(line, got) else got

    def _redacted(self, pieces: Sequence[str], got: str) -> str:
        """Return a text with the redactions among `pieces` applied, in order."""
        result, rest = "", got.encode("utf-8", "surrogateescape")
        for token in pieces:
            if token not in self._tokens or token == ANY_TEXT:
                continue
            span = regexp.compile(self._tokens[token], multiline=False).search(rest)
            if span is not None and span[0] < span[1]:
                result += rest[: span[0]].decode("utf-8", "surrogateescape") + token
                rest = rest[span[1] :]
        return result + rest.decode("utf-8", "surrogateescape")

    def align(self, want: Sequence[str], got: Sequence[str]) -> list[Pair]:
        """Align golden lines with lines, in order."""
        head = 0
        while head < min(len(want), len(got)) and want[head] != ANY_LINES:
            if not self.match_line(want[head], got[head]):
                break
            head += 1
        tail = 0
        while tail < min(len(want), len(got)) - head and want[-1 - tail] != ANY_LINES:
            if not self.match_line(want[-1 - tail], got[-1 - tail]):
                break
            tail += 1
        until, got_until = len(want) - tail, len(got) - tail
        same = [Pair(left, (right,), True) for left, right in zip(want, got, strict=False)][:head]
        end = [
            Pair(left, (right,), True)
            for left, right in zip(want[until:], got[got_until:], strict=True)
        ]
        return [*same, *self._aligned(want[head:until], got[head:got_until]), *end]

    def _aligned(self, want: Sequence[str], got: Sequence[str]) -> list[Pair]:
        if (len(want) + 1) * (len(got) + 1) > _MAX_CELLS:
            return [*(Pair(line, (), False) for line in want), Pair(None, tuple(got), False)]
        steps = self._steps(want, got)
        pairs: list[Pair] = []
        row = position = 0
        while row < len(want) or position < len(got):
            step = steps[row][position]
            if step == "absorb" or step == "any":
                absorbed = position
                while steps[row][absorbed] == "absorb":
                    absorbed += 1
                pairs.append(Pair(want[row], tuple(got[position:absorbed]), True))
                row, position = row + 1, absorbed
            elif step == "drop":
                pairs.append(Pair(want[row], (), False))
                row += 1
            elif step == "new":
                pairs.append(Pair(None, (got[position],), False))
                position += 1
            else:
                pairs.append(Pair(want[row], (got[position],), step == "same"))
                row, position = row + 1, position + 1
        return pairs

    def _steps(self, want: Sequence[str], got: Sequence[str]) -> list[list[str]]:
        """Return the best next step from every pair of positions, computed from the end."""
        size = len(got)
        below = [-1.0 * (size - position) for position in range(size + 1)]
        steps = [["new"] * size + ["end"]]
        for line in reversed(want):
            scores, row = [0.0] * (size + 1), [""] * (size + 1)
            for position in range(size, -1, -1):
                choices = self._choices(line, got, position, below, scores)
                scores[position], row[position] = max(choices)
            below = scores
            steps.append(row)
        steps.reverse()
        return steps

    def _choices(
        self, line: str, got: Sequence[str], position: int, below: list[float], here: list[float]
    ) -> list[tuple[float, str]]:
        more = position < len(got)
        if line == ANY_LINES:
            choices = [(below[position], "any")]
            if more:
                choices.append((here[position + 1], "absorb"))
            return choices
        choices = [(below[position] - 1, "drop")]
        if more:
            choices.append((here[position + 1] - 1, "new"))
            matches = self.match_line(line, got[position])
            score = below[position + 1] + (10 if matches else 1)
            choices.append((score, "same" if matches else "other"))
        return choices


def _literal(char: str) -> str:
    # RE2 reads a byte that is not valid UTF-8 as U+FFFD.
    return r"\x{FFFD}" if "\ud800" <= char <= "\udfff" else regexp.quote(char)


def _search(pattern: regexp.Pattern, text: str) -> bool:
    return pattern.search(text.encode("utf-8", "surrogateescape")) is not None
