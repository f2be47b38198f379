"""The folders of scripts: how they are removed."""

from __future__ import annotations

from pathlib import Path

from scriptest.sandbox import workdir


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
