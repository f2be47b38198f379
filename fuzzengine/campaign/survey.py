"""A campaign that executes every entry once, unmodified, to measure its coverage."""

from __future__ import annotations

from fuzzengine.campaign.campaign import Campaign
from fuzzengine.corpus.minimize import MeasuredEntry

TYPE_CHECKING = False
if TYPE_CHECKING:
    from fuzzengine.campaign.options import Options
    from fuzzengine.campaign.tasks import Result


class Survey(Campaign):
    """The warm-up of a campaign and nothing else.

    Attributes:
        measured: the coverage of the entries. A failing entry is always kept.
        failing: the paths of the entries that failed.
    """

    def __init__(self, options: Options) -> None:
        self.measured: list[MeasuredEntry] = []
        self.failing: list[str] = []
        super().__init__(options, lambda _: None)
        # A worker without an input would only be started and ended.
        options.parallel = max(1, min(options.parallel, self.warmup.total))
        if self.complete:
            self.stop(None)

    @property
    def complete(self) -> bool:
        """Whether all entries were executed."""
        return self.warmup.left == 0

    def handle_result(self, result: Result) -> None:
        """Evaluate the execution of one entry."""
        self._handle_other_results(result)
        if self.stopping:
            return
        self.executions.count_result(result)
        entry = result.entry
        assert entry is not None
        failed = result.failure is not None
        if failed:
            self.failing.append(entry.parent)
        path = entry.parent if failed else entry.path
        # A cached entry with bytes in memory could not be read again: others were executed.
        stays = entry.is_seed or failed or entry.data is not None
        features = int.from_bytes(result.coverage or b"", "little")
        self.measured.append(
            MeasuredEntry(path, len(entry.load()), result.duration, features, stays=stays)
        )
        self.warmup.record(entry)
        if self.complete:
            self.stop(None)
