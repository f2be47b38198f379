"""Arguments that Hypothesis draws from bytes: `f.fuzz(given=...)`, and tests with `@given`.

The engine sees one argument, the bytes. The values that a strategy draws from them depend on the
version of Hypothesis; corpus files show the values in a comment.
"""

from __future__ import annotations

from fuzzengine.base.frames import code_location
from fuzzengine.base.outcomes import Misuse
from fuzzengine.types.base import StructuredType, TypeMismatchError
from fuzzengine.types.buffers import BUFFER
from fuzzengine.types.notation import ReadError, call_of, constant_of, type_of_node

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from fuzzengine.types.base import Node, Tree
    from fuzzengine.types.kinds import Kind

PADDING = bytes(1024)
"""Appended to the bytes, so that a strategy can draw a value from too few of them."""

_MAX_DESCRIPTION = 400
_MAX_COMMENTS = 16
_MAX_CANONICAL = 1000
_SKIP_EXCEPTIONS = ("SkipTest", "Skipped")


class HypothesisType(StructuredType):
    """The bytes that values are drawn from; a tree is a tuple of them alone.

    Attributes:
        comments: the values of some trees as text.
        canonical: by bytes that were executed, the shortest bytes that give the same values.
    """

    __slots__ = ("canonical", "comments")

    def __init__(self) -> None:
        super().__init__("hypothesis", bytes)
        self.comments: dict[Tree, str] = {}
        self.canonical: dict[bytes, bytes] = {}

    def zero(self) -> object:
        """Return the tree of the simplest value."""
        return (b"",)

    def add_comment(self, tree: Tree, text: str) -> None:
        """Set the text of the values of a tree, for its line in a corpus file."""
        if len(self.comments) >= _MAX_COMMENTS:
            self.comments.clear()
        self.comments[tree] = text

    def set_canonical(self, data: bytes, canonical: object) -> None:
        """Set the canonical form of bytes, as `fuzz_one_input` returned it."""
        if isinstance(canonical, bytes):
            if len(self.canonical) >= _MAX_CANONICAL:
                self.canonical.clear()
            self.canonical[data] = canonical.rstrip(b"\0")

    def to_tree(self, value: Any) -> Tree:
        """Return the tree of bytes; values cannot be turned back into bytes."""
        if type(value) is not bytes:
            raise TypeMismatchError("f.add takes the bytes that a strategy draws from, not values")
        return (value,)

    def write(self, tree: Tree) -> str:
        """Return `hypothesis(b'...')`, with the values in a comment if they are known."""
        comment = self.comments.get(tree)
        return f"hypothesis({tree[0]!r})" + (f"  # {comment}" if comment else "")

    def read(self, node: Node) -> Tree:
        """Return the tree of `hypothesis(b'...')`."""
        call = call_of(node)
        value = constant_of(call[1][0]) if call is not None and len(call[1]) == 1 else None
        if not isinstance(value, bytes) or call is None or call[0] != "hypothesis" or call[2]:
            raise ReadError(node, f"want hypothesis(b'...'), not {type_of_node(node)}")
        return (value,)

    def children(self, tree: Tree) -> Sequence[tuple[Kind, Tree]]:
        """Return the bytes, in their canonical form if it is known."""
        return ((BUFFER, self.canonical.get(tree[0], tree[0])),)

    def with_children(self, _tree: Tree, parts: Sequence[Tree]) -> Tree:
        """Return a tree of other bytes."""
        return tuple(parts)


class HypothesisTarget:
    """A fuzz target of bytes, which calls a function with the values drawn from them.

    Args:
        test: a function with `@given`; its inner test is replaced.
        kind: the type of the only argument.
        function: called with the T and the values in a tuple; None for the inner test, which is
            called with the values alone.
        names: the names of the function's arguments after the T.
    """

    def __init__(
        self,
        test: Any,
        kind: HypothesisType,
        function: Callable[..., object] | None = None,
        names: Sequence[str] = (),
    ) -> None:
        from hypothesis.errors import StopTest, UnsatisfiedAssumption

        handle = test.hypothesis
        self._function = function
        self._names = names
        self._inner: Any = handle.inner_test
        self.__code__ = getattr(function or self._inner, "__code__", None)
        handle.inner_test = self._inner_test
        self._run: Callable[[bytes], object] = handle.fuzz_one_input
        self.kind = kind
        self._hypothesis_errors = (StopTest, UnsatisfiedAssumption)
        self._test: Any = None
        self._raised: list[BaseException] = []
        self._describing = self._ran = False
        self._description = ""

    def __call__(self, test: Any, tree: Tree) -> None:
        """Execute the target once; skip bytes from which no valid value can be drawn."""
        self._test, self._raised, self._ran = test, [], False
        self.kind.set_canonical(tree[0], self._run(tree[0] + PADDING))
        error = self._raised.pop() if self._raised else None
        if error is None and not test.failed():
            if not self._ran:
                test.skip("the strategies draw no values from these bytes")
            return
        if type(error).__name__ in _SKIP_EXCEPTIONS:
            test.skip(str(error))
        description = self._describe(tree)
        self.kind.add_comment(tree, description)
        # In a cleanup, so that it follows the report of the exception.
        test.cleanup(lambda: test._log_at(code_location(self), f"given: {description}"))
        if error is not None:
            raise error

    def _inner_test(self, *arguments: Any, **named: Any) -> None:
        if self._function is not None:
            arguments = next(iter([*arguments, *named.values()]))
            named = dict(zip(self._names, arguments, strict=True))
        if self._describing:
            parts = [] if self._function is not None else [repr(value) for value in arguments]
            parts += [f"{name}={value!r}" for name, value in named.items()]
            self._description = ", ".join(parts)
            return
        try:
            if self._function is None:
                self._inner(*arguments, **named)
            else:
                self._function(self._test, *arguments)
        except self._hypothesis_errors:
            raise
        except BaseException as error:
            self._raised.append(error)
        self._ran = True

    def _describe(self, tree: Tree) -> str:
        """Return the values of a tree as one line."""
        self._describing, self._description = True, "?"
        try:
            self._run(tree[0] + PADDING)
        except Exception as error:
            self._description = f"values that cannot be shown: {error!r}"
        finally:
            self._describing = False
        text = self._description
        text = text if len(text) <= _MAX_DESCRIPTION else f"{text[:_MAX_DESCRIPTION]}..."
        return "".join(c if c.isprintable() else " " for c in text)


def target_from_given(test: Any) -> tuple[HypothesisTarget, list[Kind]]:
    """Return the fuzz target of a function with `@given`, always the same one, and its kinds."""
    target = getattr(test.hypothesis.inner_test, "__self__", None)
    if not isinstance(target, HypothesisTarget):
        target = HypothesisTarget(test, HypothesisType())
    return target, [target.kind]


def target_from_strategies(
    function: Callable[..., object], names: Sequence[str], given: Any
) -> tuple[HypothesisTarget, list[Kind]]:
    """Return a fuzz target whose arguments are drawn from strategies, and its kinds.

    Args:
        function: the function given to `f.fuzz`.
        names: the names of its arguments after the T.
        given: a strategy for the only argument, a tuple in their order, or a dict by name.

    Raises:
        Misuse: the strategies do not match the arguments.
    """
    try:
        from hypothesis import given as decorate
        from hypothesis import settings
        from hypothesis import strategies as st
    except ImportError:
        raise Misuse(
            "testing: f.fuzz(given=...) needs Hypothesis: pip install scriptest[hypothesis]"
        ) from None
    strategies = _in_order(names, given)
    for name, strategy in zip(names, strategies, strict=True):
        if not isinstance(strategy, st.SearchStrategy):
            raise Misuse(
                f"testing: f.fuzz: given must have a Hypothesis strategy for argument {name!r}, "
                f"not {strategy!r}"
            )

    @settings(database=None)
    @decorate(st.tuples(*strategies))
    def test(_values: object) -> None:
        pass

    kind = HypothesisType()
    return HypothesisTarget(test, kind, function, names), [kind]


def _in_order(names: Sequence[str], given: Any) -> list[Any]:
    if isinstance(given, dict):
        if set(given) != set(names):
            raise Misuse(
                f"testing: f.fuzz: given has strategies for {', '.join(map(str, given))}, "
                f"the fuzz target has {', '.join(names)}"
            )
        return [given[name] for name in names]
    strategies = list(given) if isinstance(given, list | tuple) else [given]
    if len(strategies) != len(names):
        raise Misuse(
            f"testing: f.fuzz: given has {len(strategies)} strategies, "
            f"the fuzz target {len(names)} arguments besides the T"
        )
    return strategies
