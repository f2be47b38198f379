"""Tests with `@given` for hypofuzz.py; each notes the stages that it reaches, and fails at the end.

The stages and their times are what the benchmark compares: it asks no tool what it has found.
"""

from __future__ import annotations

import os
import time

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

FAILED = "failed"
executions = 0
reached: set[str] = set()


def reach(stage: object) -> None:
    """Note a stage at the first time, with the seconds since the start and the executions."""
    if str(stage) in reached:
        return
    reached.add(str(stage))
    note(stage)


def note(stage: object) -> None:
    if "STAGES" not in os.environ:
        return
    seconds = time.time() - float(os.environ["STARTED"])
    with open(os.environ["STAGES"], "a") as file:
        file.write(f"{stage} {seconds:.2f} {executions}\n")


def execute() -> None:
    global executions
    executions += 1
    if executions % 100 == 0:
        note("last")


def fail() -> None:
    reach(FAILED)
    raise ValueError(FAILED)


@given(st.binary())
def test_prefix(data: bytes) -> None:
    """Byte by byte: coverage alone leads there."""
    execute()
    for index, wanted in enumerate(b"FUZZ!"):
        if index >= len(data) or data[index] != wanted:
            return
        reach(index)
        if index == 1:
            reach("two")
        elif index == 2:
            reach("three")
        elif index == 3:
            reach("four")
    fail()


@given(st.text(), st.integers())
def test_order(code: str, stock: int) -> None:
    """A whole word and a limit."""
    execute()
    if code == "clearance-25":
        reach("code")
        if stock >= 1000:
            reach("stock")
            if stock % 1000 == 77:
                fail()


@given(st.lists(st.integers()))
def test_lock(numbers: list[int]) -> None:
    """Three numbers in a row."""
    execute()
    if len(numbers) >= 3:
        reach("length")
        if numbers[0] == 48_151_623:
            reach("first")
            if numbers[1] == numbers[0] + 42:
                reach("second")
                if numbers[2] < -1_000_000_007:
                    fail()


@given(st.dictionaries(st.text(), st.integers() | st.text()))
def test_document(document: dict[str, int | str]) -> None:
    """Keys and types of a document."""
    execute()
    if "version" in document:
        reach("version")
        if document["version"] == 3:
            reach("number")
            if isinstance(document.get("author"), str):
                reach("author")
                if str(document["author"]).startswith("root@"):
                    fail()


class Account(RuleBasedStateMachine):
    """Steps in the right order, one with the right argument."""

    def __init__(self) -> None:
        super().__init__()
        self.state = "closed"

    @rule(pin=st.integers(0, 9999))
    def open(self, pin: int) -> None:
        execute()
        if pin == 4711:
            reach("open")
            self.state = "open"

    @rule()
    def lock(self) -> None:
        if self.state == "open":
            reach("locked")
            self.state = "locked"

    @rule(amount=st.integers())
    def withdraw(self, amount: int) -> None:
        if self.state == "locked" and amount > 1_000_000:
            fail()


TestAccount = Account.TestCase
