"""Havoc mutations of structured values: words, spliced subtrees, mutated leaves."""

from __future__ import annotations

from fuzzengine.mutation.havoc import Havoc
from fuzzengine.mutation.mutator import Mutator
from fuzzengine.mutation.tree_mutator import TreeMutator
from fuzzengine.types.base import StructuredType, parts_of, replace_part

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from fuzzengine.mutation.pcg import PCG
    from fuzzengine.types.kinds import Kind

_MAX_LEAVES = 200
"""Number of leaves of an input that are stored for splicing."""


class TreeHavoc(Havoc):
    """Havoc for inputs with structured values."""

    def __init__(self, kinds: Sequence[Kind], words: Sequence[bytes], rng: PCG) -> None:
        super().__init__(kinds, words, rng)
        self._tree_mutator = TreeMutator(Mutator(rng))
        self._leaf_havocs: dict[Kind, Havoc] = {}

    def remember(self, values: Sequence[object]) -> None:
        """Store the parts of an input for splicing."""
        self._tree_mutator.remember(values, self._kinds)
        for kind, value in zip(self._kinds, values, strict=True):
            for part in list(parts_of(kind, value))[:_MAX_LEAVES]:
                if not isinstance(part.kind, StructuredType):
                    self._havoc_of(part.kind).remember([part.tree])

    def mutated(self, values: Sequence[object]) -> list[object]:
        """Return a mutated copy of an input."""
        result = list(values)
        for _ in range(1 + self._rng.intn(4)):
            index = self._rng.intn(len(result))
            kind, value = self._kinds[index], result[index]
            if isinstance(kind, StructuredType) and self._rng.intn(2):
                result[index] = self._tree_mutator.mutated(kind, value)
            else:
                result[index] = self._with_mutated_leaf(kind, value)
        return result

    def _with_mutated_leaf(self, kind: Kind, value: object) -> object:
        leaves = [
            part for part in parts_of(kind, value) if not isinstance(part.kind, StructuredType)
        ]
        if not leaves:
            return value
        leaf = leaves[self._rng.intn(len(leaves))]
        result = self._havoc_of(leaf.kind).mutated([leaf.tree])[0]
        return replace_part(kind, value, leaf.path, result)

    def _havoc_of(self, kind: Kind) -> Havoc:
        if kind not in self._leaf_havocs:
            self._leaf_havocs[kind] = Havoc([kind], self._words, self._rng)
        return self._leaf_havocs[kind]
