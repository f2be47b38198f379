"""Converts a test program's output to events as JSON lines (Go: cmd/internal/test2json).

The program runs with -test.v=test2json, which marks its own lines (see base.framing). Events have
the names and actions of Go's TestEvent. Events of a campaign have the action `fuzz`, which Go does
not have and its readers ignore.
"""

from __future__ import annotations

import json
import re
import time

from fuzzengine.base import framing
from fuzzengine.report.events import MODULES
from fuzzengine.report.reporters import Reporter, write_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

_LONGEST = 1 << 16
_FRAME, _ESCAPE = framing.FRAME.encode(), framing.ESCAPE.encode()
_REPORT = re.compile(r"--- (PASS|FAIL|SKIP): (.*?)(?: \((\d+\.\d+)s\))?$")
_UPDATE = re.compile(r"=== (RUN|NAME) +(\S*)$")
_TEXT = rb"(?:\x1b\x16|[^\x16\n])"
_LINES = re.compile(rb"\x16%b*+\n?|%b*+\n|%b++" % (_TEXT, _TEXT, _TEXT))
_TOKENS = re.compile(r"\x1b[\x0e\x0f\x16\x1b]|\x1b|\x0f|\x0e\n?|[^\x0e\x0f\x1b]+")


class LineSplitter:
    """Splits chunks of bytes into lines; a mark starts a new line as well."""

    def __init__(self, handle: Callable[[bytes], None]) -> None:
        """Args: `handle` gets one line at a time, with its line end unless it is incomplete."""
        self._handle = handle
        self._rest = b""

    def write(self, chunk: bytes) -> None:
        """Add output, as it arrives."""
        lines = _LINES.findall(self._rest + chunk)
        self._rest = b""
        last = lines.pop() if lines else b""
        # Events of campaigns may be long; other output without line ends is passed on in pieces.
        if not last.endswith(b"\n") and (last.startswith(_FRAME) or len(last) < _LONGEST):
            last, self._rest = b"", last
        for line in lines:
            self._handle(line)
        if last:
            self._handle(last)

    @property
    def partial(self) -> bytes:
        """The start of a line whose end has not arrived yet."""
        return self._rest

    def flush(self) -> None:
        """Handle an incomplete line as it is."""
        if self._rest:
            self._handle(self._rest)
            self._rest = b""


class EventFilter:
    """Removes the events of campaigns from the output.

    Other output is passed on at once, incomplete lines too.
    """

    def __init__(
        self,
        pass_on: Callable[[bytes], object],
        handle_event: Callable[[str, Mapping[str, Any]], object],
    ) -> None:
        """Create a filter.

        Args:
            pass_on: gets the output without events.
            handle_event: gets the name of a fuzz test and an event.
        """
        self._pass_on = pass_on
        self._handle_event = handle_event
        self._splitter = LineSplitter(self._handle_line)
        self._mark = (framing.FRAME + framing.EVENT).encode()

    def write(self, chunk: bytes) -> None:
        """Filter output, as it arrives."""
        self._splitter.write(chunk)
        partial = self._splitter.partial
        if not (partial.startswith(_FRAME) or partial.endswith(_ESCAPE)):
            self._splitter.flush()

    def flush(self) -> None:
        """Pass on an incomplete last line."""
        self._splitter.flush()

    def _handle_line(self, line: bytes) -> None:
        if line.startswith(self._mark):
            name, _, text = line[len(self._mark) :].decode("utf-8", "replace").partition(" ")
            try:
                event = json.loads(text)
            except ValueError:
                event = None
            if isinstance(event, dict):
                self._handle_event(name, event)
                return
        self._pass_on(line)


class Converter:
    """Writes the output of one package's tests as events."""

    def __init__(self, package: str, write: Callable[[str], object]) -> None:
        """Write the event `start`; `write` gets whole lines."""
        self._package = package
        self._write = write
        self._splitter = LineSplitter(self._handle_line)
        self._test = ""
        self._pending: tuple[str, str, str | None] | None = None
        self._type = ""
        self._started = time.perf_counter()
        self._event("start")

    def write(self, chunk: bytes) -> None:
        """Convert output of the test program, as it arrives."""
        self._splitter.write(chunk)

    def campaign_event(self, test: str, event: Mapping[str, object]) -> None:
        """Write an event of a campaign."""
        self._splitter.flush()
        self._event("fuzz", test=test, Fuzz=dict(event))

    def message(self, text: str, *, frame: bool = False) -> None:
        """Convert lines that `fuzzengine test` itself prints about the package."""
        self._splitter.flush()
        self._settle()
        for line in text.splitlines(keepends=True):
            self._event("output", Output=line, **({"OutputType": "frame"} if frame else {}))

    def finish(self, action: str) -> None:
        """Write the last event, whose action is the package's outcome: pass, fail or skip."""
        self._splitter.flush()
        self._settle()
        self._event(action, Elapsed=_number(round(time.perf_counter() - self._started, 3)))

    def _handle_line(self, data: bytes) -> None:
        line = data.decode("utf-8", "replace")
        if not line.startswith(framing.FRAME):
            self._output(line)
            return
        line = line[1:]
        words = line.rstrip("\r\n")
        update, report = _UPDATE.match(words), _REPORT.match(words)
        if update is not None:
            self._settle()
            self._test = update[2]
            if update[1] == "NAME":
                return
            self._event("run", test=self._test)
        elif report is not None:
            self._settle()
            self._test = report[2]
            self._pending = (report[1].lower(), report[2], report[3])
        elif words in ("PASS", "FAIL"):
            self._settle()
        else:
            self._output(line)
            return
        self._event("output", test=self._test, Output=line, OutputType="frame")

    def _settle(self) -> None:
        """Write the result of the last test: its report is complete."""
        self._test = ""
        if self._pending is not None:
            (action, test, seconds), self._pending = self._pending, None
            more = {} if seconds is None else {"Elapsed": _number(float(seconds))}
            self._event(action, test=test, **more)

    def _output(self, line: str) -> None:
        text = ""
        for token in _TOKENS.findall(line):
            if token[0] == framing.ERROR_END:
                self._text(text + token[1:])
                text, self._type = "", ""
            elif token == framing.ERROR:
                self._text(text)
                text, self._type = "", "error"
            else:
                text += token[1:] if token[0] == framing.ESCAPE and len(token) > 1 else token
        self._text(text)

    def _text(self, text: str) -> None:
        if text:
            more = {"OutputType": self._type} if self._type else {}
            self._event("output", test=self._test, Output=text, **more)
        if self._type:
            self._type = "error-continue"

    def _event(self, action: str, *, test: str = "", **more: object) -> None:
        event: dict[str, object] = {"Time": _now(), "Action": action, "Package": self._package}
        if test:
            event["Test"] = test
        self._write(json.dumps({**event, **more}) + "\n")


class Test2JsonReporter(Reporter):
    """Prints the run of a package as events (-json)."""

    flags: Mapping[str, str] = {"v": framing.VERBOSE, "fuzzevents": MODULES}

    def __init__(self, package: str) -> None:
        """Write the event `start`."""
        self._converter = Converter(package, write_text)
        self._filter = EventFilter(self._converter.write, self.campaign_event)

    def write(self, chunk: bytes) -> None:
        """Write events for output."""
        self._filter.write(chunk)

    def message(self, text: str, *, frame: bool = False) -> None:
        """Write events for lines about the package."""
        self._filter.flush()
        self._converter.message(text, frame=frame)

    def campaign_event(self, fuzz_test: str, event: Mapping[str, Any]) -> None:
        """Write an event of a campaign."""
        self._converter.campaign_event(fuzz_test, event)

    def finish(self, outcome: str) -> bool:
        """Write the last event."""
        self._converter.finish(outcome)
        return True


def _number(seconds: float) -> float | int:
    return int(seconds) if seconds == int(seconds) else seconds


def _now() -> str:
    seconds, rest = divmod(time.time_ns(), 1_000_000_000)
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{rest:09d}Z"
