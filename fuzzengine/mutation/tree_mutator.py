"""Mutates structured values: leaves, elements, the options of unions, spliced subtrees."""

from __future__ import annotations

from fuzzengine.types.base import StructuredType, UnionType
from fuzzengine.types.containers import CollectionType
from fuzzengine.types.datetimes import DateTimeType
from fuzzengine.types.kinds import BOOL
from fuzzengine.types.records import RecordType
from fuzzengine.types.walk import Part, parts_of, replaced

TYPE_CHECKING = False  # importing typing costs more than the rest of a worker's start
if TYPE_CHECKING:
    from collections.abc import MutableSequence, Sequence

    from fuzzengine.mutation.mutator import Mutator
    from fuzzengine.types.base import Tree
    from fuzzengine.types.kinds import Kind

DEEPEST = 40
"""Nothing is put into a tree further down than that."""

MOST_PARTS = 4000
LONGEST = 1 << 16
"""No tree gets more parts by a change, and no text more bytes."""

_REMEMBERED = 64
_ATTEMPTS = 8
_DATES = (
    (1970, 1, 1), (1, 1, 1), (9999, 12, 31), (2000, 2, 29), (1900, 2, 28), (2038, 1, 19),
    (1999, 12, 31),
)  # fmt: skip


class TreeMutator:
    """Changes structured and plain values, drawing from the random numbers of a mutator."""

    def __init__(self, mutator: Mutator) -> None:
        self._mutator = mutator
        self._rng = mutator.rng
        self._known: dict[Kind, list[Tree]] = {}

    def remember(self, values: Sequence[object], kinds: Sequence[Kind]) -> None:
        """Keep the parts of an input, to put them into others."""
        for value, kind in zip(values, kinds, strict=True):
            if isinstance(kind, StructuredType):
                for part in list(parts_of(kind, value))[:MOST_PARTS]:
                    self._remember(part)

    def _remember(self, part: Part) -> None:
        known = self._known.setdefault(part.kind, [])
        if part.tree in known:
            return
        if len(known) >= _REMEMBERED:
            known[self._rng.intn(_REMEMBERED)] = part.tree
        else:
            known.append(part.tree)

    def mutate(
        self, values: MutableSequence[object], kinds: Sequence[Kind], max_bytes: int
    ) -> None:
        """Replace one of the values by a changed one."""
        index = self._rng.intn(len(values))
        kind = kinds[index]
        if isinstance(kind, StructuredType):
            values[index] = self.changed(kind, values[index])
        else:
            one = [values[index]]
            self._mutator.mutate(one, [kind], max_bytes)
            values[index] = one[0]

    def changed(self, kind: StructuredType, tree: Tree) -> Tree:
        """Return a tree that differs in one part, if one is found in a few attempts."""
        parts = list(parts_of(kind, tree))
        for _ in range(_ATTEMPTS):
            part = parts[self._rng.intn(len(parts))]
            made = self._part(part, room=MOST_PARTS - len(parts))
            if made != part.tree:
                return replaced(kind, tree, part.path, made)
        return tree

    def _part(self, part: Part, room: int) -> Tree:
        kind, tree = part.kind, part.tree
        if not isinstance(kind, StructuredType):
            return self.leaf(kind, tree)
        fits = len(part.path) < DEEPEST and room > 0
        if isinstance(kind, CollectionType):
            return self._items(kind, tree, grow=fits)
        if isinstance(kind, UnionType) and len(kind.options) > 1:
            return self._union(kind, tree, grow=fits)
        alternatives = kind.alternatives(tree)
        if alternatives:
            return alternatives[self._rng.intn(len(alternatives))]
        if isinstance(kind, DateTimeType):
            return self._datetime(kind, tree)
        if isinstance(kind, RecordType) and fits and self._rng.intn(4) == 0:
            return self._known_or_zero(kind)
        return tree

    def leaf(self, kind: Kind, value: object) -> object:
        """Return a changed value of one of Go's kinds, within its range."""
        if kind is BOOL:
            return not value
        if isinstance(value, bytes | str) and self._rng.intn(8) == 0:
            return self._known_or_zero(kind)
        made = [value]
        self._mutator.mutate(made, [kind], 2 * LONGEST)
        changed = made[0]
        if isinstance(changed, int) and kind.high:
            return min(max(changed, kind.low), kind.high)
        return changed

    def _items(self, kind: CollectionType, tree: Tree, *, grow: bool) -> Tree:
        rng, count = self._rng, len(tree)
        way = rng.intn(6)
        at = rng.intn(count + 1)
        if way < 3 and grow:
            return (*tree[:at], self._element(kind, tree), *tree[at:])
        if not count:
            return tree
        at = rng.intn(count)
        if way == 3:
            end = at + 1 + rng.intn(1 + count // 4)
            return tree[:at] + tree[end:]
        if way == 4:
            other = rng.intn(count)
            parts = list(tree)
            parts[at], parts[other] = parts[other], parts[at]
            return tuple(parts)
        if grow and count < MOST_PARTS // 16:
            return tree[:at] + tree[at : at + 1] * (2 + rng.intn(8)) + tree[at + 1 :]
        return tree

    def _element(self, kind: CollectionType, tree: Tree) -> Tree:
        """Return a new element: like one that is there, changed, or another one."""
        if tree and self._rng.intn(2):
            copied = tree[self._rng.intn(len(tree))]
            return self._varied(kind.element, copied)
        return self._varied(kind.element, self._known_or_zero(kind.element))

    def _varied(self, kind: Kind, tree: Tree) -> Tree:
        if self._rng.intn(2):
            return tree
        return (
            self.changed(kind, tree) if isinstance(kind, StructuredType) else self.leaf(kind, tree)
        )

    def _union(self, kind: UnionType, tree: Tree, *, grow: bool) -> Tree:
        index = self._rng.intn(len(kind.options) - 1)
        index += index >= tree[0]
        option = kind.options[index]
        if not grow and isinstance(option, StructuredType) and option.children(option.zero()):
            return tree
        return (index, self._known_or_zero(option))

    def _known_or_zero(self, kind: Kind) -> Tree:
        known = self._known.get(kind)
        if known and self._rng.intn(4):
            return known[self._rng.intn(len(known))]
        return kind.zero()

    def _datetime(self, kind: DateTimeType, tree: Tree) -> Tree:
        date = _DATES[self._rng.intn(len(_DATES))]
        return (*date, *tree[3:]) if kind.has_date else kind.zero()
