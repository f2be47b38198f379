"""Finds shell operators among the words of a line, which scripts do not have."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from scriptest.language.lexer import Word

_LINES = "write each command on a line of its own"
_OUTPUT = "write `exec -out=FILE ...`, or `cp stdout FILE` on the next line"
_ERRORS = "write `exec -err=FILE ...`, or `cp stderr FILE` on the next line"
_BOTH = "write `exec -out=FILE -merge ...`"
_APPEND = "write `exec sh -c '...'`"

_OPERATORS = {
    "&&": _LINES,
    ";": _LINES,
    "&": _LINES + "; only a last `&` runs a command in the background",
    "||": "write `? command` if it may fail, or `exec sh -c '...'`",
    "|": "write `stdin stdout` on the next line, and the second command after it",
    "|&": "write `exec -merge ...`, `stdin stdout` and the second command on three lines",
    "<": "write `exec -in=FILE ...`, or `stdin FILE` on the line before",
    "<<": "put the text into a file of the archive, and write `exec -in=FILE ...`",
    "<<<": "put the text into a file of the archive, and write `exec -in=FILE ...`",
    ">": _OUTPUT,
    "1>": _OUTPUT,
    "2>": _ERRORS,
    "&>": _BOTH,
    ">&": _BOTH,
    "2>&1": "write `exec -merge ...`",
    ">>": _APPEND,
    "1>>": _APPEND,
    "2>>": _APPEND,
    "&>>": _APPEND,
}
"""The operators and the ways to write a script without them."""

_FIRST = frozenset("<>12&")

_SEPARATORS = ("&&", "||", "|&", "|", ";")
"""Operators between commands, which may touch the words beside them."""


def find_operator(words: Sequence[Word], *, patterns: bool = False) -> tuple[int, str] | None:
    r"""Return the column of the first shell operator of a line, and a message; None without one.

    An operator is an unquoted word such as `&&`, `|` or `>`, the `;` or `&&` at the end of a word
    that is not the last one, the `|` at the beginning of one, the beginning of a redirection such
    as `2>/dev/null`, or a last word `\`, which continues a line of a shell.

    Args:
        words: the command and its arguments, without a final `&`.
        patterns: whether the command takes a pattern, which may begin with `<` or `>`.
    """
    last = len(words) - 1
    for index, word in enumerate(words):
        raw = word.raw
        if word.is_quoted:
            continue
        found, offset = raw if raw in _OPERATORS else "", 0
        if not found and index < last:
            found = _separator_at_end(raw, patterns)
            offset = len(raw) - len(found)
        if not found and index and not patterns:
            found, offset = _operator_at_start(raw), 0
        if found:
            fix = _OPERATORS[found]
            text = f"`{found}` is a shell operator: {fix} (quote an argument like this)"
            return word.column + offset, text
    final = words[-1]
    if last and final.raw == "\\" and not final.is_quoted:
        text = "write the whole command on one line (quote an argument like this)"
        return final.column, f"`\\` does not continue a line here: {text}"
    return None


def unfinished_name(words: Sequence[Word]) -> tuple[int, str] | None:
    """Return the column of a last word such as `&name`, and a message; None for other words."""
    final = words[-1]
    raw = final.raw
    if len(words) < 2 or final.is_quoted or raw[:1] != "&" or not raw[1:].isidentifier():
        return None
    fix = f"write `{raw}&` to run the command in the background by that name"
    return final.column, f"`{raw}` lacks an `&`: {fix} (quote an argument like this)"


def _separator_at_end(raw: str, patterns: bool) -> str:
    separators = (";",) if patterns else _SEPARATORS
    if not raw.endswith(separators):
        return ""
    return next(operator for operator in separators if raw.endswith(operator))


def _operator_at_start(raw: str) -> str:
    if raw.startswith(_SEPARATORS):
        return next(operator for operator in _SEPARATORS if raw.startswith(operator))
    return _redirection(raw) if raw[0] in _FIRST else ""


def _redirection(raw: str) -> str:
    """Return the operator at the beginning of a word such as `2>&1` or `<file`; may be empty."""
    if raw[0] == "<":
        # `<name>` is a placeholder and `<=` a comparison.
        operator = raw[: len(raw) - len(raw.lstrip("<"))]
        is_other = raw[-1] == ">" or raw.startswith("<=") or operator not in _OPERATORS
        return "" if is_other else operator
    prefix = raw[0] if raw[0] in "12&" else ""
    rest = raw[len(prefix) :]
    if not rest.startswith(">") or rest.startswith((">=", ">>>")):
        return ""
    return prefix + (">>" if rest.startswith(">>") else ">")
