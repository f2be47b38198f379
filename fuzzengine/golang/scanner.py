"""Splits a corpus line into Go tokens (Go: go/scanner)."""

from __future__ import annotations

import re
from typing import NamedTuple

OPERATOR, ILLEGAL = "operator", "illegal"

# A number is split off exactly as Go does, but may still be malformed, as in `09` or `1__0`:
# whether dots belong to it decides what `1...` and `1.5...` mean.
_TOKENS = re.compile(
    rb"""
      (?P<blank> [ \t\r]+ )
    | (?P<comment> //.* | /\*.*?\*/ )
    | (?P<operator> <- | [-+!^&~] )
    | (?P<string> "(?:[^"\\]|\\.)*" | `[^`]*` )
    | (?P<character> '(?:[^'\\]|\\.)+' )
    | (?P<number>
          0[xXbBoO][0-9a-fA-F_]*(?:\.[0-9a-fA-F_]*)?(?:[pP][+-]?[0-9_]*)?
        | (?:[0-9][0-9_]*(?:\.[0-9_]*)?|\.[0-9][0-9_]*)(?:[eE][+-]?[0-9_]*)?
      )
    | (?P<name> [A-Za-z_][A-Za-z0-9_]* )
    | (?P<punctuation> \.\.\. | [\[\]().,] )
    | (?P<illegal> . )
    """,
    re.VERBOSE | re.DOTALL,
)
_LARGEST_LINE_NUMBER = 1 << 30


class Token(NamedTuple):
    """One token: a group of the pattern above, the text as written, its offset in bytes."""

    kind: str
    text: bytes
    offset: int


def scan(line: bytes, start: int = 0) -> list[Token]:
    """Return the tokens of a line from an offset on, without comments and blanks.

    The start of an unterminated literal or comment, and a character that corpus lines have in
    literals only, is an `ILLEGAL` token.
    """
    tokens = []
    for match in _TOKENS.finditer(line, start):
        kind = str(match.lastgroup)
        if kind == "comment" and _is_bad_line_directive(match[0]):
            kind = ILLEGAL
        if kind not in ("blank", "comment"):
            tokens.append(Token(kind, match[0], match.start()))
    return tokens


def _is_bad_line_directive(comment: bytes) -> bool:
    """Tell whether a comment such as ``/*line x.go:0*/`` has a bad number: an error in Go."""
    _, *numbers = comment.removesuffix(b"*/").rsplit(b":", 2)
    if not numbers or not comment.startswith(b"/*line "):
        return False
    found = [int(number[-20:]) for number in numbers if number.isdigit()]
    return not numbers[-1].isdigit() or not all(0 < n <= _LARGEST_LINE_NUMBER for n in found)
