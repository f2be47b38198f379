"""Text arguments are valid Unicode, unless a flag or a seed asks for lone surrogates."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzzengine.corpus.encoding import unmarshal
from fuzzengine.mutation.mutator import Mutator, without_surrogates
from fuzzengine.mutation.pcg import PCG
from fuzzengine.types.kinds import STRING, is_valid_text
from tests.fuzzengine.running import Package

TESTS = """
    import os
    from dataclasses import dataclass

    @dataclass
    class Word:
        text: str

    def FuzzEncode(f):
        f.add("seed of some length")
        @f.fuzz
        def _(t, text: str):
            text.encode()

    def FuzzSeed(f):
        f.add("\\udcff")
        @f.fuzz
        def _(t, text: str):
            if text != "\\udcff":
                text.encode()

    def FuzzWord(f):
        f.add(Word("seed"))
        @f.fuzz
        def _(t, word: Word):
            word.text.encode()

    def FuzzExit(f):
        f.add("seed")
        @f.fuzz
        def _(t, text: str):
            if len(text.encode()) > len(text) + 1:
                os._exit(3)

    def FuzzSmall(f):
        f.add("seed")
        @f.fuzz
        def _(t, text: str):
            if len(text.encode()) > len(text):
                t.error("not ASCII")
"""
NO_TEXT = "UnicodeEncodeError"


@pytest.fixture
def texts(package: Package) -> Package:
    package.write("texts_test.py", TESTS)
    return package


def text_of(package: Package) -> object:
    (recorded,) = package.recorded()
    data = (package.folder / "testdata" / "fuzz" / recorded).read_bytes()
    return unmarshal(data)[1][0]


@pytest.mark.process
@pytest.mark.parametrize("fuzz_test", ["FuzzEncode", "FuzzWord"])
def test_texts_can_be_encoded(texts: Package, fuzz_test: str) -> None:
    done = texts.run("test", f"-fuzz={fuzz_test}", "-fuzztime=3000x", "-seed=1")
    assert done.returncode == 0, done.stdout


@pytest.mark.process
@pytest.mark.parametrize(
    "flags",
    [
        ["-fuzz=FuzzEncode", "-surrogates"],
        ["-fuzz=FuzzEncode", "-gocompat"],
        ["-fuzz=FuzzSeed"],
        ["-fuzz=FuzzWord", "-surrogates"],
    ],
)
def test_lone_surrogates_are_found_if_asked_for(texts: Package, flags: list[str]) -> None:
    done = texts.run("test", *flags, "-fuzztime=20000x", "-seed=1")
    assert NO_TEXT in done.stdout
    assert done.returncode == 1


@pytest.mark.process
def test_a_recorded_failure_asks_for_them_too(texts: Package) -> None:
    texts.write("testdata/fuzz/FuzzEncode/old", 'go test fuzz v1\nstring("\\xff")\n')
    assert NO_TEXT in texts.run("test", "-fuzz=FuzzEncode", "-fuzztime=1000x").stdout
    # Executing a corpus changes nothing about it.
    assert "1 failed" in texts.run("cover", "-fuzz=FuzzEncode").stdout


@pytest.mark.process
def test_cached_inputs_with_them_are_passed_over(texts: Package) -> None:
    folder = texts.inputs("FuzzEncode")
    folder.mkdir(parents=True)
    (folder / "old").write_text('go test fuzz v1\nstring("\\xff")\n')
    done = texts.run("test", "-fuzz=FuzzEncode", "-fuzztime=1000x")
    assert done.returncode == 0, done.stdout


@pytest.mark.process
def test_the_input_of_a_lost_worker_is_rebuilt(texts: Package) -> None:
    done = texts.run("test", "-fuzz=FuzzExit", "-seed=1")
    text = text_of(texts)
    assert isinstance(text, str)
    assert len(text.encode()) > len(text) + 1
    again = texts.run("test", f"-run={texts.recorded()[0]}")
    assert (done.returncode, again.returncode) == (1, 1)


@pytest.mark.process
def test_minimizing_keeps_texts_valid(texts: Package) -> None:
    texts.run("test", "-fuzz=FuzzSmall", "-seed=1", "-fuzzminimizetime=2000x")
    text = text_of(texts)
    assert isinstance(text, str)
    assert len(text.encode()) == len(text) + 1


@given(st.binary(max_size=40), st.integers(1, 100))
def test_replaced_bytes(data: bytes, most: int) -> None:
    text = data.decode("utf-8", "surrogateescape")
    found = without_surrogates(text, most)
    assert is_valid_text(found)
    assert len(found.encode()) <= max(most, len(data))
    if is_valid_text(text):
        assert found == text


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=20), st.integers(0, 2**32))
def test_mutated_texts_are_valid(text: str, seed: int) -> None:
    mutator = Mutator(PCG.seeded(seed), valid_text=True)
    values: list[object] = [text]
    for _ in range(5):
        mutator.mutate(values, [STRING], 1000)
        assert isinstance(values[0], str)
        assert is_valid_text(values[0])
