"""Commands that compare content: cmp, cmpenv."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from scriptest.base.errors import CheckFailed
from scriptest.commands.base import Call, Command, Flag, Negation
from scriptest.language import expand
from scriptest.sandbox.buffers import BUFFERS

if TYPE_CHECKING:
    from scriptest.compare.wildcards import Wildcards


def _cmp(call: Call) -> None:
    _compare(call, with_variables=False)


def _cmpenv(call: Call) -> None:
    _compare(call, with_variables=True)


def actual_and_expected(call: Call) -> tuple[int, int]:
    """Return the indices of the arguments with the actual and the expected content.

    A golden file and a buffer may come in either order: the buffer is the actual content.

    Raises:
        UsageError: both are the same file.
    """
    first, second = call.args
    if os.path.normpath(call.state.path(first)) == os.path.normpath(call.state.path(second)):
        raise call.usage(f"cannot compare {first} with itself", 1)
    return (1, 0) if second in BUFFERS and first not in BUFFERS else (0, 1)


def _compare(call: Call, with_variables: bool) -> None:
    first, second = call.args
    got, want = actual_and_expected(call)
    comparison = _Comparison(call)
    got_data, want_data = call.read(got), call.read(want)
    if with_variables:
        want_data = _with_variables(call, want_data)
        if call.state.dialect.cmpenv_expands_both:
            got_data = _with_variables(call, got_data)
    same = comparison.holds(want_data, got_data)
    if call.negated:
        if same:
            raise CheckFailed(f"{first} and {second} do not differ")
        return
    if same or _update(call, comparison, (want, got), (want_data, got_data), with_variables):
        return
    detail = ""
    if "q" not in call.flags:
        from scriptest.compare.diff import diff

        shown = comparison.shown(want_data, got_data)
        detail = diff(*shown, (call.args[want], call.args[got]))
    raise CheckFailed(f"{first} and {second} differ", detail)


def _update(
    call: Call,
    comparison: _Comparison,
    arguments: tuple[int, int],
    data: tuple[bytes, bytes],
    with_variables: bool,
) -> bool:
    """Replace the golden file if the run wants that; report whether it did."""
    (want, got), (want_data, got_data) = arguments, data

    def make(old: bytes) -> bytes:
        new = comparison.updated(want_data, got_data)
        if not with_variables:
            return new
        from scriptest.compare.unexpand import unexpand

        template, text = (part.decode("utf-8", "surrogateescape") for part in (old, new))
        return unexpand(template, text, call.state.lookup).encode("utf-8", "surrogateescape")

    if call.update(want, make):
        return True
    plain = not with_variables and not call.flags.keys() - {"q"}
    return plain and call.update(got, lambda old: want_data)


def _with_variables(call: Call, data: bytes) -> bytes:
    text = data.decode("utf-8", "surrogateescape")
    return expand.expand(text, call.state.lookup).encode("utf-8", "surrogateescape")


class _Comparison:
    """Compares contents as the flags of the command say."""

    def __init__(self, call: Call) -> None:
        self._text = "text" in call.flags
        self._newline = "nonl" not in call.flags
        self._ordered = "unordered" not in call.flags
        self._wildcards = _wildcards(call) if "glob" in call.flags else None

    def holds(self, want: bytes, got: bytes) -> bool:
        """Report whether a content is as wanted."""
        want, got = self._plain(want), self._plain(got)
        if self._wildcards is not None:
            return self._wildcards.match(_decoded(want), _decoded(got))
        if not self._ordered:
            want, got = _sorted(want), _sorted(got)
        return want == got

    def _plain(self, data: bytes) -> bytes:
        if self._text:
            data = data.replace(b"\r\n", b"\n")
        return data if self._newline else data.removesuffix(b"\n").removesuffix(b"\r")

    def shown(self, want: bytes, got: bytes) -> tuple[bytes, bytes]:
        """Return the two without what counts as the same, to show how they differ."""
        if self._text:
            want, got = self._plain(want), self._plain(got)
        if not self._newline:
            want, got = (data.removesuffix(b"\n") + b"\n" if data else b"" for data in (want, got))
        if self._wildcards is not None:
            want = _encoded(self._wildcards.resolved(_decoded(want), _decoded(got)))
        if not self._ordered:
            want, got = _sorted(want), _sorted(got)
        return want, got

    def updated(self, want: bytes, got: bytes) -> bytes:
        """Return a golden content that matches got and differs from want as little as possible."""
        if self._text:
            got = got.replace(b"\r\n", b"\n")
            if want.count(b"\r\n") == want.count(b"\n") > 0:
                got = got.replace(b"\n", b"\r\n")
        if not self._newline:
            end = b"\r\n" if want.endswith(b"\r\n") else b"\n"
            ended = want.endswith(b"\n") or not want
            got = got.removesuffix(b"\n").removesuffix(b"\r") + (end if ended else b"")
        if self._wildcards is not None:
            return _encoded(self._wildcards.updated(_decoded(want), _decoded(got)))
        return got if self._ordered else _in_order_of(want, got)


def _wildcards(call: Call) -> Wildcards:
    from scriptest.base.regexp import PatternError
    from scriptest.compare.wildcards import Wildcards

    if "unordered" in call.flags:
        raise call.usage("-glob and -unordered exclude each other")
    try:
        return Wildcards(call.state.context.redactions)
    except PatternError as error:
        raise call.error(str(error)) from None


def _sorted(data: bytes) -> bytes:
    """Return the lines in order; a missing last line end stays missing."""
    lines = data.split(b"\n")
    end = lines.pop()
    return b"".join(line + b"\n" for line in sorted(lines)) + end


def _in_order_of(want: bytes, got: bytes) -> bytes:
    """Return the lines of got, those that want has too in its order."""
    lines = got.split(b"\n")
    end, kept = lines.pop(), []
    for line in want.split(b"\n")[:-1]:
        if line in lines:
            lines.remove(line)
            kept.append(line)
    return b"".join(line + b"\n" for line in kept + lines) + end


def _decoded(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


_FLAGS = (
    Flag("q", help="do not show the differences"),
    Flag("text", help="treat CRLF and LF as equal"),
    Flag("nonl", help="ignore whether the final newline is present"),
    Flag("unordered", help="ignore the order of the lines"),
    Flag("glob", help="interpret wildcards in the expected content"),
)
_BOTH = (
    "Either file may be stdout or stderr; a buffer is always the actual content, a file beside it "
    "the expected content. A file that cannot be read is an error. With -glob, `[..]` in the "
    "expected content matches any text within a line, a line `...` matches any number of lines, "
    "and `<name>` matches whatever the redaction of that name in scriptest.yaml matches."
)

COMMANDS = (
    Command(
        "cmp",
        _cmp,
        "file1 file2",
        "check that two files have the same content",
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
        "like cmp, but expand variables in the expected content",
        detail=_BOTH + " Variables are expanded in file2, or in the file compared with a buffer.",
        flags=_FLAGS,
        least=2,
        most=2,
        negation=Negation.OWN,
    ),
)
