"""Commands about terminals: tty, ttyin, ttyout."""

from __future__ import annotations

from functools import partial

from scriptest.base import duration, platform, regexp
from scriptest.base.errors import CheckFailed, Location, ScriptError
from scriptest.commands.base import Call, Command, Flag
from scriptest.commands.match import buffer_command, match_buffer
from scriptest.language import expand
from scriptest.language.lexer import Word

_SIZE = "24x80"
_TIMEOUT = "10s"


def _tty(call: Call) -> None:
    _require_terminals(call)
    from scriptest.dialogue import player, steps

    def final_text(word: Word, pattern: bool) -> str:
        return expand.expand_word(
            word,
            call.state.lookup,
            quote_pattern=regexp.quote,
            pattern=pattern,
            auto_quote=call.state.dialect.quotes_patterns,
        )

    try:
        size = steps.parse_size(call.flags.get("size", _SIZE))
        seconds = duration.parse(call.flags.get("timeout", _TIMEOUT))
    except ValueError as error:
        raise call.usage(str(error)) from None
    name, data = call.args[0], call.read(0)
    marker = call.state.source.place_of(call.state.path(name), data)
    content = data.decode("utf-8", "surrogateescape")
    try:
        dialogue = steps.parse(content, name, final_text, partial(_place, marker, name))
        player.play(call.state, dialogue, size, seconds)
    except (CheckFailed, ScriptError) as error:
        if marker is None and error.location is not None:
            # The file is not in the archive: only the script's line can be found.
            error.message = f"{error.location} {error.message}"
            error.location = call.location(0)
        raise


def _place(marker: Location | None, name: str, line: int, column: int) -> Location:
    """Return the place of a line of a dialogue, in the archive if it is from there."""
    if marker is None:
        return Location(name, line, column)
    return Location(marker.file, marker.line + line, column)


def _ttyin(call: Call) -> None:
    _require_terminals(call)
    state = call.state
    if state.next_input.stdin and "stdin" in call.flags:
        raise call.usage("`stdin` has already given the next program its input; drop one of them")
    typed = call.read(0)
    if not typed:
        raise call.error(f"ttyin {call.args[0]}: there is nothing in it to type", 0)
    state.next_input.typed = typed
    state.next_input.types_stdin = "stdin" in call.flags


def _ttyout(call: Call) -> None:
    _require_terminals(call)
    match_buffer(call)


def _require_terminals(call: Call) -> None:
    if not platform.POSIX:
        raise call.error(f"{call.command.name}: terminals are not supported on this system")


COMMANDS = (
    Command(
        "tty",
        _tty,
        "file",
        "run a dialogue with a program on a terminal",
        detail="Each line of the file is a step: spawn program [argument...], send [-raw] text, "
        "expect 'pattern', expect -exact text, screen 'pattern', size 30x100, eof, status N. "
        "`send` ends with Enter unless it ends with a key such as <Up> or <C-c>. "
        "The terminal's output is in the ttyout buffer afterwards.",
        flags=(
            Flag("size", _SIZE, "set the rows and columns of the terminal"),
            Flag("timeout", _TIMEOUT, "limit how long a step waits for the program"),
        ),
        least=1,
        most=1,
    ),
    Command(
        "ttyin",
        _ttyin,
        "file",
        "give the next program a terminal and type a file into it, followed by end-of-file",
        detail="Only its terminal (/dev/tty) is new: its stdout and stderr still go to the "
        "buffers. The terminal's output is in the ttyout buffer afterwards. A line is typed when "
        "the program has read the previous one and shows a prompt, or has shown nothing for a "
        "while.",
        flags=(Flag("stdin", help="use the terminal as its standard input too"),),
        least=1,
        most=1,
    ),
    buffer_command(
        "ttyout",
        _ttyout,
        "match a pattern against the output of the last terminal, typed text included",
    ),
)
