from __future__ import annotations

import hashlib
import json
import os
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzzengine.corpus import encoding
from fuzzengine.corpus.encoding import CorpusError, check, marshal, unmarshal
from fuzzengine.corpus.entry import (
    CorpusReadError,
    Entry,
    content_digest,
    entry_name,
    read_cache,
    read_directory,
    write_entry,
)
from fuzzengine.types.kinds import (
    ALL,
    BYTES,
    FLOAT32,
    FLOAT64,
    INT,
    INT8,
    INT32,
    STRING,
    UINT8,
    Kind,
    float32_from_bits,
    float64_from_bits,
)
from tests.fuzzengine.corpus.values import same, typed_value

VECTORS = Path(__file__).parents[1] / "vectors" / "decode.jsonl"
DECODE_CASES = [json.loads(line) for line in VECTORS.read_text("utf-8").splitlines()]


def test_the_decode_vectors_are_complete() -> None:
    assert len(DECODE_CASES) == 222


@pytest.mark.parametrize("case", DECODE_CASES, ids=lambda case: case["in"][16:40])
def test_decodes_as_go_does(case: dict[str, str]) -> None:
    data = case["in"].encode()
    if "err" in case:
        with pytest.raises(CorpusError):
            unmarshal(data)
        return
    kinds, values = unmarshal(data)
    assert [kind.name for kind in kinds] == (case["types"] or [])
    if kinds:
        assert marshal(kinds, values) == case["out"].encode()


typed_values = st.lists(typed_value, min_size=1)


@given(typed_values)
def test_a_written_entry_reads_back(pairs: list[tuple[Kind, object]]) -> None:
    kinds = [kind for kind, _ in pairs]
    data = marshal(kinds, [value for _, value in pairs])
    found, values = unmarshal(data)
    assert found == kinds
    for (kind, value), result in zip(pairs, values, strict=True):
        assert same(kind, value, result)
        assert kind.accepts(result)
    assert marshal(found, values) == data


@pytest.mark.parametrize("kind", [UINT8, BYTES, STRING], ids=str)
def test_every_byte_survives(kind: Kind) -> None:
    for code in range(256):
        value: object = code
        if kind is BYTES:
            value = bytes([code])
        elif kind is STRING:
            value = bytes([code]).decode("utf-8", "surrogateescape")
        assert unmarshal(marshal([kind], [value])) == ([kind], [value])


@pytest.mark.parametrize(
    ("kind", "value", "line"),
    [
        (FLOAT64, float("nan"), "math.Float64frombits(0x7ff8000000000000)"),
        (FLOAT64, float64_from_bits(0x7FF8000000000001), "float64(NaN)"),
        (FLOAT64, -0.0, "float64(-0)"),
        (FLOAT64, float("-inf"), "float64(-Inf)"),
        (FLOAT64, 1e6, "float64(1e+06)"),
        (FLOAT32, float("nan"), "float32(NaN)"),
        (FLOAT32, float32_from_bits(0x7F800001), "math.Float32frombits(0x7f800001)"),
        (FLOAT32, 0.1, "float32(0.1)"),
        (INT32, 0x2028, "rune('\\u2028')"),
        (INT32, -1, "int32(-1)"),
        (INT, 7, "int(7)"),
        (STRING, "\ufeff\udcff'\"", 'string("\\ufeff\\xff\'\\"")'),
    ],
)
def test_the_written_form_of_a_value(kind: Kind, value: object, line: str) -> None:
    assert marshal([kind], [value]) == f"go test fuzz v1\n{line}\n".encode()


def test_a_value_that_does_not_fit_is_not_written() -> None:
    with pytest.raises(CorpusError, match="300 is out of the range of int8"):
        marshal([INT8], [300])
    with pytest.raises(CorpusError, match=r"lone surrogate U\+D800 at index 1"):
        marshal([STRING], ["a\ud800"])


@given(st.binary())
def test_any_bytes_decode_or_raise_a_corpus_error(data: bytes) -> None:
    for text in (data, encoding.HEADER + b"\n" + data):
        try:
            kinds, values = unmarshal(text)
        except CorpusError:
            continue
        assert all(kind.accepts(value) for kind, value in zip(kinds, values, strict=True))


pieces = st.sampled_from(
    [
        *"()[]{}\"'`\\-+^<!*.,;:_/ \r\t\0",
        *(kind.name for kind in ALL),
        *("[]byte", "byte", "rune", "math.Float64frombits", "math.Float32frombits", "true"),
        *("0x", "0b", "0o", "1e", "p", "9", "09", "1_0", "0.5", "NaN", "Inf", "'a'", '"a"', "\\x"),
        *("\\u00e9", "\\U0010ffff", "\\377", "struct", "func", "map", "chan", "interface", "..."),
        *("\xe9", "\u2028", "\ufeff", "\udcff", "\U0001f600", "//", "/*", "*/", "<-", "=", "1i"),
        *('[]byte("', 'string("', "int(", '")', "9" * 5000, "(" * 3000, "[]" * 3000, "-" * 3000),
    ]
)
lines = st.lists(pieces).map("".join).map(lambda line: line.encode("utf-8", "surrogateescape"))


@given(lines)
def test_any_line_decodes_or_raises_a_corpus_error(line: bytes) -> None:
    refusal = None
    try:
        unmarshal(encoding.HEADER + b"\n" + line)
    except CorpusError as error:
        refusal = error
    assert refusal is None or refusal.line == 2
    assert refusal is None or 1 <= refusal.column <= len(line) + 1
    assert refusal is None or refusal.in_file("a").isprintable()


def test_check_uses_go_words() -> None:
    check([INT, BYTES], [INT, BYTES])
    with pytest.raises(CorpusError) as caught:
        check([], [INT])
    assert str(caught.value) == "wrong number of values in corpus entry: 0, want 1"
    with pytest.raises(CorpusError) as caught:
        check([STRING, INT], [BYTES, INT8])
    assert str(caught.value) == (
        "mismatched types in corpus entry: [string int], want [[]uint8 int8]"
    )


@pytest.mark.parametrize(
    ("data", "place"),
    [
        (b"", (1, 1)),
        (b"go test fuzz v1", (1, 1)),
        (b"go test fuzz v2\nint(1)\n", (1, 1)),
        (b"go test fuzz v1\r\n\n \t\nint(1)\r\n\xc2\xa0 int(x)\n", (5, 8)),
    ],
)
def test_an_error_has_its_place(data: bytes, place: tuple[int, int]) -> None:
    with pytest.raises(CorpusError) as caught:
        unmarshal(data)
    assert (caught.value.line, caught.value.column) == place


def test_an_error_is_one_line() -> None:
    error = CorpusError("a\nb" + "c" * 300, 3, 4)
    assert str(error).startswith("line 3, column 4: a")
    assert error.in_file("d\n") == "d\\n:3:4: a\\nb" + "c" * 197 + "..."
    assert CorpusError("no place").in_file("a/b") == "a/b: no place"


def file_with(*lines: str) -> bytes:
    return "\n".join(["go test fuzz v1", *lines, ""]).encode()


def test_entry_names_are_the_start_of_the_sha256() -> None:
    assert entry_name(b"") == "e3b0c44298fc1c14"
    assert content_digest(b"").hex().startswith("e3b0c44298fc1c149afb")


def test_written_entries_are_read_in_order(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "FuzzX"
    texts = [file_with(f"int({number})") for number in range(20)]
    paths = [write_entry(str(folder), text) for text in texts]
    assert write_entry(str(folder), texts[0]) == paths[0]
    entries = read_directory(str(folder), [INT])
    assert [entry.path for entry in entries] == sorted(paths)
    assert {entry.data for entry in entries} == set(texts)
    assert sorted(str(entry.values) for entry in entries) == sorted(f"[{n}]" for n in range(20))
    assert len(os.listdir(folder)) == 20
    assert entries[0].name == entry_name(entries[0].load())


def test_a_damaged_entry_is_written_again(tmp_path: Path) -> None:
    data = file_with("int(1)")
    path = Path(write_entry(str(tmp_path), data))
    path.write_bytes(data[:5])
    assert write_entry(str(tmp_path), data) == str(path)
    assert path.read_bytes() == data


def test_several_writers_share_a_folder(tmp_path: Path) -> None:
    texts = [file_with(f"int({number})") for number in range(30)]
    failures: list[BaseException] = []

    def write_all() -> None:
        try:
            for text in texts:
                write_entry(str(tmp_path), text)
                read_directory(str(tmp_path), [INT])
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=write_all) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert sorted(os.listdir(tmp_path)) == sorted(map(entry_name, texts))


def test_a_missing_folder_is_empty(tmp_path: Path) -> None:
    assert read_directory(str(tmp_path / "none"), [INT]) == []
    assert read_cache(str(tmp_path / "none"), [INT]) == ([], [])


def test_testdata_names_every_bad_file_and_the_cache_skips_them(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "good").write_bytes(file_with("int(1)"))
    (tmp_path / "README").write_bytes(b"read me")
    (tmp_path / "b\xe9\u2028").write_bytes(file_with("int("))
    (tmp_path / "wrong").write_bytes(file_with('string("a")'))
    (tmp_path / ".scriptest-0123.tmp").write_bytes(b"half")
    entries, unreadable = read_cache(str(tmp_path), [INT])
    assert [entry.name for entry in entries] == ["good"]
    assert unreadable == []
    with pytest.raises(CorpusError) as caught:
        read_directory(str(tmp_path), [INT])
    assert str(caught.value).splitlines() == [
        f'{tmp_path}/README:1:1: want "go test fuzz v1" in the first line, then one value per line',
        f"{tmp_path}/b\xe9\\u2028:2:5: want a literal in parentheses",
        f"{tmp_path}/wrong: mismatched types in corpus entry: [string], want [int]",
    ]


def test_an_unreadable_seed_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "gone").symlink_to(tmp_path / "nowhere")
    with pytest.raises(CorpusReadError) as caught:
        read_directory(str(tmp_path), [INT])
    assert str(caught.value) == (
        f"failed to read corpus file: open {tmp_path}/gone: no such file or directory"
    )
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(CorpusReadError, match=r"reading seed corpus from testdata: open .*/file: "):
        read_directory(str(tmp_path / "file"), [INT])


def test_unreadable_entries_of_a_cache_are_skipped(tmp_path: Path) -> None:
    (tmp_path / "gone").symlink_to(tmp_path / "nowhere")
    (tmp_path / "device").symlink_to("/dev/zero")
    (tmp_path / "good").write_bytes(file_with("int(1)"))
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to(tmp_path / "folder")
    (tmp_path / "folder").mkdir()
    entries, unreadable = read_cache(str(tmp_path), [INT])
    assert [entry.name for entry in entries] == ["good"]
    assert [line.rpartition("/")[2] for line in unreadable] == [
        "device: it is a device, not a regular file",
        "gone: no such file or directory",
        "link: is a directory",
        "pipe: it is a FIFO, not a regular file",
    ]
    entries, (line,) = read_cache(str(tmp_path / "good"), [INT])
    assert entries == []
    assert line.endswith("good: not a directory")


@pytest.mark.parametrize("kind", ["fifo", "dangling", "elsewhere"])
def test_an_entry_replaces_what_is_not_a_file(tmp_path: Path, kind: str) -> None:
    data = file_with("int(1)")
    path = tmp_path / "cache" / entry_name(data)
    path.parent.mkdir()
    elsewhere = tmp_path / "elsewhere"
    if kind == "fifo":
        os.mkfifo(path)
    else:
        path.symlink_to(elsewhere)
    if kind == "elsewhere":
        elsewhere.write_bytes(b"precious")
    assert write_entry(str(path.parent), data) == str(path)
    assert path.read_bytes() == data
    assert not path.is_symlink()
    assert elsewhere.exists() == (kind == "elsewhere")
    assert kind != "elsewhere" or elsewhere.read_bytes() == b"precious"


def test_a_failed_write_leaves_nothing(tmp_path: Path) -> None:
    data = file_with("int(1)")
    (tmp_path / entry_name(data)).mkdir()
    with pytest.raises(OSError, match="directory"):
        write_entry(str(tmp_path), data)
    assert os.listdir(tmp_path) == [entry_name(data)]


def test_an_entry_without_data_reads_its_file(tmp_path: Path) -> None:
    data = file_with("int(1)")
    entry = Entry(write_entry(str(tmp_path), data), data, [1], generation=2)
    entry.drop()
    assert entry.load() == data
    os.unlink(entry.path)
    with pytest.raises(CorpusReadError, match="no such file"):
        entry.load()
    Path(entry.path).write_bytes(file_with("int(2)"))
    with pytest.raises(CorpusReadError, match="has changed"):
        entry.load()
    entry.on_unreadable = lambda error: str(error).encode()
    assert entry.load().endswith(b" has changed")


@given(st.integers(0, 3), st.sampled_from([0, 10, (1 << 14) - 1, 1 << 14]))
def test_digests_are_sha256_of_any_size(more: int, size: int) -> None:
    data = b"x" * (size + more)
    assert content_digest(data) == hashlib.sha256(data).digest()
