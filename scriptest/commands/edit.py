"""Commands that edit files in place: addcrlf, append, dos2unix, expand, quote, replace, ..."""

from __future__ import annotations

import os
from collections.abc import Callable

from scriptest.base import strings
from scriptest.base.errors import FileError
from scriptest.commands.base import Call, Command, Negation, spell
from scriptest.language import txtar
from scriptest.language.expand import expand


def _edit_all(call: Call, edit: Callable[[bytes], bytes]) -> None:
    """Apply an edit to every file that is an argument.

    Raises:
        ScriptError: one cannot be read or written, or the edit refuses its content.
    """
    for index in range(len(call.args)):
        _edit(call, index, edit)


def _edit(call: Call, index: int, edit: Callable[[bytes], bytes]) -> None:
    name = call.args[index]
    before = call.read_file(index)
    try:
        after = edit(before)
    except ValueError as error:
        raise call.error(f"{call.command.name} {name}: {error}", index) from None
    if after != before:
        call.write(name, after)
    if call.state.goldens is not None:
        call.state.goldens.edited(call.state.path(name), call.command.name, after)


def _unix2dos(data: bytes) -> bytes:
    lines = data.replace(b"\r\n", b"\n")
    if lines and not lines.endswith(b"\n"):
        lines += b"\n"
    return lines.replace(b"\n", b"\r\n")


def _unbase64(data: bytes) -> bytes:
    from base64 import b64decode

    return b64decode(b"".join(data.split()), validate=True)


def _replace(call: Call) -> None:
    import re

    if len(call.args) % 2 == 0:
        raise call.usage(f"an old text has no new one; usage: {call.command.synopsis}")
    _check_order(call)
    pairs: dict[bytes, bytes] = {}
    for index in range(0, len(call.args) - 1, 2):
        pairs.setdefault(_unquoted(call, index), _unquoted(call, index + 1))
    pattern = re.compile(b"|".join(map(re.escape, pairs)))
    if pairs:
        _edit(call, len(call.args) - 1, lambda data: pattern.sub(lambda m: pairs[m[0]], data))


def _check_order(call: Call) -> None:
    """Raise FileError if the file comes first, as in other programs, and not last."""
    first, last = (call.state.path(call.args[index]) for index in (0, -1))
    if len(call.args) > 1 and os.path.isfile(first) and not os.path.exists(last):
        words = spell(["replace", *call.args[1:], call.args[0]])
        place = call.location(len(call.args) - 1)
        raise FileError(f"the file comes last: write `{words}`", place)


def _unquoted(call: Call, index: int) -> bytes:
    try:
        return strings.unquote(call.args[index].encode("utf-8", "surrogateescape"))
    except ValueError as error:
        raise call.usage(f"replace: {error}", index) from None


def _append(call: Call) -> None:
    text = " ".join(call.args[1:]) + "\n"
    call.write(call.args[0], text.encode("utf-8", "surrogateescape"), append=True)


def _expand(call: Call) -> None:
    def edit(data: bytes) -> bytes:
        text = data.decode("utf-8", "surrogateescape")
        return expand(text, call.state.lookup).encode("utf-8", "surrogateescape")

    _edit_all(call, edit)


def _edit_command(
    name: str, edit: Callable[[bytes], bytes], summary: str, detail: str = ""
) -> Command:
    return Command(
        name, lambda call: _edit_all(call, edit), "file...", summary, detail=detail, least=1
    )


COMMANDS = (
    _edit_command(
        "addcrlf",
        lambda data: data.replace(b"\n", b"\r\n"),
        "put a carriage return before every newline in files",
        "A newline that already follows a carriage return gets a second one; unix2dos avoids that.",
    ),
    Command(
        "append",
        _append,
        "file text...",
        "append text and a newline to a file, creating it if necessary",
        least=1,
        free=True,
        negation=Negation.INVERTED,
    ),
    _edit_command(
        "dos2unix",
        lambda data: data.replace(b"\r\n", b"\n"),
        "convert CRLF line endings in files to LF",
    ),
    Command(
        "expand",
        _expand,
        "file...",
        "replace variables in files with their values",
        detail="$$ becomes a dollar sign.",
        least=1,
    ),
    _edit_command(
        "quote",
        txtar.quote,
        "put `>` before every line of files",
        "The opposite of unquote. An archive can then hold lines that look like its own markers.",
    ),
    Command(
        "replace",
        _replace,
        "[old new]... file",
        "replace strings in a file, all in one pass",
        detail="Old and new strings are read like Go's double-quoted strings: \\n is a newline. "
        "Where two old strings match at the same place, the first one listed wins.",
        least=1,
    ),
    _edit_command(
        "trimnl",
        lambda data: data.removesuffix(b"\n"),
        "remove the final newline from files",
        "An archive cannot hold a file without a final newline.",
    ),
    _edit_command(
        "unbase64",
        _unbase64,
        "decode base64 files, ignoring blanks and newlines",
        "This lets an archive hold a binary file.",
    ),
    _edit_command(
        "unix2dos",
        _unix2dos,
        "convert line endings in files to CRLF, adding one to the last line if it is missing",
    ),
    _edit_command(
        "unquote",
        txtar.unquote,
        "remove the leading `>` from every line of files",
        "This lets an archive hold a file whose lines look like the archive's own markers.",
    ),
)
