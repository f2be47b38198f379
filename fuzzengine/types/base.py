"""Base class and simple types of structured arguments, whose values are trees in the engine.

A tree is plain, hashable and never changes: a leaf is a value of one of Go's kinds, and everything
else a tuple of trees or a number. What the fuzz function gets is built from it for each execution,
so no execution sees what another one has done to its arguments.

Go has no counterpart.
"""

from __future__ import annotations

from fuzzengine.types.kinds import Kind
from fuzzengine.types.notation import ReadError, read_leaf, type_of_node, write_leaf

TYPE_CHECKING = False  # importing typing costs more than the rest of a worker's start
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    Tree = Any
    Node = Any


class MisfitError(ValueError):
    """A Python value that is not of the type; the text begins with where in the value."""

    def under(self, step: str) -> MisfitError:
        """Return the same mistake, seen from one level further up."""
        inner = str(self)
        return MisfitError(step + inner if inner.startswith(("[", ".")) else f"{step}: {inner}")


class EndlessError(ValueError):
    """A type that contains itself in every value."""


class StructuredType(Kind):
    """A type whose values are trees; see the module. Its name is that of the annotation."""

    __slots__ = ()
    is_structured = True

    def __init__(self, name: str, python_type: type = object) -> None:
        super().__init__(name, python_type)

    def __reduce__(self) -> str:
        raise TypeError("a structured type cannot be copied")

    def build(self, tree: Tree) -> Any:
        """Return a fresh Python value; raises what its constructor raises."""
        raise NotImplementedError

    def take(self, value: Any) -> Tree:
        """Return the tree of a Python value.

        Raises:
            MisfitError: it is not of this type.
        """
        raise NotImplementedError

    def write(self, tree: Tree) -> str:
        """Return the notation of a corpus file, one line of Python-like text."""
        raise NotImplementedError

    def read(self, node: Node) -> Tree:
        """Return the tree of a parsed expression.

        Raises:
            ReadError: it is no value of this type.
        """
        raise NotImplementedError

    def children(self, _tree: Tree) -> Sequence[tuple[Kind, Tree]]:
        """Return the parts that can be changed one by one, with their kinds."""
        return ()

    def with_children(self, tree: Tree, _parts: Sequence[Tree]) -> Tree:
        """Return a tree with other parts, as many as before or as the type allows."""
        return tree

    def others(self, _tree: Tree) -> Sequence[Tree]:
        """Return all other values, where the type has only a few."""
        return ()

    def objection(self, value: object) -> str | None:
        """Return why a tree is not one of this type: a leaf is out of range; None if it is."""
        for kind, part in self.children(value):
            found = kind.objection(part)
            if found is not None:
                return found
        return None

    def coerce(self, value: object) -> object:
        """Return the tree itself: leaves were rounded when they were taken."""
        return value


def build_part(kind: Kind, tree: Tree) -> Any:
    """Return the Python value of a tree of any kind."""
    return kind.build(tree) if isinstance(kind, StructuredType) else tree


def take_part(kind: Kind, value: Any, step: str) -> Tree:
    """Return the tree of a part of a value; `step` says how to get to the part, for errors."""
    if isinstance(kind, StructuredType):
        try:
            return kind.take(value)
        except MisfitError as error:
            raise error.under(step) from None
    if kind.python_type is float and type(value) is int:
        value = float(value)
    objection = kind.objection(value)
    if objection is not None:
        raise MisfitError(f"{step}: {objection}")
    return kind.coerce(value)


def write_part(kind: Kind, tree: Tree) -> str:
    """Return the notation of a tree of any kind."""
    return kind.write(tree) if isinstance(kind, StructuredType) else write_leaf(tree)


def read_part(kind: Kind, node: Node) -> Tree:
    """Return the tree of a parsed expression of any kind."""
    return kind.read(node) if isinstance(kind, StructuredType) else read_leaf(kind, node)


class Nothing(StructuredType):
    """The type of None."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__("None", type(None))

    def zero(self) -> object:
        """Return the only tree."""
        return None

    def build(self, _tree: Tree) -> Any:
        """Return None."""
        return None

    def take(self, value: Any) -> Tree:
        """Take None."""
        if value is not None:
            raise MisfitError(f"{type(value).__name__} is not None")
        return None

    def write(self, _tree: Tree) -> str:
        """Write None."""
        return "None"

    def read(self, node: Node) -> Tree:
        """Read None."""
        if type_of_node(node) != "None":
            raise ReadError(node, f"want None, not {type_of_node(node)}")
        return None


NOTHING = Nothing()


def _rank(kind: Kind) -> tuple[bool, bool]:
    return kind is not NOTHING, kind.python_type is float


class Choice(StructuredType):
    """One of several types: a union. A tree is the number of the type, and a tree of that."""

    __slots__ = ("options",)

    def __init__(self, name: str, options: Sequence[Kind]) -> None:
        super().__init__(name)
        # The first one is the simplest; a float would also take an int.
        self.options = tuple(sorted(options, key=_rank))

    def zero(self) -> object:
        """Return the zero of the first type that has one: None, if that is allowed."""
        for index, option in enumerate(self.options):
            try:
                return (index, option.zero())
            except EndlessError:
                continue
        raise EndlessError(self.name)

    def build(self, tree: Tree) -> Any:
        """Build a value of the chosen type."""
        return build_part(self.options[tree[0]], tree[1])

    def take(self, value: Any) -> Tree:
        """Take a value of the first type that fits."""
        mistakes = []
        for index, option in enumerate(self.options):
            try:
                return (index, take_part(option, value, ""))
            except MisfitError as error:
                mistakes.append(error)
        inside = [error for error in mistakes if str(error).startswith(("[", "."))]
        if len(inside) == 1:
            raise inside[0]
        raise MisfitError(f"{type(value).__name__} is none of {self.name}")

    def write(self, tree: Tree) -> str:
        """Write the value alone: which type it is shows."""
        return write_part(self.options[tree[0]], tree[1])

    def read(self, node: Node) -> Tree:
        """Read a value of the first type that fits."""
        furthest: ReadError | None = None
        for index, option in enumerate(self.options):
            try:
                return (index, read_part(option, node))
            except ReadError as error:
                if furthest is None or error.column > furthest.column:
                    furthest = error
        if furthest is not None and furthest.column > node.col_offset:
            raise furthest
        raise ReadError(node, f"want {self.name}, not {type_of_node(node)}")

    def children(self, tree: Tree) -> Sequence[tuple[Kind, Tree]]:
        """Return the value, as the only part."""
        return ((self.options[tree[0]], tree[1]),)

    def with_children(self, tree: Tree, parts: Sequence[Tree]) -> Tree:
        """Return the same choice with another value."""
        return (tree[0], parts[0])
