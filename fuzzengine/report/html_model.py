"""Collects the events of campaigns for the HTML report."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


class Curve:
    """A figure over time; times are seconds and never decrease."""

    def __init__(self) -> None:
        self.points: list[tuple[float, float]] = []

    def add(self, time: float, value: float) -> None:
        """Add a point."""
        self.points.append((time, value))

    @property
    def last(self) -> float:
        """The latest figure, or 0 before the first."""
        return self.points[-1][1] if self.points else 0.0


class CampaignRecord:
    """The campaign of one fuzz test; if it ran in several shares of time, all of them in a row.

    Attributes:
        name: the fuzz test.
        start, end: the last event of each of these names; empty if there was none.
        seconds, execs, new_inputs: totals of all shares.
        crashes: the `crash` events.
        buckets: the `bucket` events, by title.
        blocks, rate, inputs: reached blocks, executions per second and corpus size over time.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.start: dict[str, Any] = {}
        self.end: dict[str, Any] = {}
        self.seconds = 0.0
        self.execs = self.new_inputs = 0
        self.crashes: list[dict[str, Any]] = []
        self.buckets: dict[str, dict[str, Any]] = {}
        self.blocks, self.rate, self.inputs = Curve(), Curve(), Curve()
        self._before = (0.0, 0, 0)  # the seconds, executions and inputs of earlier shares

    def add(self, event: Mapping[str, Any]) -> None:
        """Add an event of the campaign."""
        name = event["Event"]
        self.seconds = self._before[0] + event["Elapsed"]
        if name == "start":
            self._before = (self.seconds - event["Elapsed"], self.execs, self.new_inputs)
            self.start, self.end = dict(event), {}
        elif name in ("progress", "interesting", "end"):
            self._add_figures(event)
        elif name == "crash":
            self.crashes.append(dict(event))
        elif name == "bucket":
            self.buckets[event["Bucket"]] = dict(event)
        if name == "end":
            self.end = dict(event)
            self._before = (self.seconds, self.execs, self.new_inputs)

    def _add_figures(self, event: Mapping[str, Any]) -> None:
        # The last `progress` counts calls that were cut off, `end` does not.
        self.execs = max(self.execs, self._before[1] + event["Execs"])
        self.new_inputs = self._before[2] + event["NewInputs"]
        self.blocks.add(self.seconds, max(event["Blocks"], self.blocks.last))
        self.inputs.add(self.seconds, max(event["Inputs"], self.inputs.last))
        if event["Event"] == "progress":
            self.rate.add(self.seconds, event["Rate"])


class ModuleRecord:
    """The coverage of one module, by all campaigns together.

    Attributes:
        name: the module.
        file: its source file.
        reached: a 1 or 0 for each block.
        unstable: the numbers of blocks that not every run of an input executes.
    """

    def __init__(self, name: str, file: str, reached: str) -> None:
        self.name = name
        self.file = file
        self.reached = reached
        self.unstable: set[int] = set()

    def add(self, reached: str) -> None:
        """Add the blocks that another campaign has reached."""
        if len(reached) == len(self.reached):
            pairs = zip(self.reached, reached, strict=True)
            self.reached = "".join(max(pair) for pair in pairs)


class RunRecord:
    """All campaigns of a run, and the modules whose code they measured."""

    def __init__(self) -> None:
        self.campaigns: dict[str, CampaignRecord] = {}
        self.modules: dict[str, ModuleRecord] = {}

    def add(self, fuzz_test: str, event: Mapping[str, Any]) -> None:
        """Add an event of the campaign of a fuzz test."""
        if event["Event"] == "module":
            name, reached = event["Module"], event["Reached"]
            if name in self.modules:
                self.modules[name].add(reached)
            else:
                self.modules[name] = ModuleRecord(name, event["File"], reached)
            self.modules[name].unstable.update(event.get("Unstable", ()))
        self.campaigns.setdefault(fuzz_test, CampaignRecord(fuzz_test)).add(event)
