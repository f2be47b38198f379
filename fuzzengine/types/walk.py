"""Every part of a tree, and trees with another part."""

from __future__ import annotations

from fuzzengine.types.base import StructuredType

TYPE_CHECKING = False  # importing typing costs more than the rest of a worker's start
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from fuzzengine.types.base import Tree
    from fuzzengine.types.kinds import Kind

    Path = tuple[int, ...]


class Part:
    """A part of a tree: where it is, of which kind, and its own tree."""

    __slots__ = ("kind", "path", "tree")

    def __init__(self, path: Path, kind: Kind, tree: Tree) -> None:
        self.path = path
        self.kind = kind
        self.tree = tree


def parts_of(kind: Kind, tree: Tree, path: Path = ()) -> Iterator[Part]:
    """Yield the tree itself and all its parts, a part before those in it."""
    yield Part(path, kind, tree)
    if isinstance(kind, StructuredType):
        for index, (inner, part) in enumerate(kind.children(tree)):
            yield from parts_of(inner, part, (*path, index))


def replaced(kind: Kind, tree: Tree, path: Path, part: Tree) -> Tree:
    """Return a tree that has another part in one place."""
    if not path:
        return part
    assert isinstance(kind, StructuredType)
    children = kind.children(tree)
    parts: list[Any] = [child for _, child in children]
    inner = children[path[0]][0]
    parts[path[0]] = replaced(inner, parts[path[0]], path[1:], part)
    return kind.with_children(tree, parts)
