"""Plain JSON is read and written as the json module does; what is not plain is left to it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzzengine.base import plainjson
from fuzzengine.ipc import wire

PLAIN_TEXT = st.text(
    st.characters(min_codepoint=0x20, max_codepoint=0x7E, exclude_characters='"\\')
)
LEAVES = st.none() | st.booleans() | st.integers() | PLAIN_TEXT
PLAIN = st.dictionaries(
    PLAIN_TEXT,
    st.recursive(
        LEAVES,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(PLAIN_TEXT, inner, max_size=3),
        max_leaves=6,
    ),
    max_size=4,
)
ANY = st.recursive(
    LEAVES | st.text() | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


def by_json(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))


@given(PLAIN)
def test_plain_objects_are_read_and_written(fields: dict[str, object]) -> None:
    text = plainjson.dump(fields)
    assert text == by_json(fields)
    assert text is not None
    assert plainjson.load(text.encode()) == fields


@given(ANY)
def test_whatever_is_written_is_what_json_writes(value: object) -> None:
    assert plainjson.dump(value) in (None, by_json(value))


@given(st.dictionaries(st.text(), ANY, max_size=3), st.booleans())
def test_whatever_is_read_is_what_json_reads(fields: dict[str, object], ascii_only: bool) -> None:
    for separators in ((",", ":"), (", ", ": ")):
        text = json.dumps(fields, separators=separators, ensure_ascii=ascii_only)
        data = text.encode("utf-8", "surrogatepass")
        assert plainjson.load(data) in (None, fields)


@given(PLAIN, st.data())
def test_nothing_is_read_that_json_refuses(fields: dict[str, object], data: st.DataObject) -> None:
    text = by_json(fields)
    at = data.draw(st.integers(0, len(text)))
    more = data.draw(st.text(st.sampled_from('0-1"{}[],:\\n\x7fu '), max_size=2))
    broken = text[:at] + more + text[at + data.draw(st.integers(0, 2)) :]
    read = plainjson.load(broken.encode())
    if read is not None:
        assert read == json.loads(broken)


@given(st.text(st.sampled_from('01-"{}[],:\\ntrue'), max_size=20))
def test_short_texts(text: str) -> None:
    read = plainjson.load(text.encode())
    if read is not None:
        assert read == json.loads(text)


@pytest.mark.parametrize(
    "text",
    [
        *('{"a":"\n"}', '{"\t":1}', '{"a":01}', '{"a":-01}', '{"a":-}', '{"a":--1}', '{"a":+1}'),
        *('{"a":1_0}', '{"a":1}x', "{a:1}", '{"a":1,}', '{"a":[1,]}', '{"a" 1}', '{"a":nul}', ""),
        *('{"a":1.5}', '{"a":1', '{"a"', '{"a":"b', '{"a":[1 2]}', '{"a":"\\q"}', "[1]", "1"),
    ],
)
def test_what_is_malformed_or_not_plain_is_left_to_json(text: str) -> None:
    assert plainjson.load(text.encode()) is None


def test_depth_is_limited() -> None:
    assert plainjson.load(b'{"a":' + b"[" * 7 + b"]" * 7 + b"}") is not None
    assert plainjson.load(b'{"a":' + b"[" * 10_000 + b"]" * 10_000 + b"}") is None


def test_all_calls_are_plain() -> None:
    calls = [
        wire.PING,
        wire.fuzz_call(1, 2, warmup=False, coverage=b"\1\2", solve=True),
        wire.fuzz_call(1, 2, warmup=True, coverage=None, batch=[(0, 5), (5, 9)]),
        wire.minimize_call(1, 2, keep=b"\1", index=0),
    ]
    for call in calls:
        assert plainjson.load(call.rstrip(b"\n")) == json.loads(call)
