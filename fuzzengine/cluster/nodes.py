"""The nodes of a cluster as the driver knows them, and the leases that they run."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from fuzzengine.cluster.lease import Result

MOST_ERRORS = 3
"""The number of leases in a row that a node may fail before it gets no more."""


class RunningLease:
    """A lease that was given to a node.

    Attributes:
        key: its name.
        test: the fuzz test.
        node: the address of the node.
        budget: its time or number of executions, as -fuzztime has it.
        seed: the seed of its random numbers.
        future: its result to come.
        started: when it was given, in seconds of a monotonic clock.
        execs: the executions that it has told of.
    """

    def __init__(self, key: str, test: str, node: str, budget: str, seed: int) -> None:
        self.key = key
        self.test = test
        self.node = node
        self.budget = budget
        self.seed = seed
        self.future: Any = None
        self.started = 0.0
        self.execs = 0


class Node:
    """A Dask worker.

    Attributes:
        address: its address, which names it.
        slots: the number of leases that it can run at a time.
        running: the number of leases that it runs.
        refused: why it gets no leases, or "".
        errors: the leases in a row that it has failed.
        rate: executions a second of its last lease.
        leases: the number of leases that it has finished.
    """

    def __init__(self, address: str, slots: int) -> None:
        self.address = address
        self.slots = slots
        self.running = self.errors = self.leases = 0
        self.refused = ""
        self.rate = 0.0
        self._seen: dict[str, set[str]] = {}
        self._dropped: dict[str, list[str]] = {}

    @property
    def name(self) -> str:
        """Its address without the protocol."""
        return self.address.partition("://")[2] or self.address

    @property
    def free(self) -> int:
        """The number of leases that it can be given."""
        return 0 if self.refused else max(self.slots - self.running, 0)

    def take_news(self, test: str, entries: Mapping[str, bytes]) -> dict[str, bytes]:
        """Return the entries that it has not seen; from now on it has."""
        seen = self._seen.setdefault(test, set())
        news = {name: data for name, data in entries.items() if name not in seen}
        seen.update(news)
        return news

    def take_dropped(self, test: str) -> list[str]:
        """Return the names of entries that it shall remove; from now on it has."""
        return self._dropped.pop(test, [])

    def note_result(self, test: str, result: Result, dropped: Iterable[str]) -> None:
        """Take note of what its lease has found, and what of that was dropped."""
        seen = self._seen.setdefault(test, set())
        seen.update(result["entries"])
        for name in dropped:
            seen.discard(name)
            self._dropped.setdefault(test, []).append(name)
        if result["error"]:
            # Its cache may be incomplete.
            seen.clear()
