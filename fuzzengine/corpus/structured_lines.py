"""Lines of corpus files that hold structured values."""

from __future__ import annotations

from fuzzengine.types.base import StructuredType
from fuzzengine.types.notation import ReadError, parse

TYPE_CHECKING = False  # importing typing costs more than the rest of a worker's start
if TYPE_CHECKING:
    from fuzzengine.types.base import Tree


class LineError(ValueError):
    """A line that is no value of its type; the text says what is wrong, and in which column."""


def read_line(kind: StructuredType, line: bytes) -> Tree:
    """Return the tree of a stripped line.

    Raises:
        LineError: it is no value of this type.
    """
    try:
        return kind.read(parse(line))
    except ReadError as error:
        raise LineError(f"column {error.column + 1}: {error}") from None
    except RecursionError:
        raise LineError("nested too deeply") from None
