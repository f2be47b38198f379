"""Fuzz tests of the JSON that scripts look into: the reader, its paths, and updating."""

from __future__ import annotations

import json

from fuzzengine import F, T
from scriptest.compare import json_text as jsontext
from scriptest.compare.json_compare import JsonComparison


def FuzzJson(f: F) -> None:
    f.add('{"a": [1, 2.5e3, -0], "b": {"c": "\\u00e9\\ud800", "d": null}}')
    f.add('[true, false, "", {}]')
    f.add('{"a": 1, "a": 2}')
    f.add("9" * 5000)

    @f.fuzz
    def _(t: T, text: str) -> None:
        try:
            node = jsontext.parse(text)
        except jsontext.JsonError as error:
            assert str(error).startswith("not JSON: line ")
            node = None
        if node is None:
            return
        assert text.strip(" \t\r\n") == node.source
        assert _plain(node) == json.loads(text, parse_int=float)
        for path in _paths(node):
            written = jsontext.path_text(path)
            assert jsontext.read_path(written) == path, written
            jsontext.find(node, path)


def _plain(node: jsontext.Node) -> object:
    if node.kind == "object":
        return {key: _plain(child) for key, child in node.children.items()}
    if node.kind == "array":
        return [_plain(child) for child in node.children.values()]
    return float(node.source) if node.kind == "number" else node.value


def _paths(node: jsontext.Node, path: jsontext.Path = ()) -> list[jsontext.Path]:
    found = [path]
    for key, child in node.children.items():
        found += _paths(child, (*path, key))
    return found


def FuzzJsonPath(f: F) -> None:
    f.add('.items[0]["a key"].x')
    f.add("[-1].[2]..")
    f.add("[" + "9" * 5000 + "]")

    @f.fuzz(allow=(jsontext.JsonError,))
    def _(t: T, text: str) -> None:
        path = jsontext.read_path(text)
        assert jsontext.read_path(jsontext.path_text(path)) == path


def FuzzJsonUpdate(f: F) -> None:
    f.add('{\n  "a": 1,\n  "b": [1, 2]\n}\n', '{"b":[1,3,4],"c":{"d":[]}}', False)
    f.add('{"a": 1}', '{"a": 1, "b": 2}', True)

    @f.fuzz(allow=(jsontext.JsonError,))
    def _(t: T, want: str, got: str, superset: bool) -> None:
        wanted, found = jsontext.parse(want), jsontext.parse(got)
        comparison = JsonComparison(superset=superset)
        text = comparison.updated(wanted, found)
        written = jsontext.parse(text)
        assert comparison.equal(written, found)
        if comparison.equal(wanted, found):
            assert text == want
