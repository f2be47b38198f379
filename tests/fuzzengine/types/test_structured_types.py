"""Structured types: annotations, trees, and the notation of corpus files."""

from __future__ import annotations

import datetime
import decimal
import enum
import math
import uuid
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, NamedTuple, NewType, Optional, TypedDict, Union

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzzengine import float32, int8
from fuzzengine.corpus import encoding
from fuzzengine.corpus.encoding import CorpusError, read_structured
from fuzzengine.golang.expr import ExpressionError, parse_line
from fuzzengine.types import kinds
from fuzzengine.types.annotations import AnnotationReader, UnsupportedError
from fuzzengine.types.base import StructuredType, TypeMismatchError


class Status(enum.Enum):
    OPEN = "open"
    CLOSED = 2
    SHUT = 2  # noqa: PIE796


class Mode(enum.Flag):
    READ = 1
    WRITE = 2
    BOTH = 3


@dataclass
class Line:
    name: str
    price: float = 1.5
    code: bytes = b""


@dataclass(frozen=True, kw_only=True)
class Order:
    id: int
    lines: list[Line]
    status: Status = Status.OPEN
    note: str | None = None
    computed: int = field(default=7, init=False)


@dataclass
class Leaf:
    left: Leaf | None
    children: list[Leaf] = field(default_factory=list)
    value: int = 0


class Point(NamedTuple):
    x: int8
    y: float32 = 0.0


class Config(TypedDict):
    host: str
    ports: list[int]


UserId = NewType("UserId", int)

TEXT = st.text(st.characters(codec="utf-8")) | st.binary().map(
    lambda data: data.decode("utf-8", "surrogateescape")
)
INTS = st.integers(-(1 << 63), (1 << 63) - 1)
FLOATS = st.floats() | st.just(kinds.float64_from_bits(0xFFF800000000BEEF))
LINES = st.builds(Line, TEXT, FLOATS, st.binary())
DECIMALS = st.builds(
    lambda sign, digits, exponent: decimal.Decimal((sign, digits, exponent)),
    st.integers(0, 1),
    st.lists(st.integers(0, 9), min_size=1, max_size=34).map(tuple),
    st.integers(-6176, 6111),
) | st.sampled_from([decimal.Decimal(text) for text in ("NaN", "-sNaN", "-Infinity", "-0")])
ORDERS = st.builds(
    Order, id=INTS, lines=st.lists(LINES, max_size=3), status=st.sampled_from(Status),
    note=st.none() | TEXT,
)  # fmt: skip
LEAVES: Any = st.recursive(
    st.builds(Leaf, st.none(), st.just([]), INTS),
    lambda leaf: st.builds(Leaf, st.none() | leaf, st.lists(leaf, max_size=3), INTS),
    max_leaves=20,
)
ZONES = st.none() | st.integers(-1439, 1439).map(
    lambda minutes: datetime.timezone(datetime.timedelta(minutes=minutes))
)

VALUES: dict[str, tuple[Any, Any]] = {
    "list": (list[int], st.lists(INTS)),
    "nested": (list[list[bytes]], st.lists(st.lists(st.binary()))),
    "dict": (dict[str, float], st.dictionaries(TEXT, FLOATS)),
    "tuple": (tuple[int, str], st.tuples(INTS, TEXT)),
    "single": (tuple[int], st.tuples(INTS)),
    "many": (tuple[bool, ...], st.lists(st.booleans()).map(tuple)),
    "set": (set[int], st.sets(INTS)),
    "frozen": (frozenset[str], st.frozensets(TEXT)),
    "optional": (Optional[bytes], st.none() | st.binary()),  # noqa: UP045
    "union": (Union[int, float, str, bool, None],  # noqa: UP007
              INTS | FLOATS | TEXT | st.booleans() | st.none()),
    "literal": (Literal["a", 1, True, None, b"x"], st.sampled_from(["a", 1, True, None, b"x"])),
    "enum": (Status, st.sampled_from(Status)),
    "flag": (Mode, st.sampled_from([Mode(0), *Mode, Mode.BOTH])),
    "order": (Order, ORDERS),
    "tree": (Leaf, LEAVES),
    "named": (Point, st.builds(Point, st.integers(-128, 127), st.floats(width=32))),
    "typed": (Config, st.fixed_dictionaries({"host": TEXT, "ports": st.lists(INTS)})),
    "datetime": (datetime.datetime, st.datetimes(timezones=ZONES)),
    "date": (datetime.date, st.dates()),
    "time": (datetime.time, st.times(timezones=ZONES)),
    "timedelta": (datetime.timedelta, st.timedeltas()),
    "decimal": (decimal.Decimal, DECIMALS),
    "uuid": (uuid.UUID, st.uuids(allow_nil=True)),
    "new": (list[UserId], st.lists(INTS)),
    "annotated": (Annotated[list[Annotated[int, kinds.INT8]], "few"],
                  st.lists(st.integers(-128, 127))),
}  # fmt: skip


def shape(annotation: Any) -> StructuredType:
    kind = AnnotationReader(globals()).kind(annotation)
    assert isinstance(kind, StructuredType)
    return kind


@pytest.mark.parametrize("name", VALUES)
@given(data=st.data())
def test_a_value_survives_its_line(name: str, data: st.DataObject) -> None:
    annotation, strategy = VALUES[name]
    kind, value = shape(annotation), data.draw(strategy)
    tree = kind.to_tree(value)
    hash(tree)
    assert kind.objection(tree) is None
    line = kind.write(tree)
    assert "\n" not in line
    again = kind.build(read_structured(kind, line.encode()))
    assert type(again) is type(value)
    if name not in ("set", "frozen", "typed"):
        assert repr(again) == repr(value)
    assert kind.write(kind.to_tree(again)) == line
    with pytest.raises(ExpressionError):
        parse_line(line.encode())


@pytest.mark.parametrize("name", VALUES)
def test_zero_is_a_value(name: str) -> None:
    kind = shape(VALUES[name][0])
    built = kind.build(kind.zero())
    assert kind.to_tree(built) == kind.zero()
    assert kind.objection(kind.zero()) is None


@pytest.mark.parametrize("name", VALUES)
@given(data=st.data())
def test_parts_can_be_put_back(name: str, data: st.DataObject) -> None:
    annotation, strategy = VALUES[name]
    kind = shape(annotation)
    tree = kind.to_tree(data.draw(strategy))
    parts = [part for _, part in kind.children(tree)]
    assert kind.with_children(tree, parts) == tree or repr(tree) == repr(
        kind.with_children(tree, parts)
    )


def test_the_alternatives_of_a_uuid_have_all_versions() -> None:
    kind = shape(uuid.UUID)
    built = [kind.build(tree) for tree in kind.alternatives(kind.zero())]
    assert {one.version for one in built} == {*range(1, 9), None}
    assert uuid.UUID(int=(1 << 128) - 1) in built


def test_the_notation_is_that_of_python() -> None:
    order = Order(id=7, lines=[Line("a", -0.0)], note="x\ny", status=Status.CLOSED)
    assert shape(Order).write(shape(Order).to_tree(order)) == (
        "Order(id=7, lines=[Line(name='a', price=-0.0, code=b'')], status=Status.CLOSED, "
        r"note='x\ny')"
    )
    assert shape(Mode).write(3) == "Mode.READ | Mode.WRITE"
    assert shape(Leaf).write(shape(Leaf).zero()) == "Leaf(left=None, children=[], value=0)"
    assert shape(Point).write((1, math.inf)) == "Point(x=1, y=inf)"


@pytest.mark.parametrize(
    ("annotation", "line", "want"),
    [
        (Point, "Point(1)", Point(1)),
        (Point, "shapes.Point(y=2, x=-1)  # by hand", Point(-1, 2.0)),
        (Line, "Line(name='a')", Line("a")),
        (list[float], "[1, 2.5, ]", [1.0, 2.5]),
        (str, "'a' 'b'", None),
        (Config, "{'ports': [80], 'host': \"h\"}", {"host": "h", "ports": [80]}),
        (datetime.datetime, "datetime('2024-02-29 12:00Z')",
         datetime.datetime(2024, 2, 29, 12, tzinfo=datetime.UTC)),
        (decimal.Decimal, "decimal.Decimal(-30)", decimal.Decimal(-30)),
        (uuid.UUID, "uuid.UUID('{12345678123456781234567812345678}')",
         uuid.UUID("12345678-1234-5678-1234-567812345678")),
        (datetime.timedelta, "timedelta(hours=1)", datetime.timedelta(hours=1)),
        (Mode, "Mode(3)", Mode.BOTH),
    ],
)  # fmt: skip
def test_handwritten_lines(annotation: Any, line: str, want: object) -> None:
    if annotation is not str:
        assert shape(annotation).build(read_structured(shape(annotation), line.encode())) == want


@pytest.mark.parametrize(
    ("annotation", "line", "text"),
    [
        (Line, "Line(nme='a')", "column 6: Line has no field nme; it has name, price, code"),
        (Line, "Line()", "column 1: Line.name is missing"),
        (Line, "Order(id=1)", "column 1: want Line(...), not Order(...)"),
        (Line, "Line('a', name='b')", "column 16: Line.name is given twice"),
        (Line, "Line(name=1)", "column 11: want str, not int"),
        (Line, "Line(name='a'", "column 5: '(' was never closed"),
        (list[int8], "[1, 300]", "column 5: 300 is out of the range of int8, -128 to 127"),
        (list[int], "[True]", "column 2: want int, not bool"),
        (list[int], "[1, [2]]", "column 5: want int, not a list"),
        (Status, "Status.AJAR", "want one of Status.OPEN, Status.CLOSED, not Status.AJAR"),
        (dict[str, int], "{**x}", "want key: value"),
        (datetime.date, "date('2024-02-30')", "column 1: day is out of range for month"),
        (decimal.Decimal, "Decimal('1,5')", "column 1: '1,5' is not a decimal number"),
        (decimal.Decimal, "Decimal('1E+9999')", "9999 is out of the range of exponent"),
        (decimal.Decimal, "Decimal('NaN12')", "NaN12 has digits"),
        (decimal.Decimal, "Decimal(1.5)", "want the text of one number, such as Decimal('0')"),
        (decimal.Decimal, "1.5", "want Decimal('0'), not float"),
        (uuid.UUID, "UUID('12')", "column 1: badly formed hexadecimal UUID string"),
        (uuid.UUID, "UUID(12)", "want one text, such as UUID('00000000-0000-0000-0000-"),
        (uuid.UUID, "'12'", "want UUID('00000000-0000-0000-0000-000000000000'), not str"),
        (datetime.date, "date(2024, 2, 3)", "want date('2000-01-01'), not date(...)"),
        (Leaf, "Leaf(left=Leaf(left=5))", "column 21: want Leaf | None, not int"),
        (list[int], "[" * 300, "too many nested parentheses"),
        (list[int], "[1]\0", "null bytes"),
        (list[str], "['\udc80']", r"bytes that are not UTF-8; write them as \udc80 to \udcff"),
        (list[str], r"['\ud800']", "U+D800"),
        (list[int], "__import__('os').getpid()", "want list[int], not ...(...)"),
    ],
)
def test_errors_have_a_column(annotation: Any, line: str, text: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        read_structured(shape(annotation), line.encode("utf-8", "surrogateescape"))
    assert text in f"column {caught.value.offset + 1}: {caught.value}"
    assert "\n" not in str(caught.value)


@given(st.binary())
def test_any_line_is_read_or_refused(line: bytes) -> None:
    try:
        read_structured(shape(Order), line)
    except ExpressionError:
        return


@pytest.mark.parametrize(
    ("annotation", "value", "text"),
    [
        (Order, Order(id=1, lines=[Line("a", "b")]), ".lines[0].price: str is not float"),  # type: ignore[arg-type]
        (Order, {}, "dict is not Order"),
        (list[int], [1 << 70], "out of the range of int"),
        (dict[str, int], {"a": "b"}, "['a']: str is not int"),
        (int | None, "a", "str is not int | None"),
        (Config, {"host": "h"}, "Config has the keys host, ports"),
        (datetime.date, datetime.datetime(2000, 1, 1), "datetime is not date"),
        (decimal.Decimal, 1.5, "float is not Decimal"),
        (uuid.UUID, "12", "str is not UUID"),
    ],
)
def test_values_of_another_type(annotation: Any, value: object, text: str) -> None:
    with pytest.raises(TypeMismatchError) as caught:
        shape(annotation).to_tree(value)
    assert text in str(caught.value)


@dataclass
class Infinite:
    again: Infinite


@dataclass
class Odd:
    number: complex


@pytest.mark.parametrize(
    ("annotation", "text"),
    [
        (complex, "complex"),
        (list, "list"),
        (list[complex], "complex"),
        (list[Odd], "in field Odd.number: complex"),
        (list[Infinite | int], "Infinite (needs itself"),
        (Infinite, "Infinite (needs itself in every value; make a"),
        ("list[NoSuchName]", "list[NoSuchName]"),
    ],
)
def test_types_that_cannot_be_fuzzed(annotation: Any, text: str) -> None:
    with pytest.raises(UnsupportedError) as caught:
        AnnotationReader(globals()).kind(annotation)
    assert text in str(caught.value)


def test_structured_and_plain_lines_in_one_file() -> None:
    wanted = [kinds.INT, shape(int | None), kinds.BYTES]
    data = encoding.marshal(wanted, [1, (1, 5), b"x"])
    assert data == b'go test fuzz v1\nint(1)\n5\n[]byte("x")\n'
    assert encoding.unmarshal(data, wanted) == (wanted, [1, (1, 5), b"x"])
    with pytest.raises(CorpusError, match=r"^line 3, column 1: want a conversion"):
        encoding.unmarshal(data)


def test_a_line_of_go_is_a_mismatch() -> None:
    wanted = [shape(list[int])]
    found, _ = encoding.unmarshal(b"go test fuzz v1\nint(1)\n", wanted)
    with pytest.raises(CorpusError, match=r"mismatched types in corpus entry: \[int\], want \[lis"):
        encoding.check(found, wanted)
    with pytest.raises(CorpusError, match=r"^line 3, column 2: want int, not str$"):
        encoding.unmarshal(b"go test fuzz v1\n\n['a']\n", wanted)
