"""Decides which script runs next: in what order, and beside which others."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scriptest.suite.history import PastResult
    from scriptest.suite.suite import Selected

_NO_GROUPS: frozenset[str] = frozenset()


def ordered(scripts: Sequence[Selected], known: Mapping[str, PastResult]) -> list[Selected]:
    """Return scripts in the order that tells most soonest: failed last time, new, slowest."""

    def rank(selected: Selected) -> tuple[int, float]:
        past = known.get(selected.key)
        if past is None:
            return 1, 0.0
        return (0 if past.failed else 2), -past.seconds

    if not known:
        return list(scripts)
    return sorted(scripts, key=rank)


def longest_first(scripts: Sequence[Selected], known: Mapping[str, PastResult]) -> list[Selected]:
    """Return scripts in the order that ends soonest on many machines: new, then slowest."""

    def rank(selected: Selected) -> float:
        past = known.get(selected.key)
        return float("-inf") if past is None else -past.seconds

    return sorted(scripts, key=rank)


def groups(selected: Selected) -> frozenset[str]:
    """Return the groups a script is in; of one group only one script runs at a time."""
    found = set(selected.header.serial)
    if selected.suite is not None and selected.suite.config.serial:
        from fnmatch import fnmatchcase

        config = selected.suite.config
        name = os.path.relpath(selected.real_path, config.folder).replace(os.sep, "/")
        for group, patterns in config.serial.items():
            if any(fnmatchcase(name, pattern) for pattern in patterns):
                found.add(group)
    return frozenset(found)


class Schedule:
    """The waiting scripts of a run, and the groups of those that run; safe for threads."""

    def __init__(self, scripts: Iterable[Selected]) -> None:
        """Let scripts wait, in the order in which they are to run if nothing is in the way."""
        self._waiting = list(scripts)
        # Of thousands of scripts few are in a group.
        self._groups = {
            id(selected): found for selected in self._waiting if (found := groups(selected))
        }
        self._busy: set[str] = set()
        self._running = 0
        self._alone = False
        self._changed = threading.Condition()

    def __len__(self) -> int:
        """Return the number of scripts that wait."""
        return len(self._waiting)

    def next_script(self) -> Selected | None:
        """Return the next script that may run, waiting for one; None if none is left."""
        with self._changed:
            while self._waiting:
                for index, selected in enumerate(self._waiting):
                    if self._may_run(selected):
                        del self._waiting[index]
                        self._running += 1
                        self._alone = selected.header.exclusive
                        self._busy |= self._groups_of(selected)
                        return selected
                self._changed.wait()
            return None

    def _may_run(self, selected: Selected) -> bool:
        if self._alone or (selected.header.exclusive and self._running):
            return False
        return not self._groups_of(selected) & self._busy

    def _groups_of(self, selected: Selected) -> frozenset[str]:
        return self._groups.get(id(selected), _NO_GROUPS)

    def release(self, selected: Selected) -> None:
        """Release the groups of a script that has ended."""
        with self._changed:
            self._running -= 1
            self._alone = False
            self._busy -= self._groups_of(selected)
            self._changed.notify_all()

    def clear(self) -> None:
        """Forget what waits."""
        with self._changed:
            self._waiting.clear()
            self._changed.notify_all()
