"""Addresses of Dask clusters, and connections to them."""

# No annotations from __future__ here: typing would compile each field's of a NamedTuple.

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import SplitResult, urlsplit

from scriptest.base import numbers

if TYPE_CHECKING:
    from distributed import Client

_LOOPBACK = "127.0.0.1"
_FORMS = f"tls://HOST:PORT, tcp://{_LOOPBACK}:PORT or local:N"


QUIET: dict[str, object] = {
    "distributed.worker.profile.enabled": False,
    "distributed.admin.system-monitor.interval": "10s",
    "distributed.admin.tick.interval": "1s",
    "distributed.admin.tick.limit": "1h",
}
"""Dask's configuration for clusters on this machine: without it, nodes that only wait for programs
would sample what they do 50 to 100 times a second."""


class ClusterError(Exception):
    """A cluster cannot be used; the message is one line and names the fix."""


class Address(NamedTuple):
    """The address of a cluster."""

    text: str
    """As the user wrote it."""
    workers: int = 0
    """The number of workers to start on this machine, for `local:N`; 0 for a cluster that runs."""


def parse_address(text: str, option: str) -> Address:
    """Parse the address of a cluster; this imports nothing of Dask.

    Dask runs the code of every process that connects, so only encrypted addresses are accepted
    besides those of this machine.

    Args:
        text: `tls://HOST:PORT`, `tcp://127.0.0.1:PORT`, or `local:N` for N workers of its own.
        option: the option that the address belongs to, for error messages.

    Raises:
        ClusterError: the address is invalid or not secure.
    """
    kind, _, rest = text.partition(":")
    if kind == "local":
        workers = numbers.read(rest)
        if not workers:
            raise ClusterError(f"{option} {text}: write a number of workers, such as local:4")
        return Address(text, workers)
    try:
        parts = urlsplit(text)
        has_port = parts.port is not None
    except ValueError:
        parts, has_port = SplitResult("", "", "", "", ""), False
    if parts.scheme not in ("tcp", "tls") or not parts.hostname or not has_port:
        raise ClusterError(f"{option} {text}: write {_FORMS}")
    if parts.scheme == "tcp" and not _is_loopback(parts.hostname):
        raise ClusterError(
            f"{option} {text}: refused, since Dask runs the code of everyone who connects to it; "
            "set up TLS and write tls:// (see docs/cluster.md)"
        )
    return Address(text)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    from ipaddress import ip_address

    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def missing_extra(option: str) -> str:
    """Return the message that Dask is not installed, or an empty string.

    Args:
        option: the option that needs it.
    """
    from importlib.util import find_spec

    if find_spec("distributed") is not None:
        return ""
    return f"{option} needs Dask, which is not installed: pip install 'scriptest[cluster]'"


@contextmanager
def connect(address: Address, option: str, *, timeout: float = 10.0) -> Iterator["Client"]:
    """Connect to a cluster until the end of the context.

    For `local:N`, start N workers with one thread each, which only processes of this machine can
    reach, and end them afterwards.

    Args:
        address: the address.
        option: the option that the address belongs to, for error messages.
        timeout: how many seconds to wait for the scheduler.

    Raises:
        ClusterError: Dask is not installed, no scheduler answers, or TLS is not configured.
    """
    message = missing_extra(option)
    if message:
        raise ClusterError(message)
    from distributed import Client

    silence_logs()
    if address.workers:
        with start_workers(address.workers, os.environ.get("TMPDIR")) as cluster:
            client = Client(cluster, set_as_default=False)
            try:
                yield client
            finally:
                client.close()
        return
    check(address, option)
    try:
        client = Client(address.text, timeout=timeout, set_as_default=False)
    except (OSError, RuntimeError, ValueError) as error:
        raise ClusterError(f"{option} {address.text}: {first_line(error)}") from None
    try:
        yield client
    finally:
        client.close()


def silence_logs() -> None:
    """Log nothing: tracebacks of lost connections are not for users."""
    import logging

    names = ("asyncio", "bokeh", "distributed", "tornado")
    for name in (*names, *logging.root.manager.loggerDict):
        if name.partition(".")[0] in names:
            # Dask's configuration may give each of them a handler.
            logger = logging.getLogger(name)
            logger.handlers = [logging.NullHandler()]
            logger.propagate = False


def start_workers(workers: int, folder: str | None) -> Any:
    """Start a cluster on this machine; return it as a `LocalCluster`.

    Args:
        workers: the number of workers, with one thread each.
        folder: the folder for their files; by default Dask's own.
    """
    import dask
    from distributed import LocalCluster

    # Nodes get the configuration of this process.
    dask.config.set(QUIET)
    with _ignored_interrupts():
        return LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            host=_LOOPBACK,
            dashboard_address=f"{_LOOPBACK}:0",
            # Workers share the cores with whatever runs here; Dask would warn about the memory.
            memory_limit=0,
            local_directory=folder,
        )


@contextmanager
def _ignored_interrupts() -> Iterator[None]:
    """Let processes that start here ignore the interrupt of a terminal, which is for this one."""
    import signal
    import threading

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def check(address: Address, option: str) -> None:
    """Check that a cluster that runs can be connected to: its host, and the certificates for TLS.

    Args:
        address: the address.
        option: the option that the address belongs to, for error messages.

    Raises:
        ClusterError: the host is unknown, or TLS is not configured.
    """
    _check_host(address, option)
    if address.text.startswith("tls:"):
        _check_tls(address, option)


def _check_host(address: Address, option: str) -> None:
    """Check that the name of a host is known: Dask would repeat the question for minutes."""
    import socket

    parts = urlsplit(address.text)
    try:
        socket.getaddrinfo(parts.hostname, parts.port)
    except (OSError, UnicodeError):
        raise ClusterError(f"{option} {address.text}: there is no host {parts.hostname}") from None


def _check_tls(address: Address, option: str) -> None:
    """Check that Dask's own configuration names certificates that can be read."""
    from distributed.security import Security

    try:
        if Security().get_connection_args("client").get("ssl_context") is not None:
            return
        reason = "no certificates are set"
    except (OSError, TypeError, ValueError) as error:
        reason = first_line(error)
    raise ClusterError(
        f"{option} {address.text}: TLS is not configured: {reason}; set distributed.comm.tls in "
        "Dask's configuration (see docs/cluster.md)"
    )


def first_line(error: BaseException) -> str:
    """Return the first line of the message of an error, or else the name of its type."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
