"""The live block at a terminal."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from fuzzengine.report.campaign_reporter import CampaignReporter
from fuzzengine.report.record import RunRecord
from fuzzengine.report.terminal_reporter import Screen, TerminalReporter, screen_of
from scriptest.terminal import screen as terminal
from tests.fuzzengine.report.test_record import READY, START, crash, end, progress
from tests.fuzzengine.running import Package
from tests.waiting import PATIENCE

X_TEST = """
def FuzzX(f):
    f.add(b"seed")

    @f.fuzz
    def _(t, data: bytes):
        if data[:1] == b"(":
            raise ValueError("a bracket")


def FuzzY(f):
    f.add(b"seed")

    @f.fuzz
    def _(t, data: bytes):
        len(data)
"""


class Model(Screen):
    """A terminal whose text can be read."""

    def __init__(self, lines: int = 24, columns: int = 80) -> None:
        super().__init__(colour=False)
        self.model = terminal.Screen(lines, columns)

    @property
    def size(self) -> tuple[int, int]:
        return self.model.columns, self.model.rows

    def write(self, data: bytes) -> None:
        self.model.feed(data.decode().replace("\n", "\r\n"))

    def text(self) -> str:
        return self.model.text()


@pytest.fixture
def model() -> Model:
    return Model()


@pytest.fixture
def reporter(model: Model) -> CampaignReporter:
    record = RunRecord()
    ticks = iter(range(1_000_000))
    return CampaignReporter(
        TerminalReporter(record, model, clock=lambda: float(next(ticks))), record, []
    )


def send(reporter: CampaignReporter, *events: dict[str, Any], name: str = "FuzzX") -> None:
    for event in events:
        reporter.campaign_event(name, event)


def test_output_goes_above_the_block(reporter: CampaignReporter, model: Model) -> None:
    reporter.write(b"before\n")
    send(reporter, START, READY, progress(1))
    reporter.write(b"a finding\nwith two lines\n")
    send(reporter, progress(2, Execs=2000))
    text = model.text()
    assert text.startswith("before\na finding\nwith two lines\n\nFuzzX  2s, 2 workers, seed 7\n")
    assert text.count("executions") == 1
    assert "executions  2,000 (250/s)" in text


def test_nothing_is_left_at_the_end(reporter: CampaignReporter, model: Model) -> None:
    send(reporter, START, READY, progress(1))
    reporter.write(b"fuzz: elapsed: 1s, execs: 1000 (1000/sec)\n")
    send(reporter, end(1))
    reporter.write(b"--- PASS: FuzzX\n")
    assert model.text() == "fuzz: elapsed: 1s, execs: 1000 (1000/sec)\n--- PASS: FuzzX"


def test_a_program_that_dies_leaves_no_block(reporter: CampaignReporter, model: Model) -> None:
    send(reporter, START, READY, progress(1))
    reporter.write(b"half a line")
    assert "half a line" not in model.text()
    reporter.finish("fail")
    assert model.text() == "half a line"


def test_the_block_of_several_stays_between_shares(
    reporter: CampaignReporter, model: Model
) -> None:
    send(reporter, {**START, "Tests": 2}, READY, progress(1), end(2))
    assert "waiting" in model.text()
    send(reporter, {**START, "Tests": 2}, READY, progress(1), crash("b"), name="FuzzY")
    assert "FuzzY" in model.text()
    reporter.finish("pass")
    assert model.text() == ""


@pytest.mark.parametrize("lines", [1, 2, 3, 5, 8])
def test_small_terminals_show_whole_lines(lines: int) -> None:
    model, record = Model(lines, 40), RunRecord()
    reporter = CampaignReporter(TerminalReporter(record, model, lambda: 0.0), record, [])
    send(reporter, START)
    for number in range(20):
        reporter.write(b"line %d\n" % number)
        send(reporter, progress(number))
    reporter.finish("pass")
    assert model.text() == ("line 19" if lines > 1 else "")


def test_a_narrower_terminal_keeps_one_block(reporter: CampaignReporter, model: Model) -> None:
    send(reporter, START, READY, progress(1))
    model.model.resize(24, 40)
    send(reporter, progress(2))
    assert model.text().count("FuzzX") == 1


@pytest.mark.parametrize(
    "environment", [{"TERM": "dumb"}, {"TERM": "xterm", "CI": "true"}], ids=["dumb", "CI"]
)
def test_some_terminals_get_plain_lines(environment: dict[str, str]) -> None:
    master, slave = os.openpty()
    with open(slave, "w") as stdout, pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdout", stdout)
        assert screen_of(environment) is None
        screen = screen_of({"TERM": "xterm"})
        assert screen is not None
        assert screen.colour
        plain = screen_of({"TERM": "xterm", "NO_COLOR": "1"})
        assert plain is not None
        assert not plain.colour
    os.close(master)


class AtTerminal:
    """`fuzzengine test` at a terminal."""

    def __init__(self, package: Package, arguments: Sequence[str], size: tuple[int, int]) -> None:
        import pexpect

        environment = package.environment(TERM="xterm", NO_COLOR="1")
        environment.pop("CI", None)
        self.screen = terminal.Screen(*size)
        self.process = pexpect.spawn(
            sys.executable,
            ["-m", "fuzzengine", "test", *arguments],
            cwd=str(package.folder),
            env=environment,
            dimensions=size,
            encoding="utf-8",
            timeout=PATIENCE,
        )
        self.output = ""

    def read_until(self, pattern: str) -> str:
        """Return the screen once it shows a pattern."""
        while re.search(pattern, self.screen.text()) is None:
            self._feed(self.process.read_nonblocking(1 << 16, timeout=PATIENCE))
        return self.screen.text()

    def read_to_end(self) -> str:
        """Return the screen at the end of the program."""
        import pexpect

        while True:
            try:
                self._feed(self.process.read_nonblocking(1 << 16, timeout=PATIENCE))
            except pexpect.EOF:
                self.process.close()
                return self.screen.text()

    def _feed(self, text: str) -> None:
        self.output += text
        self.screen.feed(text)


@pytest.fixture
def at_terminal(package: Package) -> Iterator[Any]:
    package.write("x_test.py", X_TEST)
    started: list[AtTerminal] = []

    def start(*arguments: str, size: tuple[int, int] = (40, 100)) -> AtTerminal:
        started.append(AtTerminal(package, arguments, size))
        return started[-1]

    yield start
    for one in started:
        one.process.close(force=True)
    assert package.leftovers() == []


@pytest.mark.process
def test_an_interrupt_ends_the_block_and_the_final_line_stays(at_terminal: Any) -> None:
    run = at_terminal("-fuzz=FuzzY", "-run=^$", "-parallel=1", "-seed=5")
    text = run.read_until(r"now +(fuzzing|flat)")
    assert "FuzzY  0s, 1 worker, seed 5" in re.sub(r"  \d+s,", "  0s,", text)
    run.process.sendintr()
    text = run.read_to_end()
    assert "now  " not in text
    assert "gathering baseline" not in run.output
    assert run.output.count("fuzz: seed: 5") == 1
    assert len(re.findall(r"fuzz: elapsed: \d+s, execs: \d+ \(\d+/sec\), new", text)) == 1
    assert re.search(r"^ok  ", text, re.MULTILINE)


@pytest.mark.process
def test_several_fuzz_tests_share_one_table(at_terminal: Any) -> None:
    run = at_terminal("-fuzz=.", "-run=^$", "-parallel=1", "-seed=5", "-fuzztime=4000x")
    text = run.read_to_end()
    assert re.search(r"fuzz test +execs", run.output)
    assert "share 1" not in run.output
    assert run.output.count("fuzz: seed: 5") == 1
    assert "fuzz: 2 fuzz tests:" in text
    assert "waiting" not in text
