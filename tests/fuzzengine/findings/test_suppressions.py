"""Matching buckets with suppressions, and parsing their file."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzzengine.findings.suppressions import Suppression, is_suppressed, parse

KINDS = st.sampled_from(["ValueError", "json.decoder.JSONDecodeError", "exit status 3", "timeout"])
FILES = st.lists(st.sampled_from(["a.py", "b.py", "c_test.py"]), max_size=3)


@given(KINDS, FILES, st.data())
def test_a_title_and_its_prefixes_match(kind: str, files: list[str], data: st.DataObject) -> None:
    places = [f"{file}:{data.draw(st.integers(1, 99))}" for file in files]
    title = f"{kind} at {' < '.join(places)}" if places else kind
    count = data.draw(st.integers(0, len(places)))
    pairs = zip(places[:count], files[:count], strict=True)
    named = [data.draw(st.sampled_from(pair)) for pair in pairs]
    assert Suppression(f"{kind} at {' < '.join(named)}" if named else kind).matches(title)
    assert not Suppression(f"Other at {' < '.join(named)}").matches(title)


@pytest.mark.parametrize(
    "line",
    [
        "ValueError at a.py:5",
        "ValueError at b.py",
        "ValueError at a.py < a.py",
        "Value",
        "ValueError at a",
    ],
)
def test_other_frames_do_not_match(line: str) -> None:
    assert not is_suppressed("ValueError at a.py:4 < b.py:9", parse(line, "m.txt"))


def test_comments_and_empty_lines_are_ignored() -> None:
    assert parse("# ValueError\n\n  \n", "m.txt") == []


@pytest.mark.parametrize("line", ["at a.py:4", "12  ValueError at a.py:4", "< a.py"])
def test_a_line_without_a_kind_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match=r"^m\.txt:2: want a bucket such as"):
        parse(f"KeyError\n{line}\n", "m.txt")


@given(st.text())
def test_any_text_parses_or_raises_value_error(text: str) -> None:
    refusal = ""
    try:
        # No line is a title of two lines.
        assert not is_suppressed("two\nlines", parse(text, "m.txt"))
    except ValueError as error:
        refusal = str(error)
    assert not refusal or re.fullmatch(r"m\.txt:\d+: .+", refusal)
