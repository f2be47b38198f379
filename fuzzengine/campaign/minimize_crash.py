"""A campaign that executes one failing input and makes it smaller."""

from __future__ import annotations

from fuzzengine.campaign.campaign import Campaign
from fuzzengine.campaign.tasks import Crash

TYPE_CHECKING = False
if TYPE_CHECKING:
    from fuzzengine.base.failure import Failure
    from fuzzengine.campaign.options import Options
    from fuzzengine.campaign.tasks import Result


class MinimizeCrash(Campaign):
    """The warm-up of a campaign with one seed, which fails, and its minimization.

    Its failure is the minimized input; None if the input passes.
    """

    def __init__(self, options: Options) -> None:
        super().__init__(options, lambda _: None)

    def handle_result(self, result: Result) -> None:
        """Evaluate the execution of the input, or its minimization."""
        super().handle_result(result)
        if self.minimizing.crash is None:
            self.stop(None)

    def _handle_failure(self, result: Result, failure: Failure) -> None:
        assert result.entry is not None
        crash = Crash(result.entry, failure)
        if self.warming_up:
            self.warmup.record(result.entry)
            if not failure.ended_worker and self.minimizing.possible:
                self.minimizing.add_crash(crash)
                return
        before, self.minimizing.crash = self.minimizing.crash, None
        if before is not None and not failure.resembles(before.failure):
            # A worker of Go accepts any failure.
            crash = before
        self.stop(crash)
