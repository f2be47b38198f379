"""The walls of the sandbox."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from scriptest.sandbox import workdir as sandbox


@pytest.mark.parametrize("name", ["a", "a/b", "a/../b", ".", "link-in/x"])
def test_inside(tmp_path: Path, name: str) -> None:
    work = prepare(tmp_path)
    assert sandbox.confine(work, os.path.join(work, name), name) == os.path.normpath(
        os.path.join(work, name)
    )


@pytest.mark.parametrize(
    "name", ["..", "../x", "/etc/x", "a/../../x", "link-out/x", "link-out", "dangling", "../workx"]
)
def test_outside(tmp_path: Path, name: str) -> None:
    work = prepare(tmp_path)
    with pytest.raises(sandbox.ConfinementError, match="work folder"):
        sandbox.confine(work, os.path.join(work, name), name)


def prepare(tmp_path: Path) -> str:
    work = Path(os.path.realpath(tmp_path)) / "work"
    (work / "a").mkdir(parents=True)
    (tmp_path / "workx").mkdir()
    (work / "link-in").symlink_to("a")
    (work / "link-out").symlink_to("..")
    (work / "dangling").symlink_to("../new")
    return str(work)


def test_a_tree_is_removed_whole_and_links_are_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept").touch()
    tree = tmp_path / "tree"
    (tree / "locked" / "deep").mkdir(parents=True)
    (tree / "locked" / "deep" / "file").touch(0o400)
    (tree / "link").symlink_to(outside)
    (tree / "locked").chmod(0o500)
    sandbox.remove_tree(str(tree))
    assert not tree.exists()
    assert (outside / "kept").exists()
    sandbox.remove_tree(str(tree))
