"""Learns the argument types and the seeds of a Go fuzz test from its own test program.

Go's coordinator, in the test program, sends all seeds to its workers. Here its worker is
collector.py. So nothing is read from the source: seeds may be computed, types may be aliases.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys

from fuzzengine.base.paths import CORPUS_FOLDER
from fuzzengine.corpus.encoding import unmarshal
from fuzzengine.corpus.entry import Entry, read_cache
from fuzzengine.gopackage import collector
from fuzzengine.report.lines import not_fuzzing, start_limit
from scriptest.base.duration import SECOND

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from fuzzengine.types.kinds import Kind

_OUTCOMES = ("PASS", "FAIL", "ok")


class DiscoveryError(Exception):
    """A fuzz test did not reach its fuzz target; the message is what it printed."""


class GoFuzzTest:
    """A fuzz test of a Go package.

    Attributes:
        name: its name.
        kinds: the types of its arguments.
        counters: the number of counters of its coverage; 0 without instrumentation.
    """

    def __init__(self, name: str, kinds: Sequence[Kind], counters: int) -> None:
        self.name = name
        self.kinds = list(kinds)
        self.counters = counters
        self._added: list[bytes] = []

    def add(self, data: bytes) -> None:
        """Add a seed, as a corpus file."""
        self._added.append(data)

    def seeds(self) -> list[Entry]:
        """Return the seeds of f.Add and of testdata, in Go's order.

        Raises:
            CorpusReadError: a file of testdata cannot be read.
        """
        files, _ = read_cache(os.path.join(CORPUS_FOLDER, self.name), self.kinds)
        contents = {entry.data for entry in files}
        added = list(self._added)
        while added and added[-1] in contents:
            added.pop()
        entries = [Entry(f"seed#{number}", data) for number, data in enumerate(added)]
        for entry in files:
            entry.values = None
        for entry in entries + files:
            entry.is_seed = True
        return entries + files


def list_fuzz_tests(program: str, folder: str) -> list[str]:
    """Return the names of the fuzz tests of a test program.

    Raises:
        DiscoveryError: the program does not list them.
    """
    done = _run([program, "-test.list=^Fuzz"], folder, os.environ)
    if done.returncode:
        raise DiscoveryError(done.stdout)
    return [name for name in done.stdout.split("\n") if name.startswith("Fuzz")]


def discover(program: str, name: str, folder: str, scratch: str, limit: int) -> GoFuzzTest | None:
    """Run a fuzz test up to its fuzz target, and return what it tells; None if it skips itself.

    Args:
        program: the test program, an absolute path.
        name: the fuzz test.
        folder: the folder of the package.
        scratch: a folder for temporary files.
        limit: the nanoseconds that it may take; 0 means no limit.

    Raises:
        DiscoveryError: it fails or takes too long before its fuzz target.
    """
    inner = os.path.join(scratch, f"collect-{name}")
    os.makedirs(inner, exist_ok=True)
    found = os.path.join(inner, "found")
    flags = [f"-test.fuzz=^{name}$", "-test.run=^$", "-test.parallel=1"]
    # Go starts its workers by the name of the program, which can be another program.
    command = [_write_worker(inner), *flags, f"-test.fuzzcachedir={os.path.join(inner, 'cache')}"]
    environment = {**os.environ, collector.COLLECT_VARIABLE: found}
    try:
        done = _run(command, folder, environment, executable=program, limit=limit)
    except subprocess.TimeoutExpired:
        raise DiscoveryError(not_fuzzing(start_limit(limit, importing=False), "", "")) from None
    records = _records(found)
    if not records:
        if not done.returncode:
            return None
        lines = done.stdout.split("\n")
        raise DiscoveryError("\n".join(one for one in lines if one not in _OUTCOMES).rstrip("\n"))
    kinds, _ = unmarshal(_input_of(records[0]))
    fuzz_test = GoFuzzTest(name, kinds, records[0]["Counters"])
    for record in records:
        if record["Seed"]:
            fuzz_test.add(_input_of(record))
    return fuzz_test


def _write_worker(folder: str) -> str:
    """Write a program that runs the collector; return its path."""
    path = os.path.join(folder, "worker")
    words = shlex.join([sys.executable, "-P", os.path.abspath(collector.__file__)])
    with open(path, "w", encoding="utf-8") as file:
        file.write(f'#!/bin/sh\nexec {words} "$@"\n')
    os.chmod(path, 0o700)
    return path


def _run(
    command: Sequence[str],
    folder: str,
    environment: Mapping[str, str],
    *,
    executable: str | None = None,
    limit: int = 0,
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        executable=executable,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        timeout=limit / SECOND if limit else None,
        check=False,
    )


def _records(path: str) -> list[dict[str, Any]]:
    try:
        with open(path, encoding="utf-8") as file:
            return [json.loads(line) for line in file]
    except FileNotFoundError:
        return []


def _input_of(record: Mapping[str, Any]) -> bytes:
    text: str = record["Input"]
    return text.encode("utf-8", "surrogateescape")
