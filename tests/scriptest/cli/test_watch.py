"""Scripts run again when something that concerns them changes: real processes, real files."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scriptest.base import platform
from scriptest.config.config import Config
from scriptest.suite import affected
from scriptest.suite.suite import Selected, Suite
from tests.scriptest.person import Person, environment
from tests.waiting import PATIENCE, is_gone, wait_for_line, wait_until_empty

needs_terminal = pytest.mark.skipif(not platform.POSIX, reason="needs terminals")


# --- whom a change concerns ------------------------------------------------------------------


@pytest.fixture
def scripts(tmp_path: Path) -> list[Selected]:
    texts = {
        "s/a.txt": "exec true\n",
        "s/b.txt": "# b\ninclude common.txtar\n",
        "s/common.txtar": "exec true\n",
        "s/deep/c.txt": "echo\n",
        "t/d.txt": "echo\n",
    }
    settings = tmp_path / "settings" / "scriptest.yaml"
    settings.parent.mkdir()
    settings.touch()
    found = []
    for name, text in texts.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        suite = Suite(Config(file=str(settings))) if name == "t/d.txt" else None
        found.append(Selected(name, str(path), suite))
    return found


@pytest.mark.parametrize(
    ("changed", "names"),
    [
        ("s/a.txt", "a.txt"),
        ("s/common.txtar", "b.txt common.txtar"),
        ("s/scriptest.yaml", "a.txt b.txt c.txt common.txtar"),
        ("s/deep/data/x.json", "c.txt"),
        ("settings/scriptest.yaml", "d.txt"),
        ("settings/other.py", None),
        ("src/x.py", None),
        ("s/a.txt t/d.txt", "a.txt d.txt"),
        ("s/a.txt src/x.py", None),
        ("s/scriptest.yaml t/d.txt", "a.txt b.txt c.txt common.txtar d.txt"),
    ],
)
def test_whom_a_change_concerns(
    scripts: list[Selected], tmp_path: Path, changed: str, names: str | None
) -> None:
    found = affected.affected_scripts({str(tmp_path / name) for name in changed.split()}, scripts)
    shown = None if found is None else " ".join(sorted(map(os.path.basename, found)))
    assert shown == names


@pytest.mark.parametrize(
    ("path", "interest"),
    [
        ("src/x.py", True),
        ("x.py", True),
        (".github/workflows/a.yml", True),
        (".git/index", False),
        ("a/__pycache__/x.cpython-311.pyc", False),
        (".ruff_cache/x", False),
        ("build/lib/x.py", False),
        ("pkg.egg-info/PKG-INFO", False),
        ("scriptest-run-0123456789/a/file", False),
        ("scriptest-kept-abcdef/a/file", False),
        ("scriptest-notes/a", True),
        ("s/.a.txt.swp", False),
        ("s/a.txt~", False),
        ("s/4913", False),
        ("s/.a.txt.0a1b2c3d.tmp", False),
        (".coverage", False),
    ],
)
def test_what_nobody_writes_is_of_no_interest(path: str, interest: bool) -> None:
    # Above what is watched names mean nothing.
    assert affected.may_be_source(f"/build/project/{path}", ["/build/project"]) is interest


@given(st.lists(st.text("ab./~#", min_size=1), min_size=1, max_size=4))
def test_any_name_can_be_asked_about(parts: list[str]) -> None:
    path = os.path.normpath("/root/" + "/".join(parts))
    assert affected.may_be_source(path, ["/root"]) in (True, False)


# --- watching --------------------------------------------------------------------------------


@pytest.fixture
def project(tmp_path: Path) -> Path:
    pytest.importorskip("watchfiles")
    folder = tmp_path / "project"
    (folder / "s").mkdir(parents=True)
    (folder / "s" / "a.txt").write_text("exec true\n")
    (folder / "s" / "b.txt").write_text("exec true\n")
    (folder / "source.py").touch()
    return folder


Watches = Callable[..., Person]


def put(path: Path, text: str) -> None:
    """Write a file that is watched at once: a round could begin before the rest is there."""
    draft = next(each for each in path.parents if each.name == "project").with_name("draft")
    draft.write_text(text)
    draft.replace(path)


@pytest.fixture
def watches(project: Path, tmp_path: Path) -> Iterator[Watches]:
    people: list[Person] = []

    def start(*words: str) -> Person:
        people.append(Person(["watch", *words], project, rows=60))
        return people[-1]

    yield start
    for person in people:
        person.close()
    wait_until_empty(tmp_path / "project-sandboxes")


WAITING = r"^waiting for changes \(Enter: run all, f: run failed, q: quit\)$"


@needs_terminal
def test_a_change_runs_what_it_concerns(watches: Watches, project: Path) -> None:
    person = watches("s")
    assert "2 passed in " in person.sees(WAITING)
    person.wipes()
    put(project / "s" / "a.txt", "exec false\n")
    seen = person.sees(WAITING)
    assert "--- changed: s/a.txt; running 1 script\n" in seen
    assert "0 passed, 1 failed in " in seen
    person.wipes()
    put(project / "source.py", "x")
    seen = person.sees(WAITING)
    assert "--- changed: source.py; running all scripts, failed ones first\n" in seen
    assert "1 passed, 1 failed in " in seen
    person.wipes()
    person.types("f")
    assert "0 passed, 1 failed in " in person.sees(WAITING)
    put(project / "s" / "c.txt", "exec true\n")
    person.sees("running 1 script\n(.*\n)+1 passed in (.*\n)+waiting")
    person.wipes()
    person.types("\r")
    assert "2 passed, 1 failed in " in person.sees(WAITING)
    person.types("q")
    assert person.leaves() == 0


@needs_terminal
def test_what_git_ignores_concerns_nobody(watches: Watches, project: Path) -> None:
    if subprocess.run(["git", "init", "-q"], cwd=project, check=False).returncode:
        pytest.skip("needs git")
    (project / ".gitignore").write_text("*.log\n")
    person = watches("s")
    person.sees(WAITING)
    (project / "run.log").touch()
    person.types("x")
    put(project / "source.py", "x")
    seen = person.sees(r"^--- changed: source\.py; running all")
    assert seen.partition("---")[0].count("waiting for changes") == 1
    person.types("q")
    assert person.leaves() == 0


@needs_terminal
def test_only_what_was_chosen_runs(watches: Watches, project: Path) -> None:
    person = watches("-k", "b", "s")
    assert "1 passed in " in person.sees(WAITING)
    person.wipes()
    put(project / "s" / "a.txt", "exec true # not chosen\n")
    put(project / "s" / "b.txt", "exec true # chosen\n")
    person.sees(r"^--- changed: .*s/b\.txt; running 1 script$")
    person.sees(WAITING)
    person.types("q")
    assert person.leaves() == 0


@needs_terminal
def test_every_round_sees_modules_and_settings_as_they_are(watches: Watches, project: Path) -> None:
    module = project / "s" / "own.py"
    put(module, "def check(call):\n    pass\n")
    settings = project / "s" / "scriptest.yaml"
    put(settings, "commands:\n  check: {call: 'own:check'}\n")
    put(project / "s" / "a.txt", "check\n")
    person = watches("s")
    assert "2 passed in " in person.sees(WAITING)
    person.wipes()
    put(module, "def check(call):\n    raise ValueError('new')\n")
    assert "ValueError: new" in person.sees(WAITING)
    person.wipes()
    put(settings, "comands: {}\n")
    assert "unknown key `comands`" in person.sees(WAITING)
    person.types("q")
    assert person.leaves() == 0


@needs_terminal
@pytest.mark.parametrize("key", ["\x03", "q"])
def test_leaving_ends_what_runs(watches: Watches, project: Path, tmp_path: Path, key: str) -> None:
    (project / "s" / "a.txt").write_text(
        f"exec sh -c 'echo $$ >{tmp_path / 'pid'}; exec sleep 300'\n"
    )
    person = watches("s")
    person.sees(r"^\[1/2\] .*a\.txt")
    pid = int(wait_for_line(tmp_path / "pid"))
    person.types(key)
    assert person.leaves() == (0 if key == "q" else 130)
    assert is_gone(pid)
    assert "1 passed, 1 interrupted in " in person.screen.text()


@needs_terminal
def test_a_round_nobody_waits_for_ends(watches: Watches, project: Path, tmp_path: Path) -> None:
    put(project / "s" / "a.txt", "exec sleep 300\n")
    person = watches("s")
    person.sees(r"^\[1/2\] .*a\.txt")
    os.kill(person.process.pid, signal.SIGKILL)
    wait_until_empty(tmp_path / "project-sandboxes")


def test_without_a_terminal(project: Path, tmp_path: Path) -> None:
    watching = subprocess.Popen(
        [sys.executable, "-m", "scriptest", "watch", "s"],
        cwd=project,
        env=environment(project),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )
    deadline = threading.Timer(PATIENCE, watching.kill)
    deadline.start()
    try:
        assert watching.stdout is not None
        lines = iter(watching.stdout.readline, "")
        assert any(line.startswith("2 passed in ") for line in lines)
        assert any(line == "waiting for changes\n" for line in lines)
        put(project / "source.py", "x")
        assert any(line.startswith("--- changed: source.py") for line in lines)
        assert any(line.startswith("2 passed in ") for line in lines)
        watching.terminate()
        assert watching.wait(PATIENCE) == 130
    finally:
        deadline.cancel()
        watching.kill()
        watching.communicate()
    wait_until_empty(tmp_path / "project-sandboxes")


def watch_once(project: Path, *words: str, **env: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "scriptest", "watch", *words],
        cwd=project,
        env=environment(project) | env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    assert done.stdout == ""
    return done.returncode, done.stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["none"], "scriptest: none: no such script or folder\n"),
        (["-k", "none", "s"], "scriptest: no script in s matches -k 'none'\n"),
        (
            ["--timeout", "x", "s"],
            'scriptest: --timeout: "x" is not a duration; write it like 1m30s, 1.5s or 100ms\n',
        ),
        (["--shell-on-fail", "s"], "scriptest: --shell-on-fail cannot be combined with watch\n"),
    ],
)
def test_mistakes_are_said_at_once(project: Path, words: list[str], message: str) -> None:
    assert watch_once(project, *words) == (2, message)


def test_without_the_package(project: Path, tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    (tmp_path / "none" / "watchfiles.py").write_text("raise ImportError\n")
    path = os.pathsep.join([str(tmp_path / "none"), environment(project)["PYTHONPATH"]])
    message = "scriptest: watch needs another package: pip install 'scriptest[watch]'\n"
    assert watch_once(project, "s", PYTHONPATH=path) == (2, message)
