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
from fuzzengine.corpus.formats import GO, RAW, read_inputs
from fuzzengine.corpus.show import describe
from fuzzengine.corpus.transfer import Conversion, convert, read_kinds
from fuzzengine.types.kinds import BYTES, INT, STRING
from tests.fuzzengine.corpus.values import raw_inputs


def convert_files(
    source: Path, folder: Path, target: str, conversion: Conversion
) -> tuple[str, list[str]]:
    inputs, mistakes = read_inputs([str(source)], "", RAW if target == GO else GO)
    text, more = convert(inputs, str(folder), target, conversion)
    return text, mistakes + more


@given(st.lists(raw_inputs, min_size=1, max_size=4), st.sampled_from(["[]byte", "int,str,bytes"]))
def test_imported_bytes_are_exported_unchanged(inputs: list[bytes], types: str) -> None:
    kinds = read_kinds(types)
    with tempfile.TemporaryDirectory() as name:
        base = Path(name)
        (base / "raw").mkdir()
        for number, data in enumerate(inputs):
            (base / "raw" / str(number)).write_bytes(data)
        text, mistakes = convert_files(base / "raw", base / "in", GO, Conversion(kinds))
        assert mistakes == []
        assert text.startswith(f"{len(inputs)} files -> {len(set(inputs))} entries in ")
        position = 0 if len(kinds) == 1 else 2
        _, mistakes = convert_files(base / "in", base / "out", RAW, Conversion(None, position))
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
    text, mistakes = convert_files(tmp_path, out, RAW, Conversion())
    assert text.startswith("1 entries -> 1 files")
    assert len(mistakes) == 1
    assert "has the same name" in mistakes[0]
    assert (out / "x").read_bytes() == b"a"


def test_an_unknown_type_is_named() -> None:
    with pytest.raises(ValueError, match="unknown type complex; use"):
        read_kinds("int,complex")


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(CorpusCommandError, match="file exists"):
        convert_files(tmp_path / "file", tmp_path / "file", GO, Conversion())


def test_misuse_exits_with_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([]) == 2
    assert run(["show"]) == 2
    assert run(["show", "-x", "y"]) == 2
    assert "flag provided but not defined: -x" in capsys.readouterr().err


@pytest.mark.parametrize("command", [["show"], ["import", "-o", "x"], ["export", "-o", "x"]])
def test_missing_files_are_wrong_usage(
    command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    missing = str(tmp_path / "missing")
    assert run([*command, missing]) == 2
    expected = f"fuzzengine corpus {command[0]}: {missing}: no such file or folder\n"
    assert capsys.readouterr().err == expected
