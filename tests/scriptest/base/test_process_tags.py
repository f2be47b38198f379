"""Tagged processes: real ones, which try to get away."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from scriptest.base import process_tags
from scriptest.base.process_tags import UNTAGGED, Orphans
from tests.scriptest import daemons
from tests.waiting import is_gone, wait_for_line

pytestmark = [
    pytest.mark.process,
    pytest.mark.skipif(sys.platform != "linux", reason="processes are tagged on Linux only"),
]


def start_daemon(pids: Path, tag: int) -> int:
    with process_tags.Inherited(tag):
        subprocess.run(["sh", "-c", daemons.start('"$0"'), pids], check=True)
    return int(wait_for_line(pids))


@pytest.mark.parametrize("hidden", [False, True])
def test_orphans_are_ended_by_their_tag(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hidden: bool
) -> None:
    run = process_tags.new_run()
    orphans = Orphans()
    monkeypatch.setattr(orphans, "_init_is_hidden", hidden)
    tags = [process_tags.tag_of_run(run, number) for number in (1, 2)]
    first, second = (start_daemon(tmp_path / str(tag), tag) for tag in tags)
    assert [process_tags.tag_of(pid) for pid in (first, second)] == tags
    orphans.end(tags[0])
    assert is_gone(first)
    assert not is_gone(second)
    process_tags.end_run(run)
    assert is_gone(second)


def test_the_children_of_an_orphan_are_ended_too(tmp_path: Path) -> None:
    tag = process_tags.tag_of_run(process_tags.new_run())
    orphans = Orphans()
    parent = "import subprocess, sys; subprocess.Popen(['sh', '-c', *sys.argv[1:]]); input()"
    start = daemons.start('"$0"').removesuffix("&)") + ")"
    with (
        process_tags.Inherited(tag),
        subprocess.Popen(
            [sys.executable, "-c", parent, start, tmp_path / "pids"], stdin=subprocess.PIPE
        ) as process,
    ):
        pid = int(wait_for_line(tmp_path / "pids"))
        orphans.end(tag)
        assert is_gone(pid)
        assert process.wait() < 0


def test_only_started_processes_are_tagged() -> None:
    tag = process_tags.tag_of_run(process_tags.new_run(), 7)
    show = ["sh", "-c", "grep 'file locks' /proc/self/limits"]
    before = process_tags.tag_of(os.getpid())
    with process_tags.Inherited(tag):
        tagged = subprocess.run(show, capture_output=True, text=True, check=True).stdout
        with process_tags.Inherited(UNTAGGED):
            assert process_tags.tag_of(os.getpid()) == UNTAGGED
    assert str(tag) in tagged
    assert process_tags.tag_of(os.getpid()) == before
    untagged = subprocess.run(show, capture_output=True, text=True, check=True).stdout
    assert str(tag) not in untagged


def test_numbers_in_a_tag() -> None:
    tag = process_tags.tag_of_run(5, 3)
    assert tag != process_tags.tag_of_run(5, 4)
    assert process_tags.run_of_tag(tag) == 5
    assert process_tags.tag_of_run(0, 3) == UNTAGGED
    assert process_tags.run_of_tag(UNTAGGED) == 0


def test_a_fixed_limit_means_no_tags() -> None:
    code = "from scriptest.base import process_tags; print(process_tags.new_run())"
    limited = """ulimit -w 1000 2>/dev/null || ulimit -x 1000; exec "$@" """
    argv = ["sh", "-c", limited, "sh", sys.executable, "-c", code]
    done = subprocess.run(argv, capture_output=True, text=True, check=True)
    assert done.stdout == "0\n"
