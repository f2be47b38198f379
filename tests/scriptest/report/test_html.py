"""The HTML page of a run, also as a browser shows it."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scriptest.base.html import shortened
from scriptest.base.visible import visible
from scriptest.engine.result import Failure, Phase, Result, Status
from scriptest.report import html as htmlfile
from scriptest.report.html_text import page_parts
from scriptest.report.parts import detail_parts
from scriptest.sandbox.log import LogEntry
from tests.browser import PHONE, Browser, chromium

ROOT = Path(__file__).parents[3]
HOSTILE = "</script></style><script>document.title='taken'</script><img src=x onerror=alert(1)>'\"&"
TEXTS = st.one_of(
    st.binary().map(lambda data: data.decode("utf-8", "surrogateescape")),
    st.text(),
    st.sampled_from([HOSTILE, "{{ 7*7 }}{% raw %}", "\x00\x1b[31m\u202e\ud800", "]]><!--"]),
)
DIFFERENCE = "--- want: golden\n+++ got: stdout\n@@ -1,2 +1,2 @@\n same\n-old\n+new"


def phase(title: str, log: str) -> Phase:
    return Phase(title, 3, 0.5, (LogEntry(log),))


def failed(name: str, message: str, *, log: str = "> cmp a b", detail: str = "") -> Result:
    phases = (phase("set up", "> mkdir a"), phase("compare", log))
    failure = Failure(name, 4, 1, message, detail)
    return Result(name, name, Status.FAILED, 1.0, phases, failure)


def passed(name: str) -> Result:
    return Result(name, name, Status.PASSED, 0.1, (phase("greet", "> echo hi"),))


RUN = [
    passed("s/one.txt"),
    failed("s/two.txt", "stdout and golden differ", detail=DIFFERENCE),
    Result("s/three.txt", "s/three.txt", Status.SKIPPED, 0.0, reason="needs the network"),
    failed("s/four.txt", HOSTILE, log=HOSTILE, detail=HOSTILE),
]


class Reader(HTMLParser):
    """Notes the tags and the text of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    reader.close()
    return reader


PLAIN = read(htmlfile.render([failed("a.txt", "x", log="x", detail="x")], 1.0))


@given(TEXTS.filter(lambda text: text.strip("\n")))
def test_no_text_adds_to_the_pages_structure(text: str) -> None:
    page = htmlfile.render([failed("a.txt", text, log=text, detail="x" + text)], 1.0)
    assert page.encode("utf-8")
    assert [t for t in read(page).tags if t != "span"] == [t for t in PLAIN.tags if t != "span"]


@given(TEXTS)
def test_nothing_in_a_text_is_invisible(text: str) -> None:
    seen = visible(text)
    assert all(char.isprintable() or char.isspace() or ord(char) > 0xFF for char in seen)
    assert not any("\ud800" <= char <= "\udfff" or char in "\x00\x1b\u202e" for char in seen)


@given(st.text(alphabet="ab\n", max_size=200), st.integers(2, 100))
def test_what_is_left_out_is_the_middle(text: str, limit: int) -> None:
    head, remark, tail = shortened(text, limit)
    assert text.startswith(head)
    assert text.endswith(tail)
    assert len(head) + len(tail) <= limit
    assert bool(remark) == (len(text) > limit)
    assert not remark or f"{head}{remark}".splitlines()[-1].endswith(" omitted]")


def test_the_log_of_a_failure_is_whole() -> None:
    log = "".join(f"line {number}\n" for number in range(20_000))
    text = read(htmlfile.render([failed("a.txt", "exit status 1", log=log)], 1.0)).text
    assert "omitted]" not in text
    assert "\nline 10000\n" in text


def test_many_huge_logs_become_a_page_that_can_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(htmlfile, "_LOGS_OF_FAILURES", 300_000)
    log = "> exec noise\n" + "a line of noise\n" * 10_000 + "the last line"
    results = [failed(name, "exit status 1", log=log) for name in ("a.txt", "b.txt", "c.txt")]
    page = htmlfile.render(results, 1.0)
    assert len(page) < 400_000
    text = read(page).text
    assert "lines omitted]" in text
    assert "> exec noise" in text
    assert "the last line" in text


def test_order_does_not_depend_on_which_script_ended_first() -> None:
    assert htmlfile.render(RUN, 2.0) == htmlfile.render(RUN[::-1], 2.0)


def test_a_difference_is_coloured() -> None:
    parts = page_parts(detail_parts(DIFFERENCE), 1000)
    assert [(part.kind, part.text) for part in parts] == [
        ("hunk", "--- want: golden\n+++ got: stdout\n@@ -1,2 +1,2 @@\n"),
        ("", " same\n"),
        ("minus", "-old\n"),
        ("plus", "+new"),
    ]


def test_the_command_that_runs_a_variant_again_can_be_pasted() -> None:
    page = htmlfile.render([failed("a.txt", "no")._replace(name="a.txt[small]")], 1.0)
    assert "scriptest run &#39;a.txt[small]&#39;" in page


def test_the_line_that_failed_is_shown_with_those_around_it(tmp_path: Path) -> None:
    script = tmp_path / "a.txt"
    script.write_text("one\ntwo\nthree\nfour\nfive\nsix\nseven\n")
    page = htmlfile.render([failed(str(script), "no")], 1.0)
    assert '<span class="here"><b>4</b>four\n</span>' in page
    assert "<span><b>6</b>six\n</span>" in page
    assert "<b>7</b>" not in page


@pytest.mark.process
def test_a_run_writes_the_page_without_the_work_folders_real_path(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("exec pwd\nstdout nowhere\n")
    run = subprocess.run(
        [sys.executable, "-m", "scriptest", "run", "--html", "out.html", "a.txt"],
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 1
    text = read((tmp_path / "out.html").read_text("utf-8")).text
    assert "[stdout]\n$WORK\n" in text
    assert "no match for `nowhere` in stdout" in text
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".tmp"] == []


def luminance(colour: str) -> float:
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_has_contrast_enough(scheme: str) -> None:
    """The ratio is that of WCAG's level AA."""
    style = (ROOT / "scriptest" / "base" / "templates" / "base.css").read_text()
    light, dark, _ = style.split("@media", 2)
    found = re.findall(r"--([\w-]+): (#\w{6});", light if scheme == "light" else dark)
    colours = {name: luminance(colour) for name, colour in found}
    for name in ("ink", "soft", "good", "bad", "warn", "odd"):
        grounds = {"paper", "card", "sunken", f"{name}-wash"} & colours.keys()
        for ground in grounds:
            darker, lighter = sorted((colours[name], colours[ground]))
            assert (lighter + 0.05) / (darker + 0.05) >= 4.5, f"{name} on {ground}"


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with chromium(tmp_path_factory.mktemp("browser")) as found:
        yield found


@pytest.fixture
def page(tmp_path: Path, browser: Browser) -> Browser:
    path = tmp_path / "run.html"
    path.write_bytes(htmlfile.render(RUN, 2.0).encode("utf-8"))
    browser.complaints()
    browser.open(path)
    return browser


def names(browser: Browser) -> list[str]:
    return [text.split("/")[-1] for text in browser.shown(".script .name")]


def test_failures_come_first_and_statuses_can_be_chosen(page: Browser) -> None:
    assert page.shown("h1") == ["2 of 4 scripts failed"]
    assert names(page) == ["four.txt", "two.txt", "three.txt", "one.txt"]
    page.find('.chip[data-status="passed"]').click()
    assert names(page) == ["one.txt"]
    page.find('.chip[data-status="skipped"]').click()
    assert names(page) == ["three.txt", "one.txt"]
    assert page.shown("#shown") == ["2 of 4 shown"]
    assert page.complaints() == []


def test_search_looks_at_names_messages_and_logs(page: Browser) -> None:
    search = page.find("#search")
    for text, found in (
        ("ONE.txt", ["one.txt"]),
        ("golden differ", ["two.txt"]),
        ("network", ["three.txt"]),
        ("mkdir", ["four.txt", "two.txt"]),
        ("no such thing", []),
    ):
        search.clear()
        search.send_keys(text)
        assert names(page) == found, text
    assert page.shown(".nothing") == ["No script matches."]
    search.send_keys("\ue00c")  # Escape
    assert len(names(page)) == 4
    assert page.complaints() == []


def test_a_failure_unfolds_by_keyboard_and_shows_what_went_wrong(page: Browser) -> None:
    row = page.find("#script-4")
    row.find_element("css selector", "summary").send_keys("\ue007")  # Enter
    text = row.text
    assert "stdout and golden differ" in text
    assert "s/two.txt:4:1" in text
    assert "> cmp a b" in text
    assert "mkdir a" not in text, "sections that passed are folded"
    old, new = page.find("#script-4 .minus"), page.find("#script-4 .plus")
    assert (old.text, new.text) == ("-old", "+new")
    assert old.value_of_css_property("color") != new.value_of_css_property("color")
    assert page.complaints() == []


def test_hostile_texts_are_only_texts(page: Browser) -> None:
    page.find("#opener").click()
    assert page.find("#script-1 .failure h3").text == HOSTILE
    assert page.driver.title == "2 of 4 scripts failed"
    assert page.complaints() == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_need_not_scroll_sideways(page: Browser, tmp_path: Path, scheme: str) -> None:
    page.open(tmp_path / "run.html", PHONE, scheme)
    page.find("#opener").click()
    assert not page.is_wider_than_window()
    dark = page.run("return getComputedStyle(document.body).backgroundColor") == "rgb(18, 20, 23)"
    assert dark == (scheme == "dark")


def test_paper_shows_failures_unfolded_and_nothing_to_click(page: Browser, tmp_path: Path) -> None:
    page.open(tmp_path / "run.html", scheme="dark", media="print")
    page.run("dispatchEvent(new Event('beforeprint'))")
    assert len(page.shown(".failure")) == 2
    assert page.shown(".tools") == page.shown("button") == []
    title, failed = page.find_all("#script-4 .section .title")
    assert title.size["height"] == failed.size["height"], "a title has the room of a line"
    assert (
        page.run("return getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    )


def test_the_order_can_be_changed(page: Browser) -> None:
    page.find('#order option[value="name"]').click()
    assert names(page) == ["four.txt", "one.txt", "three.txt", "two.txt"]
    page.find('#order option[value="slow"]').click()
    assert names(page) == ["four.txt", "two.txt", "one.txt", "three.txt"]
