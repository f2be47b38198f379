"""The coverage of modules in a campaign over a cluster, as `module` events."""

from __future__ import annotations

from fuzzengine.campaign.event_data import coverage_of
from fuzzengine.campaign.reached import ReachingInputs
from fuzzengine.cluster.merged import counters_of, mask_of
from fuzzengine.cluster.store import CORPUS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from fuzzengine.cluster.settings import FuzzTest


class ModuleCoverage:
    """The coverage of each module by the corpus of one fuzz test.

    Attributes:
        test: the fuzz test.
    """

    def __init__(self, test: FuzzTest) -> None:
        self.test = test
        self._inputs = ReachingInputs(test.counters)
        self._counted: set[str] = set()
        self._before = mask_of(test.before)
        self._sent: dict[str, dict[str, Any]] = {}

    def changes(self) -> Iterator[dict[str, Any]]:
        """Yield the fields of an event for each module that has changed since the last call."""
        test, merged = self.test, self.test.merged
        for name, mask in merged.masks.items():
            if name not in self._counted:
                self._counted.add(name)
                counters = counters_of(mask)[: test.counters]
                self._inputs.add(f"{CORPUS}/{test.name}/{name}", merged.entries[name], counters)
        reached = counters_of(merged.covered | self._before, test.counters)
        unstable = merged.unstable_counters
        for module, file, part in test.modules:
            fields = coverage_of(reached, unstable, self._inputs, part)
            if self._sent.get(module) != fields:
                self._sent[module] = fields
                yield {"Module": module, "File": file, **fields}
