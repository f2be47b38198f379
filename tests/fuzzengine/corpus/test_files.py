"""Entries as readable text, and conversions from and to raw bytes."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzzengine.cli.corpus import run
from fuzzengine.corpus.encoding import marshal
from fuzzengine.corpus.files import CorpusCommandError
from fuzzengine.corpus.show import describe
from fuzzengine.corpus.transfer import export_raw, import_raw, read_kinds
from fuzzengine.types.kinds import BYTES, INT, STRING


@given(st.lists(st.binary(), min_size=1, max_size=4), st.sampled_from(["[]byte", "int,str,bytes"]))
def test_imported_bytes_are_exported_unchanged(inputs: list[bytes], types: str) -> None:
    kinds = read_kinds(types)
    with tempfile.TemporaryDirectory() as name:
        base = Path(name)
        (base / "raw").mkdir()
        for number, data in enumerate(inputs):
            (base / "raw" / str(number)).write_bytes(data)
        text, mistakes = import_raw([str(base / "raw")], str(base / "in"), kinds, 0)
        assert mistakes == []
        assert text.startswith(f"{len(inputs)} files -> {len(set(inputs))} entries in ")
        position = 0 if len(kinds) == 1 else 2
        _, mistakes = export_raw([str(base / "in")], str(base / "out"), position)
        assert mistakes == []
        assert {path.read_bytes() for path in (base / "out").iterdir()} == set(inputs)


@given(st.binary(), st.text(), st.integers(-(1 << 63), (1 << 63) - 1))
def test_every_argument_has_its_line(data: bytes, text: str, number: int) -> None:
    lines = describe([BYTES, STRING, INT], [data, text, number]).split("\n")
    heads = [line.split()[:2] for line in lines if line.startswith("  ") and line[2] != " "]
    assert heads == [["1", "[]byte"], ["2", "string"], ["3", "int"]]
    if len(data) <= 512 and len(text) <= 512:
        assert lines[0].endswith(f"({len(data)} bytes) {data!r}")
        assert f"  3 int {number}" in lines


def test_long_values_are_cut() -> None:
    text = describe([BYTES], [bytes(10_000)])
    assert "... and 9488 more\n" in text
    assert len(text) < 8000


def test_files_of_the_same_name_do_not_overwrite_each_other(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "x").write_bytes(marshal([STRING], [folder]))
    out = tmp_path / "out"
    text, mistakes = export_raw([str(tmp_path / "a"), str(tmp_path / "b")], str(out), 0)
    assert "1 entries -> 1 files" in text
    assert len(mistakes) == 1
    assert "has the same name" in mistakes[0]
    assert (out / "x").read_bytes() == b"a"


def test_an_unknown_type_is_named() -> None:
    with pytest.raises(ValueError, match="unknown type complex; use"):
        read_kinds("int,complex")


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(CorpusCommandError, match="file exists"):
        import_raw([str(tmp_path / "file")], str(tmp_path / "file"), [BYTES], 0)


def test_misuse_exits_with_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([]) == 2
    assert run(["show"]) == 2
    assert run(["show", "-x", "y"]) == 2
    assert "flag provided but not defined: -x" in capsys.readouterr().err
