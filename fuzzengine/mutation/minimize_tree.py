"""Making a structured value smaller and plainer while something stays true of it."""

from __future__ import annotations

from fuzzengine.mutation.minimize_bytes import minimize_bytes
from fuzzengine.types.base import StructuredType, UnionType
from fuzzengine.types.buffers import BUFFER, minimize_buffer
from fuzzengine.types.containers import CollectionType
from fuzzengine.types.datetimes import DateTimeType
from fuzzengine.types.records import RecordType
from fuzzengine.types.walk import Part, parts_of, replaced

TYPE_CHECKING = False  # importing typing costs more than the rest of a worker's start
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from fuzzengine.types.base import Tree
    from fuzzengine.types.kinds import Kind

_EXACT = 1 << 53  # up to here a float is every whole number


class _StoppedError(Exception):
    """The budget is spent."""


class _Search:
    """The smallest tree so far; no tree is tried twice, so the search ends."""

    def __init__(
        self,
        kind: StructuredType,
        tree: Tree,
        try_: Callable[[Tree], bool],
        should_stop: Callable[[], bool],
    ) -> None:
        self.kind = kind
        self.tree = tree
        self._try = try_
        self._should_stop = should_stop
        self._tried = {kind.write(tree)}

    def accept(self, path: tuple[int, ...], part: Tree) -> bool:
        """Try the tree with another part, and keep it if it will do."""
        candidate = replaced(self.kind, self.tree, path, part)
        if _count(self.kind, candidate) > _count(self.kind, self.tree):
            return False
        text = self.kind.write(candidate)
        if text in self._tried:
            return False
        if self._should_stop():
            raise _StoppedError
        self._tried.add(text)
        if not self._try(candidate):
            return False
        self.tree = candidate
        return True

    def parts(self) -> list[Part]:
        """Return all parts of the smallest tree that are worth a try, the largest first."""
        return list(_worthwhile(self.kind, self.tree, ()))


def _worthwhile(kind: Kind, tree: Tree, path: tuple[int, ...]) -> Iterator[Part]:
    """Yield the parts, but none of a date, and no field that is its default."""
    yield Part(path, kind, tree)
    if not isinstance(kind, StructuredType) or isinstance(kind, DateTimeType):
        return
    for index, (inner, part) in enumerate(kind.children(tree)):
        if not (isinstance(kind, RecordType) and repr(part) == repr(kind.zero()[index])):
            yield from _worthwhile(inner, part, (*path, index))


def _count(kind: Kind, tree: Tree) -> int:
    return sum(1 for _ in parts_of(kind, tree))


def minimize_tree(
    kind: StructuredType, tree: Tree, try_: Callable[[Tree], bool], should_stop: Callable[[], bool]
) -> Tree:
    """Return the smallest and plainest tree found for which try_ was true.

    Parts become zero, elements go, a part takes the place of one around it, numbers come close to
    0, and texts become short; all of it again until nothing helps any more.

    Args:
        kind: the type.
        tree: where to start; it is known to do.
        try_: tells whether a candidate does.
        should_stop: asked before every attempt.
    """
    search = _Search(kind, tree, try_, should_stop)
    try:
        before = ""
        while before != kind.write(search.tree):
            before = kind.write(search.tree)
            _pass(search)
    except _StoppedError:
        pass
    return search.tree


def _pass(search: _Search) -> None:
    index = 0
    while index < len(parts := search.parts()):
        part = parts[index]
        for candidate in _simpler(part):
            if search.accept(part.path, candidate):
                break
        else:
            _shrink(search, part)
            index += 1


def _simpler(part: Part) -> Iterator[Tree]:
    """Yield plainer parts; the first one that will do replaces it, and then come those of that."""
    kind, tree = part.kind, part.tree
    if not isinstance(kind, StructuredType):
        return
    yield kind.zero()
    if isinstance(kind, UnionType):
        for index in range(tree[0]):
            yield (index, kind.options[index].zero())
    for inner in parts_of(kind, tree):
        if inner.kind is kind and inner.path:
            yield inner.tree
    if isinstance(kind, CollectionType):
        yield from _shorter(tree)
    elif isinstance(kind, DateTimeType):
        zeros = kind.start
        for index in range(len(tree)):
            yield (*tree[:index], zeros[index], *tree[index + 1 :])
    else:
        yield from (other for other in kind.alternatives(tree) if other < tree)


def _shorter(tree: Tree) -> Iterator[Tree]:
    """Yield what is left without a half, without a quarter and so on, down to single elements."""
    size = len(tree) // 2
    while size:
        for start in range(0, len(tree), size):
            yield tree[:start] + tree[start + size :]
        size //= 2


def _shrink(search: _Search, part: Part) -> None:
    value, path = part.tree, part.path
    if isinstance(part.kind, StructuredType):
        return
    if isinstance(value, bytes) and part.kind is BUFFER:
        minimize_buffer(value, lambda data: search.accept(path, data))
    elif isinstance(value, bytes | str):
        _shrink_text(search, path, value)
    elif isinstance(value, bool):
        if value:
            search.accept(path, False)
    elif isinstance(value, int):
        _shrink_number(search, path, value, part.kind)
    elif isinstance(value, float):
        _shrink_float(search, path, value)


def _shrink_text(search: _Search, path: tuple[int, ...], value: bytes | str) -> None:
    def attempt(candidate: bytes) -> bool:
        return search.accept(path, made(candidate))

    def made(data: bytes) -> bytes | str:
        return data if isinstance(value, bytes) else data.decode("utf-8", "surrogateescape")

    if value and not search.accept(path, made(b"")):
        data = value if isinstance(value, bytes) else value.encode("utf-8", "surrogateescape")
        minimize_bytes(data, attempt, lambda: False)


def _shrink_number(search: _Search, path: tuple[int, ...], value: int, kind: Kind) -> None:
    """Find the number closest to 0, if all up to the value do from one on."""
    least = max(kind.low, 0)
    if value < 0 and search.accept(path, -value):
        value = -value
    if value == least or search.accept(path, least):
        return
    bad, good = least, value
    while abs(good - bad) > 1:
        middle = bad + (good - bad) // 2
        if search.accept(path, middle):
            good = middle
        else:
            bad = middle


def _shrink_float(search: _Search, path: tuple[int, ...], value: float) -> None:
    if search.accept(path, 0.0):
        return
    if value != value or value in (float("inf"), float("-inf")):
        return
    for digits in range(4):
        rounded = round(value, digits)
        if rounded == value:
            break
        if search.accept(path, rounded):
            value = rounded
            break
    if value.is_integer() and abs(value) < _EXACT:
        bad, good = 0, int(value)
        while abs(good - bad) > 1:
            middle = bad + (good - bad) // 2
            if search.accept(path, float(middle)):
                good = middle
            else:
                bad = middle


def minimize_with(
    kind: Kind,
    tree: Tree,
    attempt: Callable[[Tree, bytes], bool],
    should_stop: Callable[[], bool],
) -> None:
    """Make a tree smaller with a function that also takes a candidate's line."""
    assert isinstance(kind, StructuredType)

    def try_(candidate: Tree) -> bool:
        return attempt(candidate, kind.write(candidate).encode())

    minimize_tree(kind, tree, try_, should_stop)
