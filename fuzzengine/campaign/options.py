"""What a campaign is to do, and how its workers are started."""

from __future__ import annotations

from fuzzengine.report.events import Events
from scriptest.base.duration import SECOND

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from fuzzengine.corpus.entry import Entry
    from fuzzengine.types.kinds import Kind


class Options:
    """What a campaign is to do. Durations are nanoseconds; 0 means no limit.

    Attributes:
        timeout, limit: when to end: after a time, after a number of executions.
        minimize_timeout, minimize_limit: how long to make one failing input smaller; both 0: not.
        parallel: the number of workers.
        seeds: the seed corpus: of f.add, and of testdata.
        kinds: the types of the arguments.
        corpus_dir, cache_dir: where failing and where interesting inputs are written.
        coverage_size: the number of counters, 0 without instrumentation.
        seed: the seed of the first worker's random numbers.
        go_workers: the workers are test programs of Go.
        in_turn: all inputs get as many turns, and none is checked for what flickers, as in Go.
        words: the user's dictionary.
        events: who is told what happens.
    """

    def __init__(self, kinds: Sequence[Kind], corpus_dir: str, cache_dir: str) -> None:
        self.kinds = list(kinds)
        self.corpus_dir = corpus_dir
        self.cache_dir = cache_dir
        self.seeds: list[Entry] = []
        self.timeout = self.limit = 0
        self.minimize_timeout = 60 * SECOND
        self.minimize_limit = 0
        self.parallel = 1
        self.coverage_size = 0
        self.seed = 0
        self.go_workers = self.in_turn = False
        self.words: Sequence[bytes] = ()
        self.events = Events()

    @property
    def repeatable(self) -> bool:
        """Whether the run depends on nothing but the seed: with one worker."""
        return self.parallel == 1


class Limits:
    """What a worker may take, in nanoseconds and bytes; 0 means no limit.

    Attributes:
        start: time until the first answer.
        execution: time of one execution.
        memory: resident memory of the process.
    """

    def __init__(self, start: int, execution: int, memory: int = 0) -> None:
        self.start = start
        self.execution = execution
        self.memory = memory


class WorkerProgram:
    """How the workers of a campaign are started.

    Attributes:
        command: the program and its arguments.
        limits: what a worker may take.
        coverage_table: the meaning of each byte of coverage, as Coverage.freeze returned it.
    """

    def __init__(self, command: Sequence[str], limits: Limits, coverage_table: str = "") -> None:
        self.command = command
        self.limits = limits
        self.coverage_table = coverage_table
