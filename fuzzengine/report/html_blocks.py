"""Turns blocks that begin and end inside lines, as those of Go do, into places of whole lines."""

from __future__ import annotations

from fuzzengine.instrument.places import BLOCK, OPERAND, Place

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import TypeAlias

    Block: TypeAlias = Sequence[int]  # first line and column, last line and column, from 1

_BRACES = b"{} \t\r"


def places_of_blocks(data: bytes, blocks: Sequence[Block]) -> list[tuple[int, Place]]:
    """Return places, each with the number of its block.

    A line belongs to the first block in it; what others have of it are parts of an expression.

    Args:
        data: the content of the source file.
        blocks: its blocks in the order of the source.
    """
    texts = data.split(b"\n")
    taken: set[int] = set()
    found = []
    for number, block in enumerate(blocks):
        for line, start, end in _parts(block, texts):
            kind = OPERAND if line in taken else BLOCK
            taken.add(line)
            found.append((number, Place(kind, (line, start), (line, end))))
    return found


def _parts(block: Block, texts: Sequence[bytes]) -> Iterator[tuple[int, int, int]]:
    """Yield the parts of lines in a block: line, start and end in bytes from 0.

    A part with braces only is left out, as the end of `if x {` is.
    """
    first, column, last, end_column = block
    for line in range(first, min(last, len(texts)) + 1):
        text = texts[line - 1]
        start = column - 1 if line == first else 0
        end = end_column - 1 if line == last else len(text)
        if text[start:end].strip(_BRACES):
            yield line, start, end
