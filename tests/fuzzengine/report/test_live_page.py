"""The live page of a campaign: over HTTP, and in a browser."""

from __future__ import annotations

import http.client
import json
import re
import signal
import subprocess
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest

from fuzzengine.report.html import Page
from fuzzengine.report.live_block import block
from fuzzengine.report.live_page import AddressError, LivePage, read_address
from fuzzengine.report.record import RunRecord
from tests.browser import PHONE, Browser, chromium
from tests.fuzzengine.report.test_record import READY, START, crash, end, found
from tests.fuzzengine.running import Package
from tests.waiting import PATIENCE, wait_until

HOSTILE = "</script><script>document.title='x'</script><img src=x onerror=alert(1)>"


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1:0", ("127.0.0.1", 0)),
        (":8080", ("127.0.0.1", 8080)),
        ("8080", ("127.0.0.1", 8080)),
        ("localhost:1", ("localhost", 1)),
        ("[::1]:80", ("::1", 80)),
    ],
)
def test_the_address_is_local_without_a_host(text: str, address: tuple[str, int]) -> None:
    assert read_address(text) == address


@pytest.mark.parametrize("text", ["", "x", "127.0.0.1", "::1:8080", "localhost:65536", "h:-1"])
def test_malformed_addresses_are_refused(text: str) -> None:
    with pytest.raises(AddressError, match="write "):
        read_address(text)


class Served:
    """A page that is served in this process."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        self.record = RunRecord()
        page = Page(self.record, package="m", flags=["-fuzz=FuzzX"], folder="/nowhere")
        self.live_page = LivePage(page, (host, 0))
        self.port = urlsplit(self.live_page.url).port or 0

    def get(self, path: str = "/", host: str = "") -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        connection.request("GET", path, headers={"Host": host} if host else {})
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer.status, text


@pytest.fixture
def serve() -> Iterator[Callable[..., Served]]:
    served: list[Served] = []

    def start(host: str = "127.0.0.1") -> Served:
        served.append(Served(host))
        return served[-1]

    yield start
    for one in served:
        one.live_page.finish()


def test_a_local_page_needs_no_token_but_a_local_name(serve: Callable[..., Served]) -> None:
    served = serve()
    assert served.live_page.url == f"http://127.0.0.1:{served.port}/"
    assert served.get()[0] == 200
    assert served.get(host="localhost:1234")[0] == 200
    for name in ("evil.example", "127.0.0.1.evil.example", "", "[", "[::1"):
        assert served.get(host=name or " ")[0] == 403
    assert served.get("/etc/passwd")[0] == 404


def test_other_addresses_need_the_token(serve: Callable[..., Served]) -> None:
    served = serve("0.0.0.0")
    token = urlsplit(served.live_page.url).query
    assert re.fullmatch(r"token=[\w-]{22}", token)
    assert served.get(f"/?{token}")[0] == 200
    assert served.get(f"/?{token}", host="build-7.example")[0] == 200
    for query in ("", "?token=", f"?{token[:-1]}", f"?{token}&token=x"):
        assert served.get(f"/{query}")[0] == 403
        assert served.get(f"/events{query}")[0] == 403
    assert token not in served.get(f"/?{token}")[1]


def test_the_script_is_the_only_one_that_may_run(serve: Callable[..., Served]) -> None:
    served = serve()
    first, second = served.get()[1], served.get()[1]
    nonces = [re.findall(r"nonce[-=]\"?([\w-]{22})", page) for page in (first, second)]
    assert nonces[0] == [nonces[0][0]] * 2
    assert nonces[0] != nonces[1]
    assert "default-src 'none'" in first


def test_readers_get_everything_first_then_changes_and_the_end(
    serve: Callable[..., Served],
) -> None:
    served = serve()
    for event in (START, READY, found(1), crash(HOSTILE)):
        served.record.add("FuzzX", event)
    messages = served.live_page.messages()
    first = next(messages)
    assert first.startswith("event: parts\ndata: ")
    assert set(json.loads(first.split("data: ")[1])["parts"]) == {"head", "campaign-0"}
    assert "<script>" not in first
    served.record.add("FuzzX", end(2))
    served.live_page.finish()
    rest = list(messages)
    assert [text.partition("\n")[0] for text in rest] == ["event: parts", "event: end"]
    assert "ended: limit reached" in rest[0]
    assert "running" not in json.loads(rest[0].split("data: ")[1])["parts"]["head"]


def test_a_lost_reader_is_forgotten(serve: Callable[..., Served]) -> None:
    served = serve()
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=PATIENCE)
    connection.request("GET", "/events")
    assert connection.getresponse().readline() == b"event: parts\n"
    connection.close()
    served.record.add("FuzzX", START)
    served.live_page.update()
    served.live_page.finish()


SOURCE = """
def FuzzX(f):
    f.add(b"seed")

    @f.fuzz
    def _(t, data: bytes):
        check(data)


def check(data):
    if data[:1] == b"(":
        if data[1:2] == b"<":
            raise ValueError("an <open> bracket")
        return 1
    return 0


def unused():
    return 1
"""


@pytest.fixture
def target(package: Package) -> Package:
    package.write("x_test.py", SOURCE)
    return package


def figures_of(text: str) -> dict[str, int]:
    """Return the figures that a line of the output or a list of facts on a page contains."""
    patterns = {
        "execs": r"execs: (\d+)|([\d,]+) executions(?: in|\n|$|<)",
        "new": r"new interesting: (\d+)|corpus, ([\d,]+) new",
        "inputs": r"total: (\d+)|([\d,]+) inputs in the corpus",
        "blocks": r"([\d,]+) of [\d,]+ blocks reached",
        "known": r"[\d,]+ of ([\d,]+) blocks reached",
    }
    found = {}
    for name, pattern in patterns.items():
        if match := re.search(pattern, text):
            found[name] = int(next(group for group in match.groups() if group).replace(",", ""))
    return found


@pytest.mark.process
def test_all_views_agree_on_every_figure(target: Package) -> None:
    """The final line, the events, the live block and the HTML report show the same figures."""
    run = target.run(
        "test", "-json", "-fuzz=FuzzX", "-fuzztime=3000x", "-keepgoing", "-html=out.html"
    )
    assert run.returncode == 1, run.stdout + run.stderr
    events = [json.loads(line) for line in run.stdout.splitlines()]
    output = "".join(event["Output"] for event in events if event["Action"] == "output")
    fuzz = [event["Fuzz"] for event in events if event["Action"] == "fuzz"]
    record = RunRecord()
    for event in fuzz:
        record.add("FuzzX", event)
    last = fuzz[-1]
    wanted = {
        "execs": last["Execs"], "new": last["NewInputs"], "inputs": last["Total"],
        "blocks": last["Blocks"], "known": fuzz[0]["Counters"],
    }  # fmt: skip

    lines = [line for line in output.splitlines() if line.startswith("fuzz: elapsed")]
    printed = figures_of(lines[-1])
    assert printed == {name: wanted[name] for name in printed}
    assert set(printed) == {"execs", "new", "inputs"}

    page = (target.folder / "out.html").read_text(encoding="utf-8")
    head, _, campaign = page.partition("</header>")
    assert figures_of(head) == {name: wanted[name] for name in ("execs", "blocks", "known")}
    assert figures_of(campaign) == wanted

    modules = [event for event in fuzz if event["Event"] == "module"]
    assert sum(module["Reached"].count("1") for module in modules) == wanted["blocks"]
    assert sum(len(module["Reached"]) for module in modules) == wanted["known"]

    shown = "\n".join(block(record, width=100, height=24, colour=False))
    assert f"executions  {wanted['execs']:,} of 3,000 (" in shown
    assert f"{wanted['blocks']} of {wanted['known']} blocks" in shown
    assert f"{wanted['inputs']} inputs, {wanted['new']} new" in shown
    assert " of 1 kind\n" in shown
    assert " in 1 bucket:" in output
    assert page.count('class="card bucket"') == 1


@pytest.mark.process
def test_figures_agree_after_an_interrupt(target: Package) -> None:
    process = target.start("test", "-json", "-fuzz=FuzzX", "-keepgoing", "-run=^$")
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line)
        if '"Event": "progress"' in line and '"Phase": "fuzz"' in line:
            process.send_signal(signal.SIGINT)
            break
    rest, _ = process.communicate(timeout=PATIENCE)
    events = [json.loads(line) for line in [*lines, *rest.splitlines()]]
    last = [event["Fuzz"] for event in events if event["Action"] == "fuzz"][-1]
    output = "".join(event["Output"] for event in events if event["Action"] == "output")
    printed = [line for line in output.splitlines() if line.startswith("fuzz: elapsed")][-1]
    assert last["Reason"] == "interrupted"
    assert figures_of(printed) == {
        "execs": last["Execs"], "new": last["NewInputs"], "inputs": last["Total"],
    }  # fmt: skip


@pytest.mark.process
@pytest.mark.once
def test_wrong_addresses_are_refused_before_any_test_runs(target: Package) -> None:
    for arguments, status, said in (
        (["-http=:0"], 2, "fuzzengine test: -http shows a campaign; it goes with -fuzz\n"),
        (["-fuzz=X", "-http=nonsense"], 2, "-http nonsense: write a host and a port, such"),
        (["-fuzz=X", "-http=192.0.2.1:80"], 3, "fuzzengine: -http 192.0.2.1:80: "),
    ):
        run = target.run("test", *arguments)
        assert (run.returncode, run.stdout) == (status, "")
        assert run.stderr.startswith(said)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with chromium(tmp_path_factory.mktemp("browser")) as found:
        yield found


def start(target: Package, *arguments: str) -> tuple[subprocess.Popen[str], str]:
    process = target.start("test", "-run=^$", "-keepgoing", "-http=:0", *arguments)
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line.startswith("fuzz: live page: http://127.0.0.1:")
    return process, line.split()[-1]


def shows(browser: Browser, selector: str, pattern: str) -> bool:
    return bool(
        re.search(
            pattern, str(browser.run(f"return document.querySelector({selector!r})?.innerText"))
        )
    )


@pytest.mark.process
@pytest.mark.once
def test_the_page_follows_a_campaign_to_its_end(target: Package, browser: Browser) -> None:
    process, url = start(target, "-fuzz=FuzzX", "-html=out.html")
    try:
        browser.complaints()
        browser.open(url)
        wait_until(lambda: shows(browser, "#connection", "^live$"), "a connection")
        wait_until(
            lambda: shows(browser, "#campaigns .bucket h3", "ValueError at x_test"), "a failure"
        )
        wait_until(lambda: browser.find_all(".source a"), "the source")
        linked = (
            "return [...document.querySelectorAll('.source > span')]"
            ".find(e => /return 1$/.test(e.innerText) && e.querySelector('a'))"
        )
        wait_until(lambda: browser.run(linked), "an input for a line")
        browser.run(f"{linked}.querySelector('a').click()")
        (example,) = browser.shown(".example")
        assert '[]byte("(' in example
        browser.run("document.querySelector('.module').open = false")
        before = browser.run("return document.querySelector('.campaign > .facts').innerText")
        wait_until(
            lambda: (
                browser.run("return document.querySelector('.campaign > .facts').innerText")
                != before
            ),
            "an update",
        )
        assert browser.run("return document.querySelector('.module').open") is False
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=PATIENCE)
        wait_until(lambda: shows(browser, "#connection", "^ended$"), "the end")
    finally:
        process.kill()
        process.communicate()
    facts = browser.run("return document.querySelector('.campaign > .facts').innerText")
    assert "ended: interrupted" in facts
    lines = [line for line in output.splitlines() if line.startswith("fuzz: elapsed")]
    printed = figures_of(lines[-1])
    assert printed == {name: figures_of(facts)[name] for name in printed}
    page = (target.folder / "out.html").read_text(encoding="utf-8")
    assert figures_of(page.partition("</header>")[2]) == figures_of(facts)
    assert browser.complaints() == []
    browser.resize(PHONE)
    assert not browser.is_wider_than_window()
    assert target.leftovers() == []
