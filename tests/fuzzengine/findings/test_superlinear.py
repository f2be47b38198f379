"""Detecting super-linear cost."""

from __future__ import annotations

import re
import signal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzzengine.findings import superlinear
from fuzzengine.findings.finding import SuperLinear
from fuzzengine.findings.pump import pumped
from fuzzengine.findings.superlinear import (
    ComplexityDetector,
    _Cost,
    is_steep,
    measure,
    repetition_of,
)
from tests.fuzzengine.running import Package, processes_of

pytestmark = pytest.mark.once

CODE = r"""
import re

WORDS = re.compile(r"(\w+\s?)*$")

def quadratic(data):
    seen = []
    for byte in data:
        for other in seen:
            if other == (byte, len(seen)):
                return
        seen.append((byte, len(seen)))

def redos(text):
    return WORDS.match(text)

def in_c(data):
    seen = []
    for number, byte in enumerate(data):
        if (number, data) in seen:
            return
        seen.append(number)

def linear(data):
    total = 0
    for byte in data:
        total += 1 if byte & 1 else 2

def with_logarithm(data):
    if len(data) < 2:
        return list(data)
    middle = len(data) // 2
    left, right = with_logarithm(data[:middle]), with_logarithm(data[middle:])
    merged = []
    while left and right:
        merged.append((left if left[-1] >= right[-1] else right).pop())
    return left + right + merged[::-1]

def with_a_threshold(data):
    if len(data) > 100:
        for number in range(12_000):
            pass

def failing(data):
    linear(data)
    raise ValueError(data)
"""


def write(package: Package, function: str, seed: str, allow: str = "()") -> None:
    package.write("slow.py", CODE)
    kind = "bytes" if seed.startswith("b") else "str"
    package.write(
        "slow_test.py",
        f"""
        import slow

        def FuzzIt(f):
            f.add({seed})
            @f.fuzz(allow={allow})
            def _(t, data: {kind}):
                slow.{function}(data)
        """,
    )


@pytest.mark.parametrize(
    ("function", "seed", "unit"),
    [("quadratic", 'b"a,b"', "blocks"), ("redos", '"some words"', "ms"), ("in_c", 'b"a"', "ms")],
)
def test_super_linear_cost_is_a_crash(
    package: Package, function: str, seed: str, unit: str
) -> None:
    write(package, function, seed)
    # Random changes alone fail within more executions, or run into the limit of one.
    flags = ("-detect=superlinear", "-fuzzminimizetime=0x", "-parallel=1", "-seed=3")
    done = package.run("test", *flags, "-fuzz=FuzzIt", "-fuzztime=500x")
    assert done.returncode == 1
    found = re.search(r"slow\.py:\d+: fuzzengine\.SuperLinear: (.*)", done.stdout)
    assert found, done.stdout
    assert f"; {unit} by repeats: " in found[1]
    (entry,) = package.recorded()
    # It is found again by itself, and only when it is looked for.
    again = package.run("test", f"-run={entry}", "-detect=superlinear")
    assert again.returncode == 1
    assert "super-linear in repeats of" in again.stdout
    assert processes_of(package) == []
    assert package.leftovers() == []


@pytest.mark.parametrize("function", ["linear", "with_logarithm", "with_a_threshold", "failing"])
def test_linear_cost_is_not_a_crash(package: Package, function: str) -> None:
    write(package, function, 'b"a,b"', "(ValueError,)")
    done = package.run(
        "test", "-detect=all", "-fuzz=FuzzIt", "-fuzztime=300x", "-parallel=1", "-seed=1"
    )
    assert done.returncode == 0, done.stdout


def test_without_the_detector_super_linear_cost_is_not_a_crash(package: Package) -> None:
    write(package, "quadratic", 'b"a" * 64')
    assert package.run("test").returncode == 0
    assert package.run("test", "-detect=superlinear").returncode == 0
    write(package, "quadratic", 'b"a" * 512')
    assert package.run("test").returncode == 0
    assert package.run("test", "-detect=superlinear").returncode == 1


@pytest.mark.parametrize("slowness", [0.5, 1, 2, 4, 8])
def test_a_slow_machine_sees_an_exponential_cost_too(
    monkeypatch: pytest.MonkeyPatch, slowness: float
) -> None:
    def measure(_function: object, values: list[bytes], most_time: float = 0.5) -> _Cost:
        seconds = slowness * 1e-4 * 60 ** (len(values[0]) // 10 - 1)
        return _Cost(1, min(seconds, most_time), cut=seconds > most_time)

    monkeypatch.setattr(superlinear, "measure", measure)
    monkeypatch.setattr(superlinear, "_raise_at_hot_spot", lambda *_: None)
    with pytest.raises(SuperLinear):
        ComplexityDetector(print)(None, b"some words" * 64)


@given(
    st.binary(max_size=8),
    st.binary(min_size=1, max_size=24),
    st.integers(32, 99),
    st.binary(max_size=8),
)
def test_a_repeated_part_is_found(head: bytes, unit: bytes, count: int, tail: bytes) -> None:
    value = head + unit * count + tail
    found = repetition_of([1, value])
    assert found is not None
    assert found.index == 1
    assert len(found.unit) * found.count >= len(unit) * (count - 1)
    assert found.shortened([1, value], found.count) == [1, value]
    _, shorter = found.shortened([1, value], found.count - 2)
    assert len(shorter) == len(value) - 2 * len(found.unit)  # type: ignore[arg-type]


@given(st.text(max_size=31) | st.binary(max_size=31) | st.integers())
def test_short_values_have_no_repeated_part(value: object) -> None:
    assert repetition_of([value]) is None


@given(st.integers(1, 1000), st.integers(0, 10**6), st.integers(1, 1000))
def test_linear_costs_are_not_steep_and_quadratic_ones_are(a: int, b: int, size: int) -> None:
    sizes = [size, 2 * size, 4 * size, 8 * size]
    assert not is_steep([a * n + b for n in sizes], 1, cut=False)
    assert not is_steep([a * n * n.bit_length() + b for n in sizes], 1, cut=False)
    assert is_steep([a * n * n + b for n in sizes], 1, cut=False)


def test_a_cut_cost_is_steep_only_after_a_measured_rise() -> None:
    assert is_steep([1, 20, 2000], 5, cut=True)
    assert not is_steep([1, 20, 2000], 5, cut=False)
    assert not is_steep([1, 1, 2000], 5, cut=True)


def test_measured_executions_end_at_a_limit() -> None:
    def endless(_t: object) -> None:
        while True:
            pass

    cost = measure(endless, [], most_time=0.01)
    assert cost.cut
    # The timer's clock is not the one that measures.
    assert cost.seconds > 0
    assert not measure(lambda _t: None, []).cut


@given(st.lists(st.text(max_size=40) | st.binary(max_size=40) | st.integers(), max_size=3))
def test_pumped_inputs_are_longer_and_of_the_same_types(values: list[object]) -> None:
    for longer in pumped(values):
        assert [type(each) for each in longer] == [type(each) for each in values]
        changed = [i for i, each in enumerate(values) if longer[i] != each]
        assert len(changed) == 1
        assert len(longer[changed[0]]) <= 9000  # type: ignore[arg-type]


def test_a_target_that_sleeps_is_not_measured_for_longer_than_it_may(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 0.0
    monkeypatch.setattr(superlinear, "_clock", lambda: now)
    calls: list[object] = []

    def slow(_test: object, data: object) -> None:
        nonlocal now
        now += 2.0
        calls.append(data)

    detector = ComplexityDetector(slow)
    detector.longest = 3.0
    detector(None, b"x" * 4096)
    assert len(calls) == 3, "two measurements, and the execution itself"
    assert calls[-1] == b"x" * 4096


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no timer")
def test_the_limit_of_a_measurement_never_leaves_it(monkeypatch: pytest.MonkeyPatch) -> None:
    class LateTimer(superlinear._Timer):
        """A timer whose signal comes when the target has returned already."""

        late = True

        def stop(self) -> None:
            super().stop()
            if self.late:
                self.late = False
                self._raise(0, None)

    monkeypatch.setattr(superlinear, "_Timer", LateTimer)
    assert measure(lambda _test: None, []).cut
