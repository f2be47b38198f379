"""The HTML report of a campaign, also in a browser."""

from __future__ import annotations

import json
import signal
import sysconfig
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzzengine.instrument.places import OTHERWISE, places_of
from fuzzengine.instrument.rewrite import instrument
from fuzzengine.report.html import Page
from fuzzengine.report.html_chart import Chart, round_marks, thinned
from fuzzengine.report.html_source import marked_lines
from fuzzengine.report.record import RunRecord
from scriptest.base.visible import visible
from tests.browser import PHONE, Browser, chromium
from tests.fuzzengine.running import ROOT, Package
from tests.waiting import PATIENCE

pytestmark = pytest.mark.once

HOSTILE = "</pre></script><script>document.title='x'</script><img src=x onerror=alert(1)>\x00\ud800"
SOURCE = b"""\
def size(text, deep=False):
    if not text:
        return 0
    if deep and "x" in text:
        return -1
    for char in text:
        if char == "y":
            text = ""
    return len(text) if text else None


def never():
    return 1
"""


def marks(source: bytes, reached: dict[int, str]) -> list[tuple[str, str, str]]:
    """Return state, marked text and note of each line; places not in `reached` ran."""
    places = places_of(source, "x.py")
    flags = "".join(reached.get(index, "1") for index in range(len(places)))
    return [
        (line.state, "".join(text for missed, text in line.parts if missed), line.note)
        for line in marked_lines(source, places, flags)
    ]


def test_only_code_that_never_ran_is_marked() -> None:
    places = places_of(SOURCE, "x.py")
    seen = [(place.kind, place.line) for place in places]
    operand = seen.index(("operand", 4))
    otherwise = seen.index(("otherwise", 7))
    arm = len(seen) - 1 - seen[::-1].index(("operand", 9))
    function = seen.index(("block", 12))
    lines = marks(SOURCE, {operand: "0", otherwise: "0", arm: "0", function: "0"})
    assert lines[0] == ("hit", "", "")
    assert lines[3] == ("part", '"x" in text', "")
    assert lines[6] == ("part", "", "never otherwise")
    assert lines[8] == ("part", "None", "")
    assert [state for state, _, _ in lines[9:]] == ["", "", "miss", "miss"]


def test_columns_are_those_of_characters_not_bytes() -> None:
    source = 'def f(a):\n    return "\u2603\u2603" if a else "\U0001f600b"\n'.encode()
    places = places_of(source, "x.py")
    last = max(range(len(places)), key=lambda index: places[index].column)
    assert marks(source, {last: "0"})[1] == ("part", '"\U0001f600b"', "")


@pytest.mark.parametrize("name", ["json/decoder.py", "argparse.py", "ast.py", "email/message.py"])
def test_every_counter_has_a_place(name: str) -> None:
    path = Path(sysconfig.get_path("stdlib"), name)
    source = path.read_bytes()
    places = places_of(source, str(path))
    assert len(places) == instrument(source, str(path), 0)[1]
    lines = source.count(b"\n") + 1
    assert all(1 <= place.line <= place.end_line <= lines for place in places)
    assert any(place.kind == OTHERWISE for place in places)


@given(st.floats(0, 1e12))
def test_axes_have_few_round_marks(largest: float) -> None:
    marks = round_marks(largest)
    assert marks[0] == 0
    assert largest or marks == [0, 1]
    assert marks[-1] >= largest
    assert 2 <= len(marks) <= 7


@given(st.lists(st.tuples(st.floats(0, 1e5), st.floats(0, 1e9)), min_size=1, max_size=2000))
def test_a_curve_has_a_bounded_size_and_stays_inside(points: list[tuple[float, float]]) -> None:
    points.sort()
    kept = thinned(points)
    assert len(kept) <= 302
    assert (kept[0], kept[-1]) == (points[0], points[-1])
    chart = Chart("x", points, stepped=True)
    assert len(chart.line) < 10_000
    assert "nan" not in chart.line


@pytest.mark.parametrize(
    ("seconds", "labels"),
    [
        (0.5, ["0s", "0.1s", "0.2s", "0.3s", "0.4s", "0.5s"]),
        (239, ["0s", "50s", "100s", "150s", "200s"]),
        (240, ["0m", "1m", "2m", "3m", "4m"]),
        (36_000, ["0h", "2h", "4h", "6h", "8h", "10h"]),
    ],
)
def test_long_times_have_long_units(seconds: float, labels: list[str]) -> None:
    chart = Chart("x", [(0.0, 0.0), (seconds, 1.0)], stepped=True)
    assert [label for _, label, _ in chart.columns] == labels


def told(*events: dict[str, Any], name: str = "FuzzX") -> RunRecord:
    record = RunRecord()
    for event in events:
        record.add(name, json.loads(json.dumps(event)))
    return record


def figures(event: str, elapsed: float, execs: int, **more: object) -> dict[str, Any]:
    counts = {"NewInputs": 1, "Inputs": 2, "Blocks": 3, "Bits": 3}
    return {"Event": event, "Elapsed": elapsed, "Execs": execs, **counts, **more}


START = {"Event": "start", "Elapsed": 0.0, "Version": 1, "Seed": 7, "Workers": 2}


def crashed(text: str, file: str = "/nowhere/x.py") -> RunRecord:
    return told(
        START,
        figures("progress", 0.5, 10, Rate=20.0, Phase="fuzz"),
        {
            "Event": "crash", "Elapsed": 0.6, "Name": text, "Path": text, "Command": text,
            "Bucket": text, "Failure": text, "Input": text, "Size": 3,
        },
        {"Event": "bucket", "Elapsed": 0.7, "Bucket": text, "Count": 2, "Name": text,
         "Flaky": True, "Muted": False},
        {"Event": "module", "Elapsed": 0.8, "Module": text, "File": file, "Reached": "10"},
        figures("end", 1.0, 12, Reason="crash", Error=text),
    )  # fmt: skip


class Tags(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)


def page_of(record: RunRecord, folder: Path = ROOT) -> str:
    return Page(record, package="m", flags=["-fuzz=FuzzX"], folder=str(folder)).document()


PLAIN = Tags(page_of(crashed("x"))).tags


@given(st.one_of(st.text(min_size=1), st.just(HOSTILE), st.just("{{ 7*7 }}")))
def test_no_text_adds_to_the_pages_structure(text: str) -> None:
    page = page_of(crashed(text.strip() + "x"))
    assert page.encode("utf-8")
    assert Tags(page).tags == PLAIN


def test_shares_follow_each_other() -> None:
    record = told(
        START,
        figures("end", 2.0, 100, Reason="limit", Error=""),
        START,
        figures("progress", 1.0, 40, Rate=40.0, Phase="fuzz"),
        figures("end", 3.0, 90, Reason="limit", Error=""),
    )
    campaign = record.campaigns["FuzzX"]
    assert (campaign.seconds, campaign.execs, campaign.new_inputs) == (5.0, 190, 2)
    assert [time for time, _ in campaign.blocks.points] == [2.0, 3.0, 5.0]


def test_an_unfinished_run_has_a_report() -> None:
    assert "<h1>The campaign did not finish</h1>" in page_of(told(START))
    assert "<h1>No campaign ran</h1>" in page_of(RunRecord())


def test_a_source_that_has_changed_is_not_marked(tmp_path: Path) -> None:
    (tmp_path / "x.py").write_text("def f():\n    pass\n")
    page = page_of(crashed("x", str(tmp_path / "x.py")))
    assert "the source has changed since the campaign began" in page


def test_unstable_blocks_are_named(tmp_path: Path) -> None:
    (tmp_path / "x.py").write_text("def f(a):\n    if a:\n        pass\n    return 1\n")
    module = {"Event": "module", "Elapsed": 1.0, "Module": "x", "File": str(tmp_path / "x.py")}
    record = told(
        START,
        {**module, "Reached": "110", "Unstable": [1]},
        {**module, "Reached": "100", "Unstable": []},
        figures("end", 1.0, 12, Reason="limit", Error="", Unstable=1),
    )
    page = page_of(record)
    assert '<span class="hit"><i>3</i><s></s>        pass<em>unstable</em></span>' in page
    assert '<span class="part"><i>2</i><s></s>    if a:<em>never otherwise</em></span>' in page
    assert "<li>1 unstable locations</li>" in page


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with chromium(tmp_path_factory.mktemp("browser")) as found:
        yield found


@pytest.fixture(scope="module")
def campaign(tmp_path_factory: pytest.TempPathFactory) -> Package:
    """Return a package that was fuzzed with -html."""
    package = Package(tmp_path_factory.mktemp("fuzzed"))
    package.write(
        "x_test.py",
        """
        def FuzzX(f):
            f.add(b"")

            @f.fuzz
            def _(t, data: bytes):
                check(data)


        def check(data):
            if data[:1] == b"(":
                raise ValueError("an <open> bracket")


        def unused():
            return 1
        """,
    )
    run = package.run(
        "test", "-fuzz=FuzzX", "-fuzztime=2000x", "-keepgoing", "-seed=3", "-html", "out.html"
    )
    assert run.returncode == 1, run.stdout
    assert "\x16" not in run.stdout
    assert "FUZZ" not in run.stdout
    assert package.leftovers() == []
    return package


def test_a_campaign_is_shown(campaign: Package, browser: Browser) -> None:
    browser.complaints()
    browser.open(campaign.folder / "out.html")
    assert browser.shown("h1") == ["Found a failure"]
    assert browser.shown("h2") == ["FuzzX", "What was reached"]
    assert browser.shown(".bucket h3") == ["ValueError at x_test.py:12 < x_test.py:7"]
    (failure,) = browser.find_all(".bucket")
    assert "ValueError: an <open> bracket" in failure.text
    assert '[]byte("(")' in failure.text
    assert "fuzzengine test -run=FuzzX/" in failure.text
    assert "seed 3" in browser.find(".campaign").text
    curves = browser.find_all(".chart svg")
    assert [each.get_attribute("aria-label").partition(":")[0] for each in curves] == [
        "Blocks reached",
        "New inputs",
        "Executions per second",
    ]
    assert all(each.size["height"] > 50 for each in curves)
    assert browser.complaints() == []


def test_source_is_marked_and_folds(campaign: Package, browser: Browser) -> None:
    browser.open(campaign.folder / "out.html")
    missed = [text.lstrip("0123456789 ") for text in browser.shown(".source .miss")]
    assert missed == ['raise ValueError("an <open> bracket")', "def unused():", "return 1"]
    hit = " ".join(browser.shown(".source .hit"))
    assert "def FuzzX(f):" in hit
    assert "def check(data):" in hit
    browser.find(".module summary").send_keys("\ue007")  # Enter
    assert browser.shown(".source .miss") == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_need_not_scroll_sideways(campaign: Package, browser: Browser, scheme: str) -> None:
    browser.open(campaign.folder / "out.html", PHONE, scheme)
    assert not browser.is_wider_than_window()


def test_hostile_texts_are_escaped(tmp_path: Path, browser: Browser) -> None:
    path = tmp_path / "out.html"
    path.write_text(page_of(crashed(HOSTILE)), encoding="utf-8")
    browser.complaints()
    browser.open(path)
    assert browser.shown(".bucket h3")[1:] == [visible(HOSTILE)]
    assert browser.driver.title == "Found a failure"
    assert browser.complaints() == []


def test_an_interrupted_campaign_of_several_tests_has_a_page(package: Package) -> None:
    package.write(
        "x_test.py",
        """
        def FuzzLeft(f):
            f.add(b"")
            f.fuzz(target)

        def FuzzRight(f):
            f.fuzz(target)

        def target(t, data: bytes):
            pass
        """,
    )
    process = package.start("test", "-fuzz=.", "-html=out.html", "-parallel=1")
    assert process.stdout is not None
    assert any("now fuzzing" in line for line in process.stdout)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=PATIENCE)
    page = (package.folder / "out.html").read_text(encoding="utf-8")
    assert "<h1>Found no failure</h1>" in page
    assert "<h2>FuzzLeft</h2>" in page
    assert "<li>ended: interrupted</li>" in page
    assert {path.name for path in package.folder.iterdir()} == {"x_test.py", "out.html"}
    assert package.leftovers() == []


def test_wrong_flags_are_refused_before_any_test_runs(package: Package) -> None:
    package.write("x_test.py", "def TestX(t): print('ran')\n")
    for arguments, said in (
        (["-html=x.html"], "-html shows what a campaign did; it goes with -fuzz\n"),
        (["-fuzz=X", "-html=no/x.html"], "-html no/x.html: there is no folder "),
    ):
        run = package.run("test", *arguments)
        assert run.returncode == 2
        assert run.stderr.startswith(f"fuzzengine test: {said}")
        assert "ran" not in run.stdout


def test_a_page_that_cannot_be_written_fails_the_run(package: Package) -> None:
    package.write("x_test.py", "def FuzzX(f):\n    f.fuzz(g)\ndef g(t, data: bytes): pass\n")
    (package.folder / "out.html").mkdir()
    run = package.run("test", "-fuzz=FuzzX", "-fuzztime=5x", "-html=out.html", "-json")
    assert run.returncode == 3
    assert "out.html: cannot write the HTML report: " in run.stderr
    assert json.loads(run.stdout.splitlines()[-1])["Action"] == "pass"


def test_the_nodes_of_a_cluster_are_shown() -> None:
    start = {"Event": "start", "Elapsed": 0.0, "Seed": 7, "Workers": 0, "Counters": 3,
             "Cluster": "tls://head:8786", "Dashboard": "http://head:8787/status"}  # fmt: skip
    node = {"Event": "node", "Elapsed": 0.1, "Node": "10.0.0.3:41", "State": "joined", "Slots": 1}
    more = {"Phase": "fuzz", "Rate": 7.0, "Leases": 2, "Rates": {"10.0.0.3:41": 1234.0}}
    record = told(start, node, figures("progress", 2.0, 10, **more))
    page = Page(record, package="m", flags=[], folder=str(ROOT))
    row = '<td class="mono">10.0.0.3:41</td><td>joined</td><td>1.23k</td>'
    assert row in page.document()
    assert "<li>cluster tls://head:8786</li>" in page.document()
    assert "http://head:8787/status" not in page.document()
    page.running = True
    assert '<a href="http://head:8787/status"' in page.document()
