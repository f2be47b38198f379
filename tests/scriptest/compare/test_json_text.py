"""Tests of the JSON parser and of paths."""

from __future__ import annotations

import json
import string
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scriptest.compare import json_text
from scriptest.compare.json_text import JsonError, Node

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5)
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=12,
)
layouts = st.sampled_from([None, 0, 2, "\t"])


def plain(node: Node) -> Any:
    """Return the value as Python's own parser would."""
    if node.kind == "object":
        return {key: plain(child) for key, child in node.children.items()}
    if node.kind == "array":
        return [plain(child) for child in node.children.values()]
    return json.loads(node.source)


@given(values, layouts, st.booleans())
def test_json_written_by_python_is_parsed(value: Any, indent: Any, ascii_only: bool) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    assert plain(json_text.parse(f" {text}\n")) == value


def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) < len(pairs):
        raise ValueError("duplicate key")
    return dict(pairs)


@given(st.text(alphabet='{}[]",:01.e+-\\utrfalsn \n', max_size=12))
def test_the_parser_agrees_with_python(text: str) -> None:
    try:
        wanted = json.loads(text, object_pairs_hook=unique)
    except ValueError:
        with pytest.raises(JsonError, match="not JSON: line"):
            json_text.parse(text)
    else:
        assert plain(json_text.parse(text)) == wanted


@given(values)
def test_every_value_is_found_at_its_path(value: Any) -> None:
    def check(node: Node, path: json_text.Path) -> None:
        text = json_text.path_text(path)
        assert json_text.read_path(text) == path
        assert json_text.find(root, path) is node
        for key, child in node.children.items():
            check(child, (*path, key))

    root = json_text.parse(json.dumps(value))
    check(root, ())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1, column 1: expected a value"),
        ('{"a": 1\n "b": 2}', "line 2, column 2: expected `,` or `}`"),
        ('{"a": 1, "a": 2}', "line 1, column 10: duplicate key 'a'"),
        ("[1] 2", "line 1, column 5: unexpected text after the value"),
        ("{a: 1}", "line 1, column 2: expected a key in double quotes"),
        ('{"a" 1}', "line 1, column 6: expected `:`"),
        ("NaN", "line 1, column 1: expected a value"),
        ("[" * 500, "line 1, column 402: nested deeper than 400 levels"),
    ],
)
def test_errors_have_a_position(text: str, message: str) -> None:
    with pytest.raises(JsonError) as caught:
        json_text.parse(text)
    assert str(caught.value) == f"not JSON: {message}"


@pytest.mark.parametrize(
    ("path", "found"),
    [
        (".", '{"a": [1, {"b c": null}]}'),
        (".a[1]", '{"b c": null}'),
        ("a[-1]", '{"b c": null}'),
        ('.a[1]["b c"]', "null"),
        (".a[2]", "index 2 is out of range: `.a` has 2 elements"),
        (".b", 'no key "b": `.` has a'),
        (".a.b", 'cannot use key "b": `.a` is an array'),
        (".a[0].x", 'cannot use key "x": `.a[0]` is a number'),
        (".a[x]", "path .a[x]: expected an index or a key in double quotes in [ ]"),
        (".a[1", "path .a[1: expected an index or a key in double quotes in [ ]"),
        ("b[0-", "path b[0-: expected an index or a key in double quotes in [ ]"),
        (".a..b", "path .a..b: column 4: expected a name"),
    ],
)
def test_paths(path: str, found: str) -> None:
    root = json_text.parse('{"a": [1, {"b c": null}]}')
    try:
        text = json_text.find(root, json_text.read_path(path)).source
    except JsonError as error:
        text = str(error)
    assert text == found


@given(st.text(alphabet=string.ascii_letters + '.[]"-0', max_size=8))
def test_any_path_is_parsed_or_rejected(path: str) -> None:
    try:
        keys = json_text.read_path(path)
    except JsonError:
        return
    assert json_text.read_path(json_text.path_text(keys)) == keys
