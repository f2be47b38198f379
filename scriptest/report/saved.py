"""Saves the whole text of failures of which a terminal shows only a part."""

from __future__ import annotations

import os
from contextlib import suppress

from scriptest.base.files import readable_name, remove_oldest, write_file
from scriptest.base.visible import visible
from scriptest.engine.result import Result
from scriptest.report.text import failure_text

_MAX_FILES = 100
_LONGEST_NAME = 100


def save_failure(result: Result, folder: str) -> str:
    """Write the whole text of a failure to a file, and return the file's path.

    The files of earlier runs are kept until there are more than a hundred.

    Args:
        result: a result with a failure.
        folder: where to write; created if necessary. Empty if there is no such folder.

    Returns:
        An empty string if the file cannot be written.
    """
    if not folder:
        return ""
    path = os.path.join(folder, _file_name(result.name))
    text = visible(failure_text(result)) + "\n"
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        write_file(path, text.encode("utf-8"), mode=0o600, sync=False)
    except OSError:
        return ""
    # Another run may remove the same files.
    with suppress(OSError):
        remove_oldest(folder, _MAX_FILES)
    return path


def _file_name(script: str) -> str:
    return readable_name(script, script.encode("utf-8", "surrogateescape"), _LONGEST_NAME) + ".log"
