"""Mutates structured values: leaves, elements, the options of unions, spliced subtrees."""

from __future__ import annotations

from fuzzengine.types.base import Part, StructuredType, UnionType, parts_of, replace_part
from fuzzengine.types.containers import CollectionType
from fuzzengine.types.datetimes import DateTimeType
from fuzzengine.types.kinds import BOOL
from fuzzengine.types.records import RecordType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import MutableSequence, Sequence

    from fuzzengine.mutation.mutator import Mutator
    from fuzzengine.types.base import Tree
    from fuzzengine.types.kinds import Kind

MAX_DEPTH = 40
"""Depth of a tree from which on nothing is added."""

MAX_PARTS = 4000
"""Number of parts from which on a mutation adds none."""

MAX_TEXT = 1 << 16
"""Number of bytes beyond which a mutation does not extend a string."""

_MAX_KNOWN = 64
_ATTEMPTS = 8
_DATES = (
    (1970, 1, 1), (1, 1, 1), (9999, 12, 31), (2000, 2, 29), (1900, 2, 28), (2038, 1, 19),
    (1999, 12, 31),
)  # fmt: skip


class TreeMutator:
    """Mutates structured values and values of Go's kinds, with the random numbers of a mutator."""

    def __init__(self, mutator: Mutator) -> None:
        self._mutator = mutator
        self._rng = mutator.rng
        self._known: dict[Kind, list[Tree]] = {}

    def remember(self, values: Sequence[object], kinds: Sequence[Kind]) -> None:
        """Store the parts of an input, to splice them into other inputs."""
        for value, kind in zip(values, kinds, strict=True):
            if isinstance(kind, StructuredType):
                for part in list(parts_of(kind, value))[:MAX_PARTS]:
                    self._remember(part)

    def _remember(self, part: Part) -> None:
        known = self._known.setdefault(part.kind, [])
        if part.tree in known:
            return
        if len(known) >= _MAX_KNOWN:
            known[self._rng.intn(_MAX_KNOWN)] = part.tree
        else:
            known.append(part.tree)

    def mutate(
        self, values: MutableSequence[object], kinds: Sequence[Kind], max_bytes: int
    ) -> None:
        """Replace one of the values by a mutated one.

        Args:
            values: the values, of these kinds before and after.
            kinds: one kind for each value.
            max_bytes: the approximate limit of the size of all values together.
        """
        index = self._rng.intn(len(values))
        kind = kinds[index]
        if isinstance(kind, StructuredType):
            values[index] = self.mutated(kind, values[index])
        else:
            changed = [values[index]]
            self._mutator.mutate(changed, [kind], max_bytes)
            values[index] = changed[0]

    def mutated(self, kind: StructuredType, tree: Tree) -> Tree:
        """Return a tree that differs in one part, or the same one after a few attempts."""
        parts = list(parts_of(kind, tree))
        for _ in range(_ATTEMPTS):
            part = parts[self._rng.intn(len(parts))]
            mutated = self._mutated_part(part, room=MAX_PARTS - len(parts))
            if mutated != part.tree:
                return replace_part(kind, tree, part.path, mutated)
        return tree

    def _mutated_part(self, part: Part, room: int) -> Tree:
        kind, tree = part.kind, part.tree
        if not isinstance(kind, StructuredType):
            return self._mutated_leaf(kind, tree)
        fits = len(part.path) < MAX_DEPTH and room > 0
        if isinstance(kind, CollectionType):
            return self._mutated_collection(kind, tree, grow=fits)
        if isinstance(kind, UnionType) and len(kind.options) > 1:
            return self._other_option(kind, tree, grow=fits)
        alternatives = kind.alternatives(tree)
        if alternatives:
            return alternatives[self._rng.intn(len(alternatives))]
        if isinstance(kind, DateTimeType):
            return self._special_date(kind, tree)
        if isinstance(kind, RecordType) and fits and self._rng.intn(4) == 0:
            return self._known_or_zero(kind)
        return tree

    def _mutated_leaf(self, kind: Kind, value: object) -> object:
        """Return a mutated value of one of Go's kinds, within its range."""
        if kind is BOOL:
            return not value
        if isinstance(value, bytes | str) and self._rng.intn(8) == 0:
            return self._known_or_zero(kind)
        values = [value]
        self._mutator.mutate(values, [kind], 2 * MAX_TEXT)
        mutated = values[0]
        if isinstance(mutated, int) and kind.high:
            return min(max(mutated, kind.low), kind.high)
        return mutated

    def _mutated_collection(self, kind: CollectionType, tree: Tree, *, grow: bool) -> Tree:
        rng, count = self._rng, len(tree)
        operation = rng.intn(6)
        at = rng.intn(count + 1)
        if operation < 3 and grow:
            return (*tree[:at], self._new_element(kind, tree), *tree[at:])
        if not count:
            return tree
        at = rng.intn(count)
        if operation == 3:
            end = at + 1 + rng.intn(1 + count // 4)
            return tree[:at] + tree[end:]
        if operation == 4:
            other = rng.intn(count)
            parts = list(tree)
            parts[at], parts[other] = parts[other], parts[at]
            return tuple(parts)
        if grow and count < MAX_PARTS // 16:
            return tree[:at] + tree[at : at + 1] * (2 + rng.intn(8)) + tree[at + 1 :]
        return tree

    def _new_element(self, kind: CollectionType, tree: Tree) -> Tree:
        """Return a new element: a present, known or zero one, possibly mutated."""
        if tree and self._rng.intn(2):
            copied = tree[self._rng.intn(len(tree))]
            return self._maybe_mutated(kind.element, copied)
        return self._maybe_mutated(kind.element, self._known_or_zero(kind.element))

    def _maybe_mutated(self, kind: Kind, tree: Tree) -> Tree:
        if self._rng.intn(2):
            return tree
        if isinstance(kind, StructuredType):
            return self.mutated(kind, tree)
        return self._mutated_leaf(kind, tree)

    def _other_option(self, kind: UnionType, tree: Tree, *, grow: bool) -> Tree:
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

    def _special_date(self, kind: DateTimeType, tree: Tree) -> Tree:
        date = _DATES[self._rng.intn(len(_DATES))]
        return (*date, *tree[3:]) if kind.has_date else kind.zero()
