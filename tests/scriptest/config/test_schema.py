"""Tests that the JSON Schema and the readers accept the same settings."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import scriptest
from scriptest.base import regexp
from scriptest.config import config, header
from scriptest.config.yaml_nodes import Item, SettingsError, read

PATH = Path(scriptest.__file__).parent / "scriptest.schema.json"
SCHEMA: dict[str, Any] = json.loads(PATH.read_text(encoding="utf-8"))
TYPES: dict[str, Callable[[object], bool]] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
}


def valid(value: object, schema: dict[str, Any]) -> bool:
    """Validate with the few keywords that the schema uses."""
    return all(
        KEYWORDS[keyword](value, schema[keyword], schema)
        for keyword in schema
        if keyword not in ("description", "title", "$id", "$schema", "$defs", "properties")
    )


def _ref(value: object, where: str, schema: dict[str, Any]) -> bool:
    return valid(value, SCHEMA["$defs"][where.removeprefix("#/$defs/")])


def _type(value: object, wanted: str | list[str], schema: dict[str, Any]) -> bool:
    return any(TYPES[name](value) for name in ([wanted] if isinstance(wanted, str) else wanted))


def _additional(value: object, rule: object, schema: dict[str, Any]) -> bool:
    if not isinstance(value, dict):
        return True
    known = schema.get("properties", {})
    for key, inner in value.items():
        part = known.get(key, rule)
        if part is False or (part is not True and not valid(inner, part)):
            return False
    return True


def _is_pattern(text: str) -> bool:
    try:
        regexp.compile(text)
    except regexp.PatternError:
        return False
    return True


KEYWORDS: dict[str, Callable[[Any, Any, dict[str, Any]], bool]] = {
    "$ref": _ref,
    "type": _type,
    "enum": lambda value, choices, _: value in choices,
    "pattern": lambda value, text, _: (
        not isinstance(value, str) or re.search(text, value) is not None
    ),
    "format": lambda value, name, _: (
        name != "regex" or not isinstance(value, str) or _is_pattern(value)
    ),
    "minimum": lambda value, least, _: not TYPES["number"](value) or value >= least,
    "minItems": lambda value, least, _: not isinstance(value, list) or len(value) >= least,
    "items": lambda value, part, _: (
        not isinstance(value, list) or all(valid(item, part) for item in value)
    ),
    "required": lambda value, names, _: (
        not isinstance(value, dict) or all(name in value for name in names)
    ),
    "propertyNames": lambda value, part, _: (
        not isinstance(value, dict) or all(valid(key, part) for key in value)
    ),
    "additionalProperties": _additional,
    "anyOf": lambda value, parts, _: any(valid(value, part) for part in parts),
    "oneOf": lambda value, parts, _: sum(valid(value, part) for part in parts) == 1,
    "allOf": lambda value, parts, _: all(valid(value, part) for part in parts),
}


def accepted(value: object, readers: dict[str, Callable[[Item, str], object]]) -> bool:
    try:
        root = read(json.dumps(value).encode(), "x")
        if root is not None and root.kind != "null":
            for key, item in root.record("x", readers).items():
                readers[key](item, key)
    except SettingsError:
        return False
    return True


SCALARS = st.sampled_from(
    ["", "a", "a b", "a=b", "WORK", "a:b", "a:", ":b", "a*.txt", "/x", "../x", "a/..", "a..b", "..",
     "go", "go116", "10s", "1m30s", "1.5h", "-1s", ".5s", "10", "0", "and", "x-y_z", "'", "[a]",
     0, 1, 7, -1, 0.5, True, False, None]
)  # fmt: skip
KEYS = st.sampled_from(
    [*config.READERS, *header.READERS, "a", "a b", "WORK", "", "run", "python", "summary", "suffix",
     "times", "allow_flaky", "x-y", "a=b"]
)  # fmt: skip
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.parametrize(
    ("schema", "readers"),
    [(SCHEMA, config.READERS), (SCHEMA["$defs"]["header"], header.READERS)],
    ids=["suite", "header"],
)
def test_the_schema_has_every_key(schema: dict[str, Any], readers: dict[str, Any]) -> None:
    assert set(schema["properties"]) == set(readers)


@pytest.mark.parametrize("key", config.READERS)
@given(value=VALUES)
def test_schema_and_reader_accept_the_same_values(key: str, value: object) -> None:
    assert valid({key: value}, SCHEMA) == accepted({key: value}, config.READERS)


@pytest.mark.parametrize("key", header.READERS)
@given(value=VALUES)
def test_schema_and_reader_accept_the_same_headers(key: str, value: object) -> None:
    schema = SCHEMA["$defs"]["header"]
    assert valid({key: value}, schema) == accepted({key: value}, header.READERS)


@given(VALUES)
def test_settings_are_a_mapping_of_known_keys(value: object) -> None:
    assert valid(value, SCHEMA) == accepted(value, config.READERS)


def test_the_examples_in_the_documentation_are_valid(tmp_path: Path) -> None:
    docs = Path(__file__).parents[3] / "docs" / "configuration.md"
    suite, head = re.findall(r"```yaml\n(.*?)```", docs.read_text(encoding="utf-8"), re.DOTALL)
    path = tmp_path / "scriptest.yaml"
    path.write_text(suite, encoding="utf-8")
    assert set(config.READERS) == set(re.findall(r"^(\w+):", suite, re.MULTILINE))
    assert config.load(str(path)).timeout == 120
    script = f"exec true\n-- scriptest.yaml --\n{head}".encode()
    found = header.read(script, "x")
    assert set(header.READERS) == set(re.findall(r"^(\w+):", head, re.MULTILINE))
    assert found.timeout == 300
