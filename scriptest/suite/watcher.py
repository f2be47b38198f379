"""Watches folders for files that change, with the package watchfiles."""

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

# Milliseconds after which the watching thread looks whether it is still wanted.
_LOOK = 500


class MissingError(Exception):
    """The package that watches is not installed; the message says how to install it."""


@contextmanager
def changes(
    roots: Sequence[str],
    on_change: Callable[[frozenset[str]], None],
    on_trouble: Callable[[str], None],
) -> Iterator[threading.Event]:
    """Report changes until the block ends; its value is set once every later one is reported.

    Args:
        roots: the real paths of folders; what is below them is watched too.
        on_change: called in another thread with the real paths of files that may have been
            written, created or removed by hand.
        on_trouble: called there once with the reason, should watching come to an end.

    Raises:
        MissingError: watchfiles is not installed.
    """
    try:
        watch = import_module("watchfiles").watch
    except ImportError:
        raise MissingError("watch needs a package more: pip install 'scriptest[watch]'") from None
    ready, stop = threading.Event(), threading.Event()
    cache = os.path.realpath(cache_folder("scriptest", os.environ) or os.devnull)

    def follow() -> None:
        try:
            for found in watch(
                *roots,
                watch_filter=None,
                stop_event=stop,
                rust_timeout=_LOOK,
                yield_on_timeout=True,
                raise_interrupt=False,
            ):
                ready.set()
                paths = _written(found, roots, cache)
                if paths:
                    on_change(paths)
        except OSError as error:
            on_trouble(f"the files cannot be watched: {reason_of(error)}")
        finally:
            ready.set()

    thread = threading.Thread(target=follow, daemon=True)
    thread.start()
    try:
        yield ready
    finally:
        stop.set()
        thread.join(2 * _LOOK / 1000)


def _written(found: Any, roots: Sequence[str], cache: str) -> frozenset[str]:
    """Return the files among a batch of changes that are of interest."""
    kinds: dict[str, set[str]] = {}
    for kind, path in found:
        kinds.setdefault(path, set()).add(kind.raw_str())
    paths = set()
    for path, how in kinds.items():
        # A file that existed for a moment only is an editor's.
        passing = "added" in how and not os.path.lexists(path)
        if passing or os.path.isdir(path) or workdir.inside(cache, path):
            continue
        if affected.of_interest(path, roots):
            paths.add(os.path.realpath(path))
    return frozenset(paths)
