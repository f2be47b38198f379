"""Watches folders for changed files, with the package watchfiles."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from scriptest.base.errors import reason_of
from scriptest.base.folders import cache_folder
from scriptest.sandbox import workdir
from scriptest.suite import affected

# The watching thread checks for its stop event at this interval, in milliseconds.
_STOP_INTERVAL = 500


class MissingPackageError(Exception):
    """The package watchfiles is missing; the message tells how to install it."""


@contextmanager
def changes(
    roots: Sequence[str],
    on_change: Callable[[frozenset[str]], None],
    on_error: Callable[[str], None],
) -> Iterator[threading.Event]:
    """Report changes of files until the block ends.

    Args:
        roots: the real paths of the folders to watch, recursively.
        on_change: called in another thread with the real paths of source files that were written,
            created or removed.
        on_error: called in that thread with the reason if watching fails.

    Yields:
        An event that is set once watching has started.

    Raises:
        MissingPackageError: watchfiles is not installed.
    """
    try:
        watch = import_module("watchfiles").watch
    except ImportError:
        raise MissingPackageError(
            "watch needs another package: pip install 'scriptest[watch]'"
        ) from None
    ready, stop = threading.Event(), threading.Event()
    cache = os.path.realpath(cache_folder("scriptest", os.environ) or os.devnull)

    def follow() -> None:
        try:
            for found in watch(
                *roots,
                watch_filter=None,
                stop_event=stop,
                rust_timeout=_STOP_INTERVAL,
                yield_on_timeout=True,
                raise_interrupt=False,
            ):
                ready.set()
                paths = _written(found, roots, cache)
                if paths:
                    on_change(paths)
        except OSError as error:
            on_error(f"cannot watch the files: {reason_of(error)}")
        finally:
            ready.set()

    thread = threading.Thread(target=follow, daemon=True)
    thread.start()
    try:
        yield ready
    finally:
        stop.set()
        thread.join(2 * _STOP_INTERVAL / 1000)


def _written(found: Any, roots: Sequence[str], cache: str) -> frozenset[str]:
    """Return the source files among a batch of changes."""
    kinds: dict[str, set[str]] = {}
    for kind, path in found:
        kinds.setdefault(path, set()).add(kind.raw_str())
    paths = set()
    for path, how in kinds.items():
        # Editors create files and remove them at once.
        transient = "added" in how and not os.path.lexists(path)
        if transient or os.path.isdir(path) or workdir.inside(cache, path):
            continue
        if affected.may_be_source(path, roots):
            paths.add(os.path.realpath(path))
    return frozenset(paths)
