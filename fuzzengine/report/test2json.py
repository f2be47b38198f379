"""Turns a test program's output into events as JSON lines (Go: cmd/internal/test2json).

The program runs with -test.v=test2json, which marks its own lines (see base.framing). Events have
the names and actions of Go's TestEvent. Events of a campaign have the action `fuzz`, which Go does
not have and its readers ignore.
"""

from __future__ import annotations

import json
import re
import time

from fuzzengine.base import framing
from fuzzengine.report.reporters import Audience, write_text

TYPE_CHECKING = False  # importing typing costs more than the rest of a worker's start
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


class Lines:
    """Divides chunks of bytes into lines, also before each mark."""

    def __init__(self, take: Callable[[bytes], None]) -> None:
        """Args: `take` gets one line at a time, without its end if it has none yet."""
        self._take = take
        self._rest = b""

    def write(self, chunk: bytes) -> None:
        """Take output as it comes."""
        lines = _LINES.findall(self._rest + chunk)
        self._rest = b""
        last = lines.pop() if lines else b""
        # Events of campaigns may be long; other output without line ends is not kept for ever.
        if not last.endswith(b"\n") and (last.startswith(_FRAME) or len(last) < _LONGEST):
            last, self._rest = b"", last
        for line in lines:
            self._take(line)
        if last:
            self._take(last)

    @property
    def partial(self) -> bytes:
        """What was taken of a line that has no end yet."""
        return self._rest

    def flush(self) -> None:
        """Hand on a line that never got its end."""
        if self._rest:
            self._take(self._rest)
            self._rest = b""


class Campaigns:
    """Takes the events of campaigns out of the output and passes on all else.

    Output of tests that has no line end yet is passed on at once.
    """

    def __init__(
        self,
        pass_on: Callable[[bytes], object],
        take: Callable[[str, Mapping[str, Any]], object],
    ) -> None:
        """Args: `take` gets the name of a fuzz test and an event."""
        self._pass_on = pass_on
        self._take = take
        self._lines = Lines(self._line)
        self._mark = (framing.FRAME + framing.EVENT).encode()

    def write(self, chunk: bytes) -> None:
        """Take output as it comes."""
        self._lines.write(chunk)
        if not (self._lines.partial.startswith(_FRAME) or self._lines.partial.endswith(_ESCAPE)):
            self._lines.flush()

    def flush(self) -> None:
        """Take the end of the output."""
        self._lines.flush()

    def _line(self, line: bytes) -> None:
        if line.startswith(self._mark):
            name, _, text = line[len(self._mark) :].decode("utf-8", "replace").partition(" ")
            try:
                event = json.loads(text)
            except ValueError:
                event = None
            if isinstance(event, dict):
                self._take(name, event)
                return
        self._pass_on(line)


class Converter:
    """Writes the events of one package's tests."""

    def __init__(self, package: str, write: Callable[[str], object]) -> None:
        """Begin, with the event `start`; `write` gets whole lines."""
        self._package = package
        self._write = write
        self._lines = Lines(self._line)
        self._test = ""
        self._pending: tuple[str, str, str | None] | None = None
        self._type = ""
        self._started = time.perf_counter()
        self._event("start")

    def write(self, chunk: bytes) -> None:
        """Take output of the test program as it comes."""
        self._lines.write(chunk)

    def campaign_event(self, test: str, event: Mapping[str, object]) -> None:
        """Write something that happened in a campaign."""
        self._lines.flush()
        self._event("fuzz", test=test, Fuzz=dict(event))

    def say(self, text: str, *, frame: bool = False) -> None:
        """Take lines that `fuzzengine test` itself says of the package."""
        self._lines.flush()
        self._settle()
        for line in text.splitlines(keepends=True):
            self._event("output", Output=line, **({"OutputType": "frame"} if frame else {}))

    def finish(self, action: str) -> None:
        """End, with the event that says what came of it: pass, fail or skip."""
        self._lines.flush()
        self._settle()
        self._event(action, Elapsed=_number(round(time.perf_counter() - self._started, 3)))

    def _line(self, data: bytes) -> None:
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
        """Write the result of a test whose report is complete now."""
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


class Programs(Audience):
    """Programs, which get events."""

    flags: Mapping[str, str] = {"v": framing.VERBOSE, "fuzzevents": "true"}

    def __init__(self, package: str) -> None:
        """Begin with the event `start`."""
        self._converter = Converter(package, write_text)
        self._campaigns = Campaigns(self._converter.write, self.campaign_event)

    def take(self, chunk: bytes) -> None:
        """Make events of output."""
        self._campaigns.write(chunk)

    def say(self, text: str, *, frame: bool = False) -> None:
        """Make events of lines about the package."""
        self._campaigns.flush()
        self._converter.say(text, frame=frame)

    def campaign_event(self, fuzz_test: str, event: Mapping[str, Any]) -> None:
        """Write what happened in a campaign."""
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
