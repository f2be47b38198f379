"""The options of a campaign, and the program of its workers."""

from __future__ import annotations

from fuzzengine.instrument.coverage import SPARE
from fuzzengine.report.events import Events
from scriptest.base.duration import SECOND

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Protocol

    from fuzzengine.corpus.entry import Entry
    from fuzzengine.golang.traces import GoTraces
    from fuzzengine.types.kinds import Kind
else:
    Protocol = object


class InputStore(Protocol):
    """The interesting inputs of earlier campaigns, and those of this one."""

    def read(self) -> Iterator[Entry]:
        """Yield the inputs."""

    def write(self, entry: Entry) -> str:
        """Keep a new input; return its path, or "" if it stays in memory."""


class Options:
    """The options of a campaign. Durations are nanoseconds; 0 means no limit.

    Attributes:
        timeout, limit: the time and the number of executions of the campaign.
        corpus_only: execute every entry of the corpus once, and nothing else.
        minimize_timeout, minimize_limit: the same for minimizing a failing input; both 0: do not.
        minimize_interesting: minimize interesting inputs, with limits of their own.
        valid_text: texts have no lone surrogates; inputs that have some are not executed.
        parallel: the number of workers.
        seeds: the seed corpus, from f.add and from testdata.
        kinds: the types of the arguments.
        corpus_dir, cache_dir: the folders for failing and for interesting inputs.
        inputs: where interesting inputs are kept instead of cache_dir, or None.
        coverage_size: the number of counters, 0 without instrumentation.
        seed: the seed of the first worker's random numbers.
        go_workers: the workers are test programs of Go.
        in_turn: all inputs get equally many turns and are not checked for stability, as in Go.
        words: the user's dictionary.
        events: receives the events of the campaign.
        live: a terminal shows the progress, so that only the last progress line is printed.
        tests: the number of fuzz tests that share the run.
        announced: the buckets that earlier campaigns of this run have printed.
        table: what each byte of coverage means, as Coverage.freeze returned it; "" if the counters
            belong to no modules.
        before: the coverage of the fuzz test up to its call of f.fuzz; b"" if unknown.
    """

    def __init__(self, kinds: Sequence[Kind], corpus_dir: str, cache_dir: str) -> None:
        self.kinds = list(kinds)
        self.corpus_dir = corpus_dir
        self.cache_dir = cache_dir
        self.inputs: InputStore | None = None
        self.seeds: list[Entry] = []
        self.timeout = self.limit = 0
        self.corpus_only = False
        self.minimize_timeout = 60 * SECOND
        self.minimize_limit = 0
        self.minimize_interesting = True
        self.valid_text = False
        self.parallel = 1
        self.coverage_size = 0
        self.seed = 0
        self.go_workers = self.in_turn = False
        self.words: Sequence[bytes] = ()
        self.events = Events()
        self.live = False
        self.tests = 1
        self.announced: set[str] = set()
        self.table = ""
        self.before = b""

    @property
    def shown_apart(self) -> bool:
        """Whether the run prints the seed and the totals, as this is one share of many."""
        return self.live and self.tests > 1

    @property
    def blocks(self) -> int:
        """The number of blocks in the modules that were loaded when the campaign began."""
        return self.coverage_size - SPARE if self.table and self.coverage_size else 0

    @property
    def repeatable(self) -> bool:
        """Whether the run depends only on the seed, which it does with one worker."""
        return self.parallel == 1


class Limits:
    """The limits of a worker, in nanoseconds and bytes; 0 means no limit.

    Attributes:
        start: time until the first answer.
        execution: time of one execution.
        memory: resident memory of the process.
        time_flag, memory_flag: the flags that set the last two, for reports.
        memory_unit: the unit of the latter in bytes.
    """

    time_flag = "-fuzzexectime"
    memory_flag = "-memlimit"
    memory_unit = 1

    def __init__(self, start: int, execution: int, memory: int = 0) -> None:
        self.start = start
        self.execution = execution
        self.memory = memory


class WorkerProgram:
    """The program that the workers of a campaign execute.

    Attributes:
        command: the program and its arguments.
        limits: the limits of each worker.
        coverage_table: the meaning of each byte of coverage, as Coverage.freeze returned it.
        traces: reads failures in the output of a test program of Go; None for Python's.
    """

    def __init__(
        self,
        command: Sequence[str],
        limits: Limits,
        coverage_table: str = "",
        traces: GoTraces | None = None,
    ) -> None:
        self.command = command
        self.limits = limits
        self.coverage_table = coverage_table
        self.traces = traces
