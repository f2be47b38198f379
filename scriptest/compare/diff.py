"""Formats the difference of two contents, labelled want and got."""

from __future__ import annotations

_MAX_LINES = 4000


def diff(want: bytes, got: bytes, names: tuple[str, str]) -> str:
    """Return the unified difference of two contents.

    Args:
        want: the expected content.
        got: the actual content.
        names: the names of the two in the script.
    """
    want_lines, got_lines = _lines(want), _lines(got)
    header = [f"--- want: {names[0]}", f"+++ got: {names[1]}"]
    if max(len(want_lines), len(got_lines)) > _MAX_LINES:
        return "\n".join([*header, *_first_difference(want_lines, got_lines)])
    from difflib import unified_diff

    body = list(unified_diff(want_lines, got_lines, lineterm=""))[2:]
    return "\n".join(header + body)


def _lines(data: bytes) -> list[str]:
    lines = data.decode("utf-8", "surrogateescape").split("\n")
    if lines[-1]:
        lines[-1] += "\n\\ No newline at end of file"
    else:
        lines.pop()
    return [line.replace("\r", "\\r") if line.endswith("\r") else line for line in lines]


def _first_difference(want: list[str], got: list[str]) -> list[str]:
    same = 0
    for left, right in zip(want, got, strict=False):
        if left != right:
            break
        same += 1
    return [
        f"@@ first difference at line {same + 1}; {len(want)} lines wanted, {len(got)} got @@",
        *(f" {line}" for line in want[max(0, same - 3) : same]),
        *(f"-{line}" for line in want[same : same + 10]),
        *(f"+{line}" for line in got[same : same + 10]),
    ]
