"""Compares the reading and writing of corpus files with Go; skipped without a Go toolchain."""

from __future__ import annotations

import math
import random
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fuzzengine.corpus.encoding import HEADER, CorpusError, marshal, unmarshal
from fuzzengine.golang.number import NumberError, format_float, parse_float
from fuzzengine.golang.quote import quote, quote_rune
from fuzzengine.types.kinds import (
    ALL,
    float32_bits,
    float32_from_bits,
    float64_bits,
    float64_from_bits,
)
from tests.interop import gotool

OLDEST_GO = 27

# Built together with Go's own internal/fuzz/encoding.go, which no program of ours can import.
GO_PROGRAM = r"""
package main

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"
)

func answer(question, text string) string {
	switch question {
	case "file":
		raw, _ := hex.DecodeString(text)
		values, err := unmarshalCorpusFile(raw)
		if err != nil || len(values) == 0 {
			return "refused"
		}
		return hex.EncodeToString(marshalCorpusFile(values...))
	case "quote":
		raw, _ := hex.DecodeString(text)
		return strconv.Quote(string(raw))
	case "rune":
		code, _ := strconv.Atoi(text)
		return strconv.QuoteRune(rune(code))
	case "print32":
		bits, _ := strconv.ParseUint(text, 16, 32)
		return fmt.Sprint(math.Float32frombits(uint32(bits)))
	case "print64":
		bits, _ := strconv.ParseUint(text, 16, 64)
		return fmt.Sprint(math.Float64frombits(bits))
	case "parse32":
		value, err := strconv.ParseFloat(text, 32)
		if err != nil {
			return "refused"
		}
		return fmt.Sprintf("%x", math.Float32bits(float32(value)))
	case "parse64":
		value, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return "refused"
		}
		return fmt.Sprintf("%x", math.Float64bits(value))
	}
	return "unknown question"
}

func main() {
	answers := bufio.NewWriter(os.Stdout)
	defer answers.Flush()
	for questions := bufio.NewScanner(os.Stdin); questions.Scan(); {
		question, text, _ := strings.Cut(questions.Text(), " ")
		fmt.Fprintln(answers, answer(question, text))
	}
}
"""


@pytest.fixture(scope="module")
def go_program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build a Go program that answers questions, one per line."""
    version = re.match(r"go1\.(\d+)", gotool.go_environment("GOVERSION"))
    if version is None or int(version[1]) < OLDEST_GO:
        pytest.skip(f"go 1.{OLDEST_GO} or later is needed: its version of Unicode")
    folder = tmp_path_factory.mktemp("go")
    (folder / "main.go").write_text(GO_PROGRAM)
    source = Path(gotool.go_environment("GOROOT"), "src", "internal", "fuzz", "encoding.go")
    encoding = source.read_text("utf-8").replace("package fuzz", "package main", 1)
    (folder / "encoding.go").write_text(encoding, "utf-8")
    return gotool.build_command(folder)


def ask(program: Path, questions: list[str]) -> list[str]:
    """Return the Go program's answer to every question."""
    text = "\n".join(questions) + "\n"
    result = subprocess.run([program], input=text.encode(), capture_output=True, check=True)
    return result.stdout.decode().split("\n")[:-1]


def compare(program: Path, cases: list[tuple[str, str]]) -> None:
    """Compare the expected answer to every question with Go's."""
    answers = ask(program, [question for question, _ in cases])
    assert len(answers) == len(cases)
    wrong = [
        (question, expected, answer)
        for (question, expected), answer in zip(cases, answers, strict=True)
        if expected != answer
    ]
    assert not wrong, wrong[:5]


TYPES = [
    *(kind.name for kind in ALL if kind.name != "[]uint8"),
    *("[]byte", "byte", "rune", "math.Float32frombits", "math.Float64frombits"),
]
PIECES = [
    *"()[]{}\"'`\\-+^<!*.,;:_/|&%=~@#$? \r\t\0\f\v",
    *TYPES,
    *("math", "true", "0x", "0b", "0o", "1e", "0x1p", "p", "9", "09", "0_7", "1_", "0.5", "1."),
    *("1i", "NaN", "Inf"),
    *("'a'", '"a"', "`a`", "\\x41", "\\u00e9", "\\uD800", "\\U0010ffff", "\\377", "\\400", "\\n"),
    *("struct{", "map[", "chan ", "<-chan ", "interface{", "func(", "...", "...int", "a b", "x[T]"),
    *("\xe9", "\u2028", "\ufeff", "\udcff", "\U0001f600", "\u0661", "\u201c", "\xa0", "//", "/*"),
    *("*/", "<-", "<<", "&&", "==", "=", ":=", "++", "type", "if", "int(", 'string("', '")', ")"),
]
LITERALS = [
    *("0", "-0", "255", "256", "127", "128", "-128", "-129", "0x7f", "0X80", "0B_1", "0o17", "0o8"),
    *("0_7", "07", "08", "0_", "1__0", "1_0", "_1", "0x_1", "0x1_", "0x", "0b2", "1i", "0x1e+5"),
    *("1.", "1.5", ".5", "1e5", "1E+5", "1e", "1e1_0", "1_e1", "1._5", "08.5", "0777", "1p5"),
    *("0x1p1", "0x.8p1", "0x1.p-1", "0x_1.8p1_0", "0x.p1", "0x1.8", "0x1p", "0x1p0000000000001"),
    *("1e400", "1e-400", "1e39", "0x1p-99999999999", "9" * 30, "0" * 30 + ".5", "NaN", "Inf"),
    *("4294967295", "4294967296", "18446744073709551615", "18446744073709551616", "2147483648"),
    *("true", "false", "True", "''", "'a'", r"'\''", r"'\"'", "'\"'", r"'\xff'", r"'\400'"),
    *("'\u2603'", r"'\u00e9'", r"'\ud800'", "'ab'", "'\xe9'", "'\ufeff'", "'''", '""', r'"\""'),
    *(r'"\'"', "`\r\\`", '"a\udcff"', '"\0"', '"/*"', r'"\u2028\U0001f600\377"', r'"\x4"', '"\r"'),
]
SIGNS = [
    *("", "", "", "", "-", "-", "+", "- ", "^", "~", "!", "&", "<-", "*", "--", "-/**/", "<", "&^"),
]
TAILS = [
    *(
        "",
        "",
        "",
        "...",
        ",",
        "...,",
        ",,",
        ",...",
        " ",
        "/*c*/",
        "// c",
        "+1",
        "i",
        ".",
        "..",
        "....",
    ),
    *(
        "[0]",
        "{}",
        "()",
        "\r",
        "\f",
        "e5",
        "_",
        "\xa0",
        "/*",
        "/*line a:0*/",
        "/*line a:1*/",
        "\ufeff",
    ),
]
STARTS = [
    *("", "", "", "", "\ufeff", "\ufeff\ufeff", "/* a */", "/*/*/", "(", "\xa0", "/*line a:-1*/"),
]
ENDS = [
    *(
        ")",
        ")",
        ")",
        ")",
        ")",
        "",
        ")//x",
        ")/*x*/",
        ")/*x",
        "))",
        ") ",
        ");",
        ")\ufeff",
        ")int(1)",
    ),
    *(").x", "){}", ")\x85", ")\v"),
]
ESCAPES = [
    *"\\\"' qn\xe9\ufeff\0\udcc3\udca9`\r",
    *("x41", "x4", "u00e9", "uD8", "U0001F600", "377", "40", r"\\", r"\n", r"\x", r"\u00e9"),
    *(r"\ud800", r"\U0010ffff", r"\377", r"\400", r"\08"),
]


def some(rng: random.Random, pieces: list[str] | str, least: int, most: int) -> str:
    return "".join(rng.choice(pieces) for _ in range(rng.randint(least, most)))


def random_lines(rng: random.Random, count: int) -> Iterator[str]:
    """Yield lines with all kinds of mistakes, and lines without any."""
    for _ in range(count):
        start = rng.choice(["", "int(", 'string("', "float64(", "struct{", "func(", "[]byte("])
        yield start + some(rng, PIECES, 1, 8) + rng.choice(["", ")", '")', "}", "]"])
        name = rng.choice(TYPES)
        gap = rng.choice(["", "", "", " ", "\t", "/*c*/"])
        spaced = rng.choice([name, name, name.replace("]", "] ").replace(".", " ./**/")])
        argument = rng.choice(SIGNS) + rng.choice(LITERALS) + rng.choice(TAILS)
        yield rng.choice(STARTS) + f"{spaced}{gap}({gap}{argument}" + rng.choice(ENDS)
        mark = rng.choice('"""`\'')
        yield f"{rng.choice(['string', '[]byte', 'rune'])}({mark}{some(rng, ESCAPES, 0, 5)}{mark})"
        number = some(rng, "0011_5789.eExXpPbo+-aF", 1, 8)
        yield f"{name}({rng.choice(['', '-'])}{number}{rng.choice(['', '', '...', ','])})"


def written_again(data: bytes) -> str:
    """Return the file as it is written after it was read, or `refused`, like the Go program."""
    try:
        kinds, values = unmarshal(data)
    except CorpusError:
        return "refused"
    return marshal(kinds, values).hex() if kinds else "refused"


def test_go_agrees_on_what_is_accepted_and_on_its_value(go_program: Path) -> None:
    cases = []
    for line in random_lines(random.Random(20260101), 4000):
        data = HEADER + b"\n" + line.encode("utf-8", "surrogateescape")
        cases.append((f"file {data.hex()}", written_again(data)))
    refused = [verdict for _, verdict in cases].count("refused")
    assert 0.5 < refused / len(cases) < 0.95
    compare(go_program, cases)


def test_text_is_quoted_as_go_does(go_program: Path) -> None:
    rng = random.Random(1)
    codes = [code for code in range(0x3100) if not 0xD800 <= code < 0xE000]
    codes += [code for code in range(0xE000, 0x110000, 7) if rng.random() < 0.05]
    cases = [(f"rune {code}", quote_rune(code)) for code in codes]
    cases += [(f"quote {chr(code).encode().hex()}", quote(chr(code).encode())) for code in codes]
    troubles = b"\xe2\x80\xa8\xf0\x9f\x98\x80\xed\xa0\x80\xc3\xa9\xef\xbb\xbf\xff\"'\\"
    for _ in range(2000):
        value = bytes(rng.choice([rng.randrange(256), *troubles]) for _ in range(rng.randint(0, 8)))
        cases.append((f"quote {value.hex()}", quote(value)))
    compare(go_program, cases)


def written(bits: int, make: Callable[[int], float], width: int) -> list[tuple[str, str]]:
    value = make(bits)
    return [] if math.isnan(value) else [(f"print{width} {bits:x}", format_float(value, width))]


def test_floats_are_written_as_go_does(go_program: Path) -> None:
    rng = random.Random(2)
    cases = []
    around = (-1, 0, 1)  # the gaps to a power of two's neighbours differ
    singles = [(exponent << 23) + step for exponent in range(1, 512) for step in around]
    for bits in [*singles, *range(100), *(rng.getrandbits(32) for _ in range(2000))]:
        cases += written(bits, float32_from_bits, 32)
    doubles = [(exponent << 52) + step for exponent in range(1, 4096, 3) for step in around]
    for bits in [*doubles, *range(100), *(rng.getrandbits(64) for _ in range(2000))]:
        cases += written(bits, float64_from_bits, 64)
    compare(go_program, cases)


def float_texts(rng: random.Random) -> Iterator[str]:
    for _ in range(2000):
        lower = float32_from_bits(rng.randrange(0x7F7FFFFE))
        upper = float32_from_bits(float32_bits(lower) + 1)
        half = f"{(lower + upper) / 2:.60e}"
        yield half
        yield half.replace("e", f"{rng.choice('0159')}e")
        yield f"{rng.randrange(10 ** rng.randint(1, 40))}e{rng.randint(-400, 400)}"
        yield f"{rng.randrange(10 ** rng.randint(1, 20))}.{rng.randrange(10 ** rng.randint(1, 20))}"
        yield f"0x{rng.getrandbits(rng.randint(1, 120)):x}.8p{rng.randint(-1200, 1200)}"
        yield f"0x{(rng.getrandbits(24) | 1) << 40 | rng.randint(0, 1):x}p{rng.randint(-220, 70)}"
    yield from [
        "0x10",
        "0b1",
        "0o7",
        "07.5",
        "1_0.5",
        "0_7",
        "0777",
        "0x1p-99999999999999",
        "0x1p99999999999999",
    ]
    yield from ["1e99999999999", "1e-99999999999", "340282356779733661637539395458142568447.9"]
    yield from ["340282356779733661637539395458142568448", "1e0000000000000000001", "0X1P1", "1E5"]


def parsed(text: str, width: int) -> str:
    try:
        value = parse_float(text, width)
    except NumberError:
        return "refused"
    return f"{(float32_bits if width == 32 else float64_bits)(value):x}"


def test_floats_are_read_as_go_does(go_program: Path) -> None:
    texts = list(float_texts(random.Random(3)))
    cases = [(f"parse{width} {text}", parsed(text, width)) for text in texts for width in (32, 64)]
    compare(go_program, cases)
