"""Runs scripts on a Dask cluster, handing them out one by one."""

from __future__ import annotations

import os
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from scriptest import __version__
from scriptest.base import cluster
from scriptest.cluster.messages import Interrupted, Order, Problem, RunSpec
from scriptest.cluster.node import close_run, run_script, stop_run
from scriptest.cluster.server import digest
from scriptest.engine.result import Failure, Result, Status
from scriptest.run.runner import Runner
from scriptest.sandbox.log import LogSection
from scriptest.suite.suite import SuiteError

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterator, Sequence

    from distributed import Client, Future

    from scriptest.run.options import Options
    from scriptest.suite.suite import Selected

OPTION = "--cluster"

_NO_NODE = 60.0
"""Seconds to wait for the first node."""

_GRACE = 10.0
"""Seconds for scripts to end after an interrupt."""

_PAUSE = 0.2

_BETWEEN_COUNTS = 1.0
"""Seconds after which the nodes are counted again."""


class ClusterRunner(Runner):
    """One run of scripts on the nodes of a cluster.

    The driver decides which script runs next, so its groups hold for all nodes; and Dask gives a
    script whose node is lost to another one. Of a script that then runs again, only the last result
    is reported.
    """

    def __init__(self, client: Client, spec: RunSpec, most: int) -> None:
        """Prepare a run.

        Args:
            client: the connection to the cluster.
            spec: the run.
            most: how many scripts may run at the same time; 0 for as many as nodes have threads.
        """
        super().__init__(spec.options)
        self._client = client
        self._spec = spec
        self._most = most
        self._places = 1
        self._over = threading.Event()
        self._interrupted = 0.0
        self._lost = False

    def prepare(self, scripts: Sequence[Selected] = ()) -> None:
        """Wait for a node; nodes set themselves up.

        Raises:
            SuiteError: no node has joined the cluster.
        """
        try:
            self._client.wait_for_workers(1, timeout=_NO_NODE)
        except Exception:
            raise SuiteError(f"{OPTION}: no node has joined the cluster for a minute") from None
        self._count_places()
        threading.Thread(target=self._watch_nodes, daemon=True).start()

    def _watch_nodes(self) -> None:
        """Notice nodes that join or are lost, until the end of the run."""
        while not self._over.wait(_BETWEEN_COUNTS):
            self._count_places()

    def _count_places(self) -> None:
        """Ask the scheduler how many scripts its nodes can run at the same time."""
        try:
            threads = sum(self._client.nthreads().values())
        except Exception:
            # The result of the next script says that the connection is lost.
            return
        self._places = max(1, min(threads, self._most or threads))

    def places(self) -> int:
        """Return the number of scripts that can run at the same time now."""
        return self._places

    def run_one(self, selected: Selected) -> Result:
        """Run a script on a node, and return how it ended."""
        order = Order(selected._replace(number=0).name, selected.number, digest(selected))
        answer = self._answer(order)
        if isinstance(answer, Result):
            self._log(selected, answer)
            return answer
        if isinstance(answer, Interrupted):
            return Result(selected.name, selected.path, Status.INTERRUPTED, 0.0)
        failure = Failure(selected.file, 0, 0, answer.message, "")
        return Result(selected.name, selected.path, Status.BROKEN, 0.0, failure=failure)

    def _answer(self, order: Order) -> Result | Problem | Interrupted:
        try:
            key = f"scriptest-{self._spec.run}-{order.name}#{order.number}"
            future = self._client.submit(run_script, self._spec, order, key=key, pure=False)
        except Exception as error:
            self._lost = True
            return Problem(f"the connection to the cluster is lost: {cluster.first_line(error)}")
        if not self._wait(future):
            return Interrupted()
        return self._result(future)

    def _wait(self, future: Future) -> bool:
        """Wait for the result of a script; return False if the run was interrupted before."""
        done = threading.Event()
        future.add_done_callback(lambda _: done.set())
        while not done.wait(_PAUSE):
            if self._interrupted and time.monotonic() > self._interrupted + _GRACE:
                return False
        return True

    def _result(self, future: Future) -> Result | Problem | Interrupted:
        from concurrent.futures import CancelledError

        from distributed import KilledWorker

        try:
            answer: Result | Problem | Interrupted = future.result()
        except CancelledError:
            self._lost = True
            return Problem("the connection to the cluster is lost")
        except KilledWorker as error:
            last = error.last_worker.address
            return Problem(f"every node that ran it was lost, the last one {last}")
        except Exception as error:
            return Problem(f"its node cannot run it: {cluster.first_line(error)}")
        return answer

    def _log(self, selected: Selected, result: Result) -> None:
        """Show the log of a script that has ended, as if it had run here."""
        on_log = self._executor.on_log
        if on_log is None:
            return
        for phase in result.phases:
            on_log(selected, LogSection(phase.title, phase.line))
            for entry in phase.entries:
                on_log(selected, entry)

    def _is_last_failure(self) -> bool:
        return super()._is_last_failure() or self._lost

    def interrupt(self) -> None:
        """End every running script at once."""
        self._interrupted = time.monotonic()
        self._run_on_nodes(stop_run)

    def close(self) -> None:
        """End the run on all nodes.

        Raises:
            SuiteError: a teardown failed; everything else was done nevertheless.
        """
        self._over.set()
        for messages in self._run_on_nodes(close_run).values():
            if messages:
                raise SuiteError(messages[0])

    def _run_on_nodes(self, function: object) -> dict[str, list[str]]:
        """Call a function on each node that is there; return what it returned."""
        if self._lost:
            return {}
        try:
            answers: dict[str, list[str]] = self._client.run(
                function, self._spec.run, on_error="ignore"
            )
        except Exception:
            # Processes on nodes end by themselves when they get no order.
            return {}
        return answers


@contextmanager
def connected(
    options: Namespace, paths: Sequence[str], settings: Options
) -> Iterator[ClusterRunner]:
    """Connect to the cluster that the options name, and return a runner.

    Args:
        options: the arguments of `scriptest run`.
        paths: the scripts and folders to run, as the user would type them.
        settings: how to run.

    Raises:
        ClusterError: the cluster cannot be used.
    """
    run = os.urandom(8).hex()
    spec = RunSpec(
        run,
        __version__,
        os.getcwd(),
        tuple(paths),
        options.config,
        options.recursive,
        options.dialect or "",
        settings,
    )
    address = cluster.parse_address(options.cluster, OPTION)
    with cluster.connect(address, OPTION) as client:
        yield ClusterRunner(client, spec, options.jobs)
