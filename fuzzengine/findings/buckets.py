"""Failures that are most likely one mistake share a bucket: kind and innermost frames.

The kind is the type of the exception, or how the worker ended. Frames are those of the code under
test, not of the standard library; messages do not count, as they often quote the input. Go has no
counterpart.
"""

from __future__ import annotations

import os
import re

from fuzzengine.base.frames import is_standard

_FRAMES = 3
_FRAME = re.compile(r'^ *File "(.+)", line (\d+),? in ', re.M)
_LOGGED = re.compile(r"^ +([^\s:]+:\d+): ([^\n]*)", re.M)
_LOST = re.compile(
    r"fuzzing process hung or terminated unexpectedly(?: while minimizing: EOF\n|: )([^\n]*)"
)
_TRACEBACK = "Traceback (most recent call last):"
_UNBOUNDED = "RecursionError"


class Bucket:
    """Failures of one kind at one place.

    Attributes:
        title: what they have in common, such as `ValueError at size.py:4`.
        count: how often it was seen.
        entry: the failing input that stands for them, such as `FuzzX/0123456789abcdef`.
        data: the corpus file of that input; None if it is not to be run again.
        flaky: the input passed when it was run again.
        muted: the user knows it, and wants no input of it.
    """

    __slots__ = ("count", "data", "entry", "flaky", "muted", "title")

    def __init__(self, title: str, entry: str, data: bytes | None = None) -> None:
        self.title = title
        self.count = 1
        self.entry = entry
        self.data = data
        self.flaky = self.muted = False


def bucket_of(failure: str) -> str:
    """Return the title of the bucket that a failure belongs to, from its report."""
    lost = _LOST.search(failure)
    if lost:
        frames = _places(failure)[:_FRAMES]
        return _title(_kind_of_end(lost[1]), frames)
    logged = _LOGGED.search(failure)
    if logged is None:
        return "failed"
    where, text = logged.groups()
    frames = _places(failure[logged.start() :].rpartition(_TRACEBACK)[2])
    if not frames:
        return f"failed at {where}"
    kind = text.partition(":")[0].strip()
    if kind == _UNBOUNDED:
        # How deep the innermost frame is depends on the input; where it began does not.
        return _title(kind, frames[:_FRAMES])
    return _title(kind, frames[: -_FRAMES - 1 : -1])


def _kind_of_end(text: str) -> str:
    for kind in ("timeout", "memory"):
        if text.startswith(kind):
            return kind
    return text.removesuffix(" (core dumped)")


def _places(text: str) -> list[str]:
    """Return `file.py:4` for every frame of the code under test, in the order of the text."""
    return [
        f"{os.path.basename(path)}:{line}"
        for path, line in _FRAME.findall(text)
        if not is_standard(path)
    ]


def _title(kind: str, frames: list[str]) -> str:
    return f"{kind} at {' < '.join(frames)}" if frames else kind


def table(buckets: list[Bucket]) -> str:
    """Return all buckets as lines of text, the most frequent first."""
    total = sum(bucket.count for bucket in buckets)
    lines = [f"{total} failures in {len(buckets)} buckets:"]
    width = max(len(bucket.title) for bucket in buckets)
    for bucket in sorted(buckets, key=lambda b: (-b.count, b.title)):
        entry = "muted" if bucket.muted else bucket.entry
        flaky = "  flaky" if bucket.flaky else ""
        lines.append(f"{bucket.count:>7}  {bucket.title:<{width}}  {entry}{flaky}")
    return "\n".join(lines) + "\n"
