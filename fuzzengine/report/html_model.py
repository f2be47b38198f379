"""What a page shows of campaigns, gathered from their events."""

from __future__ import annotations

TYPE_CHECKING = False  # importing typing costs more than the rest of a worker's start
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


class Curve:
    """A figure over time; times are seconds and never go back."""

    def __init__(self) -> None:
        self.points: list[tuple[float, float]] = []

    def add(self, time: float, value: float) -> None:
        """Note a figure."""
        self.points.append((time, value))

    @property
    def last(self) -> float:
        """The latest figure, 0 if there is none."""
        return self.points[-1][1] if self.points else 0.0


class Campaign:
    """One fuzz test's campaign, or all of its shares one after the other.

    Attributes:
        start, end: the events of these names, the last of each; empty if there was none.
        seconds, execs, new_inputs: of all shares.
        crashes: the events `crash`; buckets: those of `bucket`, by title.
        blocks, rate, inputs: what was reached, executions a second, and the corpus, over time.
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

    def take(self, event: Mapping[str, Any]) -> None:
        """Take an event."""
        kind = event["Event"]
        self.seconds = self._before[0] + event["Elapsed"]
        if kind == "start":
            self._before = (self.seconds - event["Elapsed"], self.execs, self.new_inputs)
            self.start, self.end = dict(event), {}
        elif kind in ("progress", "interesting", "end"):
            self._take_figures(event)
        elif kind == "crash":
            self.crashes.append(dict(event))
        elif kind == "bucket":
            self.buckets[event["Bucket"]] = dict(event)
        if kind == "end":
            self.end = dict(event)
            self._before = (self.seconds, self.execs, self.new_inputs)

    def _take_figures(self, event: Mapping[str, Any]) -> None:
        # The last progress counts calls that were cut off, the end does not.
        self.execs = max(self.execs, self._before[1] + event["Execs"])
        self.new_inputs = self._before[2] + event["NewInputs"]
        self.blocks.add(self.seconds, max(event["Blocks"], self.blocks.last))
        self.inputs.add(self.seconds, max(event["Inputs"], self.inputs.last))
        if event["Event"] == "progress":
            self.rate.add(self.seconds, event["Rate"])


class Module:
    """What was reached of a module, by any campaign.

    Attributes:
        reached: a 1 or 0 for each block.
        unstable: the numbers of blocks that ran in one run of an input and not in the next.
    """

    def __init__(self, name: str, file: str, reached: str) -> None:
        self.name = name
        self.file = file
        self.reached = reached
        self.unstable: set[int] = set()

    def add(self, reached: str) -> None:
        """Take what another campaign has reached."""
        if len(reached) == len(self.reached):
            pairs = zip(self.reached, reached, strict=True)
            self.reached = "".join(max(pair) for pair in pairs)


class Record:
    """All campaigns of a run, and the modules they ran in."""

    def __init__(self) -> None:
        self.campaigns: dict[str, Campaign] = {}
        self.modules: dict[str, Module] = {}

    def take(self, fuzz_test: str, event: Mapping[str, Any]) -> None:
        """Take an event of the campaign of a fuzz test."""
        if event["Event"] == "module":
            name, reached = event["Module"], event["Reached"]
            if name in self.modules:
                self.modules[name].add(reached)
            else:
                self.modules[name] = Module(name, event["File"], reached)
            self.modules[name].unstable.update(event.get("Unstable", ()))
        self.campaigns.setdefault(fuzz_test, Campaign(fuzz_test)).take(event)
