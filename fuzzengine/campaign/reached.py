"""The coverage of a campaign: what was reached, and by which inputs of the corpus."""

from __future__ import annotations

from itertools import compress

from fuzzengine.instrument.coverage import count_bits, merge
from fuzzengine.schedule.stability import Stability

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from fuzzengine.campaign.options import Options

_LONGEST = 400
_CORPUS_HEADER = b"go test fuzz v1\n"


class ReachingInput:
    """An input that reports name as the smallest one to reach a block.

    Attributes:
        path: its file, or a name such as `seed#0`.
        size: the size of the file in bytes.
        text: the beginning of the file, without its first line.
    """

    __slots__ = ("path", "size", "text")

    def __init__(self, path: str, data: bytes) -> None:
        self.path = path
        self.size = len(data)
        values = data.removeprefix(_CORPUS_HEADER)
        shown = values[:_LONGEST].decode("utf-8", "backslashreplace")
        self.text = shown + ("..." if len(values) > _LONGEST else "")


class ReachingInputs:
    """For each counter, the number of inputs that reach it, and the smallest of them.

    Attributes:
        counts: the number of inputs that reach each counter.
        smallest: the smallest of them, or None.
    """

    def __init__(self, size: int) -> None:
        """Args: `size` is the number of counters."""
        self.counts = [0] * size
        self.smallest: list[ReachingInput | None] = [None] * size

    def add(self, path: str, data: bytes, coverage: bytes) -> None:
        """Add an input of the corpus.

        Args:
            path: its file, or a name.
            data: the bytes of the corpus file.
            coverage: the counters that it reaches.
        """
        added = ReachingInput(path, data)
        for index in _reached(coverage):
            self.counts[index] += 1
            known = self.smallest[index]
            if known is None or added.size < known.size:
                self.smallest[index] = added


class Reached:
    """The coverage of all inputs of a campaign.

    Attributes:
        mask: the bits that were ever reached and those that are unstable, one counter a byte.
        stability: the unstable counters.
        inputs: the inputs of the corpus that reach each counter; recorded only for `module` events.
    """

    def __init__(self, options: Options, *, checking: bool) -> None:
        self.mask = bytes(options.coverage_size)
        self.stability = Stability(checking=checking)
        self.inputs = ReachingInputs(options.coverage_size)
        self._before = options.before
        self._blocks = options.blocks

    @property
    def anywhere(self) -> bytes:
        """The bits of the mask, and those that the fuzz test reached before it called f.fuzz."""
        if len(self._before) != len(self.mask):
            return self.mask
        return merge(self.mask, self._before)

    def add(self, coverage: bytes) -> None:
        """Add the coverage of an input."""
        self.mask = merge(self.mask, coverage)

    def ignore(self, unstable_bits: bytes) -> None:
        """Add unstable bits, so that none of them makes an input interesting."""
        self.mask = merge(self.mask, self.stability.add(unstable_bits))

    def figures(self) -> dict[str, int]:
        """Return the figures for events."""
        reached = self.anywhere
        named = reached[: self._blocks or len(reached)]
        return {
            "Blocks": len(named) - named.count(0),
            "Bits": count_bits(reached),
            "Unstable": len(self.stability.unstable),
        }


def _reached(coverage: bytes) -> Iterable[int]:
    return compress(range(len(coverage)), coverage)
