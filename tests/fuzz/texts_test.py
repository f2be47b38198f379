"""Fuzz tests of texts that go in and out: reports, string literals, wildcards, the wire, flags."""

from __future__ import annotations

import json
import re
from xml.etree import ElementTree

from fuzzengine import F, T
from fuzzengine.golang.quote import quote
from fuzzengine.ipc import messages
from fuzzengine.program import flags
from fuzzengine.testing import match
from scriptest.base import strings
from scriptest.compare.wildcards import Wildcards
from scriptest.engine.result import Failure, Phase, Result, Status
from scriptest.report import json as jsonfile
from scriptest.report import junit
from scriptest.sandbox.log import LogEntry

_UNSHOWN = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def FuzzReports(f: F) -> None:
    f.add("dir/name", "message ]]>", "log\n\x00\x1b[1m", True)
    f.add("\udcff\ufffe", "<&\"'>", "\r\n\x85\u2028", False)

    @f.fuzz
    def _(t: T, name: str, message: str, log: str, failed: bool) -> None:
        failure = Failure("a.txt", 1, 0, message, log) if failed else None
        status = Status.FAILED if failed else Status.SKIPPED
        phases = (Phase(name, 1, 0.5, (LogEntry(log),)),)
        result = Result(name, "a.txt", status, 1.0, phases, failure, reason=message)
        read = json.loads(jsonfile.render([result], 1.0).encode())
        script = read["scripts"][0]
        if not _UNSHOWN.search(name + message):
            assert script["name"] == name
            assert script["failures"][0]["message"] == message if failed else True
        root = ElementTree.fromstring(junit.render([result], 1.0).encode())
        case = root.find(".//testcase")
        assert case is not None
        (shown,) = case
        if not _UNSHOWN.search(message):
            assert shown.get("message") == message


def FuzzGoString(f: F) -> None:
    f.add(b'a\x00\xff\xe2\x98\x83"\\', "\\x41\\101\\u00e9")

    @f.fuzz(allow=(ValueError,))
    def _(t: T, data: bytes, text: str) -> None:
        literal = quote(data)
        assert strings.unquote(literal[1:-1].encode()) == data
        strings.unquote(text.encode("utf-8", "surrogatepass"))


def FuzzWildcards(f: F) -> None:
    f.add("a [..]\n...\n<time> b", "a x\ny\nz\n1.5s b")
    f.add("[..]\n[..]x<time><time>", "q\nw")

    @f.fuzz
    def _(t: T, want: str, got: str) -> None:
        cards = Wildcards({"time": r"[0-9.]+s"})
        want, got = want[:400], got[:400]
        assert cards.match(got, got) or "..." in got or "[..]" in got or "<time>" in got
        updated = cards.updated(want, got)
        assert cards.match(updated, got), updated
        if cards.match(want, got):
            assert updated == want
            assert cards.resolved(want, got) == got


def FuzzWire(f: F) -> None:
    f.add(b'{"Ping":{},"Fuzz":null,"Minimize":null}')
    f.add(b'{"Duration":5,"Count":1,"CoverageData":"AAE=","Err":"x"}')

    @f.fuzz(allow=(messages.WireError,))
    def _(t: T, line: bytes) -> None:
        messages.decode(line)


def FuzzFlags(f: F) -> None:
    f.add("-fuzz=X\0-v\0--run\0a/b\0-fuzztime=10x\0dir\0-memlimit=2GiB")
    f.add("-memlimit=" + "9" * 5000 + "\0-fuzztime=" + "9" * 5000 + "x")
    f.add("-fuzztime=" + "9" * 5000 + "x\0-parallel=" + "9" * 5000)
    f.add("-parallel=0x10\0-fuzzminimizetime=1h1ns\0-detect=all\0--\0-x")

    @f.fuzz(allow=(flags.FlagError,))
    def _(t: T, text: str) -> None:
        given = [each for each in text.split("\0") if not each.lstrip("-").startswith("dict")]
        flags.parse(given, flags.PROGRAM_FLAGS)


def FuzzMatcher(f: F) -> None:
    f.add("FuzzX/seed#0|Test[/]a", "FuzzX/seed#0", "skip")

    @f.fuzz(allow=(match.FilterError,))
    def _(t: T, pattern: str, name: str, skip: str) -> None:
        matcher = match.Matcher(pattern, "-test.run", skip)
        matcher.matches(name)
        first, _ = matcher.subtest("FuzzX", name)
        second, _ = matcher.subtest("FuzzX", name)
        assert first != second
