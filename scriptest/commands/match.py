"""Commands that look for a pattern: stdout, stderr, grep, capture."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from scriptest.base import numbers, regexp
from scriptest.base.errors import CheckFailed
from scriptest.commands.base import Call, Command, Flag, Negation
from scriptest.sandbox.buffers import BUFFERS

_SHOWN = 4096
_NEAREST_IN = 2000

_FLAGS = (
    Flag("count", "N", "the pattern matches exactly N times"),
    Flag("q", help="do not log the matching line"),
)


def match_buffer(call: Call) -> None:
    """Look for a pattern in the buffer that has the command's name."""
    name = call.command.name
    _check(call, compiled(call, 0), call.state.buffer(name), name)


def _match_file(call: Call) -> None:
    _check(call, compiled(call, 0), call.read(1), call.args[1])


def compiled(call: Call, argument: int) -> regexp.Pattern:
    """Return the pattern that an argument is.

    Raises:
        ScriptError: it is not a valid pattern, which `!` does not turn into success.
    """
    try:
        return regexp.compile(call.args[argument])
    except regexp.PatternError as error:
        raise call.error(f"{call.command.name}: {error}", argument) from None


def captured(pattern: regexp.Pattern, data: bytes) -> list[str] | None:
    """Return the first match of a pattern and its groups; groups that did not match are empty."""
    spans = pattern.groups(data)
    if spans is None:
        return None
    return [
        "" if span is None else data[span[0] : span[1]].decode("utf-8", "surrogateescape")
        for span in spans
    ]


def _capture(call: Call) -> None:
    name, data = call.args[0], call.state.buffer("stderr" if "stderr" in call.flags else "stdout")
    if not name or "=" in name:
        raise call.usage(f"`{name}` is not a name of a variable", 0)
    if len(call.args) == 1:
        value = data.decode("utf-8", "surrogateescape").rstrip("\r\n")
    else:
        groups = captured(compiled(call, 1), data)
        if groups is None:
            where = "stderr" if "stderr" in call.flags else "stdout"
            message = f"no match for `{call.args[1]}` in {where}"
            raise CheckFailed(message, _not_found(data, call.args[1]), shown=(where,))
        value = groups[min(1, len(groups) - 1)]
    call.state.env[name] = value
    call.state.log.write(f"{name}={value}")


def _check(call: Call, pattern: regexp.Pattern, data: bytes, where: str) -> None:
    wanted = _wanted_count(call)
    shown = (where,) if where in BUFFERS else ()
    text = f"`{call.args[0]}`"
    if wanted is not None:
        found = len(pattern.findall_spans(data))
        if found != wanted:
            message = f"{where} matches {text} {_times(found)}, wanted {_times(wanted)}"
            raise CheckFailed(message, _searched_text(data), shown=shown)
        return
    span = pattern.search(data)
    if call.negated:
        if span is not None:
            raise CheckFailed(f"unexpected match for {text} in {where}: {_line_at(data, span[0])}")
        return
    if span is None:
        detail = _not_found(data, call.args[0])
        raise CheckFailed(f"no match for {text} in {where}", detail, shown=shown)
    if "q" not in call.flags:
        call.state.log.write(f"matched: {_line_at(data, span[0])}")


def _wanted_count(call: Call) -> int | None:
    value = call.flags.get("count")
    if value is None:
        return None
    if call.negated:
        raise call.usage("-count cannot be used with `!`; write the number you want")
    count = numbers.read(value)
    if not count:
        raise call.usage(f"-count={value} is not a number of at least 1; for none write `!`")
    return count


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _line_at(data: bytes, start: int) -> str:
    begin = data.rfind(b"\n", 0, start) + 1
    end = data.find(b"\n", start)
    line = data[begin:] if end < 0 else data[begin:end]
    return line[:_SHOWN].decode("utf-8", "surrogateescape")


def _searched_text(data: bytes, nearest: int = -1) -> str:
    """Return the lines that were searched, or some of them around the nearest one."""
    if not data:
        return "it is empty"
    from scriptest.base.excerpts import SEARCHED, excerpt

    lines = data.decode("utf-8", "surrogateescape").splitlines()
    return "searched:\n" + "".join(
        f"    {line.text}\n" for line in excerpt(lines, nearest, SEARCHED)
    )


def _not_found(data: bytes, pattern: str) -> str:
    lines = data[: 64 * _SHOWN].decode("utf-8", "surrogateescape").splitlines()[:_NEAREST_IN]
    nearest = _nearest(lines, pattern) if len(lines) > 1 else -1
    text = _searched_text(data, nearest)
    if nearest < 0:
        return text
    return f"nearest line, {nearest + 1}: {lines[nearest][:_SHOWN]}\n{text}"


def _nearest(lines: Sequence[str], pattern: str) -> int:
    """Return the index of the line that is most like a pattern, or -1."""
    from difflib import SequenceMatcher

    matcher = SequenceMatcher(autojunk=False)
    matcher.set_seq2(pattern.replace("\\", ""))
    best, nearest = 0.3, -1
    for number, line in enumerate(lines):
        matcher.set_seq1(line[:200])
        if matcher.real_quick_ratio() > best and matcher.quick_ratio() > best:
            ratio = matcher.ratio()
            if ratio > best:
                best, nearest = ratio, number
    return nearest


def buffer_command(name: str, run: Callable[[Call], None], summary: str) -> Command:
    """Return the command that looks for a pattern in the buffer of its name."""
    return Command(
        name,
        run,
        "'pattern'",
        summary,
        detail="The pattern uses RE2 syntax; ^ and $ match at every line.",
        flags=_FLAGS,
        least=1,
        most=1,
        pattern=0,
        free=True,
        negation=Negation.OWN,
    )


COMMANDS = (
    *(
        buffer_command(
            name, match_buffer, f"match a pattern against the {name} of the last program"
        )
        for name in ("stdout", "stderr")
    ),
    Command(
        "grep",
        _match_file,
        "'pattern' file",
        "match a pattern against a file",
        detail="The file may be stdout or stderr. A file that cannot be read is an error.",
        flags=_FLAGS,
        least=2,
        most=2,
        pattern=0,
        free=True,
        negation=Negation.OWN,
    ),
    Command(
        "capture",
        _capture,
        "NAME ['pattern']",
        "store the stdout of the last program in a variable",
        detail="Trailing newlines are removed. With a pattern, only the text of its first group "
        "is stored, or the whole match if it has no group.",
        flags=(Flag("stderr", help="store its stderr instead"),),
        least=1,
        most=2,
        pattern=1,
    ),
)
