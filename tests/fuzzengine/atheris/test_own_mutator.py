"""Custom mutators and crossovers of harnesses make the inputs."""

from __future__ import annotations

import zlib

import pytest

from fuzzengine.atheris import stand_in
from fuzzengine.atheris.own_mutator import OwnMutator
from fuzzengine.atheris.stand_in import SetupCall
from fuzzengine.mutation.mutator import Mutator
from fuzzengine.mutation.pcg import PCG
from fuzzengine.types.kinds import BYTES
from tests.fuzzengine.atheris.running import needs_atheris, run, run_atheris
from tests.fuzzengine.running import Package

HARNESS = "fuzz_custom.py"


def made(setup: SetupCall, inputs: list[bytes], count: int, max_len: int = 0) -> list[object]:
    mutator = OwnMutator(setup, Mutator(PCG.seeded(1)), max_len)
    results = []
    for number in range(count):
        values: list[object] = [inputs[number % len(inputs)]]
        mutator.remember(values, [BYTES])
        mutator.mutate(values, [BYTES], 1 << 20)
        results += values
    return results


def test_a_custom_mutator_makes_all_inputs() -> None:
    setup = SetupCall(["x"], bytes)
    setup.custom_mutator = lambda data, size, seed: data + b"%d" % size
    assert made(setup, [b"a"], 3) == [b"a4096"] * 3
    assert made(setup, [b"a"], 2, max_len=3) == [b"a3"] * 2
    assert made(setup, [b"abc"], 1, max_len=4) == [b"abc4"]


def test_a_crossover_gets_another_input() -> None:
    setup = SetupCall(["x"], bytes)
    setup.custom_mutator = lambda data, size, seed: data
    setup.custom_crossover = lambda one, other, size, seed: one + b"-" + other
    found = set(made(setup, [b"a", b"b"], 60))
    assert found == {b"a", b"b", b"a-a", b"a-b", b"b-a", b"b-b"}


def test_a_crossover_alone_goes_with_the_default_mutator() -> None:
    setup = SetupCall(["x"], bytes)
    setup.custom_crossover = lambda one, other, size, seed: b"crossed"
    found = made(setup, [b"abcd"], 60)
    assert 0 < found.count(b"crossed") < 60
    assert len(set(found)) > 10


def test_mutate_keeps_to_the_size() -> None:
    OwnMutator(SetupCall(["x"], bytes), Mutator(PCG.seeded(2)), 0)
    results = [stand_in.Mutate(b"abcdef", 7) for _ in range(200)]
    assert max(map(len, results)) <= 7
    assert len(set(results)) > 20
    assert stand_in.Mutate(b"abcdef", 2) != b""


@needs_atheris
@pytest.mark.process
def test_the_verdict_is_that_of_atheris(package: Package) -> None:
    (package.folder / "failing").write_bytes(zlib.compress(b"FUn"))
    assert run_atheris(package, HARNESS, "failing").returncode == 77
    assert run(package, HARNESS, "failing").returncode == 77


@pytest.mark.process
def test_a_failing_input_of_the_custom_mutator_is_found(package: Package) -> None:
    done = run(package, HARNESS, "-seed=1", "-runs=1000000")
    assert done.returncode == 77, done.stderr
    (path,) = package.folder.iterdir()
    assert zlib.decompress(path.read_bytes())[:2] == b"FU"


@pytest.mark.process
def test_an_exception_in_a_custom_mutator_ends_the_run(package: Package) -> None:
    harness = package.folder / "fuzz_broken.py"
    harness.write_text(
        "import atheris, sys\n"
        "def mutator(data, size, seed):\n"
        "    raise ValueError('broken')\n"
        "atheris.Setup(sys.argv, len, custom_mutator=mutator)\n"
        "atheris.Fuzz()\n"
    )
    done = run(package, harness, "-runs=1000")
    assert done.returncode == 1
    assert "a custom mutator failed: ValueError: broken\n" in done.stderr
    assert f'  File "{harness}", line 3, in mutator\n' in done.stderr
    assert list(package.folder.iterdir()) == [harness]
