"""Commands that look into JSON: cmpjson, json."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scriptest.base.errors import CheckFailed, Location, ScriptError
from scriptest.commands.base import Call, Command, Flag, Negation
from scriptest.commands.compare import actual_and_expected, wildcards_of
from scriptest.language.lexer import quote_word
from scriptest.sandbox.buffers import BUFFERS

if TYPE_CHECKING:
    from scriptest.compare.goldens import Instability
    from scriptest.compare.json_compare import JsonComparison
    from scriptest.compare.json_text import Node

_SHOWN = 20
_TO_QUOTE = " \t'#$"


def _parse(call: Call, argument: int) -> Node:
    """Return the JSON of the file or buffer that an argument names.

    Raises:
        ScriptError: it cannot be read or is not JSON, which `!` does not turn into success.
    """
    from scriptest.compare import json_text

    data, name = call.read(argument), call.args[argument]
    text = data.decode("utf-8", "surrogateescape")
    try:
        return json_text.parse(text.removeprefix("\ufeff"))
    except json_text.JsonError as error:
        problem = f"{call.command.name}: {name} is {error}"
        path = "" if name in BUFFERS else call.state.path(name)
        marker = call.state.source.place_of(path, data)
        if marker is None:
            raise call.error(problem, argument) from None
        place = Location(marker.file, marker.line + error.line, error.column)
        raise ScriptError(f"{problem} (compared at line {call.line.number})", place) from None


def _cmpjson(call: Call) -> None:
    from scriptest.compare import json_text

    first, second = call.args
    got, want = actual_and_expected(call)
    comparison = _comparison(call)
    found = _parse(call, got)

    def explain(one: str, other: str) -> Instability:
        return _instability(call, comparison, one, other)

    if call.read_golden(want, got) is None and call.update(want, lambda _: _new(found), explain):
        return
    wanted = _parse(call, want)
    if call.negated:
        if comparison.equal(wanted, found):
            raise CheckFailed(f"{first} and {second} do not differ")
        return
    lines = [
        f"{json_text.path_text(path)}: {_difference(left, right)}"
        for path, left, right in comparison.differences(wanted, found)
    ]
    if not lines or call.update(want, lambda old: _updated(old, found, comparison), explain):
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


def _comparison(call: Call) -> JsonComparison:
    """Return the comparison that the flags ask for."""
    from scriptest.compare import json_text
    from scriptest.compare.json_compare import JsonComparison

    try:
        ignored = [json_text.read_pattern(path) for path in call.values("ignore")]
    except json_text.JsonError as error:
        raise call.usage(f"-ignore: {error}") from None
    return JsonComparison(
        superset="superset" in call.flags,
        ignored=ignored,
        wildcards=wildcards_of(call) if "glob" in call.flags else None,
    )


def _updated(old: bytes, got: Node, comparison: JsonComparison) -> bytes:
    from scriptest.compare import json_text

    want = json_text.parse(old.decode("utf-8", "surrogateescape").removeprefix("\ufeff"))
    return comparison.updated(want, got).encode("utf-8", "surrogateescape")


def _new(got: Node) -> bytes:
    """Return the content of a new golden file."""
    return got.text.strip().encode("utf-8", "surrogateescape") + b"\n"


def _instability(call: Call, comparison: JsonComparison, one: str, other: str) -> Instability:
    """Return the flags with which two runs lead to equal values."""
    from scriptest.compare import json_text
    from scriptest.compare.goldens import Instability

    differing = comparison.differences(json_text.parse(one), json_text.parse(other))
    patterns = {
        json_text.path_text(
            tuple(json_text.AnyKey.INDEX if isinstance(key, int) else key for key in path)
        )
        for path, _, _ in differing
    }
    flags = [
        f"-ignore={quote_word(path) if any(char in path for char in _TO_QUOTE) else path}"
        for path in sorted(patterns)
    ]
    words = [word.raw for word in call.line.words]
    return Instability(f"compare with `{' '.join((words[0], *flags, *words[1:]))}`")


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
    from scriptest.compare.json_compare import JsonComparison

    try:
        return JsonComparison().equal(json_text.parse(wanted), found)
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
        "is not valid JSON is an error. In the path of -ignore, such as `.items[*].id`, `[*]` is "
        'any index, `.*` any key, and `["a key"]` a key with blanks; `-ignore .id` is the same as '
        "`-ignore=.id`. With -glob, a string of the expected content may contain the wildcards of "
        "`cmp -glob`; one with a wildcard also matches a number, true, false or null.",
        flags=(
            Flag("superset", help="the actual content may have additional keys, at any depth"),
            Flag(
                "ignore",
                "PATH",
                help="ignore the values with this path; may be repeated",
                spaced=True,
            ),
            Flag("glob", help="interpret wildcards in strings of the expected content"),
        ),
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
