"""The command line is read as libFuzzer reads it."""

from __future__ import annotations

from pathlib import Path

import pytest

from fuzzengine.atheris.libfuzzer_flags import _FLAGS, help_text, parse, without_flags

pytestmark = pytest.mark.once

PAGE = Path(__file__).parents[3] / "docs" / "coming-from-atheris.md"


def test_flags_and_other_arguments() -> None:
    flags = parse(["-runs=5", "corpus", "-dict=a=b", "--own", "-", "-runs=7", "other"])
    assert (flags.runs, flags.dict, flags.inputs) == (7, "a=b", ["corpus", "-", "other"])
    assert (flags.timeout, flags.rss_limit_mb, flags.error_exitcode) == (1200, 2048, 77)


@pytest.mark.parametrize(
    ("text", "number"), [("12", 12), ("-1", -1), (" 3", 3), ("7s", 7), ("x", 0), ("", 0)]
)
def test_numbers_are_read_as_c_does(text: str, number: int) -> None:
    assert parse([f"-max_len={text}"]).max_len == number


def test_unknown_and_unused_flags() -> None:
    flags = parse(["-foo=1", "-runs", "-reload=1", "-reload", "-ignore_remaining_args=1", "-bar=2"])
    assert flags.unknown == ["-foo=1", "-runs", "-reload"]
    assert flags.unused == ["-reload=1"]
    assert flags.inputs == []


@pytest.mark.parametrize(
    ("arguments", "processes", "goes_on"),
    [
        ([], 1, False),
        (["-workers=3", "-jobs=5"], 3, False),
        (["-jobs=2"], 2, False),
        (["-fork=4", "-ignore_crashes=1"], 4, True),
        (["-ignore_crashes=1"], 1, False),
        (["-keepgoing=1"], 1, True),
    ],
)
def test_processes(arguments: list[str], processes: int, goes_on: bool) -> None:
    flags = parse(arguments)
    assert (flags.processes, flags.keeps_going) == (processes, goes_on)


def test_the_arguments_that_setup_returns() -> None:
    given = ["x.py", "-runs=1", "--verbose", "a", "-", "-h", ""]
    assert without_flags(given) == ["x.py", "--verbose", "a", "-", ""]


def test_help_and_page_name_every_flag() -> None:
    text, page = help_text("x.py"), PAGE.read_text("utf-8")
    for name in _FLAGS:
        assert f" {name} " in text
        assert f"`-{name}" in page
