"""Commands about terminals: ttyin, ttyout."""

from __future__ import annotations

from scriptest import osdep
from scriptest.commands import matching
from scriptest.commands.base import Call, Command, Flag


def _ttyin(call: Call) -> None:
    _require_terminals(call)
    state = call.state
    if state.stdin and "stdin" in call.flags:
        raise call.usage("`stdin` has already given the next program its input; drop one of them")
    typed = call.read(0)
    if not typed:
        raise call.error(f"ttyin {call.args[0]}: there is nothing in it to type", 0)
    state.typed = typed
    state.types_stdin = "stdin" in call.flags


def _ttyout(call: Call) -> None:
    _require_terminals(call)
    matching.match_buffer(call)


def _require_terminals(call: Call) -> None:
    if not osdep.POSIX:
        raise call.error(f"{call.command.name}: terminals are not supported on this system")


COMMANDS = (
    Command(
        "ttyin",
        _ttyin,
        "file",
        "give the next program a terminal and type a file at it, end-of-file key included",
        detail="Only its terminal (/dev/tty) is new: what it writes to stdout and stderr still "
        "goes to the buffers. What the terminal shows is in the ttyout buffer afterwards. "
        "A line is typed when the program has read the one before it and shows a prompt, "
        "or shows nothing for a while.",
        flags=(Flag("stdin", help="the terminal is its standard input, too"),),
        least=1,
        most=1,
    ),
    matching.buffer_command(
        "ttyout",
        _ttyout,
        "look for a pattern in what the last terminal showed, what was typed included",
    ),
)
