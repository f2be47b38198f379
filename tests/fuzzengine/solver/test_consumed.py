"""Wanted values are written back to the bytes that a data provider made the values from."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzzengine.atheris.data_provider import FuzzedDataProvider
from fuzzengine.cmplog.log import LOG, Event
from fuzzengine.solver.consumed import consumed_in
from fuzzengine.solver.hints import Context, inputs

LARGEST = sys.float_info.max
POINTS = st.characters(codec="utf-32")
NARROW = st.characters(max_codepoint=0xD7FF)


@pytest.fixture(autouse=True)
def logging() -> Iterator[None]:
    LOG.on = True
    LOG.clear()
    yield
    LOG.on = False
    LOG.clear()


def calls(name: str, *arguments: Any) -> Callable[[FuzzedDataProvider], Any]:
    return lambda provider: getattr(provider, name)(*arguments)


def events_of(data: bytes, *consume: Callable[[FuzzedDataProvider], Any]) -> list[Event]:
    LOG.clear()
    provider = FuzzedDataProvider(data)
    for one in consume:
        one(provider)
    return list(LOG.events)


ENCODINGS: list[tuple[Callable[[FuzzedDataProvider], Any], st.SearchStrategy[Any]]] = [
    (calls("ConsumeBytes", 8), st.binary(min_size=8, max_size=8)),
    (calls("ConsumeInt", 4), st.integers(-(1 << 31), (1 << 31) - 1)),
    (calls("ConsumeUInt", 3), st.integers(0, (1 << 24) - 1)),
    (calls("ConsumeInt", 20), st.integers(-(1 << 159), (1 << 159) - 1)),
    (calls("ConsumeIntInRange", -5, 70000), st.integers(-5, 70000)),
    (calls("ConsumeIntInRange", 7, (1 << 64) + 6), st.integers(7, (1 << 64) + 6)),
    (calls("PickValueInList", ["a", "b", "c"]), st.sampled_from(["a", "b", "c"])),
    (calls("ConsumeUnicode", 5), st.text(POINTS, min_size=5, max_size=5)),
    (calls("ConsumeString", 5), st.text(NARROW, min_size=5, max_size=5)),
    (calls("ConsumeUnicodeNoSurrogates", 5), st.text(NARROW, min_size=5, max_size=5)),
]


@pytest.mark.parametrize("number", range(len(ENCODINGS)))
@given(st.binary(max_size=60), st.data())
def test_every_value_can_be_written(number: int, data: bytes, draw: st.DataObject) -> None:
    consume, values = ENCODINGS[number]
    wanted = draw.draw(values)
    before = calls("ConsumeInt", 2)
    (consumed, *_) = consumed_in(events_of(data.ljust(2, b"."), before, consume))
    found = []
    for made in consumed.rewritten(wanted):
        provider = FuzzedDataProvider(made)
        found.append((before(provider), consume(provider)))
    assert (before(FuzzedDataProvider(data.ljust(2, b"."))), wanted) in found


@pytest.mark.parametrize(
    ("consume", "wanted"),
    [
        (calls("ConsumeProbability"), 0.75),
        (calls("ConsumeFloatInRange", -2.0, 6.0), 5.25),
        (calls("ConsumeFloatInRange", -LARGEST, LARGEST), LARGEST / 2),
        (calls("ConsumeFloat"), float("inf")),
        (calls("ConsumeFloat"), -0.0),
        (calls("ConsumeRegularFloat"), -LARGEST / 4),
    ],
)
def test_floats_are_written_as_close_as_they_come(
    consume: Callable[[FuzzedDataProvider], Any], wanted: float
) -> None:
    (consumed,) = consumed_in(events_of(bytes(range(100, 120)), consume))
    found = [consume(FuzzedDataProvider(made)) for made in consumed.rewritten(wanted)]
    assert pytest.approx(wanted) in found


def test_values_that_no_bytes_make_are_not_written() -> None:
    events = events_of(
        b"abcdefgh",
        calls("ConsumeInt", 1),
        calls("ConsumeIntInRange", 1, 9),
        calls("PickValueInList", ["x"]),
    )
    pick, limited, narrow = consumed_in(events)
    for consumed, wanted in ((narrow, 128), (limited, 10), (pick, "y"), (narrow, "text")):
        assert list(consumed.rewritten(wanted)) == []


def test_a_compared_value_is_changed_where_it_came_from() -> None:
    data = b"\x01\x02\x01textual\x09"
    consume = (
        calls("ConsumeUInt", 2),
        calls("ConsumeUnicode", 4),
        calls("ConsumeIntInRange", 0, 99),
    )
    context = Context(events_of(data, *consume))
    for event, wanted in (
        ((0, "==", 0x0201, 4660), b"\x34\x12\x01textual\x09"),
        ((0, "==", "text", "sand"), b"\x01\x02\x01sandual\x09"),
        ((0, "prefix", "text", "lo"), b"\x01\x02\x01loxtual\x09"),
        ((0, "==", 9, 77), b"\x01\x02\x01textual\x4d"),
    ):
        assert [wanted] in list(inputs(event, 0, [data], context))[:8]


def test_a_text_of_another_length_ends_the_input() -> None:
    data = b"\x01text and more\x09"
    consume = (calls("ConsumeIntInRange", 0, 99), calls("ConsumeUnicode", 4))
    context = Context(events_of(data, *consume))
    results = []
    for (made,) in inputs((0, "==", "text", "go"), 0, [data], context):
        assert isinstance(made, bytes)
        provider = FuzzedDataProvider(made)
        results.append([one(provider) for one in consume])
    assert [9, "go"] in results[:4]


def test_nothing_is_logged_while_the_log_is_off() -> None:
    LOG.on = False
    assert events_of(b"abc", calls("ConsumeInt", 2)) == []
