"""Known failures that a campaign passes over: buckets listed in a file (-mute)."""

from __future__ import annotations

TYPE_CHECKING = False  # importing typing costs more than the rest of a worker's start
if TYPE_CHECKING:
    from collections.abc import Sequence


class Mute:
    """A bucket's title, or the beginning of one; line numbers may be left out."""

    __slots__ = ("_kind", "_places")

    def __init__(self, title: str) -> None:
        self._kind, _, places = title.partition(" at ")
        self._places = places.split(" < ") if places else []

    def matches(self, title: str) -> bool:
        """Tell whether a bucket is meant: the same kind, the same innermost places."""
        kind, _, rest = title.partition(" at ")
        places = rest.split(" < ") if rest else []
        if kind != self._kind or len(places) < len(self._places):
            return False
        return all(map(_is_same, self._places, places))


def _is_same(wanted: str, place: str) -> bool:
    return wanted in (place, place.rpartition(":")[0])


def parse(text: str, name: str) -> list[Mute]:
    """Read a file of mutes: one a line, as tables of buckets name them; `#` starts a comment line.

    Raises:
        ValueError: a line names no kind of failure; the text names the file and the line.
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
        found.append(Mute(line))
    return found


def is_muted(title: str, mutes: Sequence[Mute]) -> bool:
    """Tell whether a bucket is one of those passed over."""
    return any(mute.matches(title) for mute in mutes)
