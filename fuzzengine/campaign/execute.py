"""A campaign that executes given inputs in their order, each several times, and nothing else."""

from __future__ import annotations

from fuzzengine.campaign.campaign import Campaign
from fuzzengine.corpus.entry import Entry

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from fuzzengine.campaign.options import Options


class Execute(Campaign):
    """The warm-up of a campaign, whose failure is the first one of the inputs."""

    def __init__(
        self,
        options: Options,
        log: Callable[[str], object],
        inputs: Sequence[Entry],
        times: int,
    ) -> None:
        """Args: each of the inputs is executed a number of times."""
        self._inputs = inputs
        self._times = times
        options.corpus_only = True
        options.minimize_timeout = options.minimize_limit = 0
        super().__init__(options, log)

    def _load(self) -> list[Entry]:
        for entry in self._inputs:
            for _ in range(self._times):
                self.queue.add_unrun(Entry(entry.path, entry.data))
        return self.queue.entries
