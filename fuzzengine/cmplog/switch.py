"""Exchanges the code of living functions between the counting and the logging flavour.

Both flavours of a module are compiled from one source and nest alike, so each code object has a
twin. Functions stay the same objects, with their defaults, closures and attributes: only what
they execute next is exchanged. Functions made while a flavour is on have its code and are found
at the next exchange, through the garbage collector. What was looked through once is hidden from
it (`gc.freeze`), so that only the first exchange looks at all objects.
"""

from __future__ import annotations

import builtins
import gc
from types import CodeType, FunctionType
from weakref import ref

from fuzzengine.cmplog.hooks import BUILTINS
from fuzzengine.cmplog.log import LOG
from fuzzengine.instrument.import_hook import Instrumentation, Unit


class Flavours:
    """Switches all instrumented modules between counting only and counting with a log."""

    def __init__(self, instrumentation: Instrumentation) -> None:
        self._instrumentation = instrumentation
        self._known = 0  # how many of the instrumentation's units have twins
        # By the identity of the twin, which the other of the two keeps alive.
        self._logging: dict[int, CodeType] = {}
        self._counting: dict[int, CodeType] = {}
        # Functions with a twin that the collector no longer shows.
        self._frozen: list[ref[FunctionType]] = []
        self.on = False

    def switch(self, on: bool) -> None:
        """Turn logging on or off; frames that run now go on with the code they have."""
        loaded = on and self._prepare()
        if loaded:
            gc.unfreeze()
            self._frozen.clear()
        twins = self._logging if on else self._counting
        found = [one for one in gc.get_objects() if type(one) is FunctionType]
        shown = [one for one in found if self._exchange(one, twins)]
        for reference in self._frozen:
            function = reference()
            if function is not None:
                self._exchange(function, twins)
        if loaded:
            gc.collect()  # a cycle of garbage would stay for ever
            gc.freeze()
            self._frozen += map(ref, shown)
        self.on = on

    def _exchange(self, function: FunctionType, twins: dict[int, CodeType]) -> bool:
        twin = twins.get(id(function.__code__))
        if twin is None:
            return False
        function.__code__ = twin
        return True

    def _prepare(self) -> bool:
        """Compile the logging flavour of modules loaded since the last time; tell if any was."""
        units = self._instrumentation.units
        if self._known == len(units):
            return False
        if not self._known:
            for name, function in BUILTINS.items():
                setattr(builtins, name, function)
        for unit in units[self._known :]:
            try:
                code, about = self._compiled(unit, len(LOG.about))
            except RecursionError:
                continue
            LOG.add_sites(about)
            self._pair(unit.code, code)
        self._known = len(units)
        return True

    def _compiled(self, unit: Unit, first_site: int) -> tuple[CodeType, list[int]]:
        """Compile the logging flavour, or take it from the folder where it is kept."""
        cache, compiled = self._instrumentation.cache, self._instrumentation.compiled
        key = f"{unit.filename}\0{unit.base}\0{first_site}\0{compiled}"
        found = cache.load(unit.source, key) if cache else None
        if found is not None:
            return found[0], list(found[1])
        from fuzzengine.cmplog.rewrite import instrument_compares

        code, about = instrument_compares(
            unit.source, unit.filename, unit.base, first_site, compiled=compiled
        )
        if cache:
            cache.store(unit.source, key, code, bytes(about))
        return code, about

    def _pair(self, counting: CodeType, logging: CodeType) -> None:
        self._logging[id(counting)] = logging
        self._counting[id(logging)] = counting
        inner = [const for const in counting.co_consts if isinstance(const, CodeType)]
        twins = [const for const in logging.co_consts if isinstance(const, CodeType)]
        if [code.co_qualname for code in inner] == [code.co_qualname for code in twins]:
            for one, other in zip(inner, twins, strict=True):
                self._pair(one, other)
