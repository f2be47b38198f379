"""Divides the budget of a campaign into the budgets of its leases."""

from __future__ import annotations

import time

from scriptest.base.duration import SECOND

TYPE_CHECKING = False
if TYPE_CHECKING:
    from fuzzengine.program.flags import Budget

_LEASES_EACH = 4
"""The leases that each node gets of a limited number of executions."""

_SHORTEST = SECOND
"""Nanoseconds for which no other lease is begun."""


class Allowance:
    """The time or the executions that are left for a campaign.

    Attributes:
        deadline: the end, in seconds of a monotonic clock; None without one, or before `start`.
    """

    def __init__(self, total: Budget, lease: Budget) -> None:
        """Create it.

        Args:
            total: the budget of the campaign; no limit if it has neither time nor number.
            lease: that of one lease. A number of executions for the campaign is divided evenly
                instead if the lease has a time.
        """
        self._total = total
        self._lease = lease
        self._count_left = total.count
        self._given_any = False
        self.deadline: float | None = None

    def start(self) -> None:
        """Start the clock, unless it runs already."""
        if self._total.duration and self.deadline is None:
            self.deadline = time.monotonic() + self._total.duration / SECOND

    @property
    def seconds_left(self) -> float | None:
        """The seconds that are left; None without a limit of time."""
        if not self._total.duration:
            return None
        if self.deadline is None:
            return self._total.duration / SECOND
        return max(self.deadline - time.monotonic(), 0.0)

    def take(self, slots: int) -> str:
        """Return the budget for a lease, as -fuzztime has it, or "" if nothing is left.

        Args:
            slots: the number of leases that run at a time.
        """
        if self._total.count:
            return self._take_count(slots)
        if self._lease.count:
            return "" if self.seconds_left == 0 else f"{self._lease.count}x"
        left = self.seconds_left
        if left is None:
            return f"{self._lease.duration}ns"
        nanoseconds = min(self._lease.duration, int(left * SECOND))
        if nanoseconds < min(_SHORTEST, self._lease.duration) and (self._given_any or not left):
            return ""
        self._given_any = True
        return f"{max(nanoseconds, 1)}ns"

    def _take_count(self, slots: int) -> str:
        share = self._lease.count or -(-self._total.count // (_LEASES_EACH * max(slots, 1)))
        count = min(share, self._count_left)
        self._count_left -= count
        return f"{count}x" if count else ""

    def put_back(self, budget: str) -> None:
        """Return the budget of a lease that was not run to its end."""
        if self._total.count:
            self._count_left += int(budget.removesuffix("x"))
