"""Rewriting an archive: whatever is wanted, the script gets it from the new text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scriptest.compare.goldens import GoldenError, Goldens
from scriptest.language import encoding, txtar
from scriptest.language import parser as syntax
from scriptest.run.update import rewritten

COMMANDS = {"unquote": txtar.unquote, "trimnl": lambda data: data.removesuffix(b"\n")}
PIECES = st.sampled_from([b"-- a --", b"-- want --", b">", b"\n", b"\r\n", b"x", b"\xff", b""])
CONTENTS = st.lists(PIECES, max_size=8).map(b"".join)


@given(CONTENTS)
def test_what_is_stored_leads_back_to_the_content(content: bytes) -> None:
    stored, commands = encoding.encode(content)
    archive = txtar.Archive(b"", (txtar.File("f", stored),))
    assert txtar.parse(txtar.format_archive(archive)).files[0].data == stored
    for command in commands:
        stored = COMMANDS[command](stored)  # type: ignore[no-untyped-call]
    assert stored == content


@given(
    st.lists(CONTENTS, min_size=1, max_size=3),
    st.dictionaries(st.integers(0, 2), CONTENTS, min_size=1),
    st.sampled_from([b"# title\n\ncmd\n", b"cmd\r\n", b"\ncmd"]),
    st.booleans(),
)
def test_only_the_golden_files_change(
    old: list[bytes], new: dict[int, bytes], comment: bytes, complete: bool
) -> None:
    files = tuple(
        txtar.File(f"f{index}", encoding.encode(data)[0]) for index, data in enumerate(old)
    )
    source = txtar.format_archive(txtar.Archive(comment, files, complete))
    before = txtar.parse(source)
    goldens = Goldens({f"/f{index}": file for index, file in enumerate(before.files)})
    for index, content in new.items():
        if index < len(old):
            goldens._files[f"/f{index}"].wanted = content
            goldens._files[f"/f{index}"]._content = content
    replaced = goldens.replaced()
    after = txtar.parse(rewritten(source, replaced))
    added = [
        line for line in syntax.parse(after.comment, "x").lines() if line.words[0].raw in COMMANDS
    ]
    assert [file.name for file in after.files] == [file.name for file in before.files]
    for index, file in enumerate(after.files):
        data = file.data
        for line in added:
            if line.words[1].raw == file.name:
                data = COMMANDS[line.words[0].raw](data)  # type: ignore[no-untyped-call]
        assert data == new.get(index, before.files[index].data)
    if not replaced:
        assert rewritten(source, replaced) == source


def test_a_name_that_is_no_plain_word_is_quoted() -> None:
    source = b"cmd\n-- it's a $X --\nold\n-- $X/b --\nold\n"
    parsed = txtar.parse(source)
    goldens = Goldens({file.name: file for file in parsed.files})
    for golden in goldens._files.values():
        golden.wanted = golden._content = b"new"
    assert rewritten(source, goldens.replaced()) == (
        b"trimnl 'it''s a $X'\ntrimnl $X/b\ncmd\n-- it's a $X --\nnew\n-- $X/b --\nnew\n"
    )


def test_a_file_that_is_another_in_the_source_is_refused() -> None:
    golden = Goldens({"f": txtar.File("f", b"rendered\n", 2)})
    golden._files["f"].wanted = b"x"
    with pytest.raises(GoldenError, match="f cannot be updated: it is a template"):
        rewritten(b"cmd\n-- f --\n{{ a }}\n", golden.replaced())
