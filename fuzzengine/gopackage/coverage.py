"""Finds the lines that the corpus of a Go fuzz test reaches.

Counters that guide a campaign are not tied to lines. So the corpus is executed once more, by a
worker of a second test program, which was built with `-cover`. Such a worker writes its coverage
when it ends; each input gets a worker of its own, as long as there are not too many.
"""

from __future__ import annotations

import os
import re
import time
from _queue import Empty, SimpleQueue

from fuzzengine.campaign.event_data import examples_of
from fuzzengine.campaign.reached import ReachingInput
from fuzzengine.campaign.worker_process import Answer, Ended, WorkerProcess
from fuzzengine.corpus.entry import CorpusReadError, content_digest
from fuzzengine.gopackage.package import module_file
from fuzzengine.ipc import messages
from scriptest.base.duration import SECOND

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import TypeAlias

    from fuzzengine.campaign.worker_process import Event
    from fuzzengine.corpus.entry import Entry
    from fuzzengine.report.events import Events

    Block: TypeAlias = tuple[str, int, int, int, int]  # file; first line, column; last line, column

_MOST_ALONE = 400
"""Further inputs share workers, so that only the first to reach a block is known."""

_SHARING = 100
_PATIENCE = 10.0  # seconds
_BLOCK = re.compile(r"^(.+):(\d+)\.(\d+),(\d+)\.(\d+) \d+ (\d+)$", re.MULTILINE)


class CoverProgram:
    """A test program that was built with `-cover`.

    Args:
        program: its path.
        folder: the folder of the package.
        scratch: a folder for temporary files.
    """

    def __init__(self, program: str, folder: str, scratch: str) -> None:
        self._program = program
        self._folder = folder
        self._profile = os.path.join(scratch, "profile")
        self._blocks: dict[Block, None] = {}  # of all files
        self._known: dict[tuple[str, bytes], list[Block]] = {}

    def report(self, fuzz_test: str, entries: Sequence[Entry], events: Events) -> None:
        """Execute the corpus of a fuzz test, and send the event `module` for each source file."""
        files: dict[str, _FileCoverage] = {}
        reached = list(self._reached(fuzz_test, entries))
        for block in sorted(self._blocks):
            files.setdefault(block[0], _FileCoverage()).blocks.append(block)
        for example, blocks in reached:
            for block in blocks:
                files[block[0]].add(block, example)
        for name, file in files.items():
            path = module_file(name, self._folder)
            events.emit("module", Module=name, File=path, **file.fields())

    def _reached(
        self, fuzz_test: str, entries: Sequence[Entry]
    ) -> Iterator[tuple[ReachingInput, Sequence[Block]]]:
        """Yield inputs and the blocks that they reach; of inputs that share a worker, the first."""
        loaded = sorted(_loaded(entries), key=lambda pair: len(pair[1]))
        rest = range(_MOST_ALONE, len(loaded), _SHARING)
        groups = [[pair] for pair in loaded[:_MOST_ALONE]]
        groups += [loaded[start : start + _SHARING] for start in rest]
        for group in groups:
            contents = [data for _, data in group]
            key = fuzz_test, content_digest(b"".join(contents))
            if key not in self._known:
                self._known[key] = self._execute(fuzz_test, contents)
            path, data = group[0]
            yield ReachingInput(path, data), self._known[key]

    def _execute(self, fuzz_test: str, inputs: Iterable[bytes]) -> list[Block]:
        """Execute inputs in a new worker; return the blocks that they reach."""
        command = [
            self._program,
            "-test.fuzzworker",
            "-test.run=^$",
            f"-test.fuzz=^{fuzz_test}$",
            f"-test.fuzzcachedir={self._profile}",
            f"-test.coverprofile={self._profile}",
        ]
        events: SimpleQueue[Event | str] = SimpleQueue()
        worker = WorkerProcess(0, command, os.environ, events)
        try:
            worker.start()
            for data in inputs:
                worker.memory.begin_call(data)
                worker.send(messages.fuzz_call(SECOND, 1, warmup=True, coverage=None))
                if not _await(events, Answer):
                    break
            worker.close_calls()
            if not _await(events, Ended):
                worker.signal("SIGKILL", group=True)
                _await(events, Ended)
        finally:
            worker.close()
        return self._read_profile()

    def _read_profile(self) -> list[Block]:
        """Read and remove the profile; a worker that has died wrote none."""
        try:
            with open(self._profile, encoding="utf-8") as file:
                text = file.read()
            os.unlink(self._profile)
        except FileNotFoundError:
            return []
        reached = []
        for file, *numbers, count in _BLOCK.findall(text):
            line, column, end_line, end_column = map(int, numbers)
            block = (file, line, column, end_line, end_column)
            self._blocks[block] = None
            if count != "0":
                reached.append(block)
        return reached


class _FileCoverage:
    """The coverage of one source file.

    Attributes:
        blocks: its blocks in the order of the source.
    """

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self._inputs: dict[Block, list[ReachingInput]] = {}

    def add(self, block: Block, example: ReachingInput) -> None:
        """Add an input that reaches a block."""
        self._inputs.setdefault(block, []).append(example)

    def fields(self) -> dict[str, object]:
        """Return the fields of the event."""
        inputs = [self._inputs.get(block, []) for block in self.blocks]
        smallest, examples = examples_of(
            [min(one, key=lambda i: i.size, default=None) for one in inputs]
        )
        return {
            "Places": [list(block[1:]) for block in self.blocks],
            "Reached": "".join("1" if one else "0" for one in inputs),
            "Unstable": [],
            "Hits": [len(one) for one in inputs],
            "Smallest": smallest,
            "Examples": examples,
        }


def _loaded(entries: Iterable[Entry]) -> Iterator[tuple[str, bytes]]:
    for entry in entries:
        try:
            yield entry.path, entry.load()
        except CorpusReadError:
            # It was removed meanwhile.
            continue


def _await(events: SimpleQueue[Event | str], kind: type[Event]) -> bool:
    """Wait for an event; return False if it does not come, or the worker ends before."""
    end = time.monotonic() + _PATIENCE
    while True:
        try:
            event = events.get(timeout=max(end - time.monotonic(), 0))
        except Empty:
            return False
        if isinstance(event, kind):
            return True
        if isinstance(event, Ended):
            return False
