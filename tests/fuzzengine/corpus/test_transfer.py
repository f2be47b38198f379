"""Conversions between the formats of fuzzers."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from hashlib import sha1
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.database import DirectoryBasedExampleDatabase, choices_to_bytes

from fuzzengine.cli.corpus import run
from fuzzengine.corpus.encoding import marshal, unmarshal
from fuzzengine.corpus.files import CorpusCommandError, CorpusUsageError, entry_of
from fuzzengine.corpus.formats import AFL, GO, HYPOTHESIS, LIBFUZZER, RAW, Input, read_inputs
from fuzzengine.corpus.hypothesis_database import decode, encode
from fuzzengine.corpus.transfer import (
    Conversion,
    choices_in,
    convert,
    entry_data,
    read_kinds,
)
from fuzzengine.types.kinds import BOOL, BYTES, FLOAT64, INT, STRING, UINT8, Kind
from tests.environment import personal_environment
from tests.fuzzengine.corpus.values import raw_inputs, same, values_of
from tests.waiting import PATIENCE

OF_EXAMPLES = (BYTES, STRING, BOOL, INT, FLOAT64)

TEST = """
    from hypothesis import given
    from hypothesis import strategies as st

    @given(st.integers(), st.text())
    def test_pair(number, text):
        assert (number, text) != (7, "seven"), "found"

    class TestPair:
        @given(st.binary())
        def test_bytes(self, data):
            assert data != b"eight", "found"
"""


def write(folder: Path, *contents: bytes) -> Path:
    folder.mkdir(parents=True)
    for number, content in enumerate(contents):
        (folder / f"input-{number}").write_bytes(content)
    return folder


def transfer(
    source: Path, folder: Path, target: str, conversion: Conversion | None = None
) -> list[str]:
    inputs, mistakes = read_inputs([str(source)], "", RAW)
    text, more = convert(inputs, str(folder), target, conversion or Conversion())
    assert text.endswith(f" in {folder}\n")
    return mistakes + more


def contents(folder: Path) -> set[bytes]:
    return {path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@given(
    st.sets(raw_inputs, min_size=1, max_size=5),
    st.lists(st.sampled_from([GO, RAW, LIBFUZZER, AFL]), min_size=1, max_size=4),
)
def test_bytes_survive_any_route(inputs: set[bytes], route: list[str]) -> None:
    with tempfile.TemporaryDirectory() as name:
        source = write(Path(name, "source"), *inputs)
        for number, target in enumerate([*route, RAW]):
            folder = Path(name, str(number))
            assert transfer(source, folder, target) == []
            source = folder
        assert contents(source) == inputs


typed_inputs = st.lists(st.sampled_from(OF_EXAMPLES), min_size=1, max_size=4).flatmap(
    lambda kinds: st.tuples(st.just(kinds), st.tuples(*map(values_of, kinds)))
)


@given(typed_inputs)
def test_values_survive_as_examples(typed: tuple[list[Kind], tuple[object, ...]]) -> None:
    kinds, values = typed
    found = decode(encode(values))
    assert found is not None
    assert found[0] == kinds
    assert all(same(*row) for row in zip(kinds, values, found[1], strict=True))


choice = st.booleans() | st.integers() | st.floats() | st.text() | st.binary()


@given(st.lists(choice, min_size=1, max_size=5))
def test_examples_survive_as_entries_of_tests_with_given(
    choices: list[bool | int | float | str | bytes],
) -> None:
    example = encode(choices)
    one = Input("example", HYPOTHESIS, example, decode(example))
    data = entry_data(one, Conversion(read_kinds("hypothesis")))
    entry = Input("entry", GO, data, entry_of(data))
    assert encode(choices_in(entry)) == example


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("choices(1, 2)", "only choices(..., stored=True) become an example"),
        ("hypothesis(b'x')", "only choices(..., stored=True) become an example"),
        ("Cart(name='x')", "only arguments of Go's types become examples"),
    ],
)
def test_entries_without_all_choices_are_refused(line: str, reason: str) -> None:
    data = f"go test fuzz v1\n{line}\n".encode()
    with pytest.raises(CorpusCommandError) as raised:
        choices_in(Input("entry", GO, data, entry_of(data)))
    assert str(raised.value) == f"entry: {reason}"


@given(st.binary(max_size=40))
def test_any_file_is_an_example_or_refused(data: bytes) -> None:
    found = decode(data)
    if found is not None:
        assert [kind.python_type for kind in found[0]] == [type(value) for value in found[1]]


def test_names_of_libfuzzer(tmp_path: Path) -> None:
    raw = tmp_path / "raw"
    write(raw, b"plain")
    (raw / "crash-1").write_bytes(b"crash")
    (raw / "timeout-1").write_bytes(b"slow")
    assert transfer(raw, tmp_path / "out", LIBFUZZER) == []
    digests = {text: sha1(text.encode()).hexdigest() for text in ("plain", "crash", "slow")}
    assert {path.name: path.read_text() for path in (tmp_path / "out").iterdir()} == {
        digests["plain"]: "plain",
        f"crash-{digests['crash']}": "crash",
        f"timeout-{digests['slow']}": "slow",
    }


def afl_folder(base: Path) -> Path:
    """Make what afl-fuzz leaves, with two runs."""
    main = base / "out" / "default"
    for folder in ("queue/.state/redundant", "crashes", "crashes.2026-01-31-10:20:30", "hangs"):
        (main / folder).mkdir(parents=True)
    (main / "fuzzer_stats").write_text("start_time : 1")
    (main / "queue" / "id:000000,time:0,execs:0,orig:a").write_bytes(b"queued")
    (main / "queue" / ".state" / "redundant" / "id:000000").write_bytes(b"")
    (main / "crashes" / "README.txt").write_text("Command line used to find this crash")
    (main / "crashes" / "id:000000,sig:11,src:000000").write_bytes(b"crashed")
    older = main / "crashes.2026-01-31-10:20:30" / "id:000000,sig:06,src:000000"
    older.write_bytes(b"older")
    (main / "hangs" / "id:000000,src:000000").write_bytes(b"hung")
    return base / "out"


@pytest.mark.parametrize("part", ["", "default", "default/queue"])
def test_only_inputs_of_afl_are_read(part: str, tmp_path: Path) -> None:
    source = afl_folder(tmp_path)
    assert transfer(source / part, tmp_path / "in", GO) == []
    everything = {b"queued", b"crashed", b"older", b"hung"}
    expected = {b"queued"} if part.endswith("queue") else everything
    assert {bytes(unmarshal(data)[1][0]) for data in contents(tmp_path / "in")} == expected  # type: ignore[call-overload]


def test_afl_folders_are_continued(tmp_path: Path) -> None:
    source = afl_folder(tmp_path)
    more = write(tmp_path / "more", b"new", b"queued")
    assert transfer(more, source / "default", AFL) == []
    assert transfer(source / "default" / "crashes", source / "default", AFL) == []
    queue = sorted(path.name for path in (source / "default" / "queue").glob("id:*"))
    assert queue == ["id:000000,time:0,execs:0,orig:a", "id:000001,orig:input-0"]
    assert len(list((source / "default" / "crashes").glob("id:*"))) == 1


def test_a_name_of_afl_elsewhere_is_a_raw_file(tmp_path: Path) -> None:
    folder = write(tmp_path / "raw", b"one")
    (folder / "id:000000").write_bytes(b"two")
    assert transfer(folder, tmp_path / "in", LIBFUZZER) == []
    assert contents(tmp_path / "in") == {b"one", b"two"}


def test_entries_stay_as_they_are(tmp_path: Path) -> None:
    entry = b"go test fuzz v1\nint( 5 )\nCart(name='x')\n"
    write(tmp_path / "entries", entry)
    assert transfer(tmp_path / "entries", tmp_path / "in", GO) == []
    assert contents(tmp_path / "in") == {entry}


def test_values_that_do_not_fit_are_named(tmp_path: Path) -> None:
    entries = [marshal([INT], [200]), marshal([INT], [300]), marshal([INT, INT], [1, 2])]
    write(tmp_path / "entries", *entries)
    mistakes = transfer(tmp_path / "entries", tmp_path / "in", GO, Conversion([UINT8]))
    assert mistakes == [
        f"{tmp_path}/entries/input-1: 300 is out of the range of uint8, 0 to 255",
        f"{tmp_path}/entries/input-2: 2 values do not fit 1 types",
    ]
    assert contents(tmp_path / "in") == {marshal([UINT8], [200])}


class Database:
    """A folder with Hypothesis tests, run by the real pytest."""

    def __init__(self, base: Path) -> None:
        import textwrap

        self.folder = base / "project"
        self.folder.mkdir()
        self.test = self.folder / "test_pair.py"
        self.test.write_text(textwrap.dedent(TEST))
        self.examples = self.folder / ".hypothesis" / "examples"

    def failures(self) -> str:
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--tb=no"]
        return subprocess.run(
            [*command, "-c", "/dev/null", "--rootdir=.", "test_pair.py"],
            cwd=self.folder,
            env=personal_environment(),
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        ).stdout


@pytest.mark.process
def test_hypothesis_replays_exported_entries(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database(tmp_path)
    monkeypatch.chdir(database.folder)
    assert "2 passed" in database.failures()
    write(tmp_path / "pairs", marshal([INT, STRING], [7, "seven"]))
    write(tmp_path / "raw", b"eight")
    export = ["export", "-to=hypothesis", "-o", ".hypothesis/examples"]
    assert run([*export, "-test=test_pair.py::test_pair", str(tmp_path / "pairs")]) == 0
    raw = ["-from=raw", str(tmp_path / "raw")]
    assert run([*export, "-test=test_pair.py::TestPair::test_bytes", *raw]) == 0
    assert "2 failed" in database.failures()


@pytest.mark.process
def test_examples_of_one_test_are_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    database = Database(tmp_path)
    monkeypatch.chdir(database.folder)
    write(tmp_path / "raw", b"eight")
    export = ["export", "-to=hypothesis", "-o", ".hypothesis/examples", "-from=raw"]
    name = "-test=test_pair.py::TestPair::test_bytes"
    assert run([*export, name, str(tmp_path / "raw")]) == 0
    folder = DirectoryBasedExampleDatabase(str(database.examples))
    folder.save(b"other test", choices_to_bytes([True, 5]))
    for number, place in enumerate((".hypothesis", ".hypothesis/examples")):
        assert run(["import", "-o", str(number), name, place]) == 0
        assert contents(database.folder / str(number)) == {marshal([BYTES], [b"eight"])}
    assert run(["import", "-o", "all", ".hypothesis"]) == 0
    both = {marshal([BYTES], [b"eight"]), marshal([BOOL, INT], [True, 5])}
    assert contents(database.folder / "all") == both


@pytest.mark.parametrize(
    ("test", "reason"),
    [
        ("test_x.py", "want FILE::NAME, the file and name of a test"),
        ("missing.py::test_x", "want FILE::NAME, the file and name of a test"),
        ("test_x.py::test_y", "test_x.py has no such test with @given"),
        ("test_x.py::test_x", "test_x.py has no such test with @given"),
        ("bad.py::test_x", "bad.py:1: importing bad.py: ValueError: no"),
    ],
)
def test_a_test_that_is_missing_is_named(
    test: str, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", sys.path[:])
    (tmp_path / "test_x.py").write_text("def test_x(): pass\n")
    (tmp_path / "bad.py").write_text("raise ValueError('no')\n")
    inputs, _ = read_inputs([str(write(tmp_path / "raw", b""))], "", RAW)
    with pytest.raises(CorpusUsageError) as raised:
        convert(inputs, str(tmp_path / "db"), HYPOTHESIS, Conversion(), test)
    assert str(raised.value) == f"-test={test}: {reason}"


def test_examples_need_hypothesis(monkeypatch: pytest.MonkeyPatch) -> None:
    import hypothesis

    monkeypatch.delattr(hypothesis, "database")
    monkeypatch.setitem(sys.modules, "hypothesis.database", None)
    with pytest.raises(CorpusUsageError, match=r"needs Hypothesis .*: pip install scriptest"):
        decode(b"\x00")


def test_a_test_must_be_named_for_hypothesis(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    raw = write(tmp_path / "raw", b"")
    assert run(["export", "-to=hypothesis", "-o", str(tmp_path / "x"), str(raw)]) == 2
    line = "fuzzengine corpus export: -to=hypothesis: name the test with -test=FILE::NAME\n"
    assert capsys.readouterr().err == line
