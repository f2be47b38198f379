"""Corpus commands and structured lines."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzzengine.corpus import encoding
from fuzzengine.corpus.encoding import CorpusError, unmarshal
from fuzzengine.corpus.migrate import migrate_folder
from fuzzengine.corpus.show import show
from fuzzengine.corpus.untyped import unmarshal_untyped
from fuzzengine.types import kinds
from fuzzengine.types.annotations import AnnotationReader

HEADER = b"go test fuzz v1\n"


@dataclass
class Item:
    name: str
    count: int = 1


@dataclass
class Basket:
    items: list[Item]
    owner: str
    tags: dict[str, Item] = field(default_factory=dict)


def wanted(*annotations: object) -> list[kinds.Kind]:
    reader = AnnotationReader(globals())
    return [reader.kind(annotation) for annotation in annotations]


def test_structured_lines_are_shown_as_they_are(tmp_path: Path) -> None:
    entry = tmp_path / "entry"
    entry.write_bytes(HEADER + b"int(5)\nItem(name='a', count=2)  # note\n[1, 'b']\nStatus.OPEN\n")
    text, mistakes = show([str(entry)])
    assert not mistakes
    assert text.splitlines()[1:] == [
        "  1 int 5",
        "  2 Item(name='a', count=2)  # note",
        "  3 [1, 'b']",
        "  4 Status.OPEN",
    ]


@pytest.mark.parametrize(
    "line", [b"garbage", b"int8(300)", b"string(1)", b"byte('ab')", b"a < b", b"Item(", b"x()()"]
)
def test_other_lines_are_refused_as_without_types(line: bytes) -> None:
    with pytest.raises(CorpusError) as plain:
        encoding.unmarshal(HEADER + line)
    with pytest.raises(CorpusError) as untyped:
        unmarshal_untyped(HEADER + line)
    assert str(untyped.value) == str(plain.value)


@given(st.binary(max_size=60))
def test_any_file_is_read_or_refused(data: bytes) -> None:
    for start in (b"", HEADER):
        try:
            unmarshal_untyped(start + data)
        except CorpusError:
            continue


def migrated(tmp_path: Path, text: str, *annotations: object) -> tuple[str, list[str]]:
    """Migrate one entry; return its new text and what was refused."""
    (tmp_path / "entry").write_bytes(HEADER + text.encode())
    _, refused = migrate_folder(str(tmp_path), wanted(*annotations), [])
    (left,) = tmp_path.iterdir()
    return left.read_bytes().removeprefix(HEADER).decode().rstrip("\n"), refused


@pytest.mark.parametrize(
    ("before", "annotations", "after"),
    [
        ("Item(name='a', price=3)", (Item,), "Item(name='a', count=1)"),
        ("Item(count=3)", (Item,), "Item(name='', count=3)"),
        (
            "Basket(items=[Item(name='a', old=1)], tags={'x': Item(label='y')})",
            (Basket,),
            "Basket(items=[Item(name='a', count=1)], owner='', tags={'x': Item(name='', count=1)})",
        ),
        ("Item(name='a')", (Item,), "Item(name='a')"),
        ("Item(name='a')", (Item, bytes), "Item(name='a', count=1)\n[]byte(\"\")"),
        ("int(3)\nItem(name='a', count=2)", (Item,), "Item(name='a', count=2)"),
        (
            "[1]\nItem(name='b', count=2)",
            (list[int], bool, Item),
            "[1]\nbool(false)\nItem(name='b', count=2)",
        ),
    ],
)  # fmt: skip
def test_entries_follow_the_classes(
    tmp_path: Path, before: str, annotations: tuple[object, ...], after: str
) -> None:
    found, refused = migrated(tmp_path, before, *annotations)
    assert not refused
    assert found == after
    assert unmarshal(HEADER + found.encode(), wanted(*annotations))


def test_an_entry_of_another_type_stays_as_it_is(tmp_path: Path) -> None:
    found, refused = migrated(tmp_path, "Item(name=5)", Item)
    assert found == "Item(name=5)"
    (line,) = refused
    assert "Item(name=5) does not fit an argument of the fuzz test" in line
    assert "want str, not int" in line
