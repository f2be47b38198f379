"""Renders Jinja2 templates with limits on time, memory and output.

Every value that a template creates and every iteration of a loop counts as work, and so does the
text of the template itself. A value is limited in size before it is created where an operation can
make a large one of small ones, and afterwards everywhere else.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import wraps
from typing import Any

import jinja2
from jinja2 import nodes
from jinja2.runtime import Context, LoopContext, Macro
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import Namespace, pass_context
from jinja2.visitor import NodeTransformer

MAX_WORK = 2_000_000
MAX_SIZE = 100_000
"""The maximum size of a value: characters, and the elements of lists, nested ones included."""

_MAX_PRODUCT = 10_000_000
_MAX_BITS = 4096
# Work that takes longer than an iteration.
_LINE_COST = 100
_CHARACTER_COST = 10
_CALL_COST = 30
# Large numbers are data, not sizes, in arguments of these.
_TAKE_NUMBERS = frozenset(("default", "d", "format", "format_map", "dict", "namespace", "cycler"))
# A width such as 1000000, or one that is itself an argument.
_PERCENT_WIDTH = re.compile(r"\*|\d{6}")
_BRACE_WIDTH = re.compile(r"\{[^{}]*\{|\d{6}")


class RenderError(Exception):
    """A template cannot be rendered; the message is one line."""


class LimitError(RenderError):
    """A template exceeds a limit; the message names the limit."""


class LimitedEnvironment(ImmutableSandboxedEnvironment):
    """The environment of the templates of one text; they share the limit on work."""

    intercepted_binops = frozenset(("+", "-", "*", "/", "//", "%", "**"))

    def __init__(self) -> None:
        super().__init__(
            undefined=jinja2.StrictUndefined,
            keep_trailing_newline=True,
            autoescape=False,
            optimized=False,
            finalize=_finalize,
        )
        self._work = 0
        del self.globals["lipsum"]
        self.filters = {name: self._limited(name, call) for name, call in self.filters.items()}
        self.tests = {
            name: self._limited(name, call, test=True) for name, call in self.tests.items()
        }
        self.filters |= {"_checked": self.checked, "_bounded": self._bounded}

    def render_text(self, text: str, values: Mapping[str, str]) -> str:
        """Render a template.

        Raises:
            RenderError: the template is invalid, fails, or exceeds a limit.
        """
        try:
            self._spend(_LINE_COST + _CHARACTER_COST * len(text))
            return self.from_string(text).render(values)
        except RenderError:
            raise
        except jinja2.TemplateError as error:
            raise RenderError(str(error.message).splitlines()[0]) from None
        except Exception as error:
            raise RenderError(f"{type(error).__name__}: {error}".splitlines()[0]) from None

    def _generate(self, source: nodes.Template, *rest: Any, **options: Any) -> str:
        limited = _Limiter().visit(source)
        limited.set_environment(self)
        return super()._generate(limited, *rest, **options)

    # --- operations that create values -------------------------------------------------------

    def call(__self, __context: Context, __obj: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: N805
        """Call a function or method of a template within the limits."""
        method = getattr(__obj, "__wrapped__", __obj)
        owner, name = getattr(method, "__self__", None), getattr(method, "__name__", "")
        if name in ("format", "format_map") and isinstance(owner, str):
            _check_width(_BRACE_WIDTH, owner)
        self_or_empty = owner if isinstance(owner, str | bytes) else ""
        args = tuple(__self._listed(value) for value in args)
        numbers = name in _TAKE_NUMBERS or isinstance(__obj, type | Macro)
        __self._spend(_CALL_COST)
        __self._check_arguments((self_or_empty, *args, *kwargs.values()), numbers=numbers)
        return __self.checked(super().call(__context, __obj, *args, **kwargs))

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Apply a binary operator within the limits."""
        self._check_arguments((left, right), numbers=True)
        if operator == "*":
            _check_product(left, right)
        elif operator == "**" and isinstance(left, int) and isinstance(right, int):
            if left.bit_length() * right > _MAX_BITS:
                raise LimitError(f"a number has more than {_MAX_BITS} bits")
        elif operator == "%" and isinstance(left, str):
            _check_width(_PERCENT_WIDTH, left)
        return self.checked(super().call_binop(context, operator, left, right))

    def _limited(self, name: str, call: Any, *, test: bool = False) -> Callable[..., Any]:
        """Return a filter or test that checks its arguments and its result."""
        first = int(hasattr(call, "jinja_pass_arg"))

        @wraps(call)
        def limited(*args: Any, **kwargs: Any) -> Any:
            value, *others = (self._listed(each) for each in args[first:])
            if name == "format":
                _check_width(_PERCENT_WIDTH, value)
            elif name == "sum":
                start = kwargs.get("start", [*others, 0, 0][1])
                if not isinstance(start, int | float):
                    raise LimitError("the filter sum starts with numbers only")
            self._check_arguments(
                ("" if isinstance(value, int) else value, *others, *kwargs.values()),
                numbers=test or name in _TAKE_NUMBERS,
            )
            return self.checked(call(*args[:first], value, *others, **kwargs))

        return limited

    # --- limits ------------------------------------------------------------------------------

    def _spend(self, work: int) -> None:
        self._work += work
        if self._work > MAX_WORK:
            raise LimitError(
                f"too much work: more than {MAX_WORK:,} characters, values and iterations"
            )

    def checked(self, value: Any) -> Any:
        """Return a value that is not too large, and count it as work."""
        self._spend(1 + _size(value))
        return value

    def _check_arguments(self, values: Iterable[Any], *, numbers: bool) -> None:
        sizes = [0, 0]
        for value in values:
            sizes.append(_size(value))
            if not numbers and isinstance(value, int):
                if abs(value) > MAX_SIZE:
                    raise LimitError(f"the argument {_short(value)} is larger than {MAX_SIZE:,}")
                # It may be the width of a text.
                sizes[-1] = abs(value)
        self._spend(1 + sum(sizes))
        *_, second, first = sorted(sizes)
        if first * second > _MAX_PRODUCT:
            raise LimitError(f"a value is larger than {MAX_SIZE:,} characters or elements")

    def _listed(self, value: Any) -> Any:
        """Return a list instead of an iterator, whose size is unknown."""
        is_iterator = isinstance(value, Iterator) and not isinstance(value, LoopContext)
        return list(self._bounded(value, 1)) if is_iterator else value

    def _bounded(self, values: Iterable[Any], work: int) -> Iterator[Any]:
        """Yield the values of a loop, each of which counts as work."""
        for value in values:
            self._spend(work)
            yield value


class _Limiter(NodeTransformer):
    """Puts checks into the tree of a template: where values are made, compared or looped over."""

    def visit(self, node: nodes.Node, *rest: Any, **options: Any) -> Any:
        """Return a node, or the one that takes its place."""
        self.generic_visit(node)
        if isinstance(node, nodes.For):
            work = 1 + sum(len(text.data) for text in node.find_all(nodes.TemplateData))
            node.iter = _filter(node.iter, "_bounded", nodes.Const(work))
        elif isinstance(node, nodes.Compare):
            node.expr = _filter(node.expr, "_checked")
            for operand in node.ops:
                operand.expr = _filter(operand.expr, "_checked")
        elif isinstance(node, nodes.Concat):
            node.nodes = [_filter(part, "_checked") for part in node.nodes]
            return _filter(node, "_checked")
        elif isinstance(node, _VALUES) and getattr(node, "ctx", "load") == "load":
            return _filter(node, "_checked")
        return node


_VALUES = (nodes.List, nodes.Tuple, nodes.Dict, nodes.Getitem, nodes.Getattr)


def _filter(node: Any, name: str, *arguments: nodes.Expr) -> nodes.Filter:
    return nodes.Filter(node, name, list(arguments), [], None, None, lineno=node.lineno)


@pass_context
def _finalize(context: Context, value: Any) -> Any:
    """Check a value that is to be printed; a function without a context would run only once."""
    environment = context.environment
    assert isinstance(environment, LimitedEnvironment)
    return environment.checked(value)


def _size(value: Any, limit: int = MAX_SIZE) -> int:
    """Return the size of a value, that of nested values included.

    Raises:
        LimitError: the size exceeds the limit.
    """
    parts: Iterable[Any] = ()
    if isinstance(value, str | bytes):
        size = len(value)
    elif isinstance(value, int):
        size = value.bit_length() // 8
    else:
        size = 1
        if isinstance(value, Namespace):
            value = getattr(value, "_Namespace__attrs", {})
        if isinstance(value, dict):
            parts = (part for item in value.items() for part in item)
        elif isinstance(value, list | tuple | set | frozenset):
            parts = value
        elif isinstance(value, range):
            size = len(value)
    for part in parts:
        size += 1 + _size(part, limit - size)
    if size > limit:
        raise LimitError(f"a value is larger than {MAX_SIZE:,} characters or elements")
    return size


def _check_product(left: Any, right: Any) -> None:
    """Raise LimitError if a text or list times a number is too large."""
    if isinstance(left, int):
        left, right = right, left
    repeats = isinstance(right, int) and isinstance(left, str | bytes | list | tuple)
    if repeats and max(1, _size(left)) * right > MAX_SIZE:
        raise LimitError(f"a value is larger than {MAX_SIZE:,} characters or elements")


def _check_width(pattern: re.Pattern[str], text: Any) -> None:
    if isinstance(text, str) and pattern.search(text):
        raise LimitError("a width in a format is a variable or has more than 5 digits")


def _short(value: int) -> str:
    return str(value) if value.bit_length() < 128 else "with more than 38 digits"
