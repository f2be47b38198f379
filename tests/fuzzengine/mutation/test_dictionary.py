"""Words from dictionary files and from code, and the mutations that use them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzzengine.mutation.dictionary import MAX_WORD_LENGTH, parse, words_in_code
from fuzzengine.mutation.havoc import POOL_SIZE, Havoc
from fuzzengine.mutation.pcg import PCG
from fuzzengine.types.kinds import BOOL, BYTES, FLOAT32, FLOAT64, INT8, INT64, STRING, UINT8, Kind
from tests.fuzzengine.running import Package

pytestmark = pytest.mark.once


def written(word: bytes) -> str:
    plain = "".join(
        chr(byte) if 32 <= byte < 127 and byte not in b'"\\' else f"\\x{byte:02x}" for byte in word
    )
    return f'"{plain}"'


@given(st.lists(st.binary(min_size=1, max_size=9)))
def test_every_word_can_be_written(words: list[bytes]) -> None:
    text = "# words\n\n" + "\n".join(f"name@2={written(word)}" for word in words)
    assert parse(text, "f") == words


def test_the_forms_of_a_line() -> None:
    text = 'a="x"\n  "y z"  \n# "no"\nb@9="\\"\\\\\\n\\t\\r\\x00"\nc=""\nd="\u20ac"'
    assert parse(text, "f") == [b"x", b"y z", b'"\\\n\t\r\0', "\u20ac".encode()]


@given(st.text())
def test_any_other_text_is_an_error_of_one_line(text: str) -> None:
    text = f'"{text}'
    if not text.strip().endswith('"') or len(text.splitlines()) > 1 or text == '"':
        with pytest.raises(ValueError, match=r"^f:[0-9]+: "):
            parse(text, "f")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("word", 'f:1: want name="value", not word'),
        ('\na="b', 'f:2: want name="value", not a="b'),
        ('"', 'f:1: want name="value", not "'),
        ('"a\\qb"', r"f:1: unknown escape \q; want \\, \" or \xNN"),
        ('"\\x1"', r"f:1: unknown escape \x; want \\, \" or \xNN"),
        ('"a"b"', r"f:1: write \" for a quote inside of a value"),
    ],
)
def test_errors_name_the_line(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=r"^f:") as caught:
        parse(text, "f")
    assert str(caught.value) == message


def test_the_constants_of_code_are_words() -> None:
    source = (
        "def f(x):\n 'documentation'\n def g(): return x in ('in', {'set', 'of'})\n"
        " return x == b'\\x89PNG' or x == 0xBEEF or x == 'a' * 40 or x == 5\n"
    )
    words = words_in_code([compile(source, "f", "exec")])
    assert {b"in", b"set", b"of", b"\x89PNG", b"48879", b"\xbe\xef\0\0"[:2]} <= {
        word.strip(b"\0") if len(word) == 4 else word for word in words
    } | {b"\xbe\xef"}
    assert b"\x00\x00\xbe\xef" in words
    assert b"documentation" not in words
    assert all(0 < len(word) <= MAX_WORD_LENGTH for word in words)
    assert len(set(words)) == len(words)


VALUES: list[tuple[Kind, st.SearchStrategy[object]]] = [
    (BYTES, st.binary(max_size=40)),
    (STRING, st.binary(max_size=40).map(lambda data: data.decode("utf-8", "surrogateescape"))),
    (INT8, st.integers(-128, 127)),
    (UINT8, st.integers(0, 255)),
    (INT64, st.integers(-(1 << 63), (1 << 63) - 1)),
    (FLOAT64, st.floats()),
    (FLOAT32, st.floats(width=32)),
    (BOOL, st.booleans()),
]


@given(st.data(), st.integers(0, 1 << 60), st.lists(st.binary(max_size=5), max_size=3))
def test_mutated_values_are_accepted(data: st.DataObject, seed: int, words: list[bytes]) -> None:
    chosen = data.draw(st.lists(st.sampled_from(VALUES), min_size=1, max_size=3))
    kinds = [kind for kind, _ in chosen]
    havoc = Havoc(kinds, words, PCG.seeded(seed, 1))
    values = [data.draw(strategy) for _, strategy in chosen]
    havoc.remember(values)
    for _ in range(20):
        values = havoc.mutated(values)
        for kind, value in zip(kinds, values, strict=True):
            assert kind.accepts(value), (kind, value)


def test_a_seed_determines_the_sequence_and_every_word_appears() -> None:
    words = [b"alpha", b"beta", b"31337"]

    def made() -> list[object]:
        havoc = Havoc([BYTES], words, PCG.seeded(5, 1))
        for number in range(POOL_SIZE + 50):
            havoc.remember([b"entry %d" % number])
        return [havoc.mutated([b"start"])[0] for _ in range(500)]

    first = made()
    assert first == made()
    text = b"|".join(one for one in first if isinstance(one, bytes))
    assert all(word in text for word in [*words, b"entry", b"startstart"])


@pytest.mark.process
def test_the_words_of_a_file_reach_the_inputs(tmp_path: Path) -> None:
    package = Package(tmp_path)
    package.write(
        "m_test.py",
        """
        from zlib import crc32

        def fuzz_it(f):
            @f.fuzz
            def _(t, data: bytes):
                if any(crc32(data[i : i + 5]) == 2851967400 for i in range(len(data))):
                    t.error("found")
        """,
    )
    package.write("words.dict", 'key="zqwxv"\n')
    package.write("bad.dict", "key=zqwxv\n")
    flags = ("-fuzz=fuzz_it", "-fuzztime=6000x", "-parallel=1", "-seed=2")
    assert package.run("test", *flags).returncode == 0
    assert package.run("test", *flags, "-dict=words.dict").returncode == 1
    refused = package.run("test", *flags, "-dict=bad.dict")
    assert refused.returncode == 2
    assert 'bad.dict:1: want name="value", not key=zqwxv' in refused.stderr.splitlines()[0]
    missing = package.run("test", *flags, "-dict=missing.dict")
    assert "no such file" in missing.stderr.splitlines()[0]
