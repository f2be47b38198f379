"""Temporary folders of tests, below a root that the campaign names and removes.

A worker that is killed cannot clean up, so its coordinator does. The environment variable
`FUZZENGINE_TMP` names the root.
"""

from __future__ import annotations

import os

from scriptest.base import claims
from scriptest.base.folders import temporary_folder

ROOT_VARIABLE = "FUZZENGINE_TMP"
_CACHE = "fuzzengine-cache-"
_RUN = "fuzzengine-run-"


class RunFolder:
    """A folder for temporary files that is removed with the run.

    If the run is killed, the next one removes it, after it has ended its processes.

    Attributes:
        path: the folder, which exists if that is possible.
        number: the number in the tags of the run's processes; 0 if they have none.
    """

    def __init__(self, *, cache: bool = False, tagged: bool = False) -> None:
        """Create the folder.

        Args:
            cache: it is the cache of a run without a home.
            tagged: the processes of the run are to be tagged; see `process_tags`.
        """
        parent = temporary_folder(os.environ)
        prefix = _CACHE if cache else _RUN
        claims.sweep(parent, prefix, _remove_abandoned)
        self.number = _new_number() if tagged else 0
        self.path = os.path.join(parent, f"{prefix}{self.number:x}-{os.urandom(6).hex()}")
        self._claim = -1
        try:
            self._claim = claims.create(self.path)
        except OSError:
            # The disk is full or read-only; only a test that needs the folder fails.
            return

    def remove(self) -> None:
        """Remove the folder and its content, and those of processes of the run that were killed."""
        remove(self.path)
        if self._claim >= 0:
            os.close(self._claim)
        claims.sweep(os.path.dirname(self.path), _RUN, _remove_abandoned)


def _new_number() -> int:
    from scriptest.base import process_tags

    # A run in a run is ended with that.
    return 0 if process_tags.tag_of(os.getpid()) else process_tags.new_run()


def _remove_abandoned(path: str) -> None:
    """Remove the folder of a run that was killed, and end its processes, daemons for example."""
    number = os.path.basename(path).split("-")[2]
    if number != "0":
        from scriptest.base import process_tags

        try:
            process_tags.end_run(int(number, 16))
        except ValueError:
            # Not a folder of a run.
            return
    remove(path)


def is_in_temporary_cache(folder: str) -> bool:
    """Return whether a folder is in a cache that is removed with the run."""
    return any(part.startswith(_CACHE) for part in folder.split(os.sep))


def make(test_name: str) -> str:
    """Make a new folder for a test's temporary folders and return its path."""
    root = os.environ.get(ROOT_VARIABLE)
    if root:
        os.makedirs(root, mode=0o700, exist_ok=True)
    safe = "".join(c if c.isascii() and c.isalnum() else "_" for c in test_name)[:64]
    name = f"{safe}-{os.getpid()}-{os.urandom(6).hex()}"
    path = os.path.join(root or temporary_folder(os.environ), name)
    os.mkdir(path, 0o700)
    return path


def make_numbered(folder: str) -> str:
    """Make the next of the folders `001`, `002`, ... in a folder and return its path."""
    number = len(os.listdir(folder)) + 1
    path = os.path.join(folder, f"{number:03d}")
    os.mkdir(path, 0o700)
    return path


def remove(path: str) -> None:
    """Remove a folder and its content, if it exists."""
    try:
        os.rmdir(path)
    except FileNotFoundError:
        return
    except OSError:
        # It is not empty.
        import shutil

        shutil.rmtree(path, ignore_errors=True)
