"""Tests of undoing edits for updates of golden files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from scriptest.compare.goldens import GoldenError, Goldens, UpdateRules, undo_edits
from scriptest.language import txtar

EDITS: dict[str, Callable[[bytes], bytes]] = {
    "unquote": txtar.unquote,
    "quote": txtar.quote,
    "trimnl": lambda data: data.removesuffix(b"\n"),
    "addcrlf": lambda data: data.replace(b"\n", b"\r\n"),
    "dos2unix": lambda data: data.replace(b"\r\n", b"\n"),
}


@example(b">\n", ["quote", "trimnl"])
@given(
    st.lists(st.sampled_from([b">", b"\n", b"\r\n", b"a", b"-- x --\n"])).map(b"".join),
    st.lists(st.sampled_from(sorted(EDITS)), max_size=3),
)
def test_undone_edits_lead_to_the_wanted_content(content: bytes, edits: list[str]) -> None:
    try:
        stored = undo_edits(content, edits)
    except GoldenError:
        return
    for edit in edits:
        stored = EDITS[edit](stored)
    assert stored == content


@pytest.mark.parametrize(
    ("content", "edits"), [(b"a", ["unquote"]), (b"a\n", ["replace"]), (b"a\n", ["unix2dos"])]
)
def test_unreachable_contents_are_refused(content: bytes, edits: list[str]) -> None:
    with pytest.raises(GoldenError):
        undo_edits(content, edits)


class Disk:
    """Reads and writes files without a sandbox."""

    def read(self, name: str) -> bytes:
        return Path(name).read_bytes()

    def write(self, name: str, data: bytes) -> None:
        Path(name).write_bytes(data)

    create = write


def goldens(tmp_path: Path, data: bytes) -> tuple[Goldens, str]:
    path = tmp_path / "want"
    path.write_bytes(data)
    return Goldens({str(path): txtar.File("want", data)}), str(path)


def test_the_last_replacement_counts(tmp_path: Path) -> None:
    known, path = goldens(tmp_path, b"old\n")
    assert known.replace(path, lambda old: old + b"new\n", Disk())
    assert known.replace(path, lambda old: old + b"newer\n", Disk())
    assert [(golden.file.name, golden.stored()) for golden in known.replaced()] == [
        ("want", b"old\nnew\nnewer\n")
    ]
    assert Path(path).read_bytes() == b"old\nnew\nnewer\n"


def test_edits_are_recorded(tmp_path: Path) -> None:
    known, path = goldens(tmp_path, b">-- a --\n")
    Path(path).write_bytes(b"-- a --\n")
    known.edited(path, "unquote", b"-- a --\n")
    assert known.replace(path, lambda old: b"-- b --\n", Disk())
    assert known.replaced()[0].stored() == b">-- b --\n"


def test_other_files_and_changed_files_are_refused(tmp_path: Path) -> None:
    known, path = goldens(tmp_path, b"old\n")
    assert not known.replace(str(tmp_path / "other"), lambda old: b"", Disk())
    Path(path).write_bytes(b"by a program\n")
    assert not known.replace(path, lambda old: b"", Disk())
    assert known.refusals == [
        "want cannot be updated: it was changed by something other than the script's edits"
    ]
    assert known.replaced() == []


def tracked(tmp_path: Path, rules: UpdateRules | None = None) -> tuple[Goldens, Path, Path]:
    """Return the golden files of a script with `got`, its work folder and its own folder."""
    work, folder = tmp_path / "work", tmp_path / "suite"
    work.mkdir()
    folder.mkdir()
    (work / "got").write_bytes(b"x\n")
    files = {str(work / "got"): txtar.File("got", b"x\n")}
    return Goldens(files, rules, work=str(work), folders=(str(folder),)), work, folder


def test_a_missing_file_is_created_in_the_work_folder(tmp_path: Path) -> None:
    known, work, _ = tracked(tmp_path)
    path = str(work / "new")
    assert known.may_create(path, "")
    assert known.replace(path, lambda old: old + b"made\n", Disk())
    assert Path(path).read_bytes() == b"made\n"
    golden = known.replaced()[0]
    assert (golden.file.name, golden.key, golden.is_new) == ("new", "new", True)
    assert known.replace(path, lambda old: old + b"more\n", Disk())
    assert golden.stored() == b"made\nmore\n"


def test_a_file_beside_the_script_is_kept_until_later(tmp_path: Path) -> None:
    known, _, folder = tracked(tmp_path)
    path = str(folder / "sub" / "want")
    assert known.content_beside(path) is None
    assert known.may_create(path, "")
    assert known.replace(path, lambda old: b"made\n", Disk())
    assert not Path(path).exists()
    assert known.content_beside(path) == b"made\n"
    assert not known.may_create(path, "")


@pytest.mark.parametrize("place", ["elsewhere/want", "work/made-by-a-program", "suite/link/want"])
def test_no_golden_file_is_elsewhere(tmp_path: Path, place: str) -> None:
    known, work, folder = tracked(tmp_path)
    (tmp_path / "elsewhere").mkdir()
    (work / "made-by-a-program").write_bytes(b"")
    (folder / "link").symlink_to(tmp_path / "elsewhere")
    path = str(tmp_path / place)
    assert not known.may_create(path, "")
    assert not known.replace(path, lambda old: b"", Disk())


def test_an_unchanged_file_of_the_archive_is_the_golden_file(tmp_path: Path) -> None:
    known, work, _ = tracked(tmp_path)
    assert not known.may_create(str(work / "made"), str(work / "got"))
    known.edited(str(work / "got"), "replace", b"y\n")
    assert known.may_create(str(work / "made"), str(work / "got"))


def test_only_the_given_files_are_replaced(tmp_path: Path) -> None:
    known, work, folder = tracked(tmp_path, UpdateRules(frozenset({"got"})))
    assert known.replace(str(work / "got"), lambda old: b"y\n", Disk())
    assert not known.replace(str(work / "new"), lambda old: b"y\n", Disk())
    assert not known.replace(str(folder / "new"), lambda old: b"y\n", Disk())
    assert known.refusals == []


def test_names_that_an_archive_cannot_hold_are_refused(tmp_path: Path) -> None:
    known, work, _ = tracked(tmp_path)
    assert not known.replace(str(work / "a$b"), lambda old: b"y\n", Disk())
    assert known.refusals == [
        "a$b cannot be added: it has a `$` in its name, which scripts expand as a variable"
    ]
