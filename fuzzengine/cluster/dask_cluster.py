"""Connects to a cluster of Dask: its nodes, leases on them, and what these tell meanwhile."""

from __future__ import annotations

import os

from fuzzengine.cluster.lease import TOPIC, run_lease
from scriptest.base.cluster import (
    Address,
    ClusterError,
    check,
    first_line,
    silence_logs,
    start_workers,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from distributed import Client, Future, LocalCluster

    from fuzzengine.cluster.lease import Order


_PATIENCE = 600.0
"""The seconds without nodes after which a campaign ends, unless Dask's configuration says other."""


class Connection:
    """A connection to the scheduler of a cluster.

    Attributes:
        dashboard: the address of Dask's own page, or "".
    """

    def __init__(self, address: Address, folder: str, driver: str) -> None:
        """Create it; `open` connects.

        Args:
            address: the cluster.
            folder: the folder for the files of nodes on this machine.
            driver: the number of the run of the driver.
        """
        self._address = address
        self._folder = folder
        self._driver = driver
        self._local: LocalCluster | None = None
        self._client: Client | None = None
        self._heard: Callable[[Mapping[str, Any]], object] = bool
        self.dashboard = ""

    @property
    def timeout(self) -> float:
        """The seconds that Dask's configuration allows for a connection."""
        import dask
        from dask.utils import parse_timedelta

        return float(parse_timedelta(dask.config.get("distributed.comm.timeouts.connect")))

    @property
    def patience(self) -> float:
        """The seconds for which a campaign without nodes waits for one."""
        import dask
        from dask.utils import parse_timedelta

        configured = dask.config.get("distributed.scheduler.no-workers-timeout")
        return float(parse_timedelta(configured)) if configured else _PATIENCE

    def open(self, timeout: float | None = None) -> None:
        """Connect to the scheduler; with `local:N`, start one first.

        Args:
            timeout: seconds; by default those of Dask's configuration.

        Raises:
            ClusterError: that is not possible.
        """
        import dask
        from distributed import Client

        dask.config.set({"temporary-directory": self._folder})
        silence_logs()
        self.close_client()
        try:
            if not self._address.workers:
                check(self._address, "-cluster")
            elif self._local is None:
                self._local = start_workers(self._address.workers, self._folder)
            place = self._local.scheduler_address if self._local else self._address.text
            self._client = Client(
                place,
                timeout=self.timeout if timeout is None else timeout,
                set_as_default=False,
            )
            self._client.subscribe_topic(f"{TOPIC}-{self._driver}", self._on_event)
            self.dashboard = self._dashboard()
        except (OSError, ValueError, RuntimeError) as error:
            self.close_client()
            raise ClusterError(f"-cluster {self._address.text}: {first_line(error)}") from None

    def _dashboard(self) -> str:
        assert self._client is not None
        if self._local is not None:
            return ""
        try:
            if self._client.run_on_scheduler(has_dashboard):
                return str(self._client.dashboard_link)
        except Exception:
            # The scheduler cannot import this module: leases will say so.
            return ""
        return ""

    def _on_event(self, event: tuple[object, Mapping[str, Any]]) -> None:
        self._heard(event[1])

    def on_event(self, heard: Callable[[Mapping[str, Any]], object]) -> None:
        """Have a function called, from another thread, with what running leases tell."""
        self._heard = heard

    def nodes(self) -> dict[str, int]:
        """Return the number of leases that each node can run at a time, by its address.

        Raises:
            ClusterError: the scheduler does not answer.
        """
        client = self._client
        if client is None or client.status != "running":
            raise ClusterError("the connection is lost")
        try:
            return dict(client.nthreads())
        except Exception as error:
            raise ClusterError(first_line(error)) from None

    def upload(self, path: str) -> None:
        """Send a file to all nodes, also to those that join later.

        Raises:
            ClusterError: that is not possible.
        """
        assert self._client is not None
        try:
            self._client.upload_file(path, load=False)
        except Exception as error:
            raise ClusterError(f"-ship: {os.path.basename(path)}: {first_line(error)}") from None

    def submit(self, order: Order, node: str, key: str, on_done: Callable[[Any], object]) -> Future:
        """Give a lease to a node.

        Args:
            order: what is to be done.
            node: the address of the node; only that one runs it.
            key: the name of the lease, which is unique.
            on_done: called from another thread with the future when that is done.

        Raises:
            ClusterError: the connection is lost.
        """
        assert self._client is not None
        try:
            future = self._client.submit(run_lease, order, key=key, workers=[node], pure=False)
        except Exception as error:
            raise ClusterError(first_line(error)) from None
        future.add_done_callback(on_done)
        return future

    def close_client(self) -> None:
        """Close the connection; the scheduler then cancels its leases."""
        client, self._client = self._client, None
        if client is None:
            return
        try:
            client.close(timeout=2)
        except Exception:
            # It was lost already.
            return

    def close(self) -> None:
        """Close the connection, and end the nodes that were started here."""
        self.close_client()
        local, self._local = self._local, None
        if local is not None:
            try:
                local.close(timeout=5)
            except Exception:
                # Nodes end with this process.
                return


def has_dashboard(dask_scheduler: Any) -> bool:
    """Return whether a scheduler serves Dask's own page, which needs bokeh; this runs there."""
    return bool(getattr(dask_scheduler.http_application, "applications", ()))
