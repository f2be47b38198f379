"""The import hook that loads modules with counters in them (rewrite.py puts them in).

Go counts in everything a test depends on except a few packages of its own. Here it is everything
that the test imports except the standard library, fuzzengine itself and test machinery; `cover`
adds packages by name, the standard library's too, and `nocover` removes. A name stands for the
module and all modules below it; if both lists fit a module, the longer name decides.

Modules of `cover` that are loaded already are forgotten, so that the test loads them afresh, with
counters; who imported them before keeps the plain ones.

Code without source has its lines counted instead, from Python 3.12 on (lines.py).

Instrumented code may be kept in a folder (`cache_dir`), as rewriting costs some 10 ms per 1,000
lines: files named by a hash of the source, its name, the interpreter and the first counter.
"""

from __future__ import annotations

import sys
from importlib.machinery import SourceFileLoader, SourcelessFileLoader

from fuzzengine.instrument.code_cache import CodeCache
from fuzzengine.instrument.counters import provide
from fuzzengine.instrument.coverage import COVERAGE, Coverage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from importlib.machinery import ModuleSpec
    from types import CodeType, ModuleType

    from fuzzengine.instrument.line_events import Lines

MACHINERY = frozenset(
    ("fuzzengine", "scriptest", "pytest", "_pytest", "pluggy", "xdist", "execnet", "hypothesis")
)
"""Packages that are never instrumented unless `cover` names them."""

# Without these not even an import hook works: there is no loading them afresh.
_ROOTS = frozenset(("builtins", "sys", "importlib", "fuzzengine", "__main__"))


class Unit:
    """A module as it was compiled: what the logging flavour (flavours.py) is made from."""

    __slots__ = ("base", "code", "filename", "source")

    def __init__(self, source: bytes | str, filename: str, base: int, code: CodeType) -> None:
        self.source = source
        self.filename = filename
        self.base = base
        self.code = code


class Instrumentation:
    """Decides which modules get counters and compiles them."""

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
        self.units: list[Unit] = []
        self._lines: Lines | None = None
        self.cache = CodeCache(cache_dir) if cache_dir else None

    def wants(self, module: str) -> bool:
        """Tell whether a module is to be instrumented."""
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
        """Compile a module's source with counters, which are registered under its name.

        Raises:
            SyntaxError, ValueError: as the built-in `compile` does.
        """
        base = self.coverage.base_of(module)
        cache, key = self.cache, f"{filename}\0{base}\0{self.compiled}"
        found = cache.load(source, key) if cache else None
        if found is None:
            found = _rewritten(source, filename, base, compiled=self.compiled)
            if cache:
                cache.store(source, key, *found)
        code, blocks = found
        if self.coverage.register(module, blocks) != base:
            # The module was there before with another number of counters: a changed source.
            base = self.coverage.register(module, blocks)
            code, _ = _rewritten(source, filename, base, compiled=self.compiled)
        self.units.append(Unit(source, filename, base, code))
        return code

    def watch(self, code: CodeType, module: str) -> bool:
        """Count the lines of a module without source; return False where that cannot be done."""
        if self._lines is None:
            from fuzzengine.instrument.line_events import Lines

            self._lines = Lines(self.coverage)
        return self._lines.watch(code, module)

    def forget(self) -> list[str]:
        """Take modules that are to be instrumented for `cover` out of sys.modules."""
        names = [
            name
            for name, module in sys.modules.items()
            if name.partition(".")[0] not in _ROOTS
            and any(name == top or name.startswith(top + ".") for top in self.cover)
            and self.wants(name)
            and isinstance(getattr(module, "__loader__", None), SourceFileLoader)
        ]
        for name in names:
            del sys.modules[name]
        return names


class Finder:
    """Stands first in sys.meta_path and gives the specs that others find a counting loader."""

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
        """Nothing is kept here."""


class CountingLoader(SourceFileLoader):
    """Loads a module from its source with counters; no .pyc file is read or written."""

    def __init__(self, name: str, path: str, instrumentation: Instrumentation) -> None:
        super().__init__(name, path)
        self._instrumentation = instrumentation

    def get_code(self, fullname: str) -> CodeType:
        """Compile the module (importlib.abc.InspectLoader)."""
        path = self.get_filename(fullname)
        return self._instrumentation.compile(self.get_data(path), path, fullname)

    def exec_module(self, module: ModuleType) -> None:
        """Run the module; submodules that were not forgotten with it are made its own first."""
        prefix = module.__name__ + "."
        if self.is_package(module.__name__):
            for name, child in list(sys.modules.items()):
                if name.startswith(prefix) and "." not in name[len(prefix) :]:
                    setattr(module, name[len(prefix) :], child)
        super().exec_module(module)


class LineLoader(SourcelessFileLoader):
    """Loads a module that has no source; its lines count, where Python can report them."""

    def __init__(self, name: str, path: str, instrumentation: Instrumentation) -> None:
        super().__init__(name, path)
        self._instrumentation = instrumentation

    def get_code(self, fullname: str) -> CodeType | None:
        """Load the code (importlib.abc.InspectLoader)."""
        code = super().get_code(fullname)
        if code is not None:
            self._instrumentation.watch(code, fullname)
        return code


def install(
    cover: Iterable[str] = (),
    nocover: Iterable[str] = (),
    *,
    cache_dir: str | None = None,
) -> Instrumentation:
    """Put the import hook in place; call it before the test files are imported.

    Args:
        cover: packages to instrument in addition, also of the standard library.
        nocover: packages to leave alone.
        cache_dir: folder for instrumented code, made when needed; None keeps none.

    Returns:
        What `uninstall` takes, and what compiles files that are not imported.
    """
    compiled = provide(COVERAGE)
    instrumentation = Instrumentation(COVERAGE, cover, nocover, cache_dir, compiled=compiled)
    instrumentation.forget()
    sys.meta_path.insert(0, Finder(instrumentation))
    return instrumentation


def installed() -> Instrumentation | None:
    """Return what `install` returned last, None if nothing is installed."""
    for finder in sys.meta_path:
        if isinstance(finder, Finder):
            return finder.instrumentation
    return None


def uninstall(instrumentation: Instrumentation) -> None:
    """Take the hook out again; modules that were loaded keep their counters."""
    sys.meta_path[:] = [
        finder
        for finder in sys.meta_path
        if not (isinstance(finder, Finder) and finder.instrumentation is instrumentation)
    ]


def _rewritten(
    source: bytes | str, filename: str, base: int, *, compiled: bool
) -> tuple[CodeType, int]:
    # Syntax trees cost some milliseconds at import, and most workers find all code in the cache.
    from fuzzengine.instrument import rewrite

    return rewrite.instrument(source, filename, base, compiled=compiled)
