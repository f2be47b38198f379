"""Runs one lease on a node: a short campaign of one worker, started as a program of its own.

A lease is a task of Dask. Its program is killed with the Dask worker, whatever ends that. Orders
and results are dictionaries of built-in types.
"""

from __future__ import annotations

import os
import select
import socket
import subprocess
import sys
import time

from fuzzengine.base import tempdir
from fuzzengine.base.frames import ENGINE_FOLDER
from fuzzengine.base.paths import cache_root, code_cache
from fuzzengine.cluster.node_cache import NodeCache, PackageMissing
from fuzzengine.corpus.entry import entry_name
from fuzzengine.ipc import result_file, signals
from fuzzengine.ipc.parent_death import PARENT_PIPE_VARIABLE, end_group_with_pipe
from fuzzengine.program import variables
from fuzzengine.report.events import CORPUS, ENTRIES
from fuzzengine.report.test2json import EventFilter
from scriptest.base import process_tags
from scriptest.base.errors import reason_of
from scriptest.base.regular_files import read_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, TypedDict

    class Order(TypedDict):
        """The order of a lease.

        Attributes:
            driver: the number of the driver's run, which the cache of the node is named by.
            test: the fuzz test.
            table: the digest of the coverage table that the program must have.
            flags: flags of the test program, among them the seed and the budget.
            texts: the contents of files that flags name, by flag.
            package: where the package is; see `NodeCache.package_folder`.
            entries: entries that the node lacks, by name.
            dropped: the names of entries that the node need not keep.
            unmeasured: the names of entries whose coverage the driver does not know.
        """

        driver: str
        test: str
        table: str
        flags: dict[str, str]
        texts: dict[str, str]
        package: dict[str, Any]
        entries: dict[str, bytes]
        dropped: list[str]
        unmeasured: list[str]

    class Result(TypedDict):
        """The result of a lease.

        Attributes:
            host: the name of the node's machine.
            table: the digest of its coverage table; "" if the campaign did not begin.
            execs: executions.
            cpu: seconds of CPU time of the program and its worker.
            entries: new entries, and those that were unmeasured: bytes and numbers of their bits.
            unstable: numbers of bits that do not count.
            crashes: the `crash` events, with the whole input as `Data`, and `Flaky`.
            buckets: the number of failures of each bucket.
            error: why the campaign could not be run to its end, or "".
            lasting: the node would fail again.
        """

        host: str
        table: str
        execs: int
        cpu: float
        entries: dict[str, tuple[bytes, list[int]]]
        unstable: list[int]
        crashes: list[dict[str, Any]]
        buckets: dict[str, int]
        error: str
        lasting: bool


TOPIC = "fuzzengine"
"""The first word of the topic of the events that tell the driver about running leases."""

_POLL = 0.25
"""The seconds after which a lease looks whether it is still wanted."""

_TELL = 2.0
"""The seconds between two events about its executions."""

_OUTPUT_KEPT = 4096
_UNWANTED = "the driver has cancelled it"


def run_lease(order: Order) -> Result:
    """Run a lease on the Dask worker that this thread belongs to."""
    from distributed import get_worker
    from distributed.worker import thread_state

    worker, key = get_worker(), thread_state.key

    def is_wanted() -> bool:
        task = worker.state.tasks.get(key)
        return task is not None and task.state in ("executing", "long-running")

    def tell(execs: int) -> None:
        # A node that has lost its scheduler is about to end.
        worker.log_event(f"{TOPIC}-{order['driver']}", {"lease": key, "execs": execs})

    return Lease(order, worker.local_directory, is_wanted, tell).run()


class Lease:
    """One lease, in the Dask worker."""

    def __init__(
        self,
        order: Order,
        folder: str,
        is_wanted: Callable[[], bool],
        tell: Callable[[int], object],
    ) -> None:
        """Create it.

        Args:
            order: what is to be done.
            folder: the folder of the Dask worker.
            is_wanted: returns whether the driver still waits for the result.
            tell: tells the driver the number of executions so far.
        """
        self._order = order
        self._cache = NodeCache(folder, order["driver"], order["test"])
        self._folder = folder
        self._is_wanted = is_wanted
        self._tell = tell
        self._told = 0.0
        self._output = b""
        self._stopped = ""
        self._life = -1
        self._result: Result = {
            "host": socket.gethostname(),
            "table": "",
            "execs": 0,
            "cpu": 0.0,
            "entries": {},
            "unstable": [],
            "crashes": [],
            "buckets": {},
            "error": "",
            "lasting": False,
        }

    def run(self) -> Result:
        """Run the campaign to its end; return what it found."""
        order, result = self._order, self._result
        try:
            self._cache.update(order["entries"], order["dropped"])
            package = self._cache.package_folder(order["package"])
        except PackageMissing as error:
            result["error"], result["lasting"] = str(error), True
            return result
        except OSError as error:
            result["error"] = f"{self._cache.folder}: {reason_of(error)}"
            return result
        run_folder = tempdir.RunFolder(tagged=True)
        try:
            os.makedirs(run_folder.path, exist_ok=True)
            self._run_in(run_folder, package)
        except OSError as error:
            result["error"] = reason_of(error)
        finally:
            if run_folder.number:
                process_tags.end_run(run_folder.number)
            run_folder.remove()
        return result

    def _run_in(self, run_folder: tempdir.RunFolder, package: str) -> None:
        report = os.path.join(run_folder.path, "result")
        result_file.create(report)
        process = self._start(run_folder, package, report)
        try:
            self._read_output(process)
        finally:
            # What is left of its group ends, too; the number is its own until it is reaped.
            _kill(process)
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            os.close(self._life)
        self._result["cpu"] = usage.ru_utime + usage.ru_stime
        self._note_end(process.returncode, result_file.read(report))

    def _start(
        self, run_folder: tempdir.RunFolder, package: str, report: str
    ) -> subprocess.Popen[bytes]:
        order = self._order
        flags = {
            **order["flags"],
            "run": "^$",
            "fuzz": f"^{order['test']}$",
            "parallel": "1",
            "timeout": "0",
            "fuzzcachedir": os.path.dirname(self._cache.folder),
            "fuzzcrashdir": os.path.join(run_folder.path, "crashes"),
            "fuzzevents": CORPUS if order["unmeasured"] else ENTRIES,
            "resultfile": report,
        }
        for name, text in order["texts"].items():
            flags[name] = os.path.join(run_folder.path, f"flag-{name}")
            with open(flags[name], "w", encoding="utf-8", errors="surrogateescape") as file:
                file.write(text)
        command = [sys.executable, "-P", os.path.join(ENGINE_FOLDER, "program", "boot.py")]
        command += [f"-test.{name}={text}" for name, text in flags.items()]
        child_life, self._life = os.pipe()
        try:
            with process_tags.Inherited(process_tags.tag_of_run(run_folder.number)):
                process = subprocess.Popen(
                    command,
                    cwd=package,
                    env=self._environment(run_folder.path, package, child_life),
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    pass_fds=[child_life],
                    process_group=0,
                )
        except OSError:
            os.close(self._life)
            raise
        else:
            end_group_with_pipe(child_life, process.pid)
            return process
        finally:
            os.close(child_life)

    def _environment(self, temporary: str, package: str, life: int) -> dict[str, str]:
        root, place = cache_root(os.environ), self._order["package"]
        environment = {
            **os.environ,
            PARENT_PIPE_VARIABLE: str(life),
            tempdir.ROOT_VARIABLE: temporary,
            # The commands in reports are those for the machine of the driver.
            variables.COMMAND: variables.OWN_COMMAND,
            variables.FOLDER: place["argument"],
            variables.CODE: code_cache(root or self._folder),
        }
        files = [os.path.join(package, name) for name in place["files"]]
        environment.pop(variables.FILES, None)
        if files:
            environment[variables.FILES] = os.pathsep.join(files)
        return environment

    def _read_output(self, process: subprocess.Popen[bytes]) -> None:
        """Read events until the program has ended, or kill it if the lease was cancelled."""
        assert process.stdout is not None
        events = EventFilter(self._keep_output, self._handle)
        descriptor = process.stdout.fileno()
        with process.stdout:
            while not self._stopped:
                readable, _, _ = select.select([descriptor], [], [], _POLL)
                if readable:
                    chunk = os.read(descriptor, 1 << 16)
                    if not chunk:
                        return
                    events.write(chunk)
                elif _has_ended(process):
                    # Processes that the target started still hold the pipe.
                    return
                if not self._is_wanted():
                    self._stopped = _UNWANTED
            _kill(process)

    def _keep_output(self, chunk: bytes) -> None:
        self._output = (self._output + chunk)[-_OUTPUT_KEPT:]

    def _handle(self, _: str, event: Mapping[str, Any]) -> None:
        result, name = self._result, event["Event"]
        result["execs"] = max(result["execs"], event.get("Execs", 0))
        if name == "start":
            result["table"] = event["Table"]
            if event["Table"] != self._order["table"]:
                self._stopped = "its coverage table differs"
        elif name == "entry":
            self._add_entry(event)
        elif name == "unstable":
            result["unstable"] += event["Bits"]
        elif name == "crash":
            self._add_crash(event)
        elif name == "bucket":
            result["buckets"][event["Bucket"]] = event["Count"]
            for crash in result["crashes"]:
                crash["Flaky"] |= event["Flaky"] and crash["Bucket"] == event["Bucket"]
        elif name == "end" and event["Reason"] == "error":
            result["error"] = event["Error"]
        elif name == "progress" and time.monotonic() - self._told >= _TELL:
            self._told = time.monotonic()
            self._tell(result["execs"])

    def _add_entry(self, event: Mapping[str, Any]) -> None:
        name = os.path.basename(event["Path"])
        if not (event["New"] or name in self._order["unmeasured"]):
            return
        try:
            data = read_file(event["Path"])
        except OSError:
            # The cache of the node is full: the entry is lost.
            return
        self._result["entries"][entry_name(data)] = (data, event["Bits"])

    def _add_crash(self, event: Mapping[str, Any]) -> None:
        """Read the whole input: the event has only the beginning of a long one."""
        try:
            data = read_file(event["Path"])
        except OSError:
            # A seed has no file. An input that could not be written is found again.
            data = event["Input"].encode("utf-8") if event["Known"] else b""
        self._result["crashes"].append({**event, "Data": data, "Flaky": False})

    def _note_end(self, code: int, report: result_file.ProgramResult) -> None:
        result = self._result
        if self._stopped or result["crashes"]:
            result["error"] = ""
        elif report.cannot_run:
            result["error"] = report.cannot_run
        elif not result["table"]:
            result["error"] = self._last_line() or f"the test program ended with status {code}"
            result["lasting"] = True

    def _last_line(self) -> str:
        lines = self._output.decode("utf-8", "replace").strip().splitlines()
        return next((line.strip() for line in reversed(lines) if line.strip() != "FAIL"), "")


def _has_ended(process: subprocess.Popen[bytes]) -> bool:
    """Return whether a process has ended, without reaping it."""
    return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _kill(process: subprocess.Popen[bytes]) -> None:
    try:
        os.killpg(process.pid, signals.number("SIGKILL") or 9)
    except OSError:
        return
