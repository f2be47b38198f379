"""Corpus files as the real Go toolchain sees them; skipped where there is none."""

from __future__ import annotations

import math
import random
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fuzzengine.corpus.entry import CorpusError, unmarshal
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

GO_TEST = r"""
package m

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"
)

// No file has two bools, so every file is reported: malformed, or the wrong number of values.
func FuzzRefuse(f *testing.F) {
	f.Fuzz(func(t *testing.T, a, b bool) {})
}

func answer(question, text string) string {
	switch question {
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
			return err.Error()
		}
		return fmt.Sprintf("%x", math.Float32bits(float32(value)))
	case "parse64":
		value, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return err.Error()
		}
		return fmt.Sprintf("%x", math.Float64bits(value))
	}
	return "no such question"
}

func TestAnswer(t *testing.T) {
	questions, err := os.Open("questions")
	if err != nil {
		t.Skip()
	}
	answers, _ := os.Create("answers")
	defer answers.Close()
	for scanner := bufio.NewScanner(questions); scanner.Scan(); {
		question, text, _ := strings.Cut(scanner.Text(), " ")
		fmt.Fprintln(answers, answer(question, text))
	}
}
"""


OLDEST_GO = 27


@pytest.fixture(scope="module")
def go_program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build a Go test program; tests run it in their own folders."""
    go = gotool.find_go()
    version = subprocess.run([go, "env", "GOVERSION"], capture_output=True, text=True, check=True)
    found = re.match(r"go1\.(\d+)", version.stdout)
    if found is None or int(found[1]) < OLDEST_GO:
        pytest.skip(f"go 1.{OLDEST_GO} or later is needed: its words and its Unicode")
    folder = tmp_path_factory.mktemp("go")
    (folder / "m_test.go").write_text(GO_TEST)
    return gotool.build(folder, language="1.24")


def ask(program: Path, folder: Path, questions: list[str]) -> list[str]:
    """Return the Go program's answer to every question."""
    (folder / "questions").write_text("\n".join(questions) + "\n", encoding="utf-8")
    subprocess.run([program, "-test.run=TestAnswer"], cwd=folder, check=True, capture_output=True)
    return (folder / "answers").read_text("utf-8").split("\n")[:-1]


def compare(program: Path, folder: Path, cases: list[tuple[str, str]]) -> None:
    """Compare what is expected of every question with Go's answer."""
    answers = ask(program, folder, [question for question, _ in cases])
    assert len(answers) == len(cases)
    wrong = [
        (question, expected, answer)
        for (question, expected), answer in zip(cases, answers, strict=True)
        if expected != answer
    ]
    assert not wrong, wrong[:5]


PIECES = [
    *"()[]{}\"'`\\-+^<!*.,;:_/|&%=~@#$? \r\t\0",
    *(kind.name for kind in ALL),
    *("[]byte", "byte", "rune", "math.Float64frombits", "math.Float32frombits", "math", "true"),
    *("0x", "0b", "0o", "1e", "0x1p", "p", "9", "09", "0_7", "1_", "0.5", "1.", "1i", "NaN", "Inf"),
    *("'a'", '"a"', "`a`", "\\x41", "\\u00e9", "\\uD800", "\\U0010ffff", "\\377", "\\400", "\\n"),
    *("struct{", "map[", "chan ", "<-chan ", "interface{", "func(", "...", "...int", "a b", "x[T]"),
    *("\xe9", "\u2028", "\ufeff", "\udcff", "\U0001f600", "\u0661", "\u201c", "\xa0", "//", "/*"),
    *("*/", "<-", "<<", "&&", "==", "=", ":=", "++", "type", "if", "int(", 'string("', '")', ")"),
]
# The statements of a function literal are not parsed: see fuzzengine.golang.expr.
FUNCTION_BODY = re.compile(r"func[^{]*\)[^{]*\{")


def random_lines(count: int) -> Iterator[bytes]:
    """Yield lines that Go's parser finds all kinds of faults with, the same ones every time."""
    rng = random.Random(20260101)
    starts = ["", "", "int(", 'string("', "float64(", "struct{", "func(", "interface{", "[]byte("]
    ends = ["", "", ")", '")', "}", "]"]
    while count:
        middle = "".join(rng.choice(PIECES) for _ in range(rng.randint(1, 8)))
        line = rng.choice(starts) + middle + rng.choice(ends)
        if not FUNCTION_BODY.search(line):
            count -= 1
            yield line.encode("utf-8", "surrogateescape")


def refusal(data: bytes) -> str:
    try:
        kinds, _ = unmarshal(data)
    except CorpusError as error:
        return f"unmarshal: {error}"
    return f"wrong number of values in corpus entry: {len(kinds)}, want 2"


def test_every_line_is_refused_in_go_words(go_program: Path, tmp_path: Path) -> None:
    folder = tmp_path / "testdata" / "fuzz" / "FuzzRefuse"
    folder.mkdir(parents=True)
    files = {}
    for number, line in enumerate(random_lines(4000)):
        files[f"{number:04}"] = data = b"go test fuzz v1\n" + line
        (folder / f"{number:04}").write_bytes(data)
    result = subprocess.run(
        [go_program, "-test.run=FuzzRefuse"], cwd=tmp_path, capture_output=True, check=False
    )
    output = result.stdout.decode("utf-8", "surrogateescape")
    found = dict(re.findall(r'"testdata/fuzz/FuzzRefuse/(\d+)": ([^\n]*)', output))
    assert found.keys() == files.keys()
    wrong = [
        (files[name], refusal(files[name]), text)
        for name, text in found.items()
        if refusal(files[name]) != text
    ]
    assert not wrong, wrong[:5]


def test_text_is_quoted_as_go_does(go_program: Path, tmp_path: Path) -> None:
    rng = random.Random(1)
    codes = [code for code in range(0x3100) if not 0xD800 <= code < 0xE000]
    codes += [code for code in range(0xE000, 0x110000, 7) if rng.random() < 0.05]
    cases = [(f"rune {code}", quote_rune(code)) for code in codes]
    cases += [(f"quote {chr(code).encode().hex()}", quote(chr(code).encode())) for code in codes]
    troubles = b"\xe2\x80\xa8\xf0\x9f\x98\x80\xed\xa0\x80\xc3\xa9\xef\xbb\xbf\xff\"'\\"
    for _ in range(2000):
        value = bytes(rng.choice([rng.randrange(256), *troubles]) for _ in range(rng.randint(0, 8)))
        cases.append((f"quote {value.hex()}", quote(value)))
    compare(go_program, tmp_path, cases)


def written(bits: int, make: Callable[[int], float], width: int) -> list[tuple[str, str]]:
    value = make(bits)
    return [] if math.isnan(value) else [(f"print{width} {bits:x}", format_float(value, width))]


def test_floats_are_written_as_go_does(go_program: Path, tmp_path: Path) -> None:
    rng = random.Random(2)
    cases = []
    around = (-1, 0, 1)  # the gaps to a power of two's neighbours differ
    singles = [(exponent << 23) + step for exponent in range(1, 512) for step in around]
    for bits in [*singles, *range(100), *(rng.getrandbits(32) for _ in range(2000))]:
        cases += written(bits, float32_from_bits, 32)
    doubles = [(exponent << 52) + step for exponent in range(1, 4096, 3) for step in around]
    for bits in [*doubles, *range(100), *(rng.getrandbits(64) for _ in range(2000))]:
        cases += written(bits, float64_from_bits, 64)
    compare(go_program, tmp_path, cases)


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
    except NumberError as error:
        return str(error)
    return f"{(float32_bits if width == 32 else float64_bits)(value):x}"


def test_floats_are_read_as_go_does(go_program: Path, tmp_path: Path) -> None:
    texts = list(float_texts(random.Random(3)))
    cases = [(f"parse{width} {text}", parsed(text, width)) for text in texts for width in (32, 64)]
    compare(go_program, tmp_path, cases)
