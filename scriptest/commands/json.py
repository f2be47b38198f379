"""Commands that look into JSON: cmpjson, json."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scriptest.base.errors import CheckFailed
from scriptest.commands.base import Call, Command, Flag, Negation
from scriptest.commands.compare import actual_and_expected

if TYPE_CHECKING:
    from scriptest.compare.json_text import Node

_SHOWN = 20


def _parse(call: Call, argument: int) -> Node:
    """Return the JSON of the file or buffer that an argument names.

    Raises:
        ScriptError: it cannot be read or is not JSON, which `!` does not turn into success.
    """
    from scriptest.compare import json_text

    text = call.read(argument).decode("utf-8", "surrogateescape")
    try:
        return json_text.parse(text.removeprefix("\ufeff"))
    except json_text.JsonError as error:
        problem = f"{call.command.name}: {call.args[argument]} is {error}"
        raise call.error(problem, argument) from None


def _cmpjson(call: Call) -> None:
    from scriptest.compare import json_text

    first, second = call.args
    got, want = actual_and_expected(call)
    wanted, found = _parse(call, want), _parse(call, got)
    superset = "superset" in call.flags
    if call.negated:
        if json_text.equal(wanted, found, superset=superset):
            raise CheckFailed(f"{first} and {second} do not differ")
        return
    lines = [
        f"{json_text.path_text(path)}: {_difference(left, right)}"
        for path, left, right in json_text.differences(wanted, found, superset=superset)
    ]
    if not lines or call.update(want, lambda old: _updated(old, found, superset)):
        return
    if len(lines) > _SHOWN:
        lines[_SHOWN:] = [f"[... {len(lines) - _SHOWN} more ...]"]
    raise CheckFailed(f"{first} and {second} differ", "\n".join(lines))


def _difference(want: Node | None, got: Node | None) -> str:
    if want is None:
        return f"unwanted, got {_short(got)}"
    return f"want {_short(want)}, got {_short(got) if got is not None else 'nothing'}"


def _short(node: Node | None) -> str:
    text = "" if node is None else " ".join(node.source.split())
    return text if len(text) <= 80 else text[:77] + "..."


def _updated(old: bytes, got: Node, superset: bool) -> bytes:
    from scriptest.compare import json_text

    want = json_text.parse(old.decode("utf-8", "surrogateescape").removeprefix("\ufeff"))
    text = json_text.updated(want, got, superset=superset)
    return text.encode("utf-8", "surrogateescape")


def _json(call: Call) -> None:
    from scriptest.compare import json_text

    node = _parse(call, 0)
    try:
        path = json_text.read_path(call.args[1])
    except json_text.JsonError as error:
        raise call.usage(str(error), 1) from None
    try:
        found = json_text.find(node, path)
    except json_text.JsonError as error:
        raise CheckFailed(f"{call.args[0]}: {error}") from None
    text = str(found.value) if found.kind == "string" else found.source
    if len(call.args) < 3:
        if not call.negated:
            call.state.set_buffers((text + "\n").encode("utf-8", "surrogateescape"), b"")
        return
    wanted = call.args[2]
    if text != wanted and not _is_value(found, wanted):
        name = json_text.path_text(path)
        raise CheckFailed(f"{call.args[0]}: {name} is {_short(found)}, wanted {wanted}")


def _is_value(found: Node, wanted: str) -> bool:
    from scriptest.compare import json_text

    try:
        return json_text.equal(json_text.parse(wanted), found)
    except json_text.JsonError:
        return False


COMMANDS = (
    Command(
        "cmpjson",
        _cmpjson,
        "file1 file2",
        "check that two JSON texts are equivalent",
        detail="The order of keys, whitespace and the spelling of numbers and strings are ignored. "
        "Either file may be stdout or stderr; a buffer is always the actual content. A text that "
        "is not valid JSON is an error.",
        flags=(Flag("superset", help="the actual content may have additional keys, at any depth"),),
        least=2,
        most=2,
        negation=Negation.OWN,
    ),
    Command(
        "json",
        _json,
        "file path [value]",
        "write one value of a JSON text to the stdout buffer, or check it",
        detail="The file may be stdout or stderr. A path looks like `.items[0].name`, "
        '`["a key"]` or `.items[-1]`; `.` is the whole document. The value may be JSON or the '
        "plain text of a string. A text that is not valid JSON is an error.",
        least=2,
        most=3,
        negation=Negation.INVERTED,
    ),
)
