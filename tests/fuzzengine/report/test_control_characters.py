"""Text of a target acts on no terminal: its control characters are shown escaped."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.fuzzengine.running import Package

pytestmark = [pytest.mark.process, pytest.mark.once]

HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\u200b\u200e\u200f\ufeff]"
)

EVIL_TEST = r"""
import os, sys

from fuzzengine import F, T, panic

EVIL = "\x1b[31m \x1b]0;title\x07 \u202e \u2066 \u2028 \x00 \x9b \x7f over\rwritten"

def message(t):
    raise ValueError(EVIL)

def note(t):
    error = ValueError()
    error.__notes__ = [EVIL]
    raise error

def log(t):
    t.fatal(EVIL, "logged")

def panicked(t):
    panic(EVIL)

def kind(t):
    raise type("Evil\x1b[1m\u202e", (Exception,), {"__module__": "m\x9b"})

def file(t):
    exec(compile("raise ValueError", "evil\x1b[1m\u202e.py", "exec"))

def source(t):
    comment = EVIL.replace("\r", "").replace("\x00", "")
    exec(compile(f"raise ValueError  # {comment}", __file__, "exec"))

def last_words(t):
    os.write(2, EVIL.encode())
    os.abort()

def breaks(t):
    EXCEPTION = type(EVIL.replace("\x00", ""), (Exception,), {})
    import builtins
    def fail(*a):
        raise EXCEPTION(EVIL)
    sys.setprofile(fail)

def FuzzEvil(f: F) -> None:
    f.add(b"")

    @f.fuzz
    def _(t: T, data: bytes) -> None:
        if data or os.environ.get("SEED"):
            globals()[os.environ["EVIL"]](t)
"""
ACTIONS = [
    "message",
    "note",
    "log",
    "panicked",
    "kind",
    "file",
    "source",
    "last_words",
    "breaks",
]


def assert_visible(*texts: str) -> None:
    for text in texts:
        assert HIDDEN.search(text) is None, ascii(text)


@pytest.mark.parametrize("action", ACTIONS)
def test_a_campaign(package: Package, action: str) -> None:
    package.write("evil_test.py", EVIL_TEST)
    page = package.base / "page.html"
    flags = ("-fuzz=FuzzEvil", "-fuzztime=100x", f"-html={page}", "-fuzzminimizetime=0x")
    done = package.run("test", *flags, EVIL=action)
    assert done.returncode == 1
    assert len(package.recorded()) == 1
    assert_visible(done.stdout, done.stderr, page.read_text())


@pytest.mark.parametrize("action", [a for a in ACTIONS if a not in ("last_words", "breaks")])
def test_a_seed(package: Package, action: str) -> None:
    package.write("evil_test.py", EVIL_TEST)
    done = package.run("test", EVIL=action, SEED="1")
    assert done.returncode == 1
    assert_visible(done.stdout, done.stderr)


def test_buckets(package: Package) -> None:
    package.write("evil_test.py", EVIL_TEST)
    done = package.run("test", "-fuzz=.", "-fuzztime=50x", "-keepgoing", EVIL="kind")
    assert r"m\x9b.Evil\x1b[1m\u202e at evil_test.py:" in done.stdout
    assert_visible(done.stdout, done.stderr)


@pytest.mark.parametrize("command", [["test"], ["test", "-fuzz=."], ["corpus", "show", "testdata"]])
def test_names_of_files(package: Package, command: list[str]) -> None:
    package.write("evil_test.py", EVIL_TEST)
    package.write("testdata/fuzz/FuzzEvil/a\x1b[1m\u202e", "not an entry\n")
    done = package.run(*command, EVIL="message")
    assert r"a\x1b[1m\u202e" in done.stdout + done.stderr
    assert_visible(done.stdout, done.stderr)


def test_the_name_of_the_package(tmp_path: Path) -> None:
    package = Package(tmp_path, "m\x1b[1m\u202e")
    package.write("evil_test.py", EVIL_TEST)
    for command in (["test"], ["test", "-fuzz=Nothing"], ["test", "nosuch\x1b[1m"]):
        done = package.run(*command, EVIL="message")
        assert_visible(done.stdout, done.stderr)


def test_an_import_that_fails(package: Package) -> None:
    package.write("evil_test.py", 'raise ValueError("\\x1b[31m \\u202e")')
    done = package.run("test")
    assert r"ValueError: \x1b[31m \u202e" in done.stdout
    assert_visible(done.stdout, done.stderr)


def test_the_log_of_a_seed_under_pytest(package: Package) -> None:
    package.write("evil_test.py", EVIL_TEST)
    done = package.pytest("-q", "evil_test.py", EVIL="log", SEED="1")
    assert r"\x1b[31m" in done.stdout
    assert_visible(done.stdout)
