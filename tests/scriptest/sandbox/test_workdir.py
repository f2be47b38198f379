"""The folders of scripts: how they are removed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from scriptest.sandbox import descriptors, workdir


@pytest.fixture(params=["descriptors", "paths"])
def supported(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Test systems with and without descriptors of folders."""
    if request.param == "paths":
        monkeypatch.setattr(descriptors, "SUPPORTED", False)


@pytest.mark.skipif(os.name != "posix", reason="needs links and permissions")
@pytest.mark.usefixtures("supported")
def test_a_tree_is_removed_whole_and_links_are_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept").touch()
    tree = tmp_path / "tree"
    (tree / "locked" / "deep").mkdir(parents=True)
    (tree / "locked" / "deep" / "file").touch(0o400)
    (tree / "link").symlink_to(outside)
    (tree / "locked").chmod(0o500)
    workdir.remove_tree(str(tree))
    assert not tree.exists()
    assert (outside / "kept").exists()
    workdir.remove_tree(str(tree))


@pytest.mark.usefixtures("supported")
def test_trees_of_many_folders_are_removed(tmp_path: Path) -> None:
    for name in ("a/a/a", "a/a/b", "a/b/a", "b/a/c", "c"):
        (tmp_path / "tree" / name).mkdir(parents=True)
        (tmp_path / "tree" / name / "file").touch()
    workdir.remove_tree(str(tmp_path / "tree"))
    assert os.listdir(tmp_path) == []


@pytest.mark.skipif(not descriptors.SUPPORTED, reason="needs descriptors of folders")
def test_a_tree_is_removed_that_is_deeper_than_paths_and_calls_can_be(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    folder = os.open(tree, os.O_RDONLY)
    for _ in range(3000):
        os.mkdir("d", dir_fd=folder)
        below = os.open("d", os.O_RDONLY, dir_fd=folder)
        os.close(folder)
        folder = below
    os.close(folder)
    workdir.remove_tree(str(tree))
    assert not tree.exists()
