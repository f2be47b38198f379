"""Tests of collecting printed text while other threads print."""

from __future__ import annotations

import logging
import sys
import threading

import pytest

from scriptest.engine.printed import collected


def test_text_and_bytes_are_collected_in_order(capsys: pytest.CaptureFixture[str]) -> None:
    with collected() as printed:
        print("text")
        sys.stdout.buffer.write(b"\xff\n")
        print("error", file=sys.stderr, flush=True)
    assert printed.contents() == (b"text\n\xff\n", b"error\n")
    assert capsys.readouterr() == ("", "")


def test_the_streams_are_restored() -> None:
    before = sys.stdout, sys.stderr

    def fail() -> None:
        with collected():
            print("before")
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert (sys.stdout, sys.stderr) == before


def test_the_output_of_other_threads_is_passed_on(capsys: pytest.CaptureFixture[str]) -> None:
    def other() -> None:
        print("from another thread")

    thread = threading.Thread(target=other)
    with collected() as printed:
        print("from this one")
        thread.start()
        thread.join()
    assert printed.contents() == (b"from this one\n", b"")
    assert capsys.readouterr().out == "from another thread\n"


def test_threads_collect_side_by_side() -> None:
    before = sys.stdout
    ready = threading.Barrier(4)
    found: dict[str, bytes] = {}

    def work(name: str) -> None:
        with collected() as printed:
            ready.wait()
            for _ in range(100):
                print(name)
            ready.wait()
        found[name] = printed.contents()[0]

    threads = [threading.Thread(target=work, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {name: f"{name}\n".encode() * 100 for name in "abcd"}
    assert sys.stdout is before


def test_blocks_can_be_nested() -> None:
    with collected() as outer:
        print("one")
        with collected() as inner:
            print("two")
        print("three")
    assert inner.contents() == (b"two\n", b"")
    assert outer.contents() == (b"one\nthree\n", b"")


def test_a_handler_made_before_keeps_its_stream(capsys: pytest.CaptureFixture[str]) -> None:
    handler = logging.StreamHandler(sys.stderr)
    record = logging.makeLogRecord({"msg": "logged"})
    with collected() as printed:
        handler.emit(record)
    assert printed.contents() == (b"", b"")
    assert capsys.readouterr().err == "logged\n"
