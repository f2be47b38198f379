"""Commands that compare content: cmp, cmpenv."""

from __future__ import annotations

from scriptest import expand
from scriptest.commands.base import Call, Command, Flag, Negation
from scriptest.errors import CheckFailed
from scriptest.restore import restore
from scriptest.state import BUFFERS

_DIFF_LIMIT = 4000


def _cmp(call: Call) -> None:
    _compare(call, with_variables=False)


def _cmpenv(call: Call) -> None:
    _compare(call, with_variables=True)


def _compare(call: Call, with_variables: bool) -> None:
    first, second = call.args
    if call.state.path(first) == call.state.path(second):
        raise call.usage(f"cannot compare {first} with itself", 1)
    # A golden file and a buffer may come in either order: the buffer is what we got.
    got, want = (1, 0) if second in BUFFERS and first not in BUFFERS else (0, 1)
    got_data, want_data = call.read(got), call.read(want)
    if with_variables:
        want_data = _with_variables(call, want_data)
        if call.state.dialect.cmpenv_expands_both:
            got_data = _with_variables(call, got_data)
    names = call.args[want], call.args[got]
    if call.negated:
        if want_data == got_data:
            raise CheckFailed(f"{first} and {second} do not differ")
        return
    if want_data != got_data:
        if call.update(want, lambda old: _updated(call, old, got_data, with_variables)):
            return
        if not with_variables and call.update(got, lambda old: want_data):
            return
        detail = "" if "q" in call.flags else diff(want_data, got_data, names)
        raise CheckFailed(f"{first} and {second} differ", detail)


def _updated(call: Call, old: bytes, got: bytes, with_variables: bool) -> bytes:
    """Return what the golden file should hold."""
    if not with_variables:
        return got
    template, text = (data.decode("utf-8", "surrogateescape") for data in (old, got))
    return restore(template, text, call.state.lookup).encode("utf-8", "surrogateescape")


def _with_variables(call: Call, data: bytes) -> bytes:
    text = data.decode("utf-8", "surrogateescape")
    return expand.expand(text, call.state.lookup).encode("utf-8", "surrogateescape")


def diff(want: bytes, got: bytes, names: tuple[str, str]) -> str:
    """Return the unified difference of two contents, labelled want and got.

    Args:
        want: what should be there.
        got: what is there.
        names: what the script calls the two.
    """
    want_lines, got_lines = _lines(want), _lines(got)
    header = [f"--- want: {names[0]}", f"+++ got: {names[1]}"]
    if max(len(want_lines), len(got_lines)) > _DIFF_LIMIT:
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


_FLAGS = (Flag("q", help="do not show the difference"),)
_BOTH = "Either of them may be stdout or stderr. A file that cannot be read is an error."

COMMANDS = (
    Command(
        "cmp",
        _cmp,
        "file1 file2",
        "check that two contents are the same",
        detail=_BOTH,
        flags=_FLAGS,
        least=2,
        most=2,
        negation=Negation.OWN,
    ),
    Command(
        "cmpenv",
        _cmpenv,
        "file1 file2",
        "as cmp, with the variables in the wanted content expanded",
        detail=_BOTH + " Variables are expanded in file2, or in the file beside a buffer.",
        flags=_FLAGS,
        least=2,
        most=2,
        negation=Negation.OWN,
    ),
)
