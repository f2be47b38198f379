"""The type of the choices that Hypothesis's strategies make values from.

A strategy makes a value by choices, each a bool, int, float, str or bytes: Hypothesis calls them
the choice sequence. The choices and hence the values depend on the version of Hypothesis; corpus
files show the values in a comment.
"""

from __future__ import annotations

from fuzzengine.types.base import StructuredType, TypeMismatchError
from fuzzengine.types.containers import CollectionType
from fuzzengine.types.kinds import BOOL, BYTES, FLOAT64, INT, STRING, UINT32, Kind
from fuzzengine.types.notation import (
    ReadError,
    call_of,
    constant_of,
    read_leaf,
    type_of_node,
    write_leaf,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from fuzzengine.types.base import Node, Tree

    Choice = bool | int | float | str | bytes

_MAX_REMEMBERED = 1000
_MAX_COMMENTS = 16


class _WideType(StructuredType):
    """The type of choices that no kind of Go holds; they are spliced but not mutated."""

    __slots__ = ()

    def zero(self) -> object:
        """Return a choice for a new element."""
        return 0

    def write(self, tree: Tree) -> str:
        """Return the choice as Python text."""
        return write_leaf(tree)


_WIDE = _WideType("choice")
_KINDS = {bool: BOOL, int: INT, float: FLOAT64, str: STRING, bytes: BYTES}


def _kind_of(choice: Choice) -> Kind:
    kind = _KINDS[type(choice)]
    return kind if kind.accepts(choice) else _WIDE


class _ListType(CollectionType):
    """The type of a sequence of choices; each has the kind of its own type."""

    __slots__ = ()

    def children(self, tree: Tree) -> Sequence[tuple[Kind, Tree]]:
        """Return the choices."""
        return [(_kind_of(choice), choice) for choice in tree]


_LIST = _ListType("choices", tuple, _WIDE)


class Choices:
    """An input of a test with `@given`, as a seed.

    Attributes:
        values: the choices.
        stored: they are all choices, as Hypothesis's database has them.
    """

    __slots__ = ("stored", "values")

    def __init__(self, values: Sequence[Choice], *, stored: bool = False) -> None:
        self.values = tuple(values)
        self.stored = stored


class ChoicesType(StructuredType):
    """The choices of all arguments.

    A tree is the seed of further choices, and a tuple of the first ones. With seed 0 all further
    ones are the simplest. In place of the seed there may be bytes to draw the choices from, as in
    corpus files of earlier versions, or None: then the choices are those in Hypothesis's database,
    which has those that Hypothesis forces as well.

    Attributes:
        comments: the values of some trees as text, by the `repr` of the tree: 1 equals True.
        complete: likewise, the trees that give the same values as executed ones, without a seed.
        shrink: makes a failing tree smaller; None to do it choice by choice. It is called with the
            tree and a function to be called before each execution, which returns True to end the
            search; it returns a tree or None.
    """

    __slots__ = ("comments", "complete", "shrink")

    def __init__(self) -> None:
        super().__init__("hypothesis", tuple)
        self.comments: dict[str, str] = {}
        self.complete: dict[str, Tree] = {}
        self.shrink: Callable[[Tree, Callable[[], bool]], Tree | None] | None = None

    def zero(self) -> object:
        """Return the tree of the simplest values."""
        return (0, ())

    def add_comment(self, tree: Tree, text: str) -> None:
        """Set the text of the values of a tree, for its line in a corpus file."""
        if len(self.comments) >= _MAX_COMMENTS:
            self.comments.clear()
        self.comments[repr(tree)] = text

    def set_complete(self, tree: Tree, choices: Sequence[Choice]) -> None:
        """Set all choices that were made when a tree was executed."""
        if tree[0] != 0 or len(tree[1]) != len(choices):
            if len(self.complete) >= _MAX_REMEMBERED:
                self.complete.clear()
            self.complete[repr(tree)] = (0, tuple(choices))

    def to_tree(self, value: Any) -> Tree:
        """Return the tree of choices; values cannot be turned back into choices."""
        if isinstance(value, Choices):
            return (None if value.stored else 0, value.values)
        if type(value) is not bytes:
            raise TypeMismatchError("f.add takes the bytes that a strategy draws from, not values")
        return (value, ())

    def write(self, tree: Tree) -> str:
        """Return `choices(7, True, 'a')`, with the values in a comment if they are known.

        Trees that were executed are written with all their choices.
        """
        key = repr(tree)
        complete: Any = self.complete.get(key, tree)
        seed, choices = complete
        if isinstance(seed, bytes):
            return f"hypothesis({seed!r})"
        parts = [write_leaf(choice) for choice in choices]
        parts += ["stored=True"] if seed is None else [f"seed={seed}"] if seed else []
        comment = self.comments.get(key)
        return f"choices({', '.join(parts)})" + (f"  # {comment}" if comment else "")

    def read(self, node: Node) -> Tree:
        """Return the tree of `choices(...)`, or of `hypothesis(b'...')` of earlier versions."""
        call = call_of(node)
        name = call[0] if call is not None else ""
        if call is None or name not in ("choices", "hypothesis") or len(call[2]) > 1:
            raise ReadError(node, f"want choices(...), not {type_of_node(node)}")
        choices = tuple(_read_choice(one) for one in call[1])
        if name == "choices":
            return (_read_seed(node, call[2]), choices)
        if len(choices) != 1 or not isinstance(choices[0], bytes) or call[2]:
            raise ReadError(node, "want hypothesis(b'...')")
        return (choices[0], ())

    def objection(self, _value: object) -> str | None:
        """Return None: every choice can be written."""
        return None

    def children(self, tree: Tree) -> Sequence[tuple[Kind, Tree]]:
        """Return the seed and the choices."""
        if not isinstance(tree[0], int):
            tree = self.complete.get(repr(tree), (0, tree[1]))
        return ((UINT32, tree[0]), (_LIST, tree[1]))

    def with_children(self, _tree: Tree, parts: Sequence[Tree]) -> Tree:
        """Return a tree of another seed and other choices."""
        return tuple(parts)


def _read_seed(node: Node, named: dict[str, Node]) -> Any:
    if not named:
        return 0
    ((name, value),) = named.items()
    if name == "seed":
        return read_leaf(UINT32, value)
    if name == "stored" and constant_of(value) is True:
        return None
    raise ReadError(node, "want choices(...), choices(..., seed=1) or choices(..., stored=True)")


def _read_choice(node: Node) -> Choice:
    value = constant_of(node)
    if type(value) not in _KINDS:
        raise ReadError(node, f"want a bool, int, float, str or bytes, not {type_of_node(node)}")
    return value  # type: ignore[return-value]
