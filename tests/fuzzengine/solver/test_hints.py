"""Inputs derived from operands: the recognized forms, and that no operand breaks anything."""

from __future__ import annotations

import base64
import math
import re
import struct
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fuzzengine.cmplog.log import LEFT_LENGTH, LEFT_LITERAL, RIGHT_LITERAL, Event
from fuzzengine.solver.arithmetic import products
from fuzzengine.solver.documents import divided
from fuzzengine.solver.hints import Context, distance, extensions, inputs, outcome
from fuzzengine.solver.operands import resized, rewrites
from fuzzengine.solver.regex_examples import examples


@pytest.mark.parametrize(
    ("value", "seen", "wanted", "expected"),
    [
        (b"abcdef", b"cd", b"XY", b"abXYef"),
        (b"abcdef", b"cd", b"XYZ", b"abXYZef"),
        (b"abcdef", b"cd", b"XYZ", b"abXYZf"),
        (b"", b"", b"PNG", b"PNG"),
        ("abcdef", "cd", "xy", "abxyef"),
        ("aBcD", "abcd", "wxyz", "wxyz"),
        ("abcd", "ABCD", "WXYZ", "wxyz"),
        (b"..\x01\x02\x03\x04", 0x04030201, 0x0A0B0C0D, b"..\x0d\x0c\x0b\x0a"),
        (b"..\x01\x02\x03\x04", 0x01020304, 0x0A0B0C0D, b"..\x0a\x0b\x0c\x0d"),
        (b"..\x00\x05", 5, 300, b"..\x01\x2c"),
        (b"..\x01\x02\x03", 0x010203, 7, b"..\x00\x00\x07"),
        (b"n=12;", 12, 31337, b"n=31337;"),
        ("n=-5;", -5, 8, "n=8;"),
        ("n=ff;", 255, 4096, "n=1000;"),
        ("a", ord("a"), ord("z"), "z"),
        ("\u20ac", 0x20AC, 0x20AD, "\u20ad"),
        (struct.pack("<d", 1.5), 1.5, -2.25, struct.pack("<d", -2.25)),
        ("x=1.5", 1.5, 2.5, "x=2.5"),
        (b"dcba", b"abcd", b"wxyz", b"zyxw"),
        (b"6162", b"ab", b"xy", b"7879"),
        (base64.b64encode(b"abcd"), b"abcd", b"secret", base64.b64encode(b"secret")),
        (bytes(b ^ 7 for b in b"_abcd_"), b"abcd", b"wxyz", bytes(b ^ 7 for b in b"_wxyz_")),
        (bytes(b + 3 for b in b"_abcd_"), b"abcd", b"wxyz", bytes(b + 3 for b in b"_wxyz_")),
        ("abcd", b"abcd", b"\x89PNG", "\x89PNG"),
        (b"abcd", "abcd", "\xe9xyz", "\xe9xyz".encode()),
        ("a\udc80b", "a\udc80", "zz", "zzb"),
        ('{"k": 1}', 1, "admin", '{"k": "admin"}'),
        (b"12345", 5, 8, b"12345" + b"FGH"),
        ('{"k": []}', (), (1, 2), '{"k": [1, 2]}'),
        ('{"k": [3,4]}', (3, 4), (1,), '{"k": [1]}'),
        (b"ab,cd", ("ab", "cd"), ("ab", "xy"), b"ab,xy"),
        (b"..\x05", 5, 300, b"..\xac\x02"),
        ("id=00ff", 255, 7, "id=0007"),
        ("7", "0007", "0451", "451"),
        ("ab", "<ab>", "<root>", "root"),
        ("a.b", ("a", "b"), ("x", "y", "z"), "x.y.z"),
        (b"\x01\x02", (1, 2), (9, 8), b"\x09\x08"),
        ("abab", "ab", "xy", "xyxy"),
        ("a;", "a", "x,y", '"x,y";'),
        (0x1234, 0x12, 0x7E, 0x7E34),
        (7, 7, 99, 99),
        (7, 10, 99, 96),
        (7, 49, 700, 100),
        (7, 7 ^ 64, 99, 7 ^ 7 ^ 64 ^ 99),
        (7, "7", "42", 42),
        (255, "0xff", "0x10", 16),
        (0x6162, b"ab", b"xy", 0x7879),
        (97, "a", "z", ord("z")),
        (1.5, 3.0, 9.0, 4.5),
        (1.5, 1.5, 3, 3.0),
        (False, 1, 2, True),
    ],
)
def test_an_operand_is_found_in_the_input(
    value: object, seen: object, wanted: object, expected: object
) -> None:
    found = list(rewrites(value, seen, wanted))
    assert expected in found
    assert all(type(one) is type(value) for one in found)


ANYTHING = st.one_of(
    st.integers(), st.binary(max_size=9), st.text(max_size=9), st.floats(), st.booleans()
)
OPERAND = st.one_of(ANYTHING, st.lists(ANYTHING, max_size=3).map(tuple))
ARGUMENT = st.one_of(
    st.integers(-(2**63), 2**63 - 1),
    st.binary(max_size=20),
    st.binary(max_size=20).map(lambda data: data.decode("utf-8", "surrogateescape")),
    st.floats(),
    st.booleans(),
)
OPS = st.sampled_from(["==", "!=", "<", "<=", ">", ">=", "in", "prefix", "suffix", "key", "size"])


@given(ARGUMENT, OPERAND, OPERAND)
def test_rewriting_keeps_the_type_whatever_the_operands_are(
    value: object, seen: object, wanted: object
) -> None:
    for made in rewrites(value, seen, wanted):
        assert type(made) is type(value)
        if isinstance(made, str):
            made.encode("utf-8", "surrogateescape")


def event_fits(op: str, left: object, right: object) -> bool:
    texts = (str, bytes)
    if op in {"prefix", "suffix"}:
        return isinstance(left, texts) and type(left) is type(right)
    if op == "in":
        return isinstance(right, tuple) or (
            isinstance(right, texts) and isinstance(left, (str, bytes, int))
        )
    if op == "key":
        return isinstance(right, tuple)
    return type(left) is int and type(right) is int if op == "size" else True


@given(st.lists(ARGUMENT, min_size=1, max_size=3), OPS, OPERAND, OPERAND, st.integers(0, 15))
def test_no_event_breaks_the_search_for_inputs(
    values: list[object], op: str, left: Any, right: Any, about: int
) -> None:
    event: Event = (0, op, left, right)
    if event_fits(op, left, right):
        outcome(event)
        gap = distance(event)
        assert gap is None or gap >= 0
        for made in inputs(event, about, values):
            assert [type(one) for one in made] == [type(one) for one in values]


def tried(event: Event, values: list[object], about: int = RIGHT_LITERAL) -> list[list[object]]:
    return list(inputs(event, about, values))


def test_every_kind_of_event_has_inputs_that_flip_it() -> None:
    assert ["BEGIN"] in tried((0, "prefix", "", "BEGIN"), [""])
    assert ["xEND"] in tried((0, "suffix", "x", "END"), ["x"])
    assert ["a:magic:b"] in tried((0, "in", ":magic", "a:b"), ["a:b"], LEFT_LITERAL)
    assert ["slow"] in tried((0, "in", "x", ("fast", "slow")), ["x"])
    assert ["b"] in tried((0, "in", "x", ("c", "b", "a")), ["x"])
    assert ["DELETE /"] in tried((0, "key", "x", ("GET", "DELETE")), ["x /"])
    assert ['{"k":1}'] in tried((0, "key", "k", ()), ["{}"])
    assert ['{"k": {}}'] in tried((0, "type", 1, "dict"), ['{"k": 1}'])
    assert ["set -n=7 fast"] in tried((0, "parse", ("isdigit", ""), ""), ["set -n= fast"])
    assert ["7777"] in tried((0, "parse", ("isdigit", ""), "abcd"), ["abcd"])
    assert [b"abcd"[:3]] in tried((0, "size", 4, 3), [b"abcd"])
    assert [b"abcdE"] in tried((0, "size", 4, 5), [b"abcd"])
    assert ["1 1 1"] in tried((0, "==", 1, 3), ["1"], LEFT_LENGTH)
    assert ["31"] in tried((0, "parse", ("int", None), "x"), ["x"])
    assert ["2024-01-02"] in tried((0, "parse", ("datetime.strptime", "%Y-%m-%d"), ""), [""])
    assert ["v0.0-rc"] in tried((0, "regex", (r"^v(\d+)\.(\d+)-rc$", 0, "match"), "x"), ["x"])
    for method in ("search", "split", "sub", "subn", "scanner"):
        assert ["xab"] in tried((0, "regex", ("ab+", 0, method), "x"), ["x"])
    assert [11] in tried((0, ">", 3, 10), [3])
    assert [9] in tried((0, "<", 30, 10), [30])


def test_a_literal_is_not_searched_for_in_the_input() -> None:
    assert tried((0, "==", "k", "v"), ["v"], RIGHT_LITERAL) == []
    assert tried((0, "==", "k", "v"), ["v"], 0) == [["k"]]


@given(st.one_of(st.binary(max_size=50), st.text("abc", max_size=50)), st.integers(-5, 500))
def test_resizing_gives_the_length_asked_for(value: bytes | str, length: int) -> None:
    made = list(resized(value, length))
    assert len(made) == (length >= 0)
    for one in made:
        assert isinstance(one, (bytes, str))
        assert len(one) == length
        assert one[: len(value)] == value[:length]


@given(st.text("a,;", max_size=12), st.integers(1, 9))
def test_dividing_gives_the_wanted_number_of_parts(text: str, wanted: int) -> None:
    made = list(divided(text, len(text.split(",")), wanted))
    if wanted != len(text.split(",")):
        assert any(isinstance(one, str) and len(one.split(",")) == wanted for one in made)


@pytest.mark.parametrize(
    "pattern",
    [
        r"^v(\d+)\.(\d+)-rc$",
        r"a|b|cde",
        r"[^abc]x[d-f]+",
        r"(?:ab){2,3}\s*\w?",
        r"(?P<q>['\"])\w+(?P=q)",
        r"\A[A-Z]{3}\D\S\W.\Z",
        r"(?i)Hello\b",
        r"a++b*?",
        "\\\\\u20ac",
    ],
)
def test_examples_match_their_pattern(pattern: str) -> None:
    if "++" in pattern:
        pattern = pattern.replace("++", "+")
    made = list(examples(pattern))
    assert made
    assert all(isinstance(one, str) and re.search(pattern, one) for one in made)


def test_examples_of_bytes_are_bytes() -> None:
    made: list[Any] = list(examples(rb"\x89[A-F]+\r\n"))
    assert made
    assert all(re.match(rb"\x89[A-F]+\r\n", one) for one in made)


@given(
    st.text("ab01.*+?{}()[]|^$\\\\dwsSDWbBAZ,-:=!<>iPxu'\"&~#\n ", max_size=20),
    st.sampled_from([0, re.IGNORECASE, re.VERBOSE, re.DOTALL | re.MULTILINE, re.ASCII]),
)
@settings(suppress_health_check=[HealthCheck.filter_too_much])
@pytest.mark.filterwarnings("ignore")
def test_no_pattern_breaks_the_search_for_examples(pattern: str, flags: int) -> None:
    for example in examples(pattern, flags):
        assert isinstance(example, str)
    for other in examples(pattern.encode(), flags):
        assert isinstance(other, bytes)


def test_repetitions_of_repetitions_stay_short() -> None:
    assert all(len(one) <= 5000 for one in examples(r"(((a{1000}){1000}){1000}){1000}b"))
    assert all(len(one) <= 5000 for one in examples("(" * 80 + "a" + ")" * 80))


def test_a_malformed_pattern_has_no_examples() -> None:
    assert list(examples("(")) == []


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ((0, "==", 5, 9), 4),
        ((0, "<", 5.5, 5.25), 256),
        ((0, "==", b"abc", b"abd"), 1),
        ((0, "==", "abc", "a"), 4),
        ((0, "==", (1, 2), (1, 3)), 1),
        ((0, "prefix", "abcd", "xb"), 1),
        ((0, "suffix", "abcd", "xd"), 1),
        ((0, "in", "a", "b"), None),
    ],
)
def test_the_distance_from_flipping(event: Event, expected: int | None) -> None:
    assert distance(event) == expected


@pytest.mark.parametrize(
    ("events", "value", "expected"),
    [
        ([(0, "==", "x", "up")], "down", "downup"),
        ([(0, "==", "x", "up")], "down", "updown"),
        ([(0, "in", ";", "down"), (1, "==", "x", "up")], "down", "down;up"),
        ([(0, "==", 65, 48)], b"abc", b"0\x03abc"),
        ([(0, "==", 65, 48)], b"abc", b"0\x00\x03abc"),
        ([(0, "in", 65, (1, 2))], b"abc", b"abc\x02"),
        ([(0, "key", "name", ("a",))], "", "name"),
        ([(0, "in", "a", "([{"), (1, "in", "a", ")]}")], "if", "(if)"),
        ([(0, "in", "--force", ("run",))], "run", "run --force"),
    ],
)
def test_compared_texts_are_put_around_the_input(
    events: list[Event], value: object, expected: object
) -> None:
    assert [expected] in list(extensions(events, [value], Context(events)))


@pytest.mark.parametrize(
    ("event", "value", "expected"),
    [
        ((0, "key", "host", ()), "GET /\r\na:b", "GET /\r\na:b\r\nhost:1"),
        ((0, "==", 2, 3), '{"k": [1, 2]}', '{"k": [1, 2, 2]}'),
        ((0, "==", 0, 2), '{"k": []}', '{"k": [1,1]}'),
        ((0, "==", 4, 6), b"ab:", b"ABab:"),
        ((0, "<", 1.5, 1.0), 1.5, math.nextafter(1.0, -math.inf)),
        ((0, "<", (3, 9, 17), (0,)), "0", "3.9.18"),
        ((0, "==", "abcd", "dcba"), "abcd", "abba"),
        ((0, "key", "host", ()), "GET /\r\n\r\nbody", "GET /\r\nhost:1\r\n\r\nbody"),
        ((0, "key", "k", ()), "a = {}", 'a = {"k"=1}'),
        ((0, "==", 1, 4), "(if)", "(if if if if)"),
        ((0, "==", ("HEAD", "\0"), ("HEAD", "\0", "x")), b"\0HEAD\0TAIL", b"\0HEAD\0TAIL\0TAIL"),
        ((0, "in", "C", "([{"), "()CDEF", "()"),
        ((0, "in", "C", "([{"), "ABC()", "()"),
        ((0, "type", "if", "list"), "(eq if)", "(eq (if))"),
        ((0, "==", 144, 391 * 391), 12, 391),
        ((0, "==", 1, 2), "02/Jan/2024", "02/Feb/2024"),
        ((0, "==", "", "admin"), "a..", "a.admin."),
        ((0, "regex", (r"\{(\w)(?:\|(\w))?\}", 32, "findall"), "{a}{b}"), "{a}{b}", "{a}{a|a}"),
    ],
)
def test_structure_is_made(event: Event, value: object, expected: object) -> None:
    context = Context([(1, "in", "\r\n", ""), (2, "in", ":", "")])
    assert [expected] in list(inputs(event, LEFT_LENGTH, [value], context))


def test_a_product_is_divided_among_two_arguments() -> None:
    made = list(inputs((0, "==", 6, 391), RIGHT_LITERAL, [2, 3]))
    assert [17, 23] in made
    assert [23, 17] in made


@given(st.integers(2, 3000), st.integers(2, 3000))
def test_all_pairs_of_factors_have_the_product(one: int, other: int) -> None:
    pairs = list(products(6, one * other, [2, "text", 3]))
    assert pairs
    assert all(text == "text" for _, text, _ in pairs)
    assert all(int(str(a)) * int(str(b)) == one * other for a, _, b in pairs)
