"""Confined folders: where they write, with and without descriptors of folders."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from scriptest.base import regular_files
from scriptest.sandbox import descriptors, workdir
from scriptest.sandbox.confined import ConfinedFolder, ConfinementError
from tests.scriptest.swapping import contents

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs links and permissions")

Act = Callable[[ConfinedFolder, str], object]


def write(folder: ConfinedFolder, path: str, *, append: bool = False) -> None:
    with open(folder.open_to_write(path, "x", append=append), "wb") as file:
        file.write(b"text")


def create(folder: ConfinedFolder, path: str) -> None:
    os.close(folder.create(path, "x"))


FOLLOWING: dict[str, Act] = {
    "write": write,
    "append": lambda folder, path: write(folder, path, append=True),
    "replace": lambda folder, path: folder.replace(path, "x", b"text"),
    "chmod": lambda folder, path: folder.chmod(path, "x", 0o700),
    "make_folders": lambda folder, path: folder.make_folders(path, "x"),
}
"""Methods that follow a link, and refuse one that leads out."""

ENTRIES: dict[str, Act] = {
    "create": create,
    "rename": lambda folder, path: folder.rename(f"{folder.path}/file", path, ("file", "x")),
    "rename away": lambda folder, path: folder.rename(path, f"{folder.path}/new", ("x", "new")),
    "remove": lambda folder, path: folder.remove(path, "x"),
    "symlink": lambda folder, path: folder.symlink("anything", path, "x"),
}
"""Methods that change an entry of a folder, which may be a link."""


@pytest.fixture(params=["descriptors", "paths"])
def work(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Path]:
    """Return a work folder with links that stay in it and links that lead out."""
    if request.param == "paths":
        monkeypatch.setattr(descriptors, "SUPPORTED", False)
    work = Path(os.path.realpath(tmp_path)) / "work"
    (work / "a" / "b").mkdir(parents=True)
    (work / "file").write_text("1\n")
    (work / "in").symlink_to("a")
    (work / "absolute").symlink_to(work / "a")
    (work / "a" / "up").symlink_to("../in/b")
    (work / "file-in").symlink_to("a/../file")
    (work / "new-in").symlink_to("a/new")
    (work / "loop").symlink_to("loop")
    outside = work.parent / "workx"
    (outside / "below").mkdir(parents=True)
    (outside / "file").write_text("2\n")
    (work / "out").symlink_to("../workx")
    (work / "file-out").symlink_to("../workx/file")
    (work / "new-out").symlink_to("../workx/new")
    before = contents(outside)
    yield work
    assert contents(outside) == before


@pytest.mark.parametrize("name", ["..", "../x", "/etc/x", "a/../../x", "../workx", "../workx/file"])
@pytest.mark.parametrize("act", [*FOLLOWING.values(), *ENTRIES.values()], ids=FOLLOWING | ENTRIES)
def test_names_that_lead_out(work: Path, act: Act, name: str) -> None:
    with pytest.raises(ConfinementError, match=r"^`x` is outside the work folder$"):
        act(ConfinedFolder(str(work)), os.path.join(work, name))


@pytest.mark.parametrize("name", ["out/new", "out/file", "out/below/new"])
@pytest.mark.parametrize("act", [*FOLLOWING.values(), *ENTRIES.values()], ids=FOLLOWING | ENTRIES)
def test_folders_that_are_links_that_lead_out(work: Path, act: Act, name: str) -> None:
    with pytest.raises(ConfinementError, match=r"^`x` leads out of the work folder through a link"):
        act(ConfinedFolder(str(work)), os.path.join(work, name))


@pytest.mark.parametrize("name", ["out", "file-out", "new-out"])
@pytest.mark.parametrize("act", FOLLOWING.values(), ids=FOLLOWING)
def test_links_that_lead_out_are_not_followed(work: Path, act: Act, name: str) -> None:
    with pytest.raises((ConfinementError, FileExistsError)):
        act(ConfinedFolder(str(work)), os.path.join(work, name))


@pytest.mark.parametrize("name", ["out", "file-out", "new-out"])
def test_links_that_lead_out_are_moved_and_removed(work: Path, name: str) -> None:
    folder = ConfinedFolder(str(work))
    folder.rename(str(work / name), str(work / "moved"), (name, "moved"))
    assert (work / "moved").is_symlink()
    folder.remove(str(work / "moved"), "moved")
    assert not (work / "moved").is_symlink()


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("file", "file"),
        ("new", "new"),
        ("in/new", "a/new"),
        ("in/up/new", "a/b/new"),
        ("absolute/up/../new", "a/new"),
        ("file-in", "file"),
        ("new-in", "a/new"),
    ],
)
def test_links_that_stay_inside_are_followed(work: Path, name: str, written: str) -> None:
    write(ConfinedFolder(str(work)), os.path.join(work, name))
    assert (work / written).read_bytes() == b"text"
    ConfinedFolder(str(work)).replace(os.path.join(work, name), name, b"replaced")
    assert (work / written).read_bytes() == b"replaced"
    assert (work / name).is_symlink() == (name in ("file-in", "new-in"))


def test_new_files_and_folders_below_links(work: Path) -> None:
    folder = ConfinedFolder(str(work))
    create(folder, f"{work}/in/x/y/file")
    folder.make_folders(f"{work}/in/up/x/y", "x")
    folder.make_folders(f"{work}/in/up", "x")
    folder.make_folders(str(work), "x")
    assert (work / "a" / "x" / "y" / "file").exists()
    assert (work / "a" / "b" / "x" / "y").is_dir()
    with pytest.raises(FileExistsError):
        folder.make_folders(f"{work}/file", "x")
    with pytest.raises(FileExistsError):
        create(folder, f"{work}/new-in")


@pytest.mark.parametrize("act", [write, FOLLOWING["chmod"], FOLLOWING["replace"]])
def test_cycles_of_links(work: Path, act: Act) -> None:
    with pytest.raises(OSError, match=r"[Ll]evels of symbolic links|No such file"):
        act(ConfinedFolder(str(work)), f"{work}/loop")


@pytest.mark.parametrize("act", [*FOLLOWING.values(), *ENTRIES.values()], ids=FOLLOWING | ENTRIES)
def test_a_file_is_not_a_folder(work: Path, act: Act) -> None:
    with pytest.raises((NotADirectoryError, FileExistsError)):
        act(ConfinedFolder(str(work)), f"{work}/file/x")


@pytest.mark.parametrize("name", ["a", "."])
def test_the_mode_of_folders(work: Path, name: str) -> None:
    path = work / name
    ConfinedFolder(str(work)).chmod(str(path), name, 0o711)
    assert stat.S_IMODE(path.stat().st_mode) == 0o711


def test_the_mode_of_a_file_that_cannot_be_read(work: Path) -> None:
    path = work / "file"
    for mode in (0, 0o200, 0o644):
        ConfinedFolder(str(work)).chmod(str(path), "file", mode)
        assert stat.S_IMODE(path.stat().st_mode) == mode


def test_no_descriptor_stays_open(work: Path) -> None:
    folder = ConfinedFolder(str(work))
    before = len(os.listdir("/dev/fd"))
    for name in ("in/up/new", "out/new", "file/x", "none/x", "loop/x", "a/b/file", "file-in"):
        for act in (*FOLLOWING.values(), *ENTRIES.values()):
            try:
                act(folder, f"{work}/{name}")
            except (OSError, ConfinementError):
                continue
    folder.close()
    assert len(os.listdir("/dev/fd")) == before


# --- hard links ------------------------------------------------------------------------------


@pytest.fixture
def shared(tmp_path: Path) -> tuple[ConfinedFolder, Path, Path]:
    """Return a folder, a file in it, and the other name of that file, outside."""
    work = Path(os.path.realpath(tmp_path)) / "work"
    work.mkdir()
    outside = tmp_path / "outside"
    outside.write_text("1\n")
    outside.chmod(0o640)
    (work / "file").hardlink_to(outside)
    return ConfinedFolder(str(work)), work / "file", outside


def test_a_file_with_another_hard_link_is_replaced(
    shared: tuple[ConfinedFolder, Path, Path],
) -> None:
    folder, path, outside = shared
    write(folder, str(path))
    assert path.read_text() == "text"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert outside.read_text() == "1\n"
    assert outside.stat().st_nlink == 1
    assert os.listdir(path.parent) == ["file"]


def test_a_file_with_another_hard_link_is_copied_to_append(
    shared: tuple[ConfinedFolder, Path, Path],
) -> None:
    folder, path, outside = shared
    write(folder, str(path), append=True)
    assert path.read_text() == "1\ntext"
    assert outside.read_text() == "1\n"


def test_a_file_with_another_hard_link_is_copied_to_change_its_mode(
    shared: tuple[ConfinedFolder, Path, Path],
) -> None:
    folder, path, outside = shared
    folder.chmod(str(path), "file", 0o755)
    assert (path.read_text(), stat.S_IMODE(path.stat().st_mode)) == ("1\n", 0o755)
    assert (outside.read_text(), stat.S_IMODE(outside.stat().st_mode)) == ("1\n", 0o640)


def test_a_hard_link_that_is_removed_once_it_is_open(
    shared: tuple[ConfinedFolder, Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, path, outside = shared
    open_file = regular_files.open_file

    def open_and_replace(name: str, flags: int, mode: int, *, dir_fd: int | None = None) -> int:
        descriptor = open_file(name, flags, mode, dir_fd=dir_fd)
        path.unlink()
        path.touch()
        return descriptor

    monkeypatch.setattr(regular_files, "open_file", open_and_replace)
    write(folder, str(path))
    assert outside.stat().st_nlink == 1
    assert outside.read_text() == "1\n"
    assert path.read_text() == "text"


def test_a_file_in_the_place_of_a_folder_keeps_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.touch(0o600)
    with pytest.raises(NotADirectoryError):
        workdir._open_folder(str(path), None)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
