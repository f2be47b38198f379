"""The base class of structured types, whose values are trees in the engine; None and unions.

A tree is hashable and immutable: a leaf is a value of one of Go's kinds, anything else is a number
or a tuple of trees. The arguments of the fuzz function are built from the tree for each execution,
so that no execution sees how another one modified its arguments.

Go has no counterpart.
"""

from __future__ import annotations

from fuzzengine.types.kinds import Kind
from fuzzengine.types.notation import ReadError, read_leaf, type_of_node, write_leaf

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    Tree = Any
    Node = Any
    Path = tuple[int, ...]


class TypeMismatchError(ValueError):
    """A Python value is not of the type.

    Attributes:
        reason: the mismatch.
        path: the path to the part with the mismatch, such as `.lines[2].price`; "" for the value.
    """

    def __init__(self, reason: str, path: str = "") -> None:
        super().__init__(f"{path}: {reason}" if path else reason)
        self.reason = reason
        self.path = path

    def at(self, step: str) -> TypeMismatchError:
        """Return this error for the enclosing value, in which `step` leads to this one."""
        return TypeMismatchError(self.reason, step + self.path)


class InfiniteTypeError(ValueError):
    """Every value of a type would contain another value of that type."""


class StructuredType(Kind):
    """A type whose values are trees; its name is the annotation's."""

    __slots__ = ()
    is_structured = True

    def __init__(self, name: str, python_type: type = object) -> None:
        super().__init__(name, python_type)

    def __reduce__(self) -> str:
        raise TypeError("cannot copy a structured type")

    def build(self, tree: Tree) -> Any:
        """Return a new Python value; exceptions of its constructor are passed on."""
        raise NotImplementedError

    def to_tree(self, value: Any) -> Tree:
        """Return the tree of a Python value.

        Raises:
            TypeMismatchError: the value is not of this type.
        """
        raise NotImplementedError

    def write(self, tree: Tree) -> str:
        """Return the notation of a tree in corpus files, one line of Python-like text."""
        raise NotImplementedError

    def read(self, node: Node) -> Tree:
        """Return the tree of a parsed expression.

        Raises:
            ReadError: the expression is not a value of this type.
        """
        raise NotImplementedError

    def children(self, _tree: Tree) -> Sequence[tuple[Kind, Tree]]:
        """Return the parts that can be mutated one by one, with their kinds."""
        return ()

    def with_children(self, tree: Tree, _parts: Sequence[Tree]) -> Tree:
        """Return a tree with these parts in place of the present ones."""
        return tree

    def alternatives(self, _tree: Tree) -> Sequence[Tree]:
        """Return the other trees of the type, where there are only a few."""
        return ()

    def objection(self, value: object) -> str | None:
        """Return one line that says which leaf of a tree is out of range, or None."""
        for kind, part in self.children(value):
            found = kind.objection(part)
            if found is not None:
                return found
        return None

    def coerce(self, value: object) -> object:
        """Return the tree itself: leaves were rounded when the tree was made."""
        return value


def build_part(kind: Kind, tree: Tree) -> Any:
    """Return the Python value of a tree of any kind."""
    return kind.build(tree) if isinstance(kind, StructuredType) else tree


def part_to_tree(kind: Kind, value: Any, step: str) -> Tree:
    """Return the tree of a part of a value.

    Args:
        kind: the kind of the part.
        value: the part.
        step: the path from the value to the part, for errors, such as `.name` or `[3]`.

    Raises:
        TypeMismatchError: the part is not of this kind.
    """
    if isinstance(kind, StructuredType):
        try:
            return kind.to_tree(value)
        except TypeMismatchError as error:
            raise error.at(step) from None
    if kind.python_type is float and type(value) is int:
        value = float(value)
    objection = kind.objection(value)
    if objection is not None:
        raise TypeMismatchError(objection, step)
    return kind.coerce(value)


def write_part(kind: Kind, tree: Tree) -> str:
    """Return the notation of a tree of any kind."""
    return kind.write(tree) if isinstance(kind, StructuredType) else write_leaf(tree)


def read_part(kind: Kind, node: Node) -> Tree:
    """Return the tree of a parsed expression of any kind."""
    return kind.read(node) if isinstance(kind, StructuredType) else read_leaf(kind, node)


class Part:
    """A part of a tree.

    Attributes:
        path: the indexes of children that lead to the part from the root.
        kind: the kind of the part.
        tree: the part itself.
    """

    __slots__ = ("kind", "path", "tree")

    def __init__(self, path: Path, kind: Kind, tree: Tree) -> None:
        self.path = path
        self.kind = kind
        self.tree = tree


def parts_of(kind: Kind, tree: Tree, path: Path = ()) -> Iterator[Part]:
    """Yield the tree and all its parts, each before the parts in it."""
    yield Part(path, kind, tree)
    if isinstance(kind, StructuredType):
        for index, (inner, part) in enumerate(kind.children(tree)):
            yield from parts_of(inner, part, (*path, index))


def replace_part(kind: Kind, tree: Tree, path: Path, part: Tree) -> Tree:
    """Return a tree with another part at a path."""
    if not path:
        return part
    assert isinstance(kind, StructuredType)
    children = kind.children(tree)
    parts: list[Any] = [child for _, child in children]
    inner = children[path[0]][0]
    parts[path[0]] = replace_part(inner, parts[path[0]], path[1:], part)
    return kind.with_children(tree, parts)


class NoneType(StructuredType):
    """The type of None."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__("None", type(None))

    def zero(self) -> object:
        """Return the only tree, None."""
        return None

    def build(self, _tree: Tree) -> Any:
        """Return None."""
        return None

    def to_tree(self, value: Any) -> Tree:
        """Return None, if the value is None."""
        if value is not None:
            raise TypeMismatchError(f"{type(value).__name__} is not None")
        return None

    def write(self, _tree: Tree) -> str:
        """Return `None`."""
        return "None"

    def read(self, node: Node) -> Tree:
        """Return None, if the expression is None."""
        if type_of_node(node) != "None":
            raise ReadError(node, f"want None, not {type_of_node(node)}")
        return None


NONE = NoneType()


def _rank(kind: Kind) -> tuple[bool, bool]:
    return kind is not NONE, kind.python_type is float


class UnionType(StructuredType):
    """A union of several types. A tree is the index of an option, and a tree of that option."""

    __slots__ = ("options",)

    def __init__(self, name: str, options: Sequence[Kind]) -> None:
        super().__init__(name)
        # The simplest first, and float last, as it would accept an int, too.
        self.options = tuple(sorted(options, key=_rank))

    def zero(self) -> object:
        """Return the zero of the first option that has one: None, if that is an option."""
        for index, option in enumerate(self.options):
            try:
                return (index, option.zero())
            except InfiniteTypeError:
                continue
        raise InfiniteTypeError(self.name)

    def build(self, tree: Tree) -> Any:
        """Return a value of the option."""
        return build_part(self.options[tree[0]], tree[1])

    def to_tree(self, value: Any) -> Tree:
        """Return the tree of a value in the first option that accepts it."""
        errors = []
        for index, option in enumerate(self.options):
            try:
                return (index, part_to_tree(option, value, ""))
            except TypeMismatchError as error:
                errors.append(error)
        inside = [error for error in errors if error.path]
        if len(inside) == 1:
            raise inside[0]
        raise TypeMismatchError(f"{type(value).__name__} is not {self.name}")

    def write(self, tree: Tree) -> str:
        """Return the value's notation, which shows the option."""
        return write_part(self.options[tree[0]], tree[1])

    def read(self, node: Node) -> Tree:
        """Return the tree of an expression in the first option that accepts it."""
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
        """Return the value of the option as the only part."""
        return ((self.options[tree[0]], tree[1]),)

    def with_children(self, tree: Tree, parts: Sequence[Tree]) -> Tree:
        """Return a tree of the same option with another value."""
        return (tree[0], parts[0])
