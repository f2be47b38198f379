"""Random changes of structured values with words of the code, and parts of other inputs."""

from __future__ import annotations

from fuzzengine.mutation.havoc import Havoc
from fuzzengine.mutation.mutator import Mutator
from fuzzengine.mutation.tree_mutator import TreeMutator
from fuzzengine.types.base import StructuredType
from fuzzengine.types.walk import parts_of, replaced

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from fuzzengine.mutation.pcg import PCG
    from fuzzengine.types.kinds import Kind

_LEAVES = 200
"""So many leaves of an input are remembered."""


class TreeHavoc(Havoc):
    """Does for structured values what its base does for plain ones."""

    def __init__(self, kinds: Sequence[Kind], words: Sequence[bytes], rng: PCG) -> None:
        super().__init__(kinds, words, rng)
        self._tree_mutator = TreeMutator(Mutator(rng))
        self._plain: dict[Kind, Havoc] = {}

    def remember(self, values: Sequence[object]) -> None:
        """Keep the parts of an input."""
        self._tree_mutator.remember(values, self._kinds)
        for kind, value in zip(self._kinds, values, strict=True):
            for part in list(parts_of(kind, value))[:_LEAVES]:
                if not isinstance(part.kind, StructuredType):
                    self._havoc_of(part.kind).remember([part.tree])

    def change(self, values: Sequence[object]) -> list[object]:
        """Return a changed copy of an input."""
        made = list(values)
        for _ in range(1 + self._rng.intn(4)):
            index = self._rng.intn(len(made))
            kind, value = self._kinds[index], made[index]
            if isinstance(kind, StructuredType) and self._rng.intn(2):
                made[index] = self._tree_mutator.changed(kind, value)
            else:
                made[index] = self._with_a_leaf(kind, value)
        return made

    def _with_a_leaf(self, kind: Kind, value: object) -> object:
        leaves = [
            part for part in parts_of(kind, value) if not isinstance(part.kind, StructuredType)
        ]
        if not leaves:
            return value
        leaf = leaves[self._rng.intn(len(leaves))]
        made = self._havoc_of(leaf.kind).change([leaf.tree])[0]
        return replaced(kind, value, leaf.path, made)

    def _havoc_of(self, kind: Kind) -> Havoc:
        if kind not in self._plain:
            self._plain[kind] = Havoc([kind], self._words, self._rng)
        return self._plain[kind]
