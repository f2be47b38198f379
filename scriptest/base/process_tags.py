"""Tags processes with a number that all their descendants inherit, and ends the tagged ones.

The tag is the soft limit of "file locks" (`ulimit -x` in bash). Linux has enforced no such limit
since 2.4, but processes still inherit it and /proc still shows it. So a process keeps its tag
whatever it does to its session, its environment, its descriptors or its parents. Other systems
have nothing like it: there no process is tagged, and none is found.
"""

from __future__ import annotations

import os
import sys
import time
from _thread import RLock, allocate_lock

from scriptest.base import platform

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

UNTAGGED = 0

_LIMIT = 10
"""RLIMIT_LOCKS, which the module resource does not name."""

_LINE = b"Max file locks"
_NUMBER_BITS = 24
_RUN_BITS = 36
_FIRST_TAG = 1 << (_NUMBER_BITS + _RUN_BITS)
_SHORTEST_PAUSE, _LONGEST_PAUSE = 0.0005, 0.05
_DEAD = ("", "Z", "X")

_changing = RLock()


def new_run() -> int:
    """Return a random number of a run; 0 where processes cannot be tagged."""
    if sys.platform != "linux":
        return 0
    run = 1 + int.from_bytes(os.urandom(8), "big") % ((1 << _RUN_BITS) - 1)
    try:
        with Inherited(tag_of_run(run)):
            return run if tag_of(os.getpid()) == tag_of_run(run) else 0
    except (OSError, ValueError):
        # The limit is fixed at a lower number.
        return 0


def tag_of_run(run: int, number: int = 0) -> int:
    """Return a tag.

    Args:
        run: the number of the run.
        number: the number of a part of it.
    """
    return (_FIRST_TAG | run << _NUMBER_BITS | number % (1 << _NUMBER_BITS)) if run else UNTAGGED


def run_of_tag(tag: int) -> int:
    """Return the number of the run that a tag belongs to; 0 for none."""
    return (tag ^ _FIRST_TAG) >> _NUMBER_BITS if tag & _FIRST_TAG else 0


class Inherited:
    """A context in which this process starts tagged processes, from any of its threads.

    Without a tag: started processes have none, even if this one has.
    """

    def __init__(self, tag: int) -> None:
        self._tag = tag
        self._before = (0, 0)

    def __enter__(self) -> None:
        if sys.platform != "linux":
            return
        import resource

        _changing.acquire()
        try:
            self._before = resource.getrlimit(_LIMIT)
            resource.setrlimit(_LIMIT, (self._tag or self._before[1], self._before[1]))
        except BaseException:
            _changing.release()
            raise

    def __exit__(self, *_: object) -> None:
        if sys.platform != "linux":
            return
        import resource

        try:
            resource.setrlimit(_LIMIT, self._before)
        finally:
            _changing.release()


def tag_of(pid: int) -> int:
    """Return the tag of a process; UNTAGGED if it has none, or has ended."""
    try:
        descriptor = os.open(f"/proc/{pid}/limits", os.O_RDONLY)
    except OSError:
        return UNTAGGED
    try:
        text = os.read(descriptor, 4096)
    except OSError:
        return UNTAGGED
    finally:
        os.close(descriptor)
    _, _, rest = text.partition(_LINE)
    word = rest[:40].split()[:1]
    tag = int(word[0]) if word and word[0].isdigit() else UNTAGGED
    return tag if _FIRST_TAG <= tag < 2 * _FIRST_TAG else UNTAGGED


def tagged(run: int) -> list[int]:
    """Return all processes of a run, as far as the system tells."""
    try:
        names = os.listdir("/proc")
    except OSError:
        return []
    return [
        int(name) for name in names if name.isdecimal() and run_of_tag(tag_of(int(name))) == run
    ]


def end_run(run: int, patience: float = 10.0) -> None:
    """Kill all processes of a run until none is left; looks at every process of the system.

    Args:
        run: the number of the run; nothing happens for 0.
        patience: seconds after which what cannot be killed is left.
    """
    if run:
        _end(lambda: tagged(run), patience)


class Orphans:
    """Ends tagged processes without looking at every process of the system.

    A process whose parent ends becomes a child of an ancestor: init, or a subreaper below it. So
    what this process and its children started is found among the descendants of this process, and
    among the new children of its ancestors.
    """

    def __init__(self) -> None:
        """Remember the present children of this process's ancestors."""
        self._ancestors = _ancestors()
        # Where /proc hides other users' processes, such as init, it is short enough to search.
        self._init_is_hidden = not os.access("/proc/1/task/1/children", os.R_OK)
        self._lock = allocate_lock()
        self._others = set(self._adopted())

    def end(self, tag: int, patience: float = 10.0) -> None:
        """Kill all processes with a tag until none is left.

        Args:
            tag: the tag; nothing happens for UNTAGGED.
            patience: seconds after which what cannot be killed is left.
        """
        if tag:
            _end(lambda: self._tagged(tag), patience)

    def _tagged(self, tag: int) -> list[int]:
        if self._init_is_hidden:
            return [pid for pid in tagged(run_of_tag(tag)) if tag_of(pid) == tag]
        found = [pid for pid in platform.descendants(os.getpid()) if tag_of(pid) == tag]
        with self._lock:
            adopted = self._adopted()
            # The number of a process that has ended may be that of an orphan some day.
            self._others.intersection_update(adopted)
            for pid in adopted:
                if pid in self._others:
                    continue
                other = tag_of(pid)
                if other == tag:
                    found.append(pid)
                    found += [child for child in platform.descendants(pid) if tag_of(child) == tag]
                elif not other:
                    self._others.add(pid)
        return found

    def _adopted(self) -> list[int]:
        return [child for pid in self._ancestors for child in platform.adopted_children(pid)]


def _ancestors() -> list[int]:
    found = []
    pid = os.getpid()
    while (pid := platform.parent(pid)) > 0:
        found.append(pid)
    # In a container, init is not among them if this process was started from outside.
    return found if 1 in found else [*found, 1]


def _end(find: Callable[[], list[int]], patience: float) -> None:
    """Kill processes until none is found, or none that lives."""
    until = time.monotonic() + patience
    pause = _SHORTEST_PAUSE
    while found := [pid for pid in find() if platform.process_state(pid) not in _DEAD]:
        for pid in found:
            platform.kill(pid)
        if time.monotonic() > until:
            return
        time.sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE)
