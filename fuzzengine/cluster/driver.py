"""Drives a campaign over a cluster: gives out leases, merges what they find, writes the store."""

from __future__ import annotations

import time
from queue import Empty, SimpleQueue

from fuzzengine.base.errors import FAILED, CannotRun
from fuzzengine.cluster.allowance import Allowance
from fuzzengine.cluster.nodes import MOST_ERRORS, Node, RunningLease
from fuzzengine.cluster.store import BITS, CORPUS, CRASHES, bits_file, crash_file, load
from fuzzengine.findings.buckets import Bucket
from scriptest.base.cluster import ClusterError
from scriptest.base.duration import SECOND, format_rounded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from fuzzengine.cluster.campaign_report import CampaignReport
    from fuzzengine.cluster.dask_cluster import Connection
    from fuzzengine.cluster.lease import Order, Result
    from fuzzengine.cluster.settings import FuzzTest, Settings
    from fuzzengine.cluster.store import Place
    from fuzzengine.cluster.store_writer import StoreWriter

_LOOK = 1.0
"""The seconds between two looks at the nodes of the cluster."""

_WAIT = 0.25
_GRACE = 120.0
"""The seconds after the end of the time for which running leases are awaited: a failing input may
be minimized until then."""

_SEED_STEP = 1 << 10
"""Distance between the random seeds of two leases."""


class Driver:
    """The client of the cluster that conducts the campaign."""

    def __init__(
        self,
        settings: Settings,
        tests: Sequence[FuzzTest],
        connection: Connection,
        report: CampaignReport,
    ) -> None:
        self._settings = settings
        self._tests = {test.name: test for test in tests}
        self._connection = connection
        self._report = report
        self._allowance = Allowance(settings.total, settings.lease)
        self._nodes: dict[str, Node] = {}
        self._running: dict[str, RunningLease] = {}
        self._again: list[tuple[str, str, int]] = []  # test, budget and seed of lost leases
        self._queue: SimpleQueue[tuple[str, Any]] = SimpleQueue()
        self._writer: StoreWriter | None = None
        self._number = 0
        self._next_look = 0.0
        self._alone_since: float | None = None
        self._failed = False

    def load(self, place: Place) -> None:
        """Read what a store has.

        Raises:
            StoreError: it cannot be read.
        """
        for test in self._tests.values():
            stored = load(place, test.name, test.table)
            test.merged.load(stored)
            self._report.loaded(place.name, test, stored.damaged)

    def say_later(self, text: str) -> None:
        """Print a line in the loop; other threads may call this."""
        self._queue.put(("say", text))

    def run(self, writer: StoreWriter) -> int:
        """Run the campaign to its end; return the exit status.

        Args:
            writer: writes to the store.

        Raises:
            CannotRun: the cluster is lost, or no node can run the campaign.
            KeyboardInterrupt: the user has ended it.
        """
        self._writer = writer
        self._connection.on_event(lambda event: self._queue.put(("told", event)))
        self._report.start(self._tests.values(), self._settings, self._connection.dashboard)
        reason, error = "limit", ""
        try:
            while not self._is_over():
                self._step()
            reason = "crash" if self._failed and not self._settings.keep_going else reason
        except KeyboardInterrupt:
            reason = "interrupted"
            raise
        except CannotRun as problem:
            reason, error = "error", str(problem)
            raise
        finally:
            for lease in self._running.values():
                lease.future.cancel()
            self._drain()
            self._report.end(self._tests.values(), reason, error)
        return FAILED if self._fails() else 0

    def _fails(self) -> bool:
        buckets = [b for test in self._tests.values() for b in test.merged.buckets.values()]
        return self._failed or not all(bucket.suppressed for bucket in buckets)

    def _is_over(self) -> bool:
        if self._failed and not self._settings.keep_going:
            return True
        left = self._allowance.seconds_left
        if left == 0 and self._allowance.deadline is not None:
            late = time.monotonic() - self._allowance.deadline
            return not self._running or late > _GRACE
        exhausted = self._settings.total.count and self._number and not self._running
        return bool(exhausted and not self._again and not self._has_budget())

    def _has_budget(self) -> bool:
        budget = self._allowance.take(1)
        if budget:
            self._allowance.put_back(budget)
        return bool(budget)

    def _step(self) -> None:
        """Look at the nodes if it is time to, give out leases, and handle what has happened."""
        if time.monotonic() >= self._next_look:
            self._next_look = time.monotonic() + _LOOK
            try:
                self._look(self._connection.nodes())
                self._wait_for_nodes()
                self._hand_out()
            except ClusterError as error:
                self._reconnect(str(error))
        self._handle_for(_WAIT)
        self._drain()
        self._report.progress(self._tests, self._nodes, self._running, self._allowance.seconds_left)

    def _drain(self) -> None:
        while not self._queue.empty():
            self._handle(*self._queue.get())

    def _handle(self, kind: str, value: Any) -> None:
        if kind == "say":
            self._report.say(value)
        elif kind == "told":
            lease = self._running.get(value["lease"])
            if lease is not None:
                lease.execs = value["execs"]
        elif kind == "done":
            self._finish(*value)

    def _look(self, found: Mapping[str, int]) -> None:
        """Take note of nodes that have joined and of those that are gone."""
        joined = [address for address in found if address not in self._nodes]
        for address in joined:
            self._nodes[address] = Node(address, found[address])
        if joined:
            self._allowance.start()
            self._report.joined([self._nodes[address] for address in joined], self._tests)
        for address in [one for one in self._nodes if one not in found]:
            node = self._nodes.pop(address)
            leases = [lease for lease in self._running.values() if lease.node == address]
            for lease in leases:
                lease.future.cancel()
                self._give_again(lease)
            self._report.lost(node, len(leases), self._tests)
        if self._nodes and not self._running and all(one.refused for one in self._nodes.values()):
            reason = next(iter(self._nodes.values())).refused
            raise CannotRun(f"-cluster: no node can run this campaign: {reason}")

    def _wait_for_nodes(self) -> None:
        """Say that there are no nodes, and give up after a while.

        Raises:
            CannotRun: none has joined for long.
        """
        if self._nodes:
            self._alone_since = None
            return
        now, patience = time.monotonic(), self._connection.patience
        if self._alone_since is None:
            self._alone_since = now
            self._report.waiting(patience)
        elif now - self._alone_since >= patience:
            raise CannotRun(
                f"-cluster: no dask worker has joined for {format_rounded(int(patience * SECOND))};"
                " start some, or set distributed.scheduler.no-workers-timeout in Dask's "
                "configuration to wait longer"
            )

    def _give_again(self, lease: RunningLease) -> None:
        del self._running[lease.key]
        self._tests[lease.test].running -= 1
        self._again.append((lease.test, lease.budget, lease.seed))
        if lease.node in self._nodes:
            self._nodes[lease.node].running -= 1

    def _hand_out(self) -> None:
        """Give leases to all nodes that can run another one."""
        free = [node for node in self._nodes.values() for _ in range(node.free)]
        slots = sum(node.slots for node in self._nodes.values() if not node.refused)
        for node in free:
            if self._failed and not self._settings.keep_going:
                return
            if self._again:
                name, budget, seed = self._again.pop()
                if self._allowance.seconds_left == 0:
                    continue
            else:
                budget = self._allowance.take(slots)
                if not budget:
                    return
                name = self._choose().name
                seed = self._settings.seed + _SEED_STEP * self._number
            self._give(node, self._tests[name], budget, seed)

    def _choose(self) -> FuzzTest:
        """Return the fuzz test for the next lease: the one that lately found the most."""
        return min(
            self._tests.values(),
            key=lambda test: (
                test.started > 0,
                -test.last_found / (1 + test.running),
                test.started,
            ),
        )

    def _give(self, node: Node, test: FuzzTest, budget: str, seed: int) -> None:
        self._number += 1
        key = f"fuzzengine-{self._settings.driver}-{self._number}"
        lease = RunningLease(key, test.name, node.address, budget, seed)
        lease.started = time.monotonic()
        self._running[key] = lease
        test.started += 1
        test.running += 1
        node.running += 1
        try:
            lease.future = self._connection.submit(
                self._order(node, test, lease),
                node.address,
                key,
                lambda future: self._queue.put(("done", (key, future))),
            )
        except ClusterError:
            self._give_again(lease)
            raise

    def _order(self, node: Node, test: FuzzTest, lease: RunningLease) -> Order:
        settings, texts = self._settings, dict(self._settings.texts)
        flags = {**settings.flags, "fuzztime": lease.budget, "seed": str(lease.seed)}
        if settings.keep_going:
            flags["keepgoing"] = "true"
            # Known failures need not be minimized and recorded again.
            known = "".join(f"{title}\n" for title in test.merged.buckets)
            texts["mute"] = f"{texts.get('mute', '')}\n{known}"
        return {
            "driver": settings.driver,
            "test": test.name,
            "table": test.table,
            "flags": flags,
            "texts": texts,
            "package": settings.package,
            "entries": node.take_news(test.name, test.merged.entries),
            "dropped": node.take_dropped(test.name),
            "unmeasured": sorted(test.merged.unmeasured),
        }

    def _finish(self, key: str, future: Any) -> None:
        """Handle the end of a lease."""
        lease = self._running.get(key)
        if lease is None:
            return
        if future.status == "cancelled":
            self._give_again(lease)
            return
        try:
            result: Result = future.result(timeout=_GRACE)
        except Exception as error:
            self._give_again(lease)
            node = self._nodes.get(lease.node)
            # Otherwise the node is gone, and _look will find out.
            if future.status == "error" and node is not None:
                self._note_error(node, f"{type(error).__name__}: {error}", lasting=False)
            return
        self._merge(lease, result)
        self._next_look = 0.0

    def _merge(self, lease: RunningLease, result: Result) -> None:
        node, test = self._nodes[lease.node], self._tests[lease.test]
        if result["table"] and result["table"] != test.table:
            self._give_again(lease)
            self._refuse(
                node,
                f"the coverage table of {test.name} differs there ({result['host']}): other code "
                "or versions; install the same code, or use -ship",
            )
            return
        if result["error"]:
            test.execs += result["execs"]
            self._merge_entries(node, test, result)
            self._merge_failures(test, result)
            self._give_again(lease)
            self._note_error(node, f"{result['host']}: {result['error']}", result["lasting"])
            return
        del self._running[lease.key]
        node.running -= 1
        node.leases += 1
        node.errors = 0
        test.running -= 1
        test.finished += 1
        seconds = time.monotonic() - lease.started
        node.rate = result["execs"] / max(seconds, 0.001)
        test.execs += result["execs"]
        test.last_found = self._merge_entries(node, test, result)
        test.found += test.last_found
        self._merge_failures(test, result)
        self._report.lease(node, test, lease, result, seconds)

    def _merge_entries(self, node: Node, test: FuzzTest, result: Result) -> int:
        """Keep the entries that add something; return the number of new ones."""
        assert self._writer is not None
        merged, new, dropped = test.merged, 0, []
        merged.ignore(result["unstable"])
        for name, (data, bits) in result["entries"].items():
            was_there = name in merged.entries
            if merged.add(name, data, bits):
                if not was_there:
                    new += 1
                    self._writer.write(f"{CORPUS}/{test.name}/{name}", data)
                self._writer.write(f"{BITS}/{test.name}/{name}", bits_file(test.table, bits))
            elif not was_there:
                dropped.append(name)
        node.note_result(test.name, result, dropped)
        return new

    def _merge_failures(self, test: FuzzTest, result: Result) -> None:
        """Keep one failure of each bucket."""
        assert self._writer is not None
        buckets = test.merged.buckets
        for crash in result["crashes"]:
            title, data = crash["Bucket"], crash["Data"]
            if not data:
                self._report.say(
                    f"fuzz: cluster: {result['host']} could not write a failing input of the "
                    f"bucket {title}; the next one will be recorded\n"
                )
                continue
            self._failed = True
            if title in buckets and self._settings.keep_going:
                continue
            bucket = Bucket(title, crash["Name"], data)
            bucket.count, bucket.known, bucket.flaky = 0, crash["Known"], crash["Flaky"]
            buckets[title] = bucket
            name = crash["Name"].rpartition("/")[2]
            self._writer.write(f"{CRASHES}/{test.name}/{name}", crash_file(crash))
            self._report.crash(test.name, crash)
        for title, count in result["buckets"].items():
            if title not in buckets:
                buckets[title] = Bucket(title, "")
                buckets[title].count, buckets[title].suppressed = 0, True
            buckets[title].count += count

    def _note_error(self, node: Node, text: str, lasting: bool) -> None:
        node.errors += 1
        if lasting or node.errors >= MOST_ERRORS:
            self._refuse(node, text)
        else:
            self._report.say(f"fuzz: cluster: a lease failed on {node.name}: {text}\n")

    def _refuse(self, node: Node, reason: str) -> None:
        node.refused = reason
        self._report.refused(node, self._tests)

    def _reconnect(self, reason: str) -> None:
        """Connect again to a scheduler that does not answer.

        Raises:
            CannotRun: it does not come back.
        """
        for lease in list(self._running.values()):
            self._give_again(lease)
        self._nodes.clear()
        patience = self._connection.timeout
        self._report.say(
            f"fuzz: cluster: lost the scheduler: {reason}; what was found is stored; "
            f"connecting again for {patience:.0f}s\n"
        )
        end = time.monotonic() + patience
        while True:
            try:
                self._connection.open(min(patience, 3.0))
            except ClusterError as error:
                if time.monotonic() < end:
                    # The scheduler may refuse connections at once, for as long as it is down.
                    self._handle_for(_WAIT)
                    continue
                raise CannotRun(
                    f"{error}: the scheduler does not answer; the same command goes on with what "
                    "is stored"
                ) from None
            self._report.say("fuzz: cluster: connected again\n")
            return

    def _handle_for(self, seconds: float) -> None:
        """Wait for something to happen, and handle it."""
        try:
            self._handle(*self._queue.get(timeout=seconds))
        except Empty:
            return
