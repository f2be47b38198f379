"""Tests of selection, order, serial groups and matrices."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scriptest.base.errors import ScriptError
from scriptest.config import matrix
from scriptest.config.config import Config, Matrix
from scriptest.config.header import Header
from scriptest.language.txtar import parse
from scriptest.run import scheduler as schedule
from scriptest.suite import keywords, selection
from scriptest.suite.history import History, PastResult
from scriptest.suite.suite import Selected, Suite, variants

NAMES = ["a.txt", "b.txt", "net_c.txt", "d.txt", "slow_e.txt"]


def script(name: str, **header: object) -> Selected:
    return Selected(name, "/x/" + name, header=Header(**header))  # type: ignore[arg-type]


# --- -k --------------------------------------------------------------------------------------

EXPRESSIONS = st.recursive(
    st.sampled_from(["net", "SLOW", "a", "tag", "txt"]),
    lambda inner: (
        inner.map(lambda text: f"not {text}")
        | inner.map(lambda text: f"({text})")
        | st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(" ".join)
    ),
    max_leaves=6,
)


@given(EXPRESSIONS, st.sampled_from(NAMES), st.lists(st.sampled_from(["tag", "a"])))
def test_expressions_agree_with_python(text: str, name: str, tags: list[str]) -> None:
    truths = {
        word: str(word.lower() in name or word in tags)
        for word in ("net", "SLOW", "a", "tag", "txt")
    }
    words = text.replace("(", "( ").replace(")", " )").split(" ")
    python = " ".join(truths.get(word, word) for word in words)
    assert keywords.parse(text)(name, tags) == eval(python)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "missing a word at the end"),
        ("a or", "missing a word at the end"),
        ("and a", "missing a word before `and`"),
        ("(a", "unmatched `(`: add a `)`"),
        ("a)", "missing a word before `)`"),
        ("a b", "missing `and` or `or` before `b`"),
        ("a (b)", "missing `and` or `or` before `(`"),
        ("()", "missing a word before `)`"),
    ],
)
def test_invalid_expressions_are_rejected(text: str, message: str) -> None:
    with pytest.raises(keywords.KeywordError) as caught:
        keywords.parse(text)
    assert str(caught.value) == f"`{text}`: {message}"


@pytest.mark.parametrize("text", ["(" * 5000, "not " * 5000])
def test_nested_expressions_are_limited(text: str) -> None:
    with pytest.raises(keywords.KeywordError, match="nested deeper than 50 levels"):
        keywords.parse(text)


# --- repetitions, order ----------------------------------------------------------------------


def test_repetitions_have_distinct_names() -> None:
    found = selection.repeated([script("a"), script("b")], 2)
    assert [one.name for one in found] == ["a#1", "b#1", "a#2", "b#2"]


def test_order_is_failed_new_slowest() -> None:
    scripts = [script(name) for name in NAMES]
    known = {
        scripts[0].key: PastResult(False, 1.0),
        scripts[1].key: PastResult(False, 2.0),
        scripts[3].key: PastResult(True, 0.1),
        scripts[4].key: PastResult(True, 0.2),
    }
    order = [one.name for one in schedule.ordered(scripts, known)]
    assert order == ["slow_e.txt", "d.txt", "net_c.txt", "b.txt", "a.txt"]
    assert [one.name for one in selection.failed(scripts, known)] == ["d.txt", "slow_e.txt"]
    assert selection.failed(scripts, {}) == scripts


def test_history_is_merged(tmp_path: Path) -> None:
    history = History(str(tmp_path), str(tmp_path / "cache"))
    assert history.load() == {}
    history.save({"/a b.txt[x]": PastResult(True, 1.5), "/c": PastResult(False, 0.25)})
    history.save({"/c": PastResult(True, 2.0), "/line\nend": PastResult(True, 1.0)})
    assert history.load() == {"/a b.txt[x]": PastResult(True, 1.5), "/c": PastResult(True, 2.0)}
    assert History("/", str(tmp_path / "cache")).load() == {}
    for file in (tmp_path / "cache").iterdir():
        file.write_bytes(b"\xff what is this\n")
    assert history.load() == {}


def test_only_the_latest_history_is_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("scriptest.suite.history._MAX_ENTRIES", 3)
    history = History(str(tmp_path), str(tmp_path / "cache"))
    for names in ("abcd", "ae", "f"):
        history.save({f"/{name}": PastResult(False, 1.0) for name in names})
    assert list(history.load()) == ["/a", "/e", "/f"]


def test_histories_of_few_folders_are_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("scriptest.suite.history._MAX_FILES", 3)
    cache = tmp_path / "cache"
    histories = [History(f"/{name}", str(cache)) for name in "abc"]
    for age, history in enumerate(reversed(histories)):
        failures = Path(history.failures_folder)
        failures.mkdir(parents=True)
        (failures / "a.log").write_text("failed")
        os.utime(failures, (age, age))
    for history in histories:
        history.save({"/a": PastResult(False, 1.0)})
    assert len(list(cache.iterdir())) == 3
    assert all(history.load() for history in histories)


def test_without_home_there_is_no_history(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "none"))
    history = History(str(tmp_path))
    history.save({"/a": PastResult(True, 1.0)})
    assert history.load() == {}
    assert not (tmp_path / "none").exists()


# --- serial groups ---------------------------------------------------------------------------


def test_serial_groups_of_settings_and_header(tmp_path: Path) -> None:
    suite = Suite(Config(folder=str(tmp_path), serial={"db": ("db_*.txt",), "all": ("*",)}))
    selected = Selected("x", str(tmp_path / "db_x.txt"), suite, Header(serial=("port",)))
    assert schedule.groups(selected) == {"db", "all", "port"}


@given(
    st.lists(st.tuples(st.sets(st.sampled_from("xyz")), st.booleans()), max_size=8),
    st.data(),
)
def test_only_one_script_of_a_group_runs_at_a_time(
    wanted: list[tuple[set[str], bool]], data: st.DataObject
) -> None:
    scripts = [
        script(str(index), serial=tuple(groups), exclusive=exclusive)
        for index, (groups, exclusive) in enumerate(wanted)
    ]
    waiting = schedule.Schedule(scripts)
    running: list[Selected] = []
    seen: list[Selected] = []
    while len(seen) < len(scripts) or running:
        free = [one for one in scripts if one not in seen and fits(one, running)]
        if free and (not running or data.draw(st.booleans())):
            taken = waiting.next_script()
            assert taken == free[0]
            running.append(taken)
            seen.append(taken)
        else:
            waiting.release(running.pop(data.draw(st.integers(0, len(running) - 1))))
    assert waiting.next_script() is None


def fits(one: Selected, running: list[Selected]) -> bool:
    if running and (one.header.exclusive or any(other.header.exclusive for other in running)):
        return False
    return not any(set(one.header.serial) & set(other.header.serial) for other in running)


def test_a_waiting_script_starts_when_its_group_is_free() -> None:
    waiting = schedule.Schedule([script("a", serial=("x",)), script("b", serial=("x",))])
    first = waiting.next_script()
    assert first is not None
    taken: list[Selected | None] = []
    thread = threading.Thread(target=lambda: taken.append(waiting.next_script()))
    thread.start()
    waiting.release(first)
    thread.join()
    assert [one.name for one in taken if one is not None] == ["b"]


# --- matrix ----------------------------------------------------------------------------------


def test_variants_are_all_combinations() -> None:
    axes = {"engine": ("docker", "podman"), "size": ("1", "2")}
    found = variants(script("x.txt", matrix=Matrix(axes=axes)))
    assert [one.name for one in found] == [
        "x.txt[docker-1]", "x.txt[docker-2]", "x.txt[podman-1]", "x.txt[podman-2]"
    ]  # fmt: skip
    assert found[1].row == {"engine": "docker", "size": "2"}
    assert len({one.key for one in found}) == 4


def test_equal_ids_get_numbers() -> None:
    rows: tuple[dict[str, str], ...] = ({"a": "x-y"}, {"a": "x", "b": "y"}, {"a": "z"})
    assert [name for name, _ in matrix.rows(Matrix(rows=rows))] == ["x-y-1", "x-y-2", "z"]


@given(
    st.lists(st.sampled_from([b"{{ a }}", b"x", b"\n", b"\r\n", b"\xff", b"$a", b" {x} ", b"#}"]))
)
def test_rendering_keeps_line_numbers(pieces: list[bytes]) -> None:
    data = b"".join(pieces)
    archive = matrix.render(parse(data + b"\n-- f{{ a }} --\n" + data), {"a": "1"}, "x")
    expected = data.replace(b"{{ a }}", b"1")
    assert archive.comment == expected + b"\n"
    assert archive.files[0].name == "f1"
    assert archive.files[0].data.removesuffix(b"\n") == expected.removesuffix(b"\n")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{{ b }}", "x:2: template of the matrix: 'b' is undefined"),
        ("{% if a %}", "x:2: template of the matrix: Unexpected end of template"),
        ("{{ 1 / 0 }}", "x:2: template of the matrix: ZeroDivisionError: division by zero"),
        ("{{ a.__class__.mro() }}", "x:2: template of the matrix: access to attribute"),
    ],
)
def test_invalid_templates_are_errors(line: str, message: str) -> None:
    with pytest.raises(ScriptError) as caught:
        matrix.render(parse(f"one\n{line}\n".encode()), {"a": "1"}, "x")
    assert str(caught.value).startswith(message)
