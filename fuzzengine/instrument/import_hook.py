"""The import hook that inserts block counters into modules as they are loaded.

Go instruments all dependencies of a test except a few packages of its own. Here it is everything
that the test imports, except the standard library, fuzzengine itself and test tools. `cover` adds
packages by name, also of the standard library, and `nocover` removes them. A name stands for a
module and all its submodules; if both lists match a module, the longer name decides.

Modules named by `cover` that are already loaded are removed from sys.modules, so that the test
loads them again with counters; earlier importers keep the plain modules.

Of code without source the lines are counted instead, on Python 3.12 and later (see line_events).

Instrumented code is cached in a folder (`cache_dir`), as rewriting costs about 10 ms per 1,000
lines (see code_cache).
"""

from __future__ import annotations

import sys
from _frozen_importlib_external import SourceFileLoader, SourcelessFileLoader

from fuzzengine.instrument.code_cache import CodeCache
from fuzzengine.instrument.counters import install_builtins
from fuzzengine.instrument.coverage import COVERAGE, Coverage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from importlib.machinery import ModuleSpec
    from types import CodeType, ModuleType

    from fuzzengine.instrument.line_events import LineCounters

MACHINERY = frozenset(
    ("fuzzengine", "scriptest", "pytest", "_pytest", "pluggy", "xdist", "execnet", "hypothesis")
)
"""Packages that are never instrumented unless `cover` names them."""

# Import hooks depend on these, so they cannot be loaded again.
_NEVER_UNLOADED = frozenset(("builtins", "sys", "importlib", "fuzzengine", "__main__"))


class InstrumentedModule:
    """The source and counting code of a module, from which cmplog makes its logging code."""

    __slots__ = ("base", "code", "filename", "name", "source")

    def __init__(
        self, name: str, source: bytes | str, filename: str, base: int, code: CodeType
    ) -> None:
        self.name = name
        self.source = source
        self.filename = filename
        self.base = base
        self.code = code


class Instrumentation:
    """Decides which modules get counters, and compiles them.

    Attributes:
        modules: the modules that were compiled with counters, in the order of loading.
    """

    def __init__(
        self,
        coverage: Coverage,
        cover: Iterable[str] = (),
        nocover: Iterable[str] = (),
        cache_dir: str | None = None,
        *,
        compiled: bool = False,
    ) -> None:
        self.coverage = coverage
        self.compiled = compiled
        self.cover = frozenset(cover)
        self.nocover = frozenset(nocover)
        self.modules: list[InstrumentedModule] = []
        self._line_counters: LineCounters | None = None
        self.cache = CodeCache(cache_dir) if cache_dir else None

    def wants(self, module: str) -> bool:
        """Return whether a module is to be instrumented."""
        name = module
        while name:
            if name in self.nocover:
                return False
            if name in self.cover:
                return True
            name = name.rpartition(".")[0]
        top = module.partition(".")[0]
        return top not in sys.stdlib_module_names and top not in MACHINERY

    def compile(self, source: bytes | str, filename: str, module: str) -> CodeType:
        """Compile a module's source with counters, and register them under its name.

        Raises:
            SyntaxError, ValueError: as the built-in `compile` does.
        """
        base = self.coverage.base_of(module)
        cache, key = self.cache, f"{filename}\0{base}\0{self.compiled}"
        found = cache.load(source, key) if cache else None
        if found is None:
            found = _compile_with_counters(source, filename, base, compiled=self.compiled)
            if cache:
                cache.store(source, key, *found)
        code, blocks = found
        if self.coverage.register(module, blocks) != base:
            # The module was loaded before from another source, with other counters.
            base = self.coverage.register(module, blocks)
            code, _ = _compile_with_counters(source, filename, base, compiled=self.compiled)
        self.modules.append(InstrumentedModule(module, source, filename, base, code))
        return code

    def count_lines(self, code: CodeType, module: str) -> bool:
        """Count the lines of a module without source; return False if Python cannot report them."""
        if self._line_counters is None:
            from fuzzengine.instrument.line_events import LineCounters

            self._line_counters = LineCounters(self.coverage)
        return self._line_counters.add(code, module)

    def unload_covered(self) -> list[str]:
        """Remove the modules named by `cover` from sys.modules; return their names."""
        names = [
            name
            for name, module in sys.modules.items()
            if name.partition(".")[0] not in _NEVER_UNLOADED
            and any(name == top or name.startswith(top + ".") for top in self.cover)
            and self.wants(name)
            and isinstance(getattr(module, "__loader__", None), SourceFileLoader)
        ]
        for name in names:
            del sys.modules[name]
        return names


class CountingFinder:
    """The first finder in sys.meta_path: it replaces the loaders that the other finders choose."""

    def __init__(self, instrumentation: Instrumentation) -> None:
        self.instrumentation = instrumentation

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find a module as the other finders do (importlib.abc.MetaPathFinder)."""
        if not self.instrumentation.wants(name):
            return None
        for finder in sys.meta_path:
            if finder is self or not hasattr(finder, "find_spec"):
                continue
            spec = finder.find_spec(name, path, target)
            if spec is not None:
                loader = spec.loader
                if type(loader) is SourceFileLoader:
                    spec.loader = CountingLoader(loader.name, loader.path, self.instrumentation)
                elif type(loader) is SourcelessFileLoader:
                    spec.loader = LineLoader(loader.name, loader.path, self.instrumentation)
                return spec
        return None

    def invalidate_caches(self) -> None:
        """Do nothing: this finder has no cache."""


class CountingLoader(SourceFileLoader):
    """Loads a module from its source with counters; reads and writes no .pyc file."""

    def __init__(self, name: str, path: str, instrumentation: Instrumentation) -> None:
        super().__init__(name, path)
        self._instrumentation = instrumentation

    def get_code(self, fullname: str) -> CodeType:
        """Compile the module (importlib.abc.InspectLoader)."""
        path = self.get_filename(fullname)
        return self._instrumentation.compile(self.get_data(path), path, fullname)

    def exec_module(self, module: ModuleType) -> None:
        """Run the module, after making submodules that are still loaded its attributes."""
        prefix = module.__name__ + "."
        if self.is_package(module.__name__):
            for name, child in list(sys.modules.items()):
                if name.startswith(prefix) and "." not in name[len(prefix) :]:
                    setattr(module, name[len(prefix) :], child)
        super().exec_module(module)


class LineLoader(SourcelessFileLoader):
    """Loads a module without source and counts its lines, where Python can report them."""

    def __init__(self, name: str, path: str, instrumentation: Instrumentation) -> None:
        super().__init__(name, path)
        self._instrumentation = instrumentation

    def get_code(self, fullname: str) -> CodeType | None:
        """Load the code (importlib.abc.InspectLoader)."""
        code = super().get_code(fullname)
        if code is not None:
            self._instrumentation.count_lines(code, fullname)
        return code


def install(
    cover: Iterable[str] = (),
    nocover: Iterable[str] = (),
    *,
    cache_dir: str | None = None,
) -> Instrumentation:
    """Install the import hook; call this before the test files are imported.

    Args:
        cover: packages to instrument in addition, also of the standard library.
        nocover: packages not to instrument.
        cache_dir: folder for instrumented code, created when needed; None for no cache.

    Returns:
        The instrumentation, to compile files that are not imported.
    """
    compiled = install_builtins(COVERAGE)
    instrumentation = Instrumentation(COVERAGE, cover, nocover, cache_dir, compiled=compiled)
    instrumentation.unload_covered()
    sys.meta_path.insert(0, CountingFinder(instrumentation))
    return instrumentation


def installed() -> Instrumentation | None:
    """Return the instrumentation installed last, or None."""
    for finder in sys.meta_path:
        if isinstance(finder, CountingFinder):
            return finder.instrumentation
    return None


def _compile_with_counters(
    source: bytes | str, filename: str, base: int, *, compiled: bool
) -> tuple[CodeType, int]:
    # Importing it takes milliseconds, and most workers find all code in the cache.
    from fuzzengine.instrument.rewrite import instrument

    return instrument(source, filename, base, compiled=compiled)
