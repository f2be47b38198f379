"""The lines on dictionary words and unstable locations at the end of a campaign."""

from __future__ import annotations

import os

from fuzzengine.schedule import stability

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from fuzzengine.campaign.campaign import Campaign
    from fuzzengine.instrument.import_hook import Instrumentation
    from fuzzengine.instrument.places import Place


def text(campaign: Campaign, *, verbose: bool) -> str:
    """Return the lines on dictionary words and unstable locations, or ""."""
    lines = campaign.words.listing(all_of_them=verbose)
    if campaign.reached.stability.unstable:
        from fuzzengine.instrument.import_hook import installed

        places = locations(campaign.reached.stability.unstable, installed())
        lines += stability.listing(places, all_of_them=verbose)
    return lines


def locations(numbers: Iterable[int], instrumentation: Instrumentation | None) -> list[str]:
    """Return `file:line` for counters, given by their numbers on the wire, sorted.

    A counter of a module that only workers import has no known line: the module's name stands for
    it, or `somewhere else`.
    """
    from fuzzengine.instrument.places import places_of

    if instrumentation is None:
        return []
    found: set[tuple[str, int]] = set()
    known: dict[int, list[Place]] = {}
    modules = {module.base: module for module in instrumentation.modules}
    for number in numbers:
        name, block, base = instrumentation.coverage.owner_of(number)
        module = modules.get(base)
        if module is not None and base not in known:
            source = module.source
            source = source.encode() if isinstance(source, str) else source
            known[base] = places_of(source, module.filename)
        if module is not None and block < len(known[base]):
            found.add((module.filename, known[base][block].line))
        else:
            found.add((name or "somewhere else", 0))
    return [f"{_shown(name)}:{line}" if line else name for name, line in sorted(found)]


def _shown(path: str) -> str:
    """Return a path relative to the current folder if it is inside."""
    return path.removeprefix(os.path.join(os.getcwd(), ""))
