"""Structured values are mutated, minimized and solved part by part."""

from __future__ import annotations

import datetime
import enum
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzzengine import int8
from fuzzengine.cmplog.log import RIGHT_LITERAL, ComparisonLog
from fuzzengine.corpus.encoding import read_structured
from fuzzengine.mutation.minimize_tree import minimize_tree
from fuzzengine.mutation.mutator import Mutator
from fuzzengine.mutation.pcg import PCG
from fuzzengine.mutation.tree_havoc import TreeHavoc
from fuzzengine.mutation.tree_mutator import MAX_DEPTH, TreeMutator
from fuzzengine.solver.leaves import Leaves
from fuzzengine.solver.solver import Solver
from fuzzengine.types import kinds
from fuzzengine.types.annotations import AnnotationReader
from fuzzengine.types.base import StructuredType, parts_of, replace_part

pytestmark = pytest.mark.once


class Color(enum.Enum):
    RED = "red"
    GREEN = "green"
    BLUE = "blue"


class Mode(enum.Flag):
    READ = 1
    WRITE = 2


@dataclass
class Tree:
    name: str = ""
    level: int8 = 0
    color: Color = Color.RED
    mode: Mode = Mode.READ
    left: Tree | None = None
    children: list[Tree] = field(default_factory=list)
    table: dict[str, tuple[int, float]] = field(default_factory=dict)
    when: datetime.datetime | datetime.date = datetime.date(2000, 1, 1)
    flags: frozenset[bytes] | bool = False
    price: Decimal = Decimal(0)
    key: UUID = UUID(int=0)  # noqa: RUF009


def shape(annotation: Any) -> StructuredType:
    kind = AnnotationReader(globals()).kind(annotation)
    assert isinstance(kind, StructuredType)
    return kind


TREE = shape(Tree)
SEEDS = st.integers(0, 1 << 32)


@given(seed=SEEDS)
def test_mutated_trees_are_valid(seed: int) -> None:
    tree_mutator = TreeMutator(Mutator(PCG.seeded(seed)))
    values = [TREE.zero(), 5]
    for _ in range(60):
        tree_mutator.remember(values, [TREE, kinds.INT8])
        tree_mutator.mutate(values, [TREE, kinds.INT8], 1 << 20)
        assert TREE.objection(values[0]) is None
        assert kinds.INT8.accepts(values[1])
    line = TREE.write(values[0])
    assert TREE.write(read_structured(TREE, line.encode())) == line
    assert max(len(part.path) for part in parts_of(TREE, values[0])) <= MAX_DEPTH + 10
    TREE.build(values[0])


@given(seed=SEEDS)
def test_havoc_trees_are_valid(seed: int) -> None:
    havoc = TreeHavoc([TREE, kinds.BYTES], [b"word", b"17"], PCG.seeded(seed))
    values: list[object] = [TREE.zero(), b"data"]
    for _ in range(40):
        havoc.remember(values)
        made = havoc.mutated(values)
        if TREE.accepts(made[0]):
            values = made
            line = TREE.write(values[0])
            assert TREE.write(read_structured(TREE, line.encode())) == line


def test_every_part_is_mutated_eventually() -> None:
    kind = shape(Tree)
    full = kind.to_tree(Tree("n", 1, Color.RED, Mode.READ, Tree(), [Tree()], {"a": (1, 2.0)}))
    paths = {
        part.path for part in parts_of(kind, full) if not isinstance(part.kind, StructuredType)
    }
    tree_mutator = TreeMutator(Mutator(PCG.seeded(1)))
    seen: set[tuple[int, ...]] = set()
    for _ in range(8000):
        made = tree_mutator.mutated(kind, full)
        for path in paths - seen:
            try:
                without = replace_part(kind, full, path, None)
                if made != full != without == replace_part(kind, made, path, None):
                    seen.add(path)
            except (IndexError, AssertionError):
                continue
    assert seen == paths


def smallest(
    annotation: Any, value: object, fails: Callable[[Any], bool]
) -> tuple[Any, list[object]]:
    kind = shape(annotation)
    tried: list[object] = []

    def try_(tree: Any, line: str) -> bool:
        assert line == kind.write(tree)
        tried.append(kind.build(tree))
        return fails(tried[-1])

    return kind.build(minimize_tree(kind, kind.to_tree(value), try_, lambda: False)), tried


@pytest.mark.parametrize(
    ("annotation", "value", "fails", "want"),
    [
        (list[int], [5, -90, 1000, 3], lambda v: any(n > 77 for n in v), [78]),
        (list[int], [5, -90, 7], lambda v: any(n < -77 for n in v), [-78]),
        (list[str], ["ab", "xycz"], lambda v: any("c" in s for s in v), ["c"]),
        (dict[str, float], {"a": 2.7, "b": 1e9}, lambda v: sum(v.values()) > 100, {"": 101.0}),
        (Color, Color.BLUE, lambda v: v is not Color.RED, Color.GREEN),
        (Mode, Mode.READ | Mode.WRITE, lambda v: bool(v & Mode.WRITE), Mode.WRITE),
        (int | None, 5, lambda _: True, None),
        (set[int], {7, 8, 9}, lambda v: 9 in v, {9}),
        (list[Decimal], [Decimal("-1.50")], lambda v: bool(v), [Decimal(0)]),
        (Decimal, Decimal("1.50"), lambda v: v > 1, Decimal(2)),
        (
            datetime.date,
            datetime.date(2024, 2, 29),
            lambda v: v.day == 29,
            datetime.date(2000, 1, 29),
        ),
        (
            Tree,
            Tree("a", left=Tree("b", children=[Tree("x"), Tree("deep", 3)])),
            lambda v: "deep" in repr(v),
            Tree("deep"),
        ),
    ],
)  # fmt: skip
def test_results_are_minimal(
    annotation: Any, value: object, fails: Callable[[Any], bool], want: object
) -> None:
    found, tried = smallest(annotation, value, fails)
    assert repr(found) == repr(want)
    assert len(tried) < 1000


@given(st.integers(0, 1000), SEEDS)
def test_minimization_ends_with_an_accepted_tree(salt: int, seed: int) -> None:
    tree_mutator = TreeMutator(Mutator(PCG.seeded(seed)))
    tree = TREE.zero()
    for _ in range(20):
        tree = tree_mutator.mutated(TREE, tree)

    def fails(candidate: Any, line: str) -> bool:
        assert TREE.objection(candidate) is None
        return (hash(line) ^ salt) % 3 == 0

    left = 300

    def stop() -> bool:
        nonlocal left
        left -= 1
        return left < 0

    found = minimize_tree(TREE, tree, fails, stop)
    assert found == tree or fails(found, TREE.write(found))


@given(SEEDS)
def test_leaves_are_put_back(seed: int) -> None:
    tree_mutator = TreeMutator(Mutator(PCG.seeded(seed)))
    values: list[Any] = [TREE.zero(), b"x", shape(list[int]).zero()]
    every = [TREE, kinds.BYTES, shape(list[int])]
    for _ in range(30):
        tree_mutator.mutate(values, every, 1 << 20)
    leaves = Leaves(every)
    flat = leaves.flat(values)
    assert all(type(leaf) in (str, bytes, int, float, bool) for leaf in flat)
    assert repr(leaves.put(values, flat)) == repr(values)


def solved(
    annotation: Any, value: object, comparisons: Callable[[Any], list[Any]], goal: Any
) -> int:
    """Return the number of inputs that a solver proposes until the goal is reached."""
    kind, log = shape(annotation), ComparisonLog()
    log.add_sites([RIGHT_LITERAL] * 4)
    solver = Solver([kind], log=log)
    solver.add([kind.to_tree(value)])
    for number in range(3000):
        values = solver.next()
        if values is None:
            break
        built = kind.build(values[0])
        if goal(built):
            return number
        log.events.extend(comparisons(built))
    raise AssertionError("not found")


def test_a_nested_comparison_is_solved() -> None:
    def comparisons(tree: Tree) -> list[Any]:
        events = [(0, "==", child.name, "admin") for child in tree.children]
        return events + [
            (1, "==", child.level, 7) for child in tree.children if child.name == "admin"
        ]

    def goal(tree: Tree) -> bool:
        return any(child.name == "admin" and child.level == 7 for child in tree.children)

    start = Tree("a", children=[Tree("x"), Tree("y")])
    assert solved(Tree, start, comparisons, goal) < 100


def test_none_is_replaced_by_a_value() -> None:
    def comparisons(tree: Tree) -> list[Any]:
        return [(0, "==", tree.left.name, "x1")] if tree.left is not None else []

    assert (
        solved(Tree, Tree(), comparisons, lambda tree: tree.left and tree.left.name == "x1") < 100
    )


def test_lengths_keys_and_enums_are_solved() -> None:
    assert solved(list[int], [], lambda v: [(0, "==", len(v), 12)], lambda v: len(v) == 12) < 10
    assert (
        solved(dict[str, int], {}, lambda v: [(0, "key", "k", tuple(v))], lambda v: "k" in v) < 10
    )
    assert (
        solved(
            list[Color],
            [Color.RED],
            lambda v: [(0, "==", v[0].value, "blue")] if v else [],
            lambda v: Color.BLUE in v,
        )
        < 10
    )
