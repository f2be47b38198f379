"""What the solver sees of an input: its arguments, and of a structured one its leaves."""

from __future__ import annotations

from fuzzengine.solver import hints, probes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from fuzzengine.solver.leaves import Leaves
    from fuzzengine.types.kinds import Kind


class Arguments:
    """Makes inputs of arguments that are all of Go's kinds."""

    inputs = staticmethod(hints.inputs)
    extensions = staticmethod(hints.extensions)
    probe = staticmethod(probes.probe)


def arguments_of(kinds: Sequence[Kind]) -> Arguments | Leaves:
    """Return what makes inputs for a fuzz function of these kinds."""
    if any(kind.is_structured for kind in kinds):
        from fuzzengine.solver.leaves import Leaves

        return Leaves(kinds)
    return Arguments()
