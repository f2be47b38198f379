"""The settings of a campaign over a cluster, and its fuzz tests."""

from __future__ import annotations

import os
import time

from fuzzengine.cluster.merged import Merged

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from fuzzengine.program.flags import Budget


class Settings:
    """The settings of a campaign over a cluster.

    Attributes:
        driver: the number of this run.
        seed: the seed of the first lease.
        total: the budget of the campaign.
        lease: the budget of one lease.
        keep_going: it does not end with the first failure.
        flags: flags of the test program for every lease.
        texts: the contents of files that flags name, by flag.
        package: where nodes find the package; see `NodeCache.package_folder`.
    """

    def __init__(self, total: Budget, lease: Budget) -> None:
        self.driver = os.urandom(6).hex()
        self.seed = time.time_ns() & 0xFFFFFFFF
        self.total = total
        self.lease = lease
        self.keep_going = False
        self.flags: dict[str, str] = {}
        self.texts: dict[str, str] = {}
        self.package: dict[str, Any] = {}


class FuzzTest:
    """One fuzz test of the campaign.

    Attributes:
        name: its name.
        table: the digest of its coverage table, on the machine of the driver.
        counters: the number of blocks in it.
        before: the numbers of the bits that are set before it calls f.fuzz.
        modules: the name and the file of each module, and its part of the coverage table.
        merged: what leases have found.
        started, running, finished: the number of its leases.
        execs: the executions of those that have finished.
        found: the new entries of all leases.
        last_found: those of the last one.
    """

    def __init__(self, name: str, table: Mapping[str, Any]) -> None:
        """Args: `table` is its event `table`."""
        self.name = name
        self.table: str = table["Table"]
        self.counters: int = table["Counters"]
        self.before: list[int] = table["Before"]
        self.modules: list[tuple[str, str, slice]] = [
            (module, file, slice(start, stop)) for module, file, start, stop in table["Modules"]
        ]
        self.merged = Merged()
        self.started = self.running = self.finished = 0
        self.execs = self.found = self.last_found = 0
