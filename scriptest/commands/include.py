"""Commands that run other lines: defer, include."""

from __future__ import annotations

import os
from codecs import BOM_UTF8

from scriptest.base import regular_files
from scriptest.base.errors import CheckFailed, ScriptError, reason_of
from scriptest.commands.base import Call, Command, inner_line
from scriptest.language import parser, txtar
from scriptest.sandbox import extract, workdir


def _defer(call: Call) -> None:
    line = inner_line(call.line)
    call.state.deferred.append((line.text.strip(), call.interpreter.prepare(line, call.file)))


def _include(call: Call) -> None:
    path, shown = _find(call)
    state = call.state
    if path in state.source.including:
        raise call.error(f"include: {call.args[0]} includes itself", 0)
    state.source.including.append(path)
    marker = None
    try:
        data = regular_files.read_file(path, state.check_time)
        marker = state.source.place_of(path, data)
        if marker is not None:
            # Empty lines make the numbers of lines those of the archive that holds the file.
            shown, data = marker.file, b"\n" * marker.line + data.removeprefix(BOM_UTF8)
        archive = txtar.parse(data)
        script = parser.parse(archive.comment, shown)
        extract.extract(archive, state, shown)
        call.interpreter.run(script)
    except OSError as error:
        raise call.error(f"include {call.args[0]}: {reason_of(error)}", 0) from None
    except (CheckFailed, ScriptError) as error:
        if error.location is not None and marker is None and workdir.inside(state.work, path):
            # The file is not in an archive: only the script's line can be found.
            error.message = f"{error.location} {error.message}"
            error.location = call.location(0)
        error.message += f" (included at {call.file}:{call.line.number})"
        raise
    finally:
        state.source.including.pop()


def _find(call: Call) -> tuple[str, str]:
    """Return the real path of the included file, and its name in error messages.

    Raises:
        ScriptError: it does not exist, or is outside the folders where it may be.
    """
    name, state = call.args[0], call.state
    beside = os.path.dirname(state.source.including[-1])
    own_root = state.work if workdir.inside(state.work, beside) else state.source.folder
    for root, folder in ((state.work, state.cwd), (own_root, beside)):
        path = os.path.join(folder, name)
        if not os.path.lexists(path):
            continue
        real = os.path.realpath(os.path.normpath(path))
        if workdir.inside(root, os.path.normpath(path)) and workdir.inside(root, real):
            return real, _shown(call, real)
        raise call.error(
            f"include: {name} is neither in the work folder nor in the script's folder", 0
        )
    raise call.error(f"include: {name} is neither in the work folder nor beside the script", 0)


def _shown(call: Call, path: str) -> str:
    """Return a path in the work folder, or beside the script as the user would type it."""
    state = call.state
    if workdir.inside(state.work, path):
        return os.path.relpath(path, state.work)
    below = os.path.relpath(path, state.source.folder)
    return os.path.normpath(os.path.join(os.path.dirname(state.source.name), below))


COMMANDS = (
    Command(
        "defer",
        _defer,
        "command [argument...]",
        "run a command when the script ends, whether it passes or fails",
        detail="Deferred commands run in reverse order, before background jobs are stopped. "
        "Variables are expanded at the `defer` line. A deferred command that fails makes the "
        "script fail; `defer ! command` requires it to fail, `defer ? command` allows either.",
        least=1,
        free=True,
        nested=True,
    ),
    Command(
        "include",
        _include,
        "file.txtar",
        "extract the files of another archive and run its script in place of this line",
        detail="The file is looked up in the work folder first, then next to the including script; "
        "keep it there in a subfolder that is not part of the suite, so that it does not run as a "
        "script itself. A file that already exists must have the same content.",
        least=1,
        most=1,
    ),
)
