"""Chooses how the solver sees an input: as its arguments, or as the leaves of structured ones."""

from __future__ import annotations

from fuzzengine.solver import hints, probes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from fuzzengine.solver.leaves import Leaves
    from fuzzengine.types.kinds import Kind


class Arguments:
    """Derives inputs whose arguments all have one of Go's types."""

    inputs = staticmethod(hints.inputs)
    extensions = staticmethod(hints.extensions)
    probe = staticmethod(probes.probe)


def arguments_of(kinds: Sequence[Kind]) -> Arguments | Leaves:
    """Return the object that derives inputs for a fuzz target with arguments of these kinds."""
    if any(kind.is_structured for kind in kinds):
        from fuzzengine.solver.leaves import Leaves

        return Leaves(kinds)
    return Arguments()
