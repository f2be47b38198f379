"""Commands that compare content: cmp, cmpenv."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from scriptest.base.errors import CheckFailed
from scriptest.commands.base import Call, Command, Flag, Negation
from scriptest.language import expand
from scriptest.sandbox.buffers import BUFFERS

if TYPE_CHECKING:
    from scriptest.compare.goldens import Instability
    from scriptest.compare.wildcards import Wildcards


_LONGEST = 80
"""Characters of a line that a message quotes."""


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
    got_data, stored = call.read(got), call.read_golden(want, got)
    want_data = stored or b""
    if with_variables:
        want_data = _with_variables(call, want_data)
        if call.state.dialect.cmpenv_expands_both:
            got_data = _with_variables(call, got_data)
    same = stored is not None and comparison.holds(want_data, got_data)
    if call.negated:
        if same:
            raise CheckFailed(f"{first} and {second} do not differ")
        return
    if same or _update(call, comparison, (want, got), (want_data, got_data), with_variables):
        return
    if stored is None:
        call.read(want)
    detail = ""
    if "q" not in call.flags:
        from scriptest.compare.diff import diff

        contents = comparison.shown(want_data, got_data)
        detail = diff(*contents, (call.args[want], call.args[got]))
    shown = tuple(name for name in call.args if detail and name in BUFFERS)
    raise CheckFailed(f"{first} and {second} differ", detail, shown=shown)


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

    def explain(one: str, other: str) -> Instability:
        return _instability(call, one, other)

    if call.update(want, make, explain):
        return True
    plain = not with_variables and not call.flags.keys() - {"q"}
    return plain and call.update(got, lambda old: want_data, explain)


def _instability(call: Call, one: str, other: str) -> Instability:
    """Return the wildcards with which a golden text matches both of two texts.

    Args:
        call: the comparison.
        one: the golden text of one run, with `stabilize.WORK` for its work folder.
        other: that of another run.
    """
    import time
    from difflib import unified_diff

    from scriptest.compare import stabilize
    from scriptest.compare.goldens import Instability

    now = time.time()
    golden = stabilize.golden((one, other), stabilize.Window(now - 1, now))
    words = [word.raw for word in call.line.words if word.raw not in ("-unordered", "-glob")]
    if golden.variables:
        words[0] = "cmpenv"
    flags = golden.flags or (("-glob",) if "glob" in call.flags else ())
    command = " ".join((words[0], *flags, *words[1:]))
    before = one.replace(stabilize.WORK, "$WORK").splitlines()
    after = golden.text.splitlines()
    changed = [line for line in after if line not in before]
    if not changed:
        return Instability(f"compare it with `{command}`")
    diff = unified_diff(before, after, call.args[-1], f"{call.args[-1]} (proposed)", lineterm="")
    lines = f"`{changed[0]}`" if len(changed[0]) <= _LONGEST else "the proposed line"
    if len(changed) > 1:
        lines += f" and {len(changed) - 1} more proposed line{'s' * (len(changed) > 2)}"
    return Instability(f"write {lines} and compare with `{command}`", "\n".join(diff))


def _with_variables(call: Call, data: bytes) -> bytes:
    text = data.decode("utf-8", "surrogateescape")
    return expand.expand(text, call.state.lookup).encode("utf-8", "surrogateescape")


class _Comparison:
    """Compares contents as the flags of the command say."""

    def __init__(self, call: Call) -> None:
        self._text = "text" in call.flags
        self._newline = "nonl" not in call.flags
        self._ordered = "unordered" not in call.flags
        self._wildcards = wildcards_of(call) if "glob" in call.flags else None

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


def wildcards_of(call: Call) -> Wildcards:
    """Return the wildcards of golden files, with the redactions of the settings."""
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
