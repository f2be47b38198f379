"""Tests of comparing JSON and of updating golden JSON."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from scriptest.compare import json_text
from scriptest.compare.json_compare import JsonComparison
from scriptest.compare.wildcards import Wildcards
from tests.scriptest.compare.test_json_text import layouts, values

COMPARISON = JsonComparison()


@given(values, values, layouts)
def test_equality_agrees_with_python(one: Any, other: Any, indent: Any) -> None:
    left = json_text.parse(json.dumps(one, sort_keys=True))
    assert COMPARISON.equal(left, json_text.parse(json.dumps(one, indent=indent)))
    same = COMPARISON.equal(left, json_text.parse(json.dumps(other)))
    assert same == (canonical(one) == canonical(other))


def canonical(value: Any) -> str:
    """Return a text that is the same for values that JSON calls the same."""

    def numbers(value: Any) -> Any:
        if isinstance(value, float) and value.is_integer():
            return int(repr(value).partition(".")[0]) if "e" not in repr(value) else int(value)
        if isinstance(value, list):
            return [numbers(item) for item in value]
        if isinstance(value, dict):
            return {key: numbers(item) for key, item in value.items()}
        return value

    return json.dumps(numbers(value), sort_keys=True)


@given(values, values, layouts, st.booleans())
def test_an_update_matches_and_is_idempotent(
    old: Any, new: Any, indent: Any, superset: bool
) -> None:
    want = json_text.parse(json.dumps(old, indent=indent) + "\n")
    got = json_text.parse(json.dumps(new))
    comparison = JsonComparison(superset=superset)
    text = comparison.updated(want, got)
    again = json_text.parse(text)
    assert comparison.equal(again, got)
    assert comparison.updated(again, got) == text
    if comparison.equal(want, got):
        assert text == want.text


def test_an_update_keeps_the_format_of_equal_parts() -> None:
    old = '{\n  "a" : [1,2,  3],\n  "b": {"x": 1e0},\n  "c": [4]\n}\n'
    new = '{"c": [4, {"d": []}], "b": {"x": 1}, "a": [1, 2, 7]}'
    text = COMPARISON.updated(json_text.parse(old), json_text.parse(new))
    assert text == ('{\n  "a" : [1,2,  7],\n  "b": {"x": 1e0},\n  "c": [4, {"d": []}]\n}\n')


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        ('{ "b" : 1e0 , "gone": [], "a":2 }',
         '{"a": 3, "b": 1, "c": 0}', '{ "b" : 1e0, "a":3, "c": 0 }'),
        ('{"gone": 1,\n "a": 2}', '{"a": 2, "b": {"c": []}}', '{"a": 2,\n "b": {\n  "c": []\n }}'),
        ("[1,\n 2.0]", "[1, 2, 3]", "[1,\n 2.0,\n 3]"),
        ("[1, 2]", "[]", "[]"),
        ("[ 1 ]", '[1, {"a": 1}]', '[ 1, {"a": 1} ]'),
        ("{}", '{"a": 1}', '{"a": 1}'),
    ],
)  # fmt: skip
def test_an_update_keeps_equal_members(old: str, new: str, text: str) -> None:
    assert COMPARISON.updated(json_text.parse(old), json_text.parse(new)) == text


def comparison(*ignored: str, superset: bool = False) -> JsonComparison:
    patterns = [json_text.read_pattern(text) for text in ignored]
    return JsonComparison(
        ignored=patterns, superset=superset, wildcards=Wildcards({"id": "[0-9]+"})
    )


@pytest.mark.parametrize(
    ("ignored", "want", "got", "same"),
    [
        (".id", '{"id": 1}', '{"id": [2]}', True),
        (".id", '{"id": 1}', "{}", True),
        (".id", "{}", '{"id": 1}', True),
        (".id", '{"a": {"id": 1}}', '{"a": {"id": 2}}', False),
        (".items[*].id", '{"items": [{"id": 1}, {"id": 2}]}', '{"items": [{"id": 3}, {}]}', True),
        (".items[*].id", '{"items": [{"id": 1}]}', '{"items": [{"id": 1}, {}]}', False),
        (".items[*]", '{"items": [1]}', '{"items": [2, 3]}', True),
        (".items[1]", '{"items": [1, 2]}', '{"items": [1, 3]}', True),
        (".items[1]", '{"items": [1, 2]}', '{"items": [2, 2]}', False),
        (".*.id", '{"a": {"id": 1}, "b": {"id": 2}}', '{"a": {}, "b": {"id": 3}}', True),
        ('["*"]', '{"*": 1, "a": 1}', '{"*": 2, "a": 1}', True),
        ('["*"]', '{"*": 1, "a": 1}', '{"*": 1, "a": 2}', False),
        ("[*].t", '[{"t": 1}]', '[{"t": 2}]', True),
        (".", "1", '"x"', True),
    ],
)
def test_ignored_paths(ignored: str, want: str, got: str, same: bool) -> None:
    assert comparison(ignored).equal(json_text.parse(want), json_text.parse(got)) == same


@pytest.mark.parametrize(
    ("want", "got", "same"),
    [
        ('"a [..] c"', '"a b c"', True),
        ('"a [..] c"', '"a b d"', False),
        ('"<id>"', "17", True),
        ('"<id>"', '"17"', True),
        ('"<id>"', '"x"', False),
        ('"17"', "17", False),
        ('"[..]"', "null", True),
        ('"[..]"', "[]", False),
        ('"a"', '"[..]"', False),
        ('"a\\n...\\nz"', '"a\\nb\\nc\\nz"', True),
    ],
)
def test_wildcards_in_strings(want: str, got: str, same: bool) -> None:
    assert comparison().equal(json_text.parse(want), json_text.parse(got)) == same


@given(values, values, st.sampled_from([".a", "[*]", ".*", "[0]", ".", ".*[*]"]), st.booleans())
@example([], [None, None], "[0]", False)
@example([1, 2, 3], [1], "[2]", False)
def test_an_update_with_ignored_paths_matches_and_is_idempotent(
    old: Any, new: Any, ignored: str, superset: bool
) -> None:
    want, got = (json_text.parse(json.dumps(value)) for value in (old, new))
    rules = comparison(ignored, superset=superset)
    text = rules.updated(want, got)
    again = json_text.parse(text)
    assert rules.equal(again, got)
    assert rules.updated(again, got) == text


@pytest.mark.parametrize(
    ("ignored", "want", "got", "text"),
    [
        (".id", '{"id": 1, "a": 1}', '{"id": 2, "a": 2}', '{"id": 1, "a": 2}'),
        (".id", '{"id": 1, "a": 1}', '{"a": 2}', '{"id": 1, "a": 2}'),
        (".id", '{"a": 1}', '{"id": 1, "a": 2}', '{"a": 2}'),
        ("[*].id", '[{"id": 1}]', '[{"id": 2}, {"b": 1}]', '[{"id": 1}, {"b": 1}]'),
        (".x", '{"a": "took <id> s"}', '{"a": "used 12 s"}', '{"a": "used <id> s"}'),
    ],
)
def test_an_update_keeps_what_is_ignored(ignored: str, want: str, got: str, text: str) -> None:
    assert comparison(ignored).updated(json_text.parse(want), json_text.parse(got)) == text


@pytest.mark.parametrize("text", ["[-1]", "[x]", ".a[*", "..a", "[*"])
def test_bad_patterns_are_refused(text: str) -> None:
    with pytest.raises(json_text.JsonError, match="path "):
        json_text.read_pattern(text)
