"""Arguments that Hypothesis makes out of bytes: `f.fuzz(given=...)`, and tests with `@given`.

The engine sees one argument, the bytes; what a strategy makes of them depends on the version of
Hypothesis. A corpus file shows the values beside the bytes, in a comment.
"""

from __future__ import annotations

from fuzzengine.base.frames import code_location
from fuzzengine.base.outcomes import Misuse
from fuzzengine.types.base import MisfitError, StructuredType
from fuzzengine.types.buffers import BUFFER
from fuzzengine.types.notation import ReadError, call_of, constant_of, type_of_node

TYPE_CHECKING = False  # importing typing costs more than the rest of a worker's start
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from fuzzengine.types.base import Node, Tree
    from fuzzengine.types.kinds import Kind

PADDING = bytes(1024)
"""Follows the bytes, so that all that are too short still stand for some value."""

_LONGEST = 400
_REMEMBERED = 16
_SETTLED = 1000
_SKIPPED = ("SkipTest", "Skipped")


class Generated(StructuredType):
    """The bytes that values are made of; a tree has them as its only part.

    Attributes:
        notes: of some trees, how the values look.
        plain: of bytes that were run, those of them that count, without the bits that do not.
    """

    __slots__ = ("notes", "plain")

    def __init__(self) -> None:
        super().__init__("hypothesis", bytes)
        self.notes: dict[Tree, str] = {}
        self.plain: dict[bytes, bytes] = {}

    def zero(self) -> object:
        """Return the tree of the simplest value."""
        return (b"",)

    def note(self, tree: Tree, text: str) -> None:
        """Remember how the values of a tree look, for its line in a corpus file."""
        if len(self.notes) >= _REMEMBERED:
            self.notes.clear()
        self.notes[tree] = text

    def settle(self, data: bytes, plain: object) -> None:
        """Remember which bytes say the same as some others, and no more."""
        if isinstance(plain, bytes):
            if len(self.plain) >= _SETTLED:
                self.plain.clear()
            self.plain[data] = plain.rstrip(b"\0")

    def take(self, value: Any) -> Tree:
        """Take bytes: the values themselves cannot be turned back into them."""
        if type(value) is not bytes:
            raise MisfitError("f.add takes the bytes that a strategy draws from, no values")
        return (value,)

    def write(self, tree: Tree) -> str:
        """Write `hypothesis(b'...')`, with the values in a comment if they are known."""
        note = self.notes.get(tree)
        return f"hypothesis({tree[0]!r})" + (f"  # {note}" if note else "")

    def read(self, node: Node) -> Tree:
        """Read the bytes."""
        call = call_of(node)
        value = constant_of(call[1][0]) if call is not None and len(call[1]) == 1 else None
        if not isinstance(value, bytes) or call is None or call[0] != "hypothesis" or call[2]:
            raise ReadError(node, f"want hypothesis(b'...'), not {type_of_node(node)}")
        return (value,)

    def children(self, tree: Tree) -> Sequence[tuple[Kind, Tree]]:
        """Return the bytes, or plainer ones that say the same."""
        return ((BUFFER, self.plain.get(tree[0], tree[0])),)

    def with_children(self, _tree: Tree, parts: Sequence[Tree]) -> Tree:
        """Return a tree of other bytes."""
        return tuple(parts)


class GeneratedCall:
    """A fuzz target of bytes that calls a function with what Hypothesis makes of them.

    Args:
        test: a function with `@given`. What it calls inside is exchanged.
        kind: the type of the one argument.
        function: is called with the T and a tuple's values; None for the test's own function,
            which takes the values alone.
        names: the arguments of the function after the T.
    """

    def __init__(
        self,
        test: Any,
        kind: Generated,
        function: Callable[..., object] | None = None,
        names: Sequence[str] = (),
    ) -> None:
        from hypothesis.errors import StopTest, UnsatisfiedAssumption

        handle = test.hypothesis
        self._function = function
        self._names = names
        self._inner: Any = handle.inner_test
        self.__code__ = getattr(function or self._inner, "__code__", None)
        handle.inner_test = self._called
        self._run: Callable[[bytes], object] = handle.fuzz_one_input
        self.kind = kind
        self._not_ours = (StopTest, UnsatisfiedAssumption)
        self._test: Any = None
        self._raised: list[BaseException] = []
        self._looking = self._ran = False
        self._shown = ""

    def __call__(self, test: Any, tree: Tree) -> None:
        """Run one execution; bytes that make no value, or not a valid one, are skipped."""
        self._test, self._raised, self._ran = test, [], False
        self.kind.settle(tree[0], self._run(tree[0] + PADDING))
        error = self._raised.pop() if self._raised else None
        if error is None and not test.failed():
            if not self._ran:
                test.skip("the strategies make nothing of these bytes")
            return
        if type(error).__name__ in _SKIPPED:
            test.skip(str(error))
        shown = self._look(tree)
        self.kind.note(tree, shown)
        # After what the exception is reported with.
        test.cleanup(lambda: test._log_at(code_location(self), f"given: {shown}"))
        if error is not None:
            raise error

    def _called(self, *arguments: Any, **named: Any) -> None:
        if self._function is not None:
            arguments = next(iter([*arguments, *named.values()]))
            named = dict(zip(self._names, arguments, strict=True))
        if self._looking:
            parts = [] if self._function is not None else [repr(value) for value in arguments]
            parts += [f"{name}={value!r}" for name, value in named.items()]
            self._shown = ", ".join(parts)
            return
        try:
            if self._function is None:
                self._inner(*arguments, **named)
            else:
                self._function(self._test, *arguments)
        except self._not_ours:
            raise
        except BaseException as error:
            self._raised.append(error)
        self._ran = True

    def _look(self, tree: Tree) -> str:
        """Return the values of a tree as one line."""
        self._looking, self._shown = True, "?"
        try:
            self._run(tree[0] + PADDING)
        except Exception as error:
            self._shown = f"values that cannot be shown: {error!r}"
        finally:
            self._looking = False
        shown = self._shown
        shown = shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}..."
        return "".join(c if c.isprintable() else " " for c in shown)


def own_target(test: Any) -> tuple[GeneratedCall, list[Kind]]:
    """Return the fuzz target that a function with `@given` is, always the same, and its kinds."""
    known = getattr(test.hypothesis.inner_test, "__self__", None)
    call = known if isinstance(known, GeneratedCall) else GeneratedCall(test, Generated())
    return call, [call.kind]


def generated_target(
    function: Callable[..., object], names: Sequence[str], given: Any
) -> tuple[GeneratedCall, list[Kind]]:
    """Return the fuzz target whose arguments are drawn from strategies, and its kinds.

    Args:
        function: what the user gave to `f.fuzz`.
        names: its arguments after the T.
        given: a strategy for the only one, a tuple in their order, or a dict by their names.

    Raises:
        Misuse: there is not one strategy for every argument.
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

    kind = Generated()
    return GeneratedCall(test, kind, function, names), [kind]


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
