"""The command `help`."""

from __future__ import annotations

from scriptest.commands.base import Call, Command, Flag


def _help(call: Call) -> None:
    from scriptest.engine.help import overview, topic

    vocabulary = call.interpreter.vocabulary
    if call.args:
        text = "\n".join(topic(vocabulary, name) for name in call.args)
    else:
        text = overview(vocabulary, full="v" in call.flags)
    call.state.set_buffers(text.encode("utf-8", "surrogateescape"), b"")


HELP = Command(
    "help",
    _help,
    "[command | '[condition]']...",
    "write help on commands and conditions to the stdout buffer",
    detail="Without arguments, list all of them, including the project's own.",
    flags=(Flag("v", help="show the full help of every command"),),
)
