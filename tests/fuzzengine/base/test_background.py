"""Threads without the threading module."""

from __future__ import annotations

from queue import SimpleQueue

from fuzzengine.base.background import Background, Timer

LONG = 3600.0


def test_the_end_of_a_function_can_be_awaited() -> None:
    inputs: SimpleQueue[str] = SimpleQueue()
    outputs: SimpleQueue[str] = SimpleQueue()
    thread = Background(lambda: outputs.put(inputs.get()))
    assert not thread.wait(0)
    inputs.put("a")
    assert thread.wait(LONG)
    assert thread.wait(0)
    assert outputs.get_nowait() == "a"


def test_arguments_are_passed_on() -> None:
    got: list[object] = []
    assert Background(got.extend, (1, 2)).wait(LONG)
    assert got == [1, 2]


def test_a_timer_calls_once() -> None:
    calls: SimpleQueue[int] = SimpleQueue()
    timer = Timer(0, lambda: calls.put(1))
    assert calls.get(timeout=LONG) == 1
    timer.cancel()
    timer.cancel()
    assert calls.empty()


def test_a_cancelled_timer_calls_nothing() -> None:
    calls: list[int] = []
    timer = Timer(1e18, lambda: calls.append(1))
    timer.cancel()
    assert timer.thread.wait(LONG)
    assert calls == []
