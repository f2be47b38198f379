"""Finds a package's test files, imports them, and lists their tests in source order."""

from __future__ import annotations

import os
import sys

from scriptest.base.errors import reason_of
from scriptest.base.regular_files import read_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import CodeType
    from typing import Any

    Compile = Callable[[bytes, str, str], CodeType]

_FUNCTION = type(lambda: None)


class ImportFailure(Exception):
    """A test file cannot be imported; the message is for the user."""


class DiscoveredTests:
    """The tests of a package as (name, function), in source order, file by file.

    Attributes:
        namespaces: the global names of its test files.
    """

    def __init__(self) -> None:
        self.namespaces: list[dict[str, Any]] = []
        self.tests: list[tuple[str, Any]] = []
        self.fuzz_tests: list[tuple[str, Any]] = []

    def given_tests(self, *, in_worker: bool) -> list[tuple[str, Any]]:
        """Return the tests with Hypothesis's `@given`, as fuzz tests.

        Args:
            in_worker: this process is a worker.
        """
        if "hypothesis" not in sys.modules:
            return []
        from fuzzengine.testing.given import given_tests

        return [
            test for names in self.namespaces for test in given_tests(names, in_worker=in_worker)
        ]


def is_test_file(name: str) -> bool:
    """Return whether a file is a test file by its name."""
    return name.endswith("_test.py") or (name.startswith("test_") and name.endswith(".py"))


def find_test_files(folder: str) -> list[str]:
    """Return the sorted paths of the test files in a folder.

    Raises:
        OSError: the folder cannot be read.
    """
    return [os.path.join(folder, name) for name in sorted(os.listdir(folder)) if is_test_file(name)]


def discover(paths: Iterable[str], compile_source: Compile) -> DiscoveredTests:
    """Import test files and return their tests.

    Raises:
        ImportFailure: a file cannot be imported.
    """
    found = DiscoveredTests()
    for path in paths:
        namespace = import_test_file(path, compile_source)
        found.namespaces.append(namespace)
        module_name = namespace["__name__"]
        # Once each: a function may have several names.
        functions = dict.fromkeys(
            value
            for value in namespace.values()
            if type(value) is _FUNCTION and value.__module__ == module_name
        )
        for function in functions:
            name = function.__name__
            if is_test_name(name, "Test"):
                found.tests.append((name, function))
            elif is_test_name(name, "Fuzz"):
                found.fuzz_tests.append((name, function))
    return found


def is_test_name(name: str, prefix: str) -> bool:
    """Return whether a function is a test by its name (Go: isTest).

    Names with the prefix "Test" are TestX and test_x, but not Testx.
    """
    if name.startswith(prefix):
        return not name[len(prefix) : len(prefix) + 1].islower()
    return name.startswith(prefix.lower() + "_")


def import_test_file(path: str, compile_source: Compile) -> dict[str, Any]:
    """Import a file as a module of the same name; return the module's namespace.

    Raises:
        ImportFailure: the file cannot be read or compiled, or raised an exception.
    """
    name = os.path.basename(path).removesuffix(".py")
    module = type(sys)(name)
    module.__file__ = path
    try:
        code = compile_source(read_file(path), path, name)
        sys.modules[name] = module
        exec(code, module.__dict__)
    except SyntaxError as error:
        raise ImportFailure(f"{_shown(error.filename)}:{error.lineno}: {error.msg}") from None
    except OSError as error:
        if error.filename == path:
            raise ImportFailure(f"{_shown(path)}: {reason_of(error)}") from None
        raise _failure(path, error) from None
    except BaseException as error:
        raise _failure(path, error) from None
    return module.__dict__


def _failure(path: str, error: BaseException) -> ImportFailure:
    from fuzzengine.base.describe import describe_exception

    where, title, stack = describe_exception(error)
    return ImportFailure(f"{where}: importing {_shown(path)}: {title}\n{stack}")


def _shown(path: str | None) -> str:
    if not path:
        return "?"
    relative = os.path.relpath(path)
    return path if relative.startswith("..") else relative
