"""Reports a campaign over a cluster: lines, and the events that all reporters understand."""

from __future__ import annotations

import os
import time

from fuzzengine.base.paths import CORPUS_FOLDER
from fuzzengine.cluster.module_events import ModuleCoverage
from fuzzengine.cluster.store import CRASHES
from fuzzengine.corpus.entry import write_entry
from fuzzengine.findings.buckets import table
from fuzzengine.report import lines
from fuzzengine.report.events import LIVE, MODULES, VERSION, bucket_fields
from fuzzengine.testing.common import indented
from scriptest.base.duration import SECOND, format_rounded
from scriptest.base.errors import reason_of
from scriptest.base.numbers import counted
from scriptest.base.visible import visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

    from fuzzengine.cluster.lease import Result
    from fuzzengine.cluster.nodes import Node, RunningLease
    from fuzzengine.cluster.settings import FuzzTest, Settings
    from fuzzengine.report.reporters import Reporter

_LINE_INTERVAL = 10.0
_EVENT_INTERVAL = 1.0
_NAMED = 4
"""The most nodes that one line names."""


class CampaignReport:
    """Reports to a reporter, and writes failing inputs to the package on this machine."""

    def __init__(self, reporter: Reporter, folder: str, cluster: str) -> None:
        """Create it.

        Args:
            reporter: prints lines and shows events.
            folder: the package.
            cluster: the address of the cluster, as it was given.
        """
        self._reporter = reporter
        self._folder = folder
        self._cluster = cluster
        self._live = bool(reporter.flags.get("fuzzlive"))
        self._events = reporter.flags.get("fuzzevents", "")
        self._modules: list[ModuleCoverage] = []
        self._keep_going = False
        self._started = time.monotonic()
        self._next_line = self._next_event = 0.0
        self._execs: dict[str, int] = {}
        self._leases = 0
        self._nodes = 0

    @property
    def elapsed(self) -> float:
        """The seconds since the campaign began."""
        return time.monotonic() - self._started

    def say(self, text: str) -> None:
        """Print lines."""
        self._reporter.write(visible(text).encode("utf-8", "backslashreplace"))

    def loaded(self, place: str, test: FuzzTest, damaged: int) -> None:
        """Report what was read from a store."""
        merged = test.merged
        if merged.entries or merged.buckets:
            inputs = counted(len(merged.entries), "input", ",")
            text = f"{inputs} and {counted(len(merged.buckets), 'bucket', ',')}"
            self.say(f"fuzz: cluster: {test.name} goes on with {text} of {place}\n")
        if damaged:
            self.say(f"fuzz: cluster: {place}: skipped {damaged} damaged files of {test.name}\n")

    def start(self, tests: Iterable[FuzzTest], settings: Settings, dashboard: str) -> None:
        """Report the beginning of the campaign."""
        self._started = time.monotonic()
        self._keep_going = settings.keep_going
        self.say(f"fuzz: seed: {settings.seed}\n")
        if dashboard:
            self.say(f"fuzz: cluster: Dask's own page: {dashboard}\n")
        every = list(tests)
        if self._events in (MODULES, LIVE):
            self._modules = [ModuleCoverage(test) for test in every]
        for test in every:
            self._emit(
                test.name,
                "start",
                Version=VERSION,
                Seed=settings.seed,
                Workers=0,
                Counters=test.counters,
                Seeds=0,
                Tests=len(every),
                Limit=settings.total.count,
                Table=test.table,
                Cluster=self._cluster,
                Dashboard=dashboard,
            )

    def waiting(self, patience: float) -> None:
        """Report that there are no nodes.

        Args:
            patience: the seconds after which the campaign ends without them.
        """
        self.say(
            f"fuzz: cluster: waiting for a dask worker to join {self._cluster}; "
            f"gives up after {format_rounded(int(patience * SECOND))}\n"
        )

    def joined(self, nodes: Sequence[Node], tests: Iterable[str]) -> None:
        """Report nodes that have joined."""
        names = ", ".join(node.name for node in nodes[:_NAMED])
        more = f" and {len(nodes) - _NAMED} more" if len(nodes) > _NAMED else ""
        self.say(f"fuzz: cluster: joined: {names}{more}\n")
        for node in nodes:
            self._tell_node(node, "joined", tests)

    def lost(self, node: Node, leases: int, tests: Iterable[str]) -> None:
        """Report a node that is gone."""
        again = f"; {counted(leases, 'lease', ',')} will be given again" if leases else ""
        self.say(f"fuzz: cluster: lost: {node.name}{again}\n")
        self._tell_node(node, "lost", tests)

    def refused(self, node: Node, tests: Iterable[str]) -> None:
        """Report a node that gets no more leases."""
        self.say(f"fuzz: cluster: refused: {node.name}: {node.refused}\n")
        self._tell_node(node, "refused", tests, Reason=node.refused)

    def _tell_node(self, node: Node, state: str, tests: Iterable[str], **more: object) -> None:
        for test in tests:
            self._emit(test, "node", Node=node.name, State=state, Slots=node.slots, **more)

    def lease(
        self, node: Node, test: FuzzTest, lease: RunningLease, result: Result, seconds: float
    ) -> None:
        """Report the end of a lease."""
        self._leases += 1
        self._emit(
            test.name,
            "lease",
            Node=node.name,
            Host=result["host"],
            Seed=lease.seed,
            Seconds=round(seconds, 3),
            Cpu=round(result["cpu"], 3),
            LeaseExecs=result["execs"],
            Found=len(result["entries"]),
            Kept=test.last_found,
        )
        if test.last_found:
            figures = self._figures(test)
            self._emit(test.name, "interesting", Path="", Size=0, Execs=test.execs, **figures)

    def crash(self, test: str, crash: dict[str, Any]) -> None:
        """Write a failing input to testdata, and report it."""
        data, name = crash.pop("Data"), crash["Name"].rpartition("/")[2]
        how = lines.Reproduction(crash["Commands"])
        how.arguments = crash["Arguments"]
        if crash["Known"]:
            where = lines.known(f"{CORPUS_FOLDER}/{crash['Name']}", how)
        else:
            where = self._write(test, data, name, crash, how)
        event = {key: value for key, value in crash.items() if key not in ("Event", "Elapsed")}
        self._emit(test, "crash", **event)
        text = f"{crash['Failure']}\n{where}"
        if self._keep_going:
            self.say(lines.new_bucket(crash["Bucket"], text, known=crash["Known"]))
        else:
            header = f"--- FAIL: {test} ({self.elapsed:.2f}s)\n"
            self.say(header + indented(text) + (lines.FLAKY if crash["Flaky"] else ""))

    def _write(
        self, test: str, data: bytes, name: str, crash: dict[str, Any], how: lines.Reproduction
    ) -> str:
        """Write a failing input to testdata; return the lines about it."""
        relative = os.path.join(CORPUS_FOLDER, test)
        try:
            write_entry(os.path.join(self._folder, relative), data)
        except OSError as error:
            crash["Path"] = ""
            return (
                f"cannot write to {relative}: {reason_of(error)}; the store has the input as "
                f"{CRASHES}/{test}/{name}\n"
            )
        crash["Path"] = os.path.join(relative, name)
        return lines.written(crash["Path"], how)

    def progress(
        self,
        tests: Mapping[str, FuzzTest],
        nodes: Mapping[str, Node],
        running: Mapping[str, RunningLease],
        left: float | None,
    ) -> None:
        """Report the progress, unless that was done a moment ago."""
        now = time.monotonic()
        if now < self._next_event:
            return
        self._next_event = now + _EVENT_INTERVAL
        self._nodes = len(nodes)
        rates = _rates(nodes, running.values(), now)
        for test in tests.values():
            execs = test.execs + sum(one.execs for one in running.values() if one.test == test.name)
            before = self._execs.get(test.name, 0)
            # A lease that is given again does not count.
            self._execs[test.name] = max(execs, before)
            more = {} if left is None else {"Left": int(left)}
            self._emit(
                test.name,
                "progress",
                Phase="fuzz",
                Execs=self._execs[test.name],
                Rate=round(sum(rates.values()) / len(tests), 1),
                Solving=0,
                Nodes=len(nodes),
                Leases=test.finished,
                Rates=rates,
                **more,
                **self._figures(test),
            )
        if self._events == LIVE:
            self._tell_modules()
        if not self._live and now >= self._next_line:
            self._next_line = now + _LINE_INTERVAL
            self._say_progress(tests.values(), sum(rates.values()))

    def _tell_modules(self) -> None:
        for coverage in self._modules:
            for fields in coverage.changes():
                self._emit(coverage.test.name, "module", **fields)

    def _say_progress(self, tests: Iterable[FuzzTest], rate: float) -> None:
        every = list(tests)
        bits = sum(test.merged.bits for test in every)
        found = sum(test.found for test in every)
        inputs = sum(len(test.merged.entries) for test in every)
        self.say(
            f"fuzz: elapsed: {format_rounded(int(self.elapsed * SECOND))}, "
            f"{counted(self._nodes, 'node', ',')}, {counted(self._leases, 'lease', ',')}, "
            f"execs: {sum(self._execs.values())} ({rate:.0f}/sec), "
            f"new interesting: {found} (total: {inputs}), bits: {bits}\n"
        )

    def end(self, tests: Iterable[FuzzTest], reason: str, error: str) -> None:
        """Report the end of the campaign."""
        every = list(tests)
        for test in every:
            self._execs[test.name] = max(test.execs, self._execs.get(test.name, 0))
        self._say_progress(every, sum(self._execs.values()) / max(self.elapsed, 0.001))
        self._tell_modules()
        for test in every:
            buckets = list(test.merged.buckets.values())
            for bucket in buckets:
                self._emit(test.name, "bucket", **bucket_fields(bucket))
            if buckets and self._keep_going:
                self.say(indented(table(buckets)))
            execs = self._execs[test.name]
            figures = self._figures(test)
            self._emit(test.name, "end", Reason=reason, Error=error, Execs=execs, **figures)

    def _figures(self, test: FuzzTest) -> dict[str, int]:
        merged = test.merged
        inputs = len(merged.entries)
        return {
            "NewInputs": test.found,
            "Inputs": inputs,
            "Total": inputs,
            "Blocks": merged.blocks(test.counters),
            "Bits": merged.bits,
            "Unstable": merged.unstable,
        }

    def _emit(self, test: str, event: str, **fields: object) -> None:
        elapsed = round(self.elapsed, 3)
        self._reporter.campaign_event(test, {"Event": event, "Elapsed": elapsed, **fields})


def _rates(
    nodes: Mapping[str, Node], running: Iterable[RunningLease], now: float
) -> dict[str, float]:
    """Return the executions a second of each node, by its name."""
    told: dict[str, float] = {}
    for lease in running:
        if lease.execs:
            rate = lease.execs / max(now - lease.started, 0.001)
            told[lease.node] = told.get(lease.node, 0.0) + rate
    return {
        node.name: round(told.get(address, node.rate), 1)
        for address, node in nodes.items()
        if not node.refused
    }
