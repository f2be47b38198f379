"""Groups failures into buckets: those with the same kind and innermost frames are likely one bug.

The kind is the type of the exception, or how the worker ended. Frames are those of the code under
test, not of the standard library; messages do not count, as they often quote the input. Go has no
counterpart.
"""

from __future__ import annotations

from fuzzengine.base.frames import module_location
from scriptest.base.numbers import counted
from scriptest.base.visible import visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from fuzzengine.base.failure import Failure


class Bucket:
    """Failures of one kind with the same innermost frames.

    Attributes:
        title: the kind and the frames, such as `ValueError at shop/size.py:4`.
        count: the number of failures.
        entry: the input that represents them, such as `FuzzX/0123456789abcdef`.
        data: the corpus file of that input, or None if it need not be rerun.
        flaky: the input passed when it was rerun.
        known: the input was recorded before this campaign.
        suppressed: the user has listed it (-mute); no input of it is written.
    """

    __slots__ = ("count", "data", "entry", "flaky", "known", "suppressed", "title")

    def __init__(self, title: str, entry: str, data: bytes | None = None) -> None:
        self.title = title
        self.count = 1
        self.entry = entry
        self.data = data
        self.flaky = self.known = self.suppressed = False


def bucket_of(failure: Failure) -> str:
    """Return the title of the bucket that a failure belongs to."""
    if not failure.frames:
        return visible(failure.kind)
    return visible(f"{failure.kind} at {' < '.join(map(module_location, failure.frames))}")


def table(buckets: list[Bucket]) -> str:
    """Return the table of all buckets as lines of text, the most frequent first."""
    total = sum(bucket.count for bucket in buckets)
    lines = [f"{counted(total, 'failure')} in {counted(len(buckets), 'bucket')}:"]
    width = max(len(bucket.title) for bucket in buckets)
    for bucket in sorted(buckets, key=lambda b: (-b.count, b.title)):
        entry = "muted" if bucket.suppressed else bucket.entry
        marks = ("  known" if bucket.known else "") + ("  flaky" if bucket.flaky else "")
        lines.append(f"{bucket.count:>7}  {bucket.title:<{width}}  {entry}{marks}")
    return "\n".join(lines) + "\n"
