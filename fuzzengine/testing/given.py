"""Finds tests with Hypothesis's `@given` in test files, and makes fuzz tests of them."""

from __future__ import annotations

import sys

from fuzzengine.testing.fuzz import Seed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractContextManager
    from typing import Any

    from fuzzengine.testing.fuzz import F

_FUNCTION = type(lambda: None)
_VARARGS = 0x04


class GivenFuzzTest:
    """A fuzz test that fuzzes a test with `@given`; called with an F, as any fuzz test.

    Args:
        name: its name, such as `test_x` or `TestClass.test_x`.
        node: how pytest names the test, with the absolute path of its file.
        call: calls the test as a test runner would.
        in_worker: this process is a worker.
    """

    def __init__(
        self, name: str, node: str, call: Callable[[F], object], *, in_worker: bool
    ) -> None:
        self.__name__ = name
        self.file = node.partition("::")[0]
        self._node = node
        self._call = call
        self._in_worker = in_worker

    def __call__(self, f: F) -> None:
        """Call the test, and fuzz it where Hypothesis would begin to generate values."""
        with given_to(f, self._node, in_worker=self._in_worker):
            self._call(f)


def given_to(f: F, node: str, *, in_worker: bool) -> AbstractContextManager[None]:
    """Return a context in which the next test with `@given` that is called is fuzzed.

    Its explicit examples are executed before, and are seeds, as are the failing test cases in
    Hypothesis's database.

    Args:
        f: the F of the fuzz test.
        node: how pytest names the test, with the absolute path of its file.
        in_worker: this process is a worker, which gets all inputs from the coordinator.
    """
    from fuzzengine.types.choices import Choices
    from fuzzengine.types.hypothesis_engine import engine_given_to

    def fuzz(given: Any) -> None:
        given.node = node
        if not in_worker:
            for choices in given.examples():
                f.seeds.append(Seed((Choices(choices),), "@example"))
            for choices in given.saved():
                f.seeds.append(Seed((Choices(choices, stored=True),), "Hypothesis's database"))
        f.fuzz(given)

    return engine_given_to(fuzz, explicit=not in_worker)


def given_tests(
    namespace: Mapping[str, Any], *, in_worker: bool
) -> Iterator[tuple[str, GivenFuzzTest]]:
    """Yield the names and the fuzz tests of the tests with `@given` in a test file.

    These are functions `test_x`, methods `test_x` of classes `TestX`, and stateful tests
    (`TestX = Machine.TestCase`).

    Args:
        namespace: the global names of the file.
        in_worker: this process is a worker.
    """
    if "hypothesis" not in sys.modules:
        return
    module, file = namespace["__name__"], namespace["__file__"]
    seen = set()
    for name, value in list(namespace.items()):
        if type(value) is _FUNCTION and name.startswith("test") and _is_given(value):
            if value.__module__ == module and value not in seen:
                seen.add(value)
                call = _function_call(value)
                yield name, GivenFuzzTest(name, f"{file}::{name}", call, in_worker=in_worker)
        elif isinstance(value, type) and _is_test_class(name, value, module):
            for method in dir(value):
                if method.startswith(("test", "runTest")) and _is_given(getattr(value, method)):
                    full = f"{name}.{method}"
                    call, node = _method_call(value, method), f"{file}::{name}::{method}"
                    yield full, GivenFuzzTest(full, node, call, in_worker=in_worker)


def _is_given(function: object) -> bool:
    return getattr(function, "is_hypothesis_test", False) is True


def _is_test_class(name: str, value: type, module: str) -> bool:
    if _is_unittest(value):
        # A stateful test's class is made by Hypothesis.
        return value.__module__ == module or hasattr(
            getattr(value, "runTest", None), "is_hypothesis_test"
        )
    return name.startswith("Test") and value.__module__ == module


def _is_unittest(value: type) -> bool:
    unittest = sys.modules.get("unittest")
    return unittest is not None and issubclass(value, unittest.TestCase)


def _missing(function: Any) -> list[str]:
    """Return the names of the arguments that pytest would pass: fixtures and parameters."""
    code = function.__code__
    names = code.co_varnames[: code.co_argcount - len(function.__defaults__ or ())]
    defaults = function.__kwdefaults__ or {}
    named = code.co_varnames[code.co_argcount : code.co_argcount + code.co_kwonlyargcount]
    return [name for name in (*names, *named) if name != "self" and name not in defaults]


def _skip_without(f: F, function: Any) -> None:
    """Skip a fuzz test whose arguments only pytest can pass."""
    missing = _missing(function)
    if missing:
        f.skip(f"{', '.join(missing)}: only pytest passes these arguments; use pytest --fuzz")


def _function_call(function: Any) -> Callable[[F], object]:
    def call(f: F) -> None:
        _skip_without(f, function)
        function()

    return call


def _method_call(cls: Any, name: str) -> Callable[[F], object]:
    # One instance for all campaigns: Hypothesis refuses to run a test with several.
    instances: list[Any] = []

    def call(f: F) -> None:
        if _is_unittest(cls):
            instances.extend([] if instances else [cls(name)])
            _debug(f, instances[0])
            return
        _skip_without(f, getattr(cls, name))
        instances.extend([] if instances else [cls()])
        method = getattr(instances[0], name)
        _call_hook(instances[0], "setup_method", method)
        try:
            method()
        finally:
            _call_hook(instances[0], "teardown_method", method)

    return call


def _debug(f: F, test: Any) -> None:
    """Run a test of unittest with the fixtures of its class and module; exceptions pass."""
    import unittest

    try:
        unittest.TestSuite([test]).debug()
    except unittest.SkipTest as error:
        f.skip(str(error))


def _call_hook(instance: object, name: str, method: object) -> None:
    """Call a hook of a class as pytest does, with the method if it takes one."""
    hook = getattr(instance, name, None)
    if hook is not None:
        hook(*[method][: hook.__code__.co_argcount - 1])
