"""Switches functions between counting code and comparison-logging code at run time.

Both kinds of a module's code are compiled from one source and nest alike, so each code object has
a counterpart. Functions stay the same objects, with their defaults, closures and attributes: only
their code is replaced. Functions made while logging is on have logging code; the next switch finds
them through the garbage collector. Objects that were searched once are hidden from the collector
(`gc.freeze`), so that only the first switch looks at all objects.
"""

from __future__ import annotations

import builtins
import gc
from types import CodeType, FunctionType
from weakref import ref

from fuzzengine.cmplog.hooks import BUILTINS
from fuzzengine.cmplog.log import LOG
from fuzzengine.instrument.import_hook import Instrumentation, InstrumentedModule


class CodeSwitch:
    """Switches all instrumented modules between counting and comparison-logging code.

    Attributes:
        on: comparisons are being logged.
    """

    def __init__(self, instrumentation: Instrumentation) -> None:
        self._instrumentation = instrumentation
        self._compiled_modules = 0  # number of the instrumented modules that have logging code
        # By the identity of the counterpart, which the other dict keeps alive.
        self._logging: dict[int, CodeType] = {}
        self._counting: dict[int, CodeType] = {}
        # Functions with two kinds of code that are hidden from the garbage collector.
        self._frozen: list[ref[FunctionType]] = []
        self.on = False

    def switch(self, on: bool) -> None:
        """Turn logging on or off; running frames continue with the code they have."""
        compiled = on and self._compile_new_modules()
        if compiled:
            gc.unfreeze()
            self._frozen.clear()
        counterparts = self._logging if on else self._counting
        functions = [item for item in gc.get_objects() if type(item) is FunctionType]
        switched = [item for item in functions if _replace_code(item, counterparts)]
        for reference in self._frozen:
            function = reference()
            if function is not None:
                _replace_code(function, counterparts)
        if compiled:
            gc.collect()  # frozen garbage would never be freed
            gc.freeze()
            self._frozen += map(ref, switched)
        self.on = LOG.on = on

    def _compile_new_modules(self) -> bool:
        """Compile the logging code of new modules; return whether there were any."""
        modules = self._instrumentation.modules
        if self._compiled_modules == len(modules):
            return False
        if not self._compiled_modules:
            for name, function in BUILTINS.items():
                setattr(builtins, name, function)
        for module in modules[self._compiled_modules :]:
            try:
                code, site_flags = self._logging_code(module, len(LOG.site_flags))
            except RecursionError:
                continue
            LOG.add_sites(site_flags)
            self._pair(module.code, code)
        self._compiled_modules = len(modules)
        return True

    def _logging_code(
        self, module: InstrumentedModule, first_site: int
    ) -> tuple[CodeType, list[int]]:
        """Return a module's logging code and the flags of its sites, from the cache if possible."""
        cache, compiled = self._instrumentation.cache, self._instrumentation.compiled
        key = f"{module.filename}\0{module.base}\0{first_site}\0{compiled}"
        found = cache.load(module.source, key) if cache else None
        if found is not None:
            return found[0], list(found[1])
        from fuzzengine.cmplog.rewrite import instrument_with_cmplog

        code, site_flags = instrument_with_cmplog(
            module.source, module.filename, module.base, first_site, compiled=compiled
        )
        if cache:
            cache.store(module.source, key, code, bytes(site_flags))
        return code, site_flags

    def _pair(self, counting: CodeType, logging: CodeType) -> None:
        """Make two code objects, and those nested in them, counterparts of each other."""
        self._logging[id(counting)] = logging
        self._counting[id(logging)] = counting
        nested = [const for const in counting.co_consts if isinstance(const, CodeType)]
        counterparts = [const for const in logging.co_consts if isinstance(const, CodeType)]
        if [code.co_qualname for code in nested] == [code.co_qualname for code in counterparts]:
            for one, other in zip(nested, counterparts, strict=True):
                self._pair(one, other)


def _replace_code(function: FunctionType, counterparts: dict[int, CodeType]) -> bool:
    counterpart = counterparts.get(id(function.__code__))
    if counterpart is None:
        return False
    function.__code__ = counterpart
    return True
