"""Suppressions: known failures that a campaign ignores, listed in a file (-mute)."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


class Suppression:
    """A line of the file: a bucket's title or the start of one; line numbers are optional."""

    __slots__ = ("_frames", "_kind")

    def __init__(self, title: str) -> None:
        self._kind, self._frames = _split(title)

    def matches(self, title: str) -> bool:
        """Return whether a bucket has the same kind and the same innermost frames."""
        kind, frames = _split(title)
        if kind != self._kind or len(frames) < len(self._frames):
            return False
        return all(map(_is_same, self._frames, frames))


def _split(title: str) -> tuple[str, list[str]]:
    kind, _, frames = title.partition(" at ")
    return kind, frames.split(" < ") if frames else []


def _is_same(wanted: str, frame: str) -> bool:
    return wanted in (frame, frame.rpartition(":")[0])


def parse(text: str, name: str) -> list[Suppression]:
    """Parse a file of suppressions: one bucket per line, `#` starts a comment line.

    Args:
        text: the content of the file.
        name: the name of the file, for errors.

    Raises:
        ValueError: a line is not a bucket; the text names the file and the line.
    """
    found = []
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        if line.startswith(("at ", "< ")) or line[0].isdigit():
            raise ValueError(
                f"{name}:{number}: want a bucket such as `ValueError at size.py:4`, not {line}"
            )
        found.append(Suppression(line))
    return found


def is_suppressed(title: str, suppressions: Sequence[Suppression]) -> bool:
    """Return whether any of the suppressions matches a bucket."""
    return any(suppression.matches(title) for suppression in suppressions)
