"""Shows a failing input as Python: its arguments, and a test function that needs no fuzzer."""

from __future__ import annotations

import builtins
import os
import sys

from fuzzengine.corpus.encoding import CorpusError, unmarshal
from fuzzengine.types.kinds import kind_of_value

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ast
    from collections.abc import Sequence
    from types import FunctionType
    from typing import Any

    from fuzzengine.testing.target import Target
    from fuzzengine.types.kinds import Kind

_LONGEST = 400
"""The most characters of an argument that are shown."""

_MOST_LINES = 40
"""The most lines of a test function that is shown."""

_HYPOTHESIS = "hypothesis"
_T_METHODS = {
    "fatal": "pytest.fail",
    "error": "pytest.fail",
    "fail": "pytest.fail",
    "fail_now": "pytest.fail",
    "skip": "pytest.skip",
    "skip_now": "pytest.skip",
    "log": "print",
}


class Reproducer:
    """Shows the inputs of one fuzz target.

    Args:
        fuzz_test: the name of the fuzz test.
        target: its fuzz target.
    """

    def __init__(self, fuzz_test: str, target: Target) -> None:
        self._fuzz_test = fuzz_test
        self._kinds = target.kinds
        self._names = target.names
        self._function: Any = target.user_function
        self._target: Any = target.function

    @property
    def file(self) -> str:
        """The path of the file with the fuzz target, or ""."""
        code = getattr(self._function, "__code__", None)
        return code.co_filename if code is not None else ""

    @property
    def _is_drawn(self) -> bool:
        return [kind.name for kind in self._kinds] == [_HYPOTHESIS]

    @property
    def pytest_node(self) -> str:
        """How pytest names the target, if it is a test with `@given` that is fuzzed as it is."""
        given = getattr(self._target, "given", None)
        return given.node if given is not None else ""

    def store_given(self, data: bytes) -> bool:
        """Store a failing input in Hypothesis's database, if the test with `@given` has one.

        Args:
            data: the content of a corpus file.

        Returns:
            True if an ordinary run of the test finds it there.
        """
        (tree,) = unmarshal(data, self._kinds)[1]
        return bool(self._target.store(tree))

    def arguments(self, data: bytes) -> list[str]:
        """Return a line for each argument, such as `data = b'size,'`; long values are cut.

        Args:
            data: the content of a corpus file.
        """
        drawn = self._drawn(data)
        if drawn:
            return [shortened(drawn)]
        literals = self._literals(data)
        return [
            f"{name} = {shortened(text)}" for name, text in zip(self._names, literals, strict=False)
        ]

    def function(self, data: bytes, entry: str) -> str:
        """Return a test function for pytest that fails with an input, or "".

        It holds the statements of the fuzz target, so it is left out if they need a T in other
        ways than to fail, skip or log, or variables of the fuzz test, or if a value is long.

        Args:
            data: the content of a corpus file.
            entry: the file's name, for the name of the function.
        """
        literals = [] if self._is_drawn else self._literals(data)
        if not literals or any(len(text) > _LONGEST for text in literals):
            return ""
        try:
            body = _statements(self._function)
        except (OSError, SyntaxError, ValueError):
            body = []
        imports = _imports(literals, self._function) if body else None
        if imports is None or len(body) > _MOST_LINES:
            return ""
        if any("pytest." in line for line in body) and not _has_global(self._function, "pytest"):
            imports.insert(0, "import pytest")
        assignments = [f"{name} = {text}" for name, text in zip(self._names, literals, strict=True)]
        name = f"test_{_snake_case(self._fuzz_test)}_{entry[:8]}"
        lines = [*imports, *(["", ""] if imports else []), f"def {name}():"]
        lines += [f"    {line}" if line else "" for line in (*assignments, *body)]
        return "\n".join(lines) + "\n"

    def _literals(self, data: bytes) -> list[str]:
        """Return the arguments as Python expressions, or [] if the input has other types."""
        try:
            _, values = unmarshal(data, self._kinds)
        except CorpusError:
            return []
        if len(values) != len(self._kinds):
            return []
        return [_literal(kind, value) for kind, value in zip(self._kinds, values, strict=True)]

    def _drawn(self, data: bytes) -> str:
        """Return the values that Hypothesis has drawn, which are in a comment of the file."""
        if not self._is_drawn:
            return ""
        line = data.decode("utf-8", "backslashreplace").rstrip("\n").rpartition("\n")[2]
        return line.partition(")  # ")[2]


def _literal(kind: Kind, value: object) -> str:
    if kind.is_structured:
        return str(kind.write(value))  # type: ignore[attr-defined]
    if isinstance(value, float) and (value != value or value in (float("inf"), -float("inf"))):
        return f"float({str(value)!r})"
    assert kind_of_value(value) is not None
    return repr(value)


def shortened(text: str) -> str:
    """Return the beginning of a text, with a note if it is longer than a report shows."""
    if len(text) <= _LONGEST:
        return text
    return f"{text[:_LONGEST]} ... {len(text) - _LONGEST:,} more characters are in the file"


def _snake_case(fuzz_test: str) -> str:
    """Return the name of a fuzz test as part of a test's name: `FuzzSizeOf` gives `size_of`."""
    name = fuzz_test.removeprefix("Fuzz").removeprefix("fuzz_").lstrip("_")
    parts = [
        f"_{one.lower()}" if one.isupper() and before.islower() else one.lower()
        for before, one in zip(f"_{name}", name, strict=False)
    ]
    return "".join(parts) or "input"


def _statements(function: FunctionType) -> list[str]:
    """Return the lines of a function's body without indentation, or [] if it needs its T.

    Raises:
        OSError: its source cannot be read.
        SyntaxError: the source has changed.
        ValueError: likewise.
    """
    import ast
    import linecache

    code = function.__code__
    if code.co_freevars:
        return []
    lines = linecache.getlines(code.co_filename, function.__globals__)
    node = _definition(ast.parse("".join(lines)), code.co_name, code.co_firstlineno)
    if node is None or not node.args.args:
        return []
    uses = _uses(node, node.args.args[0].arg)
    if uses is None:
        return []
    texts = [one for one in ast.walk(node) if isinstance(one, ast.Constant | ast.JoinedStr)]
    first, last = node.body[0], node.body[-1]
    if uses or first.lineno == node.lineno or any(one.lineno != one.end_lineno for one in texts):
        for call in uses:
            _replace_call(call)
        return "\n".join(map(ast.unparse, node.body)).split("\n")
    indent = first.col_offset
    return [line[indent:].rstrip() for line in lines[first.lineno - 1 : last.end_lineno]]


def _definition(tree: ast.AST, name: str, line: int) -> ast.FunctionDef | None:
    """Return the definition of a function; with decorators its line is the first one's."""
    import ast

    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name == name:
            first = node.decorator_list[0] if node.decorator_list else node
            if line in (first.lineno, node.lineno):
                return node
    return None


def _uses(node: ast.FunctionDef, test: str) -> list[ast.Call] | None:
    """Return the calls of a T's methods, or None if it is used in another way as well."""
    import ast

    calls = [
        one
        for one in ast.walk(node)
        if isinstance(one, ast.Call)
        and isinstance(one.func, ast.Attribute)
        and isinstance(one.func.value, ast.Name)
        and one.func.value.id == test
        and one.func.attr in _T_METHODS
        and not one.keywords
    ]
    names = [one for one in ast.walk(node) if isinstance(one, ast.Name) and one.id == test]
    return calls if len(names) == len(calls) else None


def _replace_call(call: ast.Call) -> None:
    """Turn a call of a T's method into one of pytest's functions, or of print."""
    import ast

    assert isinstance(call.func, ast.Attribute)
    replacement = _T_METHODS[call.func.attr]
    call.func = ast.parse(replacement, mode="eval").body
    if replacement == "print" or not call.args:
        return
    if len(call.args) == 1 and not isinstance(call.args[0], ast.Starred):
        text: ast.expr = call.args[0]
        if not isinstance(text, ast.JoinedStr | ast.Constant):
            text = ast.Call(ast.Name("str"), [text], [])
    else:
        parts = ast.Tuple(call.args, ast.Load())
        text = ast.parse('" ".join(map(str, x))', mode="eval").body
        text.args[0].args[1] = parts  # type: ignore[attr-defined]
    call.args = [text]


def _imports(literals: Sequence[str], function: FunctionType) -> list[str] | None:
    """Return the imports of names in expressions that the test file does not have.

    None if a name is not that of a class in a module.
    """
    import ast

    try:
        trees = [ast.parse(text, mode="eval") for text in literals]
    except SyntaxError:
        return None
    names = [node.id for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Name)]
    lines = []
    for name in dict.fromkeys(names):
        if hasattr(builtins, name) or _has_global(function, name):
            continue
        module = _module_of(name, function)
        if not module:
            return None
        lines.append(f"from {module} import {name}")
    return lines


def _has_global(function: FunctionType, name: str) -> bool:
    return name in function.__globals__


def _module_of(name: str, function: FunctionType) -> str:
    """Return the module that defines a class of this name, or "".

    Modules that the test file imports names from come first: others may have a class of the name.
    """
    found = (getattr(value, "__module__", None) for value in function.__globals__.values())
    imported = [module for module in found if isinstance(module, str)]
    for module in dict.fromkeys((*imported, *sys.modules)):
        value = getattr(sys.modules.get(module), "__dict__", {}).get(name)
        if isinstance(value, type) and value.__module__ == module:
            return module
    return ""


def path_as_given(file: str, given: str) -> str:
    """Return the path of a test file as the user's command line would have it.

    Args:
        file: the absolute path of the file.
        given: the package as it was named: a folder, test files, or "" for the current folder.
    """
    name = os.path.basename(file)
    if not given:
        return name
    for one in given.split(" "):
        if one.endswith(".py"):
            if os.path.basename(one) == name:
                return one
            given = os.path.dirname(one)
    return os.path.join(given, name)
