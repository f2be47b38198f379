"""Presents the leaves of structured values to the solver, each as an argument of its own."""

from __future__ import annotations

from itertools import islice

from fuzzengine.solver import hints, probes
from fuzzengine.types.base import Part, StructuredType, UnionType, parts_of, replace_part
from fuzzengine.types.containers import CollectionType, DictType
from fuzzengine.types.enums import EnumType
from fuzzengine.types.kinds import FLOAT32, round_float32

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from fuzzengine.cmplog.log import Event
    from fuzzengine.solver.closest import LastExecution
    from fuzzengine.types.base import Tree
    from fuzzengine.types.kinds import Kind

    Values = list[Any]

MOST = 400
"""The most leaves of an input that the solver sees; the others stay unchanged."""

_LONGEST = 256
"""The longest list that is made to flip a comparison."""

_SHAPES = 64
"""The most other shapes that are tried for an input that is studied."""

_ORDERS = ("==", "!=", "<", "<=", ">", ">=")


class Leaves:
    """The arguments of a fuzz target, some of them structured, as leaves.

    Args:
        kinds: one for each argument.
    """

    def __init__(self, kinds: Sequence[Kind]) -> None:
        self._kinds = list(kinds)

    def flat(self, values: Values) -> Values:
        """Return the leaves of an input."""
        return [part.tree for _, part in self._leaves(values)]

    def put(self, values: Values, leaves: Values) -> Values:
        """Return an input with its leaves replaced."""
        left = iter(leaves)
        return [_filled(kind, tree, left) for kind, tree in zip(self._kinds, values, strict=True)]

    def inputs(
        self, event: Event, site_flags: int, values: Values, context: hints.Context
    ) -> Iterator[Values]:
        """Yield inputs that may flip a comparison, the most likely ones first."""
        yield from self._replaced(event, site_flags, values)
        yield from self._restructured(event, values)
        for leaves in hints.inputs(event, site_flags, self.flat(values), context):
            yield self.put(values, leaves)

    def extensions(
        self, events: Sequence[Event], values: Values, context: hints.Context
    ) -> Iterator[Values]:
        """Yield inputs of other shapes, whose comparisons are then logged, and longer texts."""
        yield from islice(self._reshaped(values), _SHAPES)
        for leaves in hints.extensions(events, self.flat(values), context):
            yield self.put(values, leaves)

    def probe(
        self,
        solver: LastExecution,
        values: Values,
        events: Sequence[Event],
        site: int,
        origin: Values | None = None,
    ) -> Iterator[Values]:
        """Yield inputs that bring a comparison closer to flipping; see probes.py."""
        flat = self.flat(values)
        before = self.flat(origin) if origin is not None else None
        if before is not None and len(before) != len(flat):
            before = None
        for leaves in probes.probe(solver, flat, events, site, before):
            yield self.put(values, leaves)

    def _leaves(self, values: Values) -> list[tuple[int, Part]]:
        found = (
            (index, part)
            for index, part in self._parts(values)
            if not isinstance(part.kind, StructuredType)
        )
        return list(islice(found, MOST))

    def _parts(self, values: Values) -> Iterator[tuple[int, Part]]:
        for index, (kind, tree) in enumerate(zip(self._kinds, values, strict=True)):
            for part in parts_of(kind, tree):
                yield index, part

    def _with(self, values: Values, index: int, part: Part, tree: Tree) -> Values:
        made = list(values)
        made[index] = replace_part(self._kinds[index], values[index], part.path, tree)
        return made

    def _replaced(self, event: Event, site_flags: int, values: Values) -> Iterator[Values]:
        """Replace leaves that equal an operand by the wanted value."""
        leaves = self._leaves(values)
        for seen, wanted in hints.pairs(event, site_flags):
            for index, part in leaves:
                value: Any = wanted
                if type(part.tree) is float and type(wanted) is int and abs(wanted) < 1 << 53:
                    value = float(wanted)
                if type(part.tree) is type(value) and part.tree == seen:
                    fitting = round_float32(value) if part.kind is FLOAT32 else value
                    yield self._with(values, index, part, fitting)

    def _reshaped(self, values: Values) -> Iterator[Values]:
        """Choose other types of unions and other members; fill empty collections."""
        for index, part in list(self._parts(values))[:MOST]:
            kind, tree = part.kind, part.tree
            if isinstance(kind, UnionType):
                for number, option in enumerate(kind.options):
                    if number != tree[0]:
                        yield self._with(values, index, part, (number, option.zero()))
            elif isinstance(kind, CollectionType):
                if not tree:
                    yield self._with(values, index, part, (kind.element.zero(),))
            elif isinstance(kind, StructuredType):
                for other in kind.alternatives(tree):
                    yield self._with(values, index, part, other)

    def _restructured(self, event: Event, values: Values) -> Iterator[Values]:
        """Use operands as lengths of lists, keys of dicts and values of enums."""
        _, op, left, right = event
        for index, part in list(self._parts(values))[:MOST]:
            kind, tree = part.kind, part.tree
            if isinstance(kind, DictType) and op in ("key", "in"):
                for key in (left, right):
                    if kind.item.key.accepts(key):
                        item = (key, kind.item.value.zero())
                        yield self._with(values, index, part, (*tree, item))
            if isinstance(kind, CollectionType) and op in _ORDERS:
                for length in _lengths(len(tree), left, right):
                    yield self._with(values, index, part, _resized(kind, tree, length))
            elif isinstance(kind, EnumType):
                for other in kind.alternatives(tree):
                    number = getattr(kind.values[other], "value", kind.values[other])
                    if any(type(one) is type(number) and one == number for one in (left, right)):
                        yield self._with(values, index, part, other)


def _lengths(length: int, left: Any, right: Any) -> list[int]:
    """Return the wanted lengths of a list if its current length is one of the operands."""
    wanted = []
    for seen, other in ((left, right), (right, left)):
        if type(seen) is int and type(other) is int and seen == length:
            wanted += [other, other + 1, other - 1]
    return [one for one in wanted if one != length and 0 <= one <= _LONGEST]


def _resized(kind: CollectionType, tree: Tree, length: int) -> Tree:
    filler = tree[-1:] or (kind.element.zero(),)
    return (*tree[:length], *(filler * (length - len(tree))))


def _filled(kind: Kind, tree: Tree, left: Iterator[Any]) -> Tree:
    if not isinstance(kind, StructuredType):
        leaf = next(left, tree)
        return round_float32(leaf) if kind is FLOAT32 and isinstance(leaf, float) else leaf
    children = kind.children(tree)
    if not children:
        return tree
    return kind.with_children(tree, [_filled(inner, part, left) for inner, part in children])
