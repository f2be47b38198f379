"""Archives of files: what goes in comes out, byte for byte, or is refused by name."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scriptest.authoring import pack as packing
from scriptest.authoring import template
from scriptest.authoring import unpack as unpacking
from scriptest.authoring.pack import PackError, Source
from scriptest.authoring.unpack import UnpackError
from scriptest.engine.result import Status
from scriptest.language import encoding, txtar
from scriptest.language import parser as syntax
from scriptest.language.txtar import Archive, File
from scriptest.run.runner import Options, Runner
from scriptest.suite.suite import Selected

PIECES = st.sampled_from([b"-- a --", b">", b"\n", b"\r\n", b"x", b"\xff", b"\0", b"\xc3\xa9", b""])
CONTENTS = st.lists(PIECES, max_size=8).map(b"".join)
NAMES = st.text("abé '#-[]!\\", min_size=1, max_size=6).filter(
    lambda name: name == name.strip() and not encoding.name_problem(name)
)
TREES = st.dictionaries(NAMES, CONTENTS, min_size=1, max_size=5)


def written(folder: Path, files: dict[str, bytes]) -> list[Source]:
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return packing.sources(str(folder), strip=True, hidden=True)


def archive_of(packed: packing.Packed) -> bytes:
    comment = "".join(line + "\n" for line in packed.lines).encode()
    return txtar.format_archive(Archive(comment, tuple(packed.files)))


@given(CONTENTS)
def test_what_is_encoded_leads_back(content: bytes) -> None:
    stored, commands = encoding.encode(content, binary=True)
    assert encoding.is_text(stored)
    for command in commands:
        stored = encoding.decode(stored, command)
    assert stored == content


@given(TREES)
def test_archive_and_extract_are_each_others_inverse(files: dict[str, bytes]) -> None:
    with TemporaryDirectory() as name:
        before, after = Path(name, "before"), Path(name, "after")
        before.mkdir()
        data = archive_of(packing.pack(written(before, files), quote=True))
        archive, later = unpacking.apply_edits(txtar.parse(data))
        unpacking.unpack(archive, str(after))
        unpacking.run_actions(str(after), later)
        assert {path.name: path.read_bytes() for path in after.iterdir()} == files


@given(TREES)
def test_without_quote_files_are_the_same_or_refused(files: dict[str, bytes]) -> None:
    with TemporaryDirectory() as name:
        found = written(Path(name), files)
        refused = sorted(name for name, data in files.items() if encoding.content_problem(data))
        if refused:
            with pytest.raises(PackError) as caught:
                packing.pack(found, quote=False)
            problems = caught.value.problems
            assert sorted(line.split(": ")[0] for line in problems) == refused
            return
        packed = packing.pack(found, quote=False)
        assert not packed.lines
        archive = txtar.parse(archive_of(packed))
        assert {file.name: file.data for file in archive.files} == files


@pytest.mark.process
@given(TREES, st.text("ab c#'", max_size=8))
def test_a_new_script_with_files_passes(files: dict[str, bytes], title: str) -> None:
    with TemporaryDirectory() as name:
        folder, path = Path(name, "files"), Path(name, "new.txt")
        folder.mkdir()
        packed = packing.pack(written(folder, files), quote=True)
        path.write_bytes(template.script(title, packed.files, packed.lines))
        runner = Runner(Options())
        try:
            result = runner.run_one(Selected("new.txt", str(path)))
        finally:
            runner.close()
        assert result.status is Status.PASSED, result.failure


def test_links_folders_and_modes(tmp_path: Path) -> None:
    before, after = tmp_path / "before", tmp_path / "after"
    (before / "sub" / "empty").mkdir(parents=True)
    (before / "run").write_text("x\n")
    (before / "run").chmod(0o755)
    (before / "sub" / "link").symlink_to("../run")
    found = packing.sources(str(before), strip=True)
    refused = r"^sub/empty: is an empty folder; .*\nsub/link: is a symbolic link"
    with pytest.raises(PackError, match=refused):
        packing.pack(found, quote=False)
    data = archive_of(packing.pack(found, quote=True))
    archive, later = unpacking.apply_edits(txtar.parse(data))
    unpacking.unpack(archive, str(after))
    unpacking.run_actions(str(after), later)
    assert os.access(after / "run", os.X_OK)
    assert (after / "sub" / "empty").is_dir()
    assert os.readlink(after / "sub" / "link") == "../run"


@pytest.mark.parametrize(("target", "above"), [("/etc", ""), ("../x", ""), ("../../x", "sub/")])
def test_links_that_lead_out_are_refused(tmp_path: Path, target: str, above: str) -> None:
    (tmp_path / above).mkdir(exist_ok=True)
    (tmp_path / above / "link").symlink_to(target)
    with pytest.raises(PackError, match=f"^{above}link: is a link to "):
        packing.pack(packing.sources(str(tmp_path), strip=True), quote=True)
    script = f"symlink {above}link -> {target}\n".encode()
    archive, later = unpacking.apply_edits(Archive(script, (File(above + "f", b""),)))
    unpacking.unpack(archive, str(tmp_path / "out"))
    with pytest.raises(UnpackError, match=r"link: is a link to .*, outside the folder"):
        unpacking.run_actions(str(tmp_path / "out"), later)


@pytest.mark.parametrize(
    ("names", "problem"),
    [
        (["../x"], "is outside"),
        (["a/../../x"], "is outside"),
        (["/x"], "is an absolute path"),
        (["."], "is not a file name"),
        (["link/x"], "leads out"),
        (["there"], "already exists"),
        (["folder"], "is an existing folder"),
        (["there/x"], "is below an existing file"),
        (["a", "a"], "occurs twice, first at line 2"),
        (["a", "a/b"], "is both a file and a folder"),
        (["a/b/c", "a"], "is both a file and a folder"),
    ],
)
def test_nothing_is_written_if_a_name_is_refused(
    tmp_path: Path, names: list[str], problem: str
) -> None:
    root = tmp_path / "root"
    (root / "folder").mkdir(parents=True)
    (root / "there").write_text("mine")
    (root / "link").symlink_to("..")
    before = sorted(tmp_path.rglob("*"))
    text = "-- good --\n" + "".join(f"-- {name} --\nx\n" for name in names)
    with pytest.raises(UnpackError, match=problem):
        unpacking.unpack(txtar.parse(text.encode()), str(root))
    assert sorted(tmp_path.rglob("*")) == before
    assert (root / "there").read_text() == "mine"


def test_force_replaces_a_file_only(tmp_path: Path) -> None:
    (tmp_path / "f").write_text("old")
    (tmp_path / "d").mkdir()
    unpacking.unpack(txtar.parse(b"-- f --\nnew\n"), str(tmp_path), force=True)
    assert (tmp_path / "f").read_text() == "new\n"
    with pytest.raises(UnpackError, match="is an existing folder"):
        unpacking.unpack(txtar.parse(b"-- d --\nnew\n"), str(tmp_path), force=True)


@pytest.mark.parametrize(
    "script", ["unquote f\n", "trimnl none\n", "unbase64 f\n", "chmod 9 f\n", "symlink a b\n"]
)
def test_lines_that_cannot_be_followed_are_named(script: str) -> None:
    with pytest.raises(UnpackError, match=r"^line 1: "):
        unpacking.apply_edits(txtar.parse(script.encode() + b"-- f --\n(\n"))


def test_only_the_first_lines_count() -> None:
    archive = txtar.parse(b"# c\ntrimnl f\nexec true\ntrimnl f\n-- f --\n\n\n")
    assert unpacking.apply_edits(archive)[0].files[0].data == b"\n"


def test_settings_do_not_become_a_header(tmp_path: Path) -> None:
    found = written(tmp_path, {"scriptest.yaml": b"x\n", "z": b"z\n"})
    names = [file.name for file in packing.pack(found, quote=False).files]
    assert names == ["z", "scriptest.yaml"]


@pytest.mark.parametrize("name", ["a$b", " a", "a\n", "a\r", ""])
def test_names_that_scripts_would_not_keep(name: str) -> None:
    assert encoding.name_problem(name)


def test_the_template_is_readable() -> None:
    data = template.script("title")
    script = syntax.parse(txtar.parse(data).comment, "t")
    assert [section.title for section in script.sections if section.lines] == ["title"]
