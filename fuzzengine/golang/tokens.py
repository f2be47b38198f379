"""The tokens of Go (Go: go/token)."""

from __future__ import annotations

IDENT = "IDENT"
INT = "INT"
FLOAT = "FLOAT"
IMAG = "IMAG"
CHAR = "CHAR"
STRING = "STRING"
EOF = "EOF"
ILLEGAL = "ILLEGAL"
LITERALS = frozenset((IDENT, INT, FLOAT, IMAG, CHAR, STRING))

KEYWORDS = frozenset(
    [
        "break",
        "case",
        "chan",
        "const",
        "continue",
        "default",
        "defer",
        "else",
        "fallthrough",
        "for",
        "func",
        "go",
        "goto",
        "if",
        "import",
        "interface",
        "map",
        "package",
        "range",
        "return",
        "select",
        "struct",
        "switch",
        "type",
        "var",
    ]
)

# Longest first, so that the first match is the token.
OPERATORS = [
    "<<=",
    ">>=",
    "&^=",
    "...",
    "&&",
    "||",
    "<-",
    "++",
    "--",
    "==",
    "!=",
    "<=",
    ">=",
    ":=",
    "+=",
    "-=",
    "*=",
    "/=",
    "%=",
    "&=",
    "|=",
    "^=",
    "<<",
    ">>",
    "&^",
    "+",
    "-",
    "*",
    "/",
    "%",
    "&",
    "|",
    "^",
    "<",
    ">",
    "=",
    "!",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ",",
    ";",
    ".",
    ":",
    "~",
]

# After one of these the end of the line ends the statement.
ENDS_STATEMENT = frozenset(
    (*LITERALS, "break", "continue", "fallthrough", "return", "++", "--", ")", "]", "}")
)


class Token:
    """One token: its kind (the text itself for operators and keywords), byte offset and text."""

    __slots__ = ("kind", "offset", "text")

    def __init__(self, kind: str, offset: int, text: str) -> None:
        self.kind = kind
        self.offset = offset
        self.text = text
