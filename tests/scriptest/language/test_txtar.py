from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from scriptest.language.txtar import (
    Archive,
    File,
    format_archive,
    needs_quote,
    parse,
    quote,
    unquote,
)

ARCHIVE_BYTES = st.lists(
    st.sampled_from(
        [b"-- ", b" --", b"--", b"-", b" ", b"\n", b"\r", b"\r\n", b"a", b"\xff", b"\xc3\xa9", b">"]
    ),
    max_size=30,
).map(b"".join)
CONTENT = st.binary(max_size=30) | ARCHIVE_BYTES


def names(data: bytes) -> list[str]:
    return [file.name for file in parse(data).files]


def test_comment_and_files() -> None:
    archive = parse(b"comment\n-- a --\nA\n\n--  dir/b c  --\n-- a --\nagain\n")
    assert archive.comment == b"comment\n"
    assert [(f.name, f.data, f.line) for f in archive.files] == [
        ("a", b"A\n\n", 2),
        ("dir/b c", b"", 5),
        ("a", b"again\n", 6),
    ]


@pytest.mark.parametrize(
    "line",
    [
        "-- --",
        "--  --",
        "--a --",
        "-- a--",
        "-- a -- ",
        " -- a --",
        "-- a",
        "--",
        "-- \t --",
        "x -- a --",
    ],
)
def test_other_lines_are_not_markers(line: str) -> None:
    assert names(f"{line}\n".encode()) == []


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("-- a --", "a"),
        ("-- a --\r", "a"),
        ("--   a --", "a"),
        ("-- a -- b --", "a -- b"),
        ("-- -- --", "--"),
        ("-- \u00a0a\u3000 --", "a"),
        ("-- \x1ca --", "\x1ca"),
        ("-- ../x --", "../x"),
    ],
)
def test_marker(line: str, name: str) -> None:
    assert names(f"{line}\nx\n".encode()) == [name]
    assert names(line.encode()) == [name]


def test_carriage_returns_in_contents_are_preserved() -> None:
    archive = parse(b"a\r\n-- f --\r\nb\r\n")
    assert (archive.comment, archive.files[0].data) == (b"a\r\n", b"b\r\n")


def test_a_missing_final_newline_is_added() -> None:
    assert parse(b"a").comment == b"a\n"
    assert parse(b"-- f --\na").files[0].data == b"a\n"
    assert parse(b"-- f --").files[0].data == b""


def test_invalid_utf8_is_preserved() -> None:
    archive = parse(b"-- \xff\xc3\xa9 --\n\x80\n")
    assert archive.files[0].name == "\udcff\u00e9"
    assert archive.files[0].data == b"\x80\n"
    assert format_archive(archive) == b"-- \xff\xc3\xa9 --\n\x80\n"


@given(CONTENT)
@example(b"-- a --\nx")
@example(b"-- a --")
@example(b"--  a --\r")
@example(b"\r")
def test_unchanged_archive_is_formatted_to_the_same_bytes(data: bytes) -> None:
    assert format_archive(parse(data)) == data


@given(CONTENT)
def test_the_parts_cover_every_byte(data: bytes) -> None:
    archive = parse(data)
    assert len(archive.files) == len(names(data))
    for file in archive.files:
        assert file.marker in data.splitlines(keepends=True) or b"\r" in data
        assert data.split(b"\n")[file.line - 1] == file.marker.removesuffix(b"\n")


NAMES = st.text(min_size=1, max_size=8).filter(
    lambda name: (
        parse(b"-- " + name.encode("utf-8", "replace") + b" --\n").files == (File(name, b""),)
    )
)


@given(CONTENT, st.lists(st.tuples(NAMES, CONTENT), max_size=4))
def test_parse_is_the_inverse_of_format(comment: bytes, files: list[tuple[str, bytes]]) -> None:
    archive = Archive(comment, tuple(File(name, data) for name, data in files))
    if any(needs_quote(part) for part in [comment, *(data for _, data in files)]):
        with pytest.raises(ValueError, match="marker line"):
            format_archive(archive)
        return
    read = parse(format_archive(archive))
    assert read.comment.removesuffix(b"\n") == comment.removesuffix(b"\n")
    assert [file.name for file in read.files] == [name for name, _ in files]
    for file, (_, data) in zip(read.files, files, strict=True):
        assert file.data == (data if not data or data.endswith(b"\n") else data + b"\n")


def test_renamed_file_gets_a_new_marker() -> None:
    archive = parse(b"--  a --\r\nx\n")
    archive.files[0].name = "b"
    assert format_archive(archive) == b"-- b --\nx\n"


def test_a_changed_last_file_keeps_its_blank_last_line() -> None:
    archive = parse(b"-- a --\nx")
    archive.files[0].data = b"y\n\n"
    assert parse(format_archive(archive)).files[0].data == b"y\n\n"


@pytest.mark.parametrize("name", ["", " a", "a ", "a\nb", "\n"])
def test_invalid_names_are_rejected(name: str) -> None:
    with pytest.raises(ValueError, match="cannot store the file name"):
        format_archive(Archive(b"", (File(name, b""),)))


@given(CONTENT.map(lambda data: data + b"\n" if data else data))
def test_quote_and_unquote(data: bytes) -> None:
    quoted = quote(data)
    assert not needs_quote(quoted)
    assert unquote(quoted) == data


def test_quote_requires_a_final_newline() -> None:
    with pytest.raises(ValueError, match="final newline"):
        quote(b"a")


def test_unquote_tolerates_blank_lines() -> None:
    assert unquote(b">a\n\n>>b\n") == b"a\n\n>b\n"


@pytest.mark.parametrize("data", [b"a\n", b">a", b">a\nb\n", b"\n"])
def test_unquote_rejects_unquoted_data(data: bytes) -> None:
    with pytest.raises(ValueError, match="not quoted"):
        unquote(data)
