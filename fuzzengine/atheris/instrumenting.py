"""Instruments what a harness asks for: modules as they are imported, and loaded functions."""

from __future__ import annotations

import gc
import sys
from importlib.machinery import SourceFileLoader
from types import CodeType, FunctionType

from fuzzengine.instrument.counters import install_builtins
from fuzzengine.instrument.coverage import COVERAGE
from fuzzengine.instrument.import_hook import (
    MACHINERY,
    CountingFinder,
    Instrumentation,
    installed,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from types import ModuleType
    from typing import Any, TypeVar

    Function = TypeVar("Function")

HARNESS = "__main__"
_NAMES = ("instrument_imports", "instrument_all", "instrument_func")


class HarnessInstrumentation(Instrumentation):
    """The modules that a harness asks for.

    A harness that never mentions instrumentation gets it for all that it imports outside of the
    standard library.
    """

    def __init__(self, *, cache_dir: str | None, compiled: bool, everything: bool) -> None:
        super().__init__(COVERAGE, cache_dir=cache_dir, compiled=compiled)
        self._everything = everything
        self.contexts: list[InstrumentedImports] = []

    def wants(self, module: str) -> bool:
        """Return whether a module that is about to be loaded gets counters."""
        if module.partition(".")[0] in (*MACHINERY, "atheris"):
            return False
        if self.contexts:
            return self.contexts[0].wants(module)
        return self._everything and super().wants(module)

    def imported(self) -> list[str]:
        """Return the names of the modules besides the harness that have counters."""
        return [name for name in self.coverage.modules() if name != HARNESS]


def install(source: bytes, cache_dir: str | None) -> HarnessInstrumentation:
    """Install the import hook for a harness.

    Args:
        source: the source of the harness.
        cache_dir: the folder for instrumented code, or None.
    """
    instrumentation = HarnessInstrumentation(
        cache_dir=cache_dir, compiled=install_builtins(COVERAGE), everything=not _asks(source)
    )
    sys.meta_path.insert(0, CountingFinder(instrumentation))
    return instrumentation


def _asks(source: bytes) -> bool:
    """Return whether a harness mentions a function that decides what is instrumented."""
    import ast

    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        # It is reported when the harness is compiled.
        return False
    return any(
        (isinstance(node, ast.Attribute) and node.attr in _NAMES)
        or (isinstance(node, ast.Name) and node.id in _NAMES)
        for node in ast.walk(tree)
    )


class InstrumentedImports:
    """The context of `instrument_imports`: modules that are first imported in it get counters."""

    def __init__(self, include: Iterable[str], exclude: Iterable[str]) -> None:
        self._packages = {name.partition(".")[0] for name in include}
        self._excluded = frozenset(exclude)

    def wants(self, module: str) -> bool:
        """Return whether a module gets counters."""
        top = module.partition(".")[0]
        return module not in self._excluded and (not self._packages or top in self._packages)

    def __enter__(self) -> InstrumentedImports:
        instrumentation = harness_instrumentation()
        if instrumentation is not None:
            instrumentation.contexts.append(self)
        return self

    def __exit__(self, *_exception: object) -> None:
        instrumentation = harness_instrumentation()
        if instrumentation is not None:
            instrumentation.contexts.remove(self)


def instrument_imports(
    include: Sequence[str] | None = None,
    exclude: Sequence[str] | None = None,
    enable_loader_override: bool = True,
) -> InstrumentedImports:
    """Return a context in which imported modules get counters, also of the standard library.

    Args:
        include: packages; only these and what is in them. By default all.
        exclude: modules that are left out.
        enable_loader_override: has no effect.

    Raises:
        TypeError: a name is not a text.
        ValueError: a name is empty or relative.
    """
    include, exclude = list(include or ()), list(exclude or ())
    for name in include + exclude:
        if not isinstance(name, str):
            raise TypeError("atheris.instrument_imports() expects names of modules of type <str>")
        if not name or name.startswith("."):
            raise ValueError(
                f"atheris.instrument_imports(): {name!r} is not an absolute name of a module"
            )
    return InstrumentedImports(include, exclude)


def instrument_func(function: Function) -> Function:
    """Give counters to a function, with all of its module's code; return the function."""
    module = sys.modules.get(getattr(function, "__module__", None) or "")
    if module is not None:
        _instrument_loaded([module])
    return function


def instrument_all() -> None:
    """Give counters to the loaded modules that the harness uses, and to all that it will import.

    Of the standard library these are the modules that the harness has imported itself.
    """
    instrumentation = harness_instrumentation()
    if instrumentation is None:
        return
    instrumentation.contexts.insert(0, InstrumentedImports((), ()))
    own = vars(sys.modules[HARNESS]).values()
    used = {id(value) for value in own}
    _instrument_loaded(
        [
            module
            for name, module in list(sys.modules.items())
            if id(module) in used or Instrumentation.wants(instrumentation, name)
        ]
    )


def harness_instrumentation() -> HarnessInstrumentation | None:
    """Return the instrumentation of this process's harness, or None."""
    instrumentation = installed()
    return instrumentation if isinstance(instrumentation, HarnessInstrumentation) else None


def _instrument_loaded(modules: Iterable[ModuleType]) -> None:
    """Exchange the code of all functions of loaded modules for code with counters."""
    instrumentation = harness_instrumentation()
    if instrumentation is None:
        return
    known = {module.filename for module in instrumentation.modules}
    codes: dict[tuple[str, str, int], CodeType] = {}
    for module in modules:
        loader, path = getattr(module, "__loader__", None), getattr(module, "__file__", None)
        name = module.__name__
        if type(loader) is not SourceFileLoader or path in known or not path:
            continue
        if name.partition(".")[0] in (*MACHINERY, "importlib"):
            continue
        try:
            code = instrumentation.compile(loader.get_data(path), path, name)
        except (OSError, SyntaxError, ValueError):
            continue
        _collect(code, codes)
    if codes:
        for function in gc.get_objects():
            if isinstance(function, FunctionType):
                _exchange(function, codes)


def _collect(code: CodeType, codes: dict[tuple[str, str, int], CodeType]) -> None:
    codes[_key(code)] = code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            _collect(constant, codes)


def _exchange(function: Any, codes: dict[tuple[str, str, int], CodeType]) -> None:
    code = codes.get(_key(function.__code__))
    if code is not None and code.co_freevars == function.__code__.co_freevars:
        function.__code__ = code


def _key(code: CodeType) -> tuple[str, str, int]:
    return code.co_filename, code.co_qualname, code.co_firstlineno
