"""Writes an archive's files into a script's work folder."""

from __future__ import annotations

import os
from collections.abc import Collection

from scriptest.base.errors import Location, ScriptError, check_host, reason_of
from scriptest.base.files import holds
from scriptest.base.regular_files import write_all
from scriptest.language.encoding import control_character, escaped
from scriptest.language.expand import expand
from scriptest.language.txtar import Archive, File
from scriptest.sandbox.confined import ConfinementError
from scriptest.sandbox.state import State


def extract(
    archive: Archive,
    state: State,
    name: str,
    *,
    unique_names: bool = True,
    kept: Collection[str] = (),
) -> dict[str, File]:
    """Write an archive's files into the current folder of a script.

    A file that is there already is fine if it has the same content: two archives may bring it.

    Args:
        archive: the files.
        state: the state of the script, whose variables file names may contain.
        name: the name of the archive in error messages.
        unique_names: whether two files may not have one name; if they may, the last one wins.
        kept: the paths of files of another archive, which take precedence.

    Returns:
        The files by their paths.

    Raises:
        ScriptError: a name leads out of the work folder, or is that of two different files.
    """
    found: dict[str, File] = {}
    for file in archive.files:
        where = Location(name, file.line)
        check_name(file, where)
        path = os.path.normpath(os.path.join(state.cwd, expand(file.name, state.lookup)))
        if path in kept:
            continue
        if path in found and unique_names:
            first = found[path].line
            message = f"duplicate file `{file.name}` (first at line {first}); rename one,"
            raise ScriptError(message + " or set `unique_names: false`", where)
        try:
            if path in found:
                state.files.remove(path, file.name)
            write_all(state.files.create(path, file.name), file.data)
        except ConfinementError as error:
            raise ScriptError(f"file {error}", where) from None
        except FileExistsError:
            if not holds(path, file.data):
                problem = f"file `{file.name}` is there already, with other content"
                raise ScriptError(problem, where) from None
        except OSError as error:
            check_host(error)
            reason = reason_of(error)
            raise ScriptError(f"file `{file.name}` cannot be written: {reason}", where) from None
        found[path] = file
        state.source.archived[path] = where, file.data
    return found


def check_name(file: File, place: Location) -> None:
    """Raise ScriptError for a file whose name has control characters."""
    found = control_character(file.name)
    if found:
        message = (
            f"file `{escaped(file.name)}` has the control character {found} in its name; rename it"
        )
        raise ScriptError(message, place)
