"""Fuzz tests of the archive format: reading never fails and loses nothing."""

from __future__ import annotations

from fuzzengine import F, T
from scriptest.language import txtar


def FuzzTxtar(f: F) -> None:
    f.add(b"")
    f.add(b"comment\n-- a --\ndata\n-- b/c --\r\nmore")
    f.add(b"-- --\n--  --\n-- a --x\n")

    @f.fuzz
    def _(t: T, data: bytes) -> None:
        archive = txtar.parse(data)
        assert txtar.format_archive(archive) == data
        assert txtar.needs_quote(data) == bool(archive.files)
        for file in archive.files:
            assert data.splitlines(keepends=True) or not file.line
            assert not txtar.needs_quote(file.data)
            assert data.split(b"\n")[file.line - 1].startswith(b"-- ")


def FuzzTxtarQuote(f: F) -> None:
    f.add(b"-- a --\n\n>x\n")
    f.add(b">a\n\n>b\n")

    @f.fuzz
    def _(t: T, data: bytes) -> None:
        if not data or data.endswith(b"\n"):
            quoted = txtar.quote(data)
            assert not txtar.needs_quote(quoted)
            assert txtar.unquote(quoted) == data
        try:
            plain = txtar.unquote(data)
        except ValueError:
            return
        assert txtar.unquote(txtar.quote(plain)) == plain


def FuzzTxtarFormat(f: F) -> None:
    f.add(b"run\n", "a.txt", b"data\n", True)
    f.add(b"", " a", b"-- b --", False)

    @f.fuzz(allow=(ValueError,))
    def _(t: T, comment: bytes, name: str, data: bytes, final: bool) -> None:
        made = txtar.Archive(comment, (txtar.File(name, data),), final)
        text = txtar.format_archive(made)
        read = txtar.parse(text)
        assert [file.name for file in read.files] == [name]
        assert read.comment.removesuffix(b"\n") == comment.removesuffix(b"\n")
        assert read.files[0].data.removesuffix(b"\n") == data.removesuffix(b"\n")
        assert txtar.format_archive(read) == text
