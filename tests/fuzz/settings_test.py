"""Fuzz tests of what people write beside scripts: settings, headers, durations, dictionaries."""

from __future__ import annotations

import os
import re

from fuzzengine import F, T
from fuzzengine.mutation import dictionary
from scriptest.base import duration
from scriptest.config import config, header
from scriptest.config.yaml_nodes import SettingsError

_PLACE = re.compile(r"(?:scriptest\.yaml|a\.txt):([1-9][0-9]*): .")
_SETTINGS = b"""\
dialect: go
env: {A: x, B: "1"}
timeout: 90s
scripts: [a/*.txt]
commands:
  greet: {run: [sh, -c, echo], summary: says hello}
conditions:
  old: {python: "pkg:name", suffix: version}
redactions: {time: '\\d+s'}
serial: {db: ["*.txt"]}
retries: {times: 2, allow_flaky: true}
matrix: {V: [1, 2]}
"""


def FuzzSettings(f: F) -> None:
    f.add(_SETTINGS)
    f.add(b"unknwon: 1\n")
    f.add(b"retries: " + b"9" * 5000)
    f.add(b"timeout: " + b"9" * 5000)
    f.add(b"matrix: [{A: 1}, {A: 2}]\nretries: 3\ncwd: gopath\n")
    path = os.path.join(f.temp_dir(), "scriptest.yaml")

    @f.fuzz
    def _(t: T, data: bytes) -> None:
        with open(path, "wb") as file:
            file.write(data)
        try:
            config.load(path)
        except SettingsError as error:
            _check_message(error, data)


def FuzzHeader(f: F) -> None:
    f.add(b"timeout: 5s\ntags: [slow, net]\nserial: [db]\nxfail: it is slow\n")
    f.add(b"serial: true\nretries: 1\nmatrix: {A: [x, y]}")

    @f.fuzz
    def _(t: T, data: bytes) -> None:
        text = b"exec true\n-- scriptest.yaml --\n" + data
        try:
            header.read(text, "a.txt")
        except SettingsError as error:
            _check_message(error, text)


def _check_message(error: SettingsError, text: bytes) -> None:
    """The message is one line that names a line of the file."""
    shown = str(error)
    assert "\n" not in shown
    place = _PLACE.search(shown)
    assert place is not None, shown
    # The end of the file is in the line after its last line end, which an archive always has.
    ends = re.findall(rb"\r\n|[\r\n]|\xc2\x85|\xe2\x80[\xa8\xa9]", text)
    assert int(place[1]) <= len(ends) + 2


def FuzzDuration(f: F) -> None:
    f.add("1m30.5s")
    f.add("-1.5h0.001us")
    f.add("9223372036854775807ns")
    f.add("9" * 5000 + "s")
    f.add("0" * 5000 + "5." + "9" * 5000 + "s")

    @f.fuzz
    def _(t: T, text: str) -> None:
        """A duration that was read is written so that it is read again as the same."""
        try:
            nanoseconds = duration.parse_nanoseconds(text)
        except duration.DurationError:
            return
        assert duration.parse_nanoseconds(duration.format_nanoseconds(nanoseconds)) == nanoseconds
        seconds = duration.parse(text)
        if abs(seconds) < 1e6:
            assert duration.parse(duration.format_duration(seconds)) == seconds


def FuzzDictionary(f: F) -> None:
    f.add('# words\nname="a\\x00\\"b"\n"c"\nother@2="\\n"\n')

    @f.fuzz
    def _(t: T, text: str) -> None:
        try:
            words = dictionary.parse(text, "words.dict")
        except ValueError as error:
            assert re.match(r"words\.dict:[1-9][0-9]*: [^\n]+\Z", str(error)), str(error)
            return
        written = "".join(f'"{_escaped(word)}"\n' for word in words)
        assert dictionary.parse(written, "words.dict") == words
        assert all(words)


def _escaped(word: bytes) -> str:
    return "".join(f"\\x{byte:02x}" for byte in word)
