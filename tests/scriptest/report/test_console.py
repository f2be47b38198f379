"""What people see while scripts run: on real terminals, and in files."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scriptest.base import platform
from scriptest.base.streams import PLAIN, Style, cells, style_of
from scriptest.engine.result import Failure, Phase, Result, Status
from scriptest.report.console import Console, Detail
from scriptest.report.progress import Progress
from scriptest.report.style import fitted
from scriptest.report.tally import Tally
from scriptest.run.eta import Eta
from scriptest.sandbox.log import LogEntry, LogSection
from scriptest.suite.history import History, PastResult
from scriptest.suite.suite import Selected
from tests.scriptest.person import Person

Runs = Callable[..., Person]
needs_terminal = pytest.mark.skipif(not platform.POSIX, reason="needs terminals")


def selected(name: str) -> Selected:
    return Selected(name, "/nowhere/" + name)


def phase(name: str) -> Phase:
    return Phase("part", 1, 0.1, (LogEntry(f"log of {name}"),))


def result(name: str, status: Status = Status.PASSED, message: str = "m") -> Result:
    failure = Failure(name, 3, 1, message, f"detail of {name}") if status.is_failure else None
    return Result(name, name, status, 0.5, (phase(name),), failure)


def shown(results: list[Result], detail: Detail, style: Style = PLAIN) -> str:
    out = io.StringIO()
    console = Console(out, detail, style)
    tally = Tally()
    for each in results:
        console.result(each)
        tally.add(each)
    console.summary(tally, 1.0)
    return out.getvalue()


# --- what is shown ---------------------------------------------------------------------------


MIXED = [
    result("flaky.txt", Status.FLAKY),
    result("b.txt", Status.FAILED),
    result("good.txt"),
    result("a.txt", Status.FAILED),
    result("broken.txt", Status.BROKEN),
]


def test_failures_are_at_the_end_the_weightiest_first_and_once() -> None:
    text = shown(MIXED, Detail.EACH)
    heads = [line.split(" (")[0] for line in text.splitlines() if line.endswith("(0.500s)")]
    assert heads == [
        "ok   good.txt",
        "BROKEN broken.txt",
        "FAIL a.txt",
        "FAIL b.txt",
        "FLAKY flaky.txt",
    ]
    assert text.count("detail of a.txt") == 1
    assert text.splitlines()[-5:] == [
        "BROKEN broken.txt:3:1: m",
        "FAIL a.txt:3:1: m",
        "FAIL b.txt:3:1: m",
        "FLAKY flaky.txt:3:1: m",
        "1 passed, 2 failed, 1 flaky, 1 broken in 1.000s",
    ]


def test_one_failure_is_not_listed_again() -> None:
    text = shown([result("good.txt"), result("a.txt", Status.FAILED)], Detail.EACH)
    assert text == (
        "ok   good.txt (0.500s)\n"
        "FAIL a.txt:3:1: m\n"
        "\n"
        "FAIL a.txt (0.500s)\na.txt:3:1: m\ndetail of a.txt\n\n# part (0.100s)\nlog of a.txt\n"
        "\n"
        "1 passed, 1 failed in 1.000s\n"
    )


def test_few_says_nothing_of_what_passed() -> None:
    assert "good.txt" not in shown(MIXED, Detail.FEW)
    kept = result("good.txt")._replace(kept="/where")
    assert "good.txt" in shown([kept], Detail.FEW)


@pytest.mark.parametrize("count", [0, 1, 5, 9])
def test_quiet_is_one_line(count: int) -> None:
    failed = [result(f"{number}.txt", Status.FAILED) for number in range(count)]
    text = shown([result("good.txt"), *failed], Detail.QUIET)
    assert text.count("\n") == 1
    assert ("0.txt:3:1" in text) == (count > 0)
    assert text.endswith(" and 4 more\n") == (count == 9)


def test_all_lists_even_one_failure() -> None:
    text = shown([result("good.txt"), result("a.txt", Status.FAILED)], Detail.ALL)
    assert text.count("detail of a.txt") == 1
    assert text.splitlines()[-2] == "FAIL a.txt:3:1: m"


def test_a_variant_is_named_after_its_place() -> None:
    variant = result("a.txt", Status.FAILED)._replace(name="a.txt[x]")
    assert "FAIL a.txt:3:1: m (a.txt[x])\n" in shown([variant], Detail.EACH)


@pytest.mark.parametrize(
    ("env", "style"),
    [
        ({"TERM": "xterm"}, Style(True, True)),
        ({}, Style(True, True)),
        ({"TERM": "dumb"}, Style(False, False)),
        ({"NO_COLOR": "1"}, Style(True, False)),
        ({"NO_COLOR": ""}, Style(True, True)),
        ({"CI": "true"}, Style(False, True)),
        ({"CI": "false"}, Style(True, True)),
        ({"TERM": "dumb", "FORCE_COLOR": "1"}, Style(False, True)),
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, Style(True, False)),
    ],
)
@needs_terminal
def test_what_the_environment_says_is_respected(env: dict[str, str], style: Style) -> None:
    from scriptest.process.pty import Terminal

    terminal = Terminal()
    try:
        with open(terminal.slave, "w", closefd=False) as out:
            assert style_of(out, env) == style
    finally:
        terminal.close()
    forced = "FORCE_COLOR" in env and "NO_COLOR" not in env
    assert style_of(io.StringIO(), env) == Style(False, forced)


def test_colors_in_a_file_are_wanted_explicitly() -> None:
    out = io.StringIO()
    assert style_of(out, {"FORCE_COLOR": "1"}) == Style(False, True)
    assert style_of(out, {"NO_COLOR": "1"}, "always") == Style(False, True)
    assert style_of(out, {"FORCE_COLOR": "1"}, "never") == PLAIN


# --- the log while scripts run ---------------------------------------------------------------


def test_one_log_is_shown_as_it_grows_and_the_others_wait() -> None:
    out = io.StringIO()
    console = Console(out, Detail.ALL)
    first, second, third = selected("1.txt"), selected("2.txt"), selected("3.txt")
    console.started(first)
    console.logged(first, LogEntry("a", is_command=True))
    assert out.getvalue() == "=== 1.txt\n> a\n"
    console.started(second)
    console.logged(second, LogEntry("b", "stdout"))
    console.started(third)
    console.logged(third, LogEntry("c"))
    console.logged(first, LogSection("part", 2))
    assert out.getvalue() == "=== 1.txt\n> a\n# part\n"
    console.result(result("3.txt")._replace(phases=()))
    console.result(result("1.txt")._replace(phases=()))
    assert out.getvalue() == (
        "=== 1.txt\n> a\n# part\nok   1.txt (0.500s)\n"
        "=== 3.txt\nc\nok   3.txt (0.500s)\n"
        "=== 2.txt\n[stdout]\nb\n"
    )
    console.result(result("2.txt", Status.FAILED))
    assert out.getvalue().endswith("b\nFAIL 2.txt (0.500s)\n2.txt:3:1: m\ndetail of 2.txt\n")


@needs_terminal
@pytest.mark.process
def test_the_log_of_a_script_is_shown_while_it_runs(runs: Runs, tmp_path: Path) -> None:
    person = runs({"slow.txt": f"echo first\n{WAITS}"}, "-v", "s")
    person.sees(r"^> echo first\n\[stdout\]\nfirst\n> ")
    (tmp_path / "project" / "gate").touch()
    assert person.leaves() == 0


# --- the line at the bottom ------------------------------------------------------------------


@given(st.text(), st.integers(0, 40))
def test_what_is_fitted_fits(text: str, width: int) -> None:
    kept = fitted(text, width)
    assert cells(kept) <= width
    assert kept == text or kept.endswith("..."[:width])


@given(
    st.lists(
        st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1),
        max_size=5,
        unique=True,
    ),
    st.integers(1, 100),
    st.floats(0, 1e6),
)
def test_the_line_is_one_line_and_fits(names: list[str], width: int, seconds: float) -> None:
    now = [0.0]
    scripts = [selected(name) for name in names]
    known = {script.key: PastResult(False, 60.0) for script in scripts}
    progress = Progress(len(names), Eta(scripts, known, 2), lambda: width, lambda: now[0])
    for name in names:
        progress.started(name)
    now[0] = seconds
    for name in names[::2]:
        progress.ended(result(name, Status.FAILED))
        line = progress.line()
        assert cells(line) < max(width, 1)
        assert line.isprintable() or not line.isascii()
        assert "\n" not in line


def test_the_line_says_counts_then_time_then_what_runs() -> None:
    now = [0.0]
    scripts = [selected(f"dir/{name}.txt") for name in "abcd"]
    known = {scripts[0].key: PastResult(False, 30.0), scripts[3].key: PastResult(False, 30.0)}
    progress = Progress(4, Eta(scripts, known, 1), lambda: 80, lambda: now[0])
    assert progress.line() == "[0/4] about 2m00s left"
    progress.started("dir/a.txt")
    now[0] = 2.0
    progress.started("dir/b.txt")
    now[0] = 10.0
    assert progress.line() == "[0/4] about 1m42s left: a.txt 10s, b.txt 8s"
    progress.ended(result("dir/b.txt", Status.FAILED)._replace(seconds=30.0))
    progress.ended(result("dir/c.txt", Status.SKIPPED)._replace(seconds=30.0))
    assert progress.line() == "[2/4] 1 failed, 1 skipped, about 50s left: a.txt 10s"


def test_nothing_known_nothing_foretold() -> None:
    eta = Eta([selected("a"), selected("b")], {}, 1)
    assert eta.left({}) is None
    eta.over("a", 2.0)
    assert eta.left({}) == 2.0
    assert eta.left({"b": 5.0}) == 0.0


@given(st.lists(st.floats(0, 1000), min_size=1, max_size=8), st.integers(1, 4))
def test_a_forecast_is_never_below_what_is_possible(times: list[float], jobs: int) -> None:
    scripts = [selected(str(number)) for number in range(len(times))]
    known = {
        script.key: PastResult(False, seconds)
        for script, seconds in zip(scripts, times, strict=True)
    }
    left = Eta(scripts, known, jobs).left({})
    assert left is not None
    assert left == pytest.approx(max(sum(times) / jobs, *times, 0.0))


# --- at a real terminal ----------------------------------------------------------------------


@pytest.fixture
def runs(tmp_path: Path) -> Iterator[Runs]:
    """Return a function that starts scriptest at a terminal, in a folder of scripts."""
    folder = tmp_path / "project"
    (folder / "s").mkdir(parents=True)
    people: list[Person] = []

    def start(scripts: dict[str, str], *words: str, **options: object) -> Person:
        for name, text in scripts.items():
            (folder / "s" / name).write_text(text)
        gate = ["-e", f"GATE={folder / 'gate'}"]
        person = Person(["run", *gate, *words], folder, **options)  # type: ignore[arg-type]
        people.append(person)
        return person

    yield start
    for person in people:
        person.close()
    assert list((tmp_path / "project-sandboxes").iterdir()) == []


WAITS = "exec sh -c 'until test -e $GATE; do sleep 0.01; done'\n"
FAILS = "exec echo hello\nstdout bye\n"


@pytest.mark.process
@needs_terminal
def test_a_run_at_a_terminal(runs: Runs, tmp_path: Path) -> None:
    folder = tmp_path / "project"
    key = str(folder / "s" / "slow.txt")
    History(str(folder), str(tmp_path / "project-cache" / "scriptest")).save(
        {key: PastResult(False, 3000)}
    )
    person = runs({"slow.txt": WAITS, "bad.txt": FAILS, "ok.txt": "echo\n"}, "-j3", "s")
    seen = person.sees(r"^\[2/3\] 1 failed, about (50m|49m\d\ds) left: slow\.txt$")
    assert "FAIL s/bad.txt:2:1: no match for `bye` in stdout\n" in seen
    # Narrower and wider: the line is drawn anew, and nothing else is touched.
    person.resizes(24, 20)
    assert "FAIL s/bad.txt:2:1:\n" in person.sees(r"^\[2/3\] 1 failed\S* ?\S{0,8}\.\.\.$")
    person.resizes(24, 100)
    person.sees(r"^\[2/3\] 1 failed, about (50m|4\dm)\S* left: slow\.txt")
    (folder / "gate").touch()
    assert person.leaves() == 1
    lines = person.screen.text().splitlines()
    assert lines[-1].startswith("2 passed, 1 failed in ")
    assert not any(re.match(r"\[\d", line) for line in lines)


@pytest.mark.process
@needs_terminal
def test_many_that_pass_are_only_counted(runs: Runs) -> None:
    scripts = {f"{number}.txt": "echo\n" for number in range(9)}
    person = runs(scripts, "s", rows=10)
    assert person.leaves() == 0
    assert person.screen.text().startswith("9 passed in ")
    person = runs({}, "s", rows=40)
    assert person.leaves() == 0
    assert person.screen.text().count("ok   s/") == 9


@pytest.mark.process
@needs_terminal
def test_an_interrupt_removes_the_line(runs: Runs) -> None:
    person = runs({"slow.txt": WAITS, "bad.txt": FAILS}, "-j2", "s")
    person.sees(r"^\[1/2\] 1 failed.*: slow\.txt")
    person.types("\x03")
    assert person.leaves() == 130
    lines = person.screen.text().splitlines()
    assert lines[-1].startswith("0 passed, 1 failed, 1 interrupted in ")
    assert lines[-3:-1] == [
        "FAIL s/bad.txt:2:1: no match for `bye` in stdout",
        "INTERRUPTED s/slow.txt:1:1: interrupted here",
    ]
    assert not any(line.startswith("[1/2]") for line in lines)


@pytest.mark.process
@needs_terminal
@pytest.mark.parametrize("env", [{"TERM": "dumb"}, {"CI": "1", "NO_COLOR": "1"}])
def test_plain_is_plain(runs: Runs, env: dict[str, str]) -> None:
    person = runs({"slow.txt": "exec sleep 0.5", "bad.txt": FAILS}, "s", env=env)
    assert person.leaves() == 1
    assert b"\x1b" not in person.raw
    assert b"[1/2]" not in person.raw


@pytest.mark.process
@needs_terminal
def test_quiet_leaves_one_line(runs: Runs, tmp_path: Path) -> None:
    person = runs({"slow.txt": WAITS, "bad.txt": FAILS}, "-q", "-j2", "s")
    person.sees(r"^\[1/2\] 1 failed")
    (tmp_path / "project" / "gate").touch()
    assert person.leaves() == 1
    assert person.screen.text().startswith("1 passed, 1 failed in ")
    assert person.screen.text().endswith("s: s/bad.txt:2:1")
