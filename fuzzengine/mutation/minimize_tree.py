"""Minimizes structured values."""

from __future__ import annotations

from fuzzengine.mutation.minimize_bytes import OutOfBudget, minimize_bytes
from fuzzengine.types.base import Part, StructuredType, UnionType, parts_of, replace_part
from fuzzengine.types.containers import CollectionType
from fuzzengine.types.datetimes import DateTimeType
from fuzzengine.types.records import RecordType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from fuzzengine.types.base import Tree
    from fuzzengine.types.kinds import Kind

_EXACT = 1 << 53  # floats below this hold every integer


class _TreeSearch:
    """The smallest tree so far. No tree is tried twice, so that the search ends."""

    def __init__(
        self,
        kind: StructuredType,
        tree: Tree,
        try_: Callable[[Tree, str], bool],
        should_stop: Callable[[], bool],
    ) -> None:
        self.kind = kind
        self.tree = tree
        self._try = try_
        self._should_stop = should_stop
        self._tried = {kind.write(tree)}

    def accept(self, path: tuple[int, ...], part: Tree) -> bool:
        """Try the tree with another part; return whether it was accepted."""
        candidate = replace_part(self.kind, self.tree, path, part)
        if _size(self.kind, candidate) > _size(self.kind, self.tree):
            return False
        text = self.kind.write(candidate)
        if text in self._tried:
            return False
        if self._should_stop():
            raise OutOfBudget
        self._tried.add(text)
        if not self._try(candidate, text):
            return False
        self.tree = candidate
        return True

    def parts(self) -> list[Part]:
        """Return the parts of the smallest tree that may be replaced, outer parts first."""
        return list(_worthwhile(self.kind, self.tree, ()))


def _worthwhile(kind: Kind, tree: Tree, path: tuple[int, ...]) -> Iterator[Part]:
    """Yield the parts, except for the fields of dates and the fields that have their default."""
    yield Part(path, kind, tree)
    if not isinstance(kind, StructuredType) or isinstance(kind, DateTimeType):
        return
    for index, (inner, part) in enumerate(kind.children(tree)):
        if not (isinstance(kind, RecordType) and repr(part) == repr(kind.zero()[index])):
            yield from _worthwhile(inner, part, (*path, index))


def _size(kind: Kind, tree: Tree) -> int:
    return sum(1 for _ in parts_of(kind, tree))


def minimize_tree(
    kind: StructuredType,
    tree: Tree,
    try_: Callable[[Tree, str], bool],
    should_stop: Callable[[], bool],
) -> Tree:
    """Return the smallest and simplest tree that was accepted.

    Parts are replaced by zeros or by parts of the same type inside them, elements are removed,
    numbers approach 0 and texts get shorter, until nothing is accepted any more.

    Args:
        kind: the type.
        tree: the tree to start from, known to be acceptable.
        try_: returns whether a candidate, given as a tree and as a line, is accepted.
        should_stop: returns whether the budget is spent; called before every attempt.
    """
    search = _TreeSearch(kind, tree, try_, should_stop)
    try:
        before = ""
        while before != kind.write(search.tree):
            before = kind.write(search.tree)
            _pass(search)
    except OutOfBudget:
        pass
    return search.tree


def _pass(search: _TreeSearch) -> None:
    index = 0
    while index < len(parts := search.parts()):
        part = parts[index]
        for candidate in _simpler(part):
            if search.accept(part.path, candidate):
                break
        else:
            _minimize_leaf(search, part)
            index += 1


def _simpler(part: Part) -> Iterator[Tree]:
    """Yield simpler parts; the first one that is accepted replaces the part."""
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
    elif isinstance(tree, int):
        # An enum or a flag; other alternatives are not simpler.
        yield from (other for other in kind.alternatives(tree) if other < tree)


def _shorter(tree: Tree) -> Iterator[Tree]:
    """Yield the tree without each half, each quarter and so on, down to single elements."""
    size = len(tree) // 2
    while size:
        for start in range(0, len(tree), size):
            yield tree[:start] + tree[start + size :]
        size //= 2


def _minimize_leaf(search: _TreeSearch, part: Part) -> None:
    value, path = part.tree, part.path
    if isinstance(part.kind, StructuredType):
        return
    if isinstance(value, bytes | str):
        _minimize_text(search, path, value)
    elif isinstance(value, bool):
        if value:
            search.accept(path, False)
    elif isinstance(value, int):
        _minimize_int(search, path, value, part.kind)
    elif isinstance(value, float):
        _minimize_float(search, path, value)


def _minimize_text(search: _TreeSearch, path: tuple[int, ...], value: bytes | str) -> None:
    def accept(data: bytes) -> bool:
        if isinstance(value, bytes):
            return search.accept(path, data)
        return search.accept(path, data.decode("utf-8", "surrogateescape"))

    if value and not accept(b""):
        data = value if isinstance(value, bytes) else value.encode("utf-8", "surrogateescape")
        minimize_bytes(data, accept, lambda: False)


def _minimize_int(search: _TreeSearch, path: tuple[int, ...], value: int, kind: Kind) -> None:
    least = max(kind.low, 0)
    if value < 0 and search.accept(path, -value):
        value = -value
    if value != least and not search.accept(path, least):
        _bisect(least, value, lambda number: search.accept(path, number))


def _minimize_float(search: _TreeSearch, path: tuple[int, ...], value: float) -> None:
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
        _bisect(0, int(value), lambda number: search.accept(path, float(number)))


def _bisect(rejected: int, accepted: int, accept: Callable[[int], bool]) -> None:
    """Find the accepted number closest to a rejected one, assuming a single boundary."""
    while abs(accepted - rejected) > 1:
        middle = rejected + (accepted - rejected) // 2
        if accept(middle):
            accepted = middle
        else:
            rejected = middle
