"""What the plan gives to workers, and what comes of it: data only."""

from __future__ import annotations

TYPE_CHECKING = False  # importing typing costs more than the rest of a worker's start
if TYPE_CHECKING:
    from collections.abc import Sequence

    from fuzzengine.base.failure import Failure
    from fuzzengine.corpus.entry import Entry


class CampaignError(Exception):
    """A campaign cannot go on, and there is no failing input to record."""


class Crash:
    """A failing input, and how it fails."""

    __slots__ = ("entry", "failure")

    def __init__(self, entry: Entry, failure: Failure) -> None:
        self.entry = entry
        self.failure = failure


class Input:
    """An input for a worker to try mutations of, or only to run once (warm-up).

    With `solve` it is new, and the worker's solver is to study it first. With `check` it is run as
    it is RUNS times, to see what flickers. In warm-up `more` inputs are to be run once after it.
    """

    __slots__ = ("check", "coverage", "entry", "limit", "more", "solve", "timeout", "warmup")

    def __init__(self, entry: Entry, *, limit: int, timeout: int, warmup: bool) -> None:
        self.entry = entry
        self.limit = limit
        self.timeout = timeout
        self.warmup = warmup
        self.more: Sequence[Entry] = ()
        self.coverage: bytes | None = None
        self.solve = self.check = False


class Minimization:
    """An input for a worker to make smaller; without `failure`, it must keep some coverage."""

    __slots__ = ("entry", "failure", "keep", "limit", "timeout")

    def __init__(self, entry: Entry, failure: Failure | None, keep: bytes | None) -> None:
        self.entry = entry
        self.failure = failure
        self.keep = keep
        self.limit = self.timeout = 0


class Result:
    """What a worker found: a failure, or new coverage, or neither.

    Attributes:
        limit: how many executions the worker was allowed; 0 without a limit.
        count: how many there were.
        duration: nanoseconds of the execution, where there was one only.
        minimizable: it was not tried yet to make the entry smaller, and can be.
        shrunk: the entry failed before, and this is what making it smaller came to.
        warmup: an entry of the corpus was run as it is.
        flicker: the bits of its coverage that several runs of it do not share; None: not checked.
        words: of a dictionary, or of the code, in what was found.
        earlier: what came of the inputs that the same call ran before this one.
        unrun: inputs of the same call that are still to be run.
    """

    __slots__ = (
        "count",
        "coverage",
        "duration",
        "earlier",
        "entry",
        "failure",
        "flicker",
        "limit",
        "minimizable",
        "shrunk",
        "unrun",
        "warmup",
        "words",
    )

    def __init__(self, entry: Entry | None, *, limit: int, count: int) -> None:
        self.entry = entry
        self.limit = limit
        self.count = count
        self.failure: Failure | None = None
        self.coverage: bytes | None = None
        self.flicker: bytes | None = None
        self.words: list[bytes] = []
        self.earlier: Sequence[Result] = ()
        self.unrun: Sequence[Entry] = ()
        self.duration = 0
        self.minimizable = self.shrunk = self.warmup = False
