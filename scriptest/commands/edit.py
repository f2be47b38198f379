"""Commands that edit files in place: addcrlf, append, dos2unix, expand, quote, replace, ..."""

from __future__ import annotations

from collections.abc import Callable

from scriptest.base import strings as gostring
from scriptest.commands.base import Call, Command, Negation
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
    pairs: dict[bytes, bytes] = {}
    for index in range(0, len(call.args) - 1, 2):
        pairs.setdefault(_unquoted(call, index), _unquoted(call, index + 1))
    pattern = re.compile(b"|".join(map(re.escape, pairs)))
    if pairs:
        _edit(call, len(call.args) - 1, lambda data: pattern.sub(lambda m: pairs[m[0]], data))


def _unquoted(call: Call, index: int) -> bytes:
    try:
        return gostring.unquote(call.args[index])
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


def _family(name: str, edit: Callable[[bytes], bytes], summary: str, detail: str = "") -> Command:
    return Command(
        name, lambda call: _edit_all(call, edit), "file...", summary, detail=detail, least=1
    )


COMMANDS = (
    _family(
        "addcrlf",
        lambda data: data.replace(b"\n", b"\r\n"),
        "put a carriage return before every line end of files",
        "Blindly, also where there is one; unix2dos knows better.",
    ),
    Command(
        "append",
        _append,
        "file text...",
        "put text and a line end at the end of a file, made if need be",
        least=1,
        free=True,
        negation=Negation.INVERTED,
    ),
    _family(
        "dos2unix",
        lambda data: data.replace(b"\r\n", b"\n"),
        "make every line of files end in a line feed alone",
    ),
    Command(
        "expand",
        _expand,
        "file...",
        "replace the variables in files by their values",
        detail="$$ is a dollar sign.",
        least=1,
    ),
    _family(
        "quote",
        txtar.quote,
        "put `>` before every line of files",
        "The opposite of unquote: what an archive's own markers need in order to stand in one.",
    ),
    Command(
        "replace",
        _replace,
        "[old new]... file",
        "replace texts in a file, all at once",
        detail="Old and new texts are read as Go's strings in double quotes: \\n is a line end. "
        "Where two old texts fit, the one that stands first wins.",
        least=1,
    ),
    _family(
        "trimnl",
        lambda data: data.removesuffix(b"\n"),
        "take the last line end off files",
        "An archive cannot hold a file without one.",
    ),
    _family(
        "unbase64",
        _unbase64,
        "decode files of base64, blanks and line ends aside",
        "So an archive can hold a file that is no text.",
    ),
    _family(
        "unix2dos",
        _unix2dos,
        "make every line of files end in carriage return and line feed, the last one too",
    ),
    _family(
        "unquote",
        txtar.unquote,
        "take the leading `>` from every line of files",
        "So an archive can hold a file that has lines like an archive's own markers.",
    ),
)
