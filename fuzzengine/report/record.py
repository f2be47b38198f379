"""Records the events of campaigns, for the terminal, the HTML report and the live page."""

from __future__ import annotations

from threading import Lock

from scriptest.base.duration import format_coarse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

FLAT_AFTER = 10
"""The seconds without a new input after which a campaign counts as flat."""

_REASONS = {
    "limit": "limit reached",
    "crash": "an input failed",
    "interrupted": "interrupted",
    "error": "an error stopped it",
}


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
        start, progress, end: the last event of each of these names; empty if there was none.
        seconds, execs, new_inputs: totals of all shares.
        last_find: the time of the last new input in seconds, or 0.
        ready: the number of workers that have been ready in this share.
        crashes: the `crash` events.
        buckets: the `bucket` events, by title.
        nodes: the last `node` event of each node of a cluster, by its name.
        blocks, rate, inputs: reached blocks, executions per second and corpus size over time.
        finds: the number of new inputs over time.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.start: dict[str, Any] = {}
        self.progress: dict[str, Any] = {}
        self.end: dict[str, Any] = {}
        self.seconds = self.last_find = 0.0
        self.execs = self.new_inputs = self.ready = 0
        self.crashes: list[dict[str, Any]] = []
        self.buckets: dict[str, dict[str, Any]] = {}
        self.nodes: dict[str, dict[str, Any]] = {}
        self.blocks, self.rate, self.inputs, self.finds = Curve(), Curve(), Curve(), Curve()
        self._counts_before: dict[str, int] = {}  # the failures of earlier shares, by bucket
        self._before = (0.0, 0, 0)  # the seconds, executions and inputs of earlier shares

    def add(self, event: Mapping[str, Any]) -> None:
        """Add an event of the campaign."""
        name = event["Event"]
        self.seconds = self._before[0] + event["Elapsed"]
        if name == "start":
            self._before = (self.seconds - event["Elapsed"], self.execs, self.new_inputs)
            self._counts_before = {title: one["Count"] for title, one in self.buckets.items()}
            self.start, self.progress, self.end, self.ready = dict(event), {}, {}, 0
        elif name in ("progress", "interesting", "end"):
            self._add_figures(event)
        elif name == "worker":
            self.ready += event["State"] == "ready"
        elif name == "node":
            self.nodes[event["Node"]] = dict(event)
        elif name == "crash":
            # Every share reports the failures of its seed corpus again.
            known = [(crash["Name"], crash["Bucket"]) for crash in self.crashes]
            if (event["Name"], event["Bucket"]) not in known:
                self.crashes.append(dict(event))
        elif name == "bucket":
            earlier = self._counts_before.get(event["Bucket"], 0)
            self.buckets[event["Bucket"]] = {**event, "Count": earlier + event["Count"]}
        if name == "end":
            self.end = dict(event)
            self._before = (self.seconds, self.execs, self.new_inputs)

    def _add_figures(self, event: Mapping[str, Any]) -> None:
        execs = self._before[1] + event["Execs"]
        # `interesting` does not count the calls that are not answered yet; some never are.
        self.execs = execs if event["Event"] == "end" else max(self.execs, execs)
        self.new_inputs = self._before[2] + event["NewInputs"]
        self.blocks.add(self.seconds, max(event["Blocks"], self.blocks.last))
        self.inputs.add(self.seconds, max(event["Inputs"], self.inputs.last))
        self.finds.add(self.seconds, self.new_inputs)
        if event["Event"] == "progress":
            self.progress = dict(event)
            self.rate.add(self.seconds, event["Rate"])
        elif event["Event"] == "interesting":
            self.last_find = self.seconds

    @property
    def known_blocks(self) -> int:
        """The number of blocks that can be reached; 0 if unknown."""
        return int(self.start.get("Counters", 0))

    @property
    def is_share(self) -> bool:
        """Whether other fuzz tests share the run, so that the campaign may be continued."""
        return bool(self.start.get("Tests", 1) > 1)

    @property
    def on_cluster(self) -> bool:
        """Whether nodes of a cluster run the campaign."""
        return bool(self.start.get("Cluster"))

    @property
    def node_rows(self) -> list[tuple[str, str, float]]:
        """The name, the state and the executions a second of each node, the fastest first."""
        rates = self.progress.get("Rates", {})
        rows = [(name, event["State"], rates.get(name, 0.0)) for name, event in self.nodes.items()]
        return sorted(rows, key=lambda row: (row[1] != "joined", -row[2], row[0]))

    @property
    def kinds(self) -> list[str]:
        """The titles of the buckets that are not muted."""
        muted = {title for title, bucket in self.buckets.items() if bucket["Muted"]}
        titles = dict.fromkeys([*self.buckets, *(crash["Bucket"] for crash in self.crashes)])
        return [title for title in titles if title not in muted]

    @property
    def failures(self) -> int:
        """The number of failures of these kinds; 0 if they are not counted."""
        return sum(self.buckets[title]["Count"] for title in self.kinds if title in self.buckets)

    @property
    def ending(self) -> str:
        """The reason why the campaign ended; `cut short` if that was not reported."""
        return _REASONS.get(self.end.get("Reason", ""), "cut short")

    @property
    def activity(self) -> str:
        """The current activity of the campaign, in a few words."""
        if self.end:
            waits = self.is_share and self.end.get("Reason") == "limit"
            return "waiting" if waits else self.ending
        if self.on_cluster and not any(row[1] == "joined" for row in self.node_rows):
            return "waiting for nodes"
        if not (self.ready or self.on_cluster):
            return "starting workers"
        progress = self.progress
        phase = progress.get("Phase")
        if phase == "warmup":
            done, total = progress["Inputs"], progress.get("Total", 0)
            return f"warming up: {done:,} of {total:,} inputs"
        if phase == "minimize":
            size, smallest = progress.get("Size", 0), progress.get("Smallest", 0)
            return f"minimizing {size:,} to {smallest:,} bytes" if size else "minimizing"
        if progress.get("Solving"):
            return f"solving comparisons ({progress['Solving']} of {self._workers})"
        flat = self.seconds - self.last_find
        return f"flat since {format_coarse(flat)}" if flat >= FLAT_AFTER else "fuzzing"

    @property
    def _workers(self) -> str:
        return workers_text(self.start.get("Workers", 1))


class ModuleRecord:
    """The coverage of one module, by all campaigns together.

    Attributes:
        name: the module.
        file: its source file.
        reached: a 1 or 0 for each block.
        unstable: the numbers of blocks that not every run of an input executes.
        places: the first line and column and the last line and column of each block, from 1, for a
            language that is not Python; else None.
        revision: increases with every change.
        lines: the lines that were executed; None if only blocks were counted.
    """

    def __init__(self, name: str, file: str, reached: str) -> None:
        self.name = name
        self.file = file
        self.reached = reached
        self.unstable: frozenset[int] = frozenset()
        self.places: Sequence[Sequence[int]] | None = None
        self.revision = 0
        self.lines: frozenset[int] | None = None
        self._inputs: dict[str, Mapping[str, Any]] = {}  # the last event of each fuzz test

    def copy(self) -> ModuleRecord:
        """Return a copy, which later events do not change."""
        copied = ModuleRecord(self.name, self.file, self.reached)
        copied.unstable, copied.revision = self.unstable, self.revision
        copied.lines, copied.places = self.lines, self.places
        copied._inputs = dict(self._inputs)
        return copied

    def add(self, fuzz_test: str, event: Mapping[str, Any]) -> None:
        """Add what a campaign has reached."""
        self.revision += 1
        reached = event["Reached"]
        if len(reached) == len(self.reached):
            pairs = zip(self.reached, reached, strict=True)
            self.reached = "".join(max(pair) for pair in pairs)
        self.unstable |= set(event.get("Unstable", ()))
        self.places = event.get("Places", self.places)
        if len(event.get("Hits", ())) == len(self.reached):
            self._inputs[fuzz_test] = event

    @property
    def has_hits(self) -> bool:
        """Whether it is known which inputs reach the blocks."""
        return bool(self._inputs)

    @property
    def hits(self) -> list[int]:
        """For each block, the number of inputs of the corpora that reach it."""
        columns = [event["Hits"] for event in self._inputs.values()]
        return [sum(row) for row in zip(*columns, strict=True)] or [0] * len(self.reached)

    @property
    def smallest(self) -> list[Mapping[str, Any] | None]:
        """For each block, the smallest input that reaches it: `Path`, `Size` and `Input`."""
        columns = [_examples(event) for event in self._inputs.values()]
        found = [
            min((one for one in row if one is not None), key=lambda one: one["Size"], default=None)
            for row in zip(*columns, strict=True)
        ]
        return found or [None] * len(self.reached)


def _examples(event: Mapping[str, Any]) -> list[Mapping[str, Any] | None]:
    examples: Sequence[Mapping[str, Any]] = event["Examples"]
    return [None if index < 0 else examples[index] for index in event["Smallest"]]


class RunRecord:
    """All campaigns of a run, and the modules whose code they measured.

    Attributes:
        campaigns, modules: the records by name.
        lock: held while an event is added; other threads that read the record need it.
    """

    def __init__(self) -> None:
        self.lock = Lock()
        self.campaigns: dict[str, CampaignRecord] = {}
        self.modules: dict[str, ModuleRecord] = {}

    def add(self, fuzz_test: str, event: Mapping[str, Any]) -> None:
        """Add an event of the campaign of a fuzz test."""
        with self.lock:
            if event["Event"] == "module":
                name = event["Module"]
                if name not in self.modules:
                    self.modules[name] = ModuleRecord(name, event["File"], event["Reached"])
                self.modules[name].add(fuzz_test, event)
            if fuzz_test not in self.campaigns:
                self.campaigns[fuzz_test] = CampaignRecord(fuzz_test)
            self.campaigns[fuzz_test].add(event)

    @property
    def execs(self) -> int:
        """The executions of all campaigns."""
        return sum(campaign.execs for campaign in self.campaigns.values())

    @property
    def seconds(self) -> float:
        """The seconds of all campaigns."""
        return sum(campaign.seconds for campaign in self.campaigns.values())

    @property
    def kinds(self) -> int:
        """The number of kinds of failures of all campaigns."""
        return sum(len(campaign.kinds) for campaign in self.campaigns.values())


def workers_text(workers: int) -> str:
    """Return a number of workers: `1 worker`, `8 workers`."""
    return f"{workers:,} worker{'s' if workers != 1 else ''}"
