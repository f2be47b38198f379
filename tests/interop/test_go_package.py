"""`fuzzengine test -fuzz` on packages of Go; skipped where there is no Go."""

from __future__ import annotations

import json
import re
import shutil
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.fuzzengine.running import Package, processes_of
from tests.interop import gotool
from tests.waiting import PATIENCE

pytestmark = pytest.mark.process

SHOP = Path(__file__).parent / "golang" / "shop"
BROKEN = """\
package shop

import (
	"testing"
	"time"
)

func FuzzSkipped(f *testing.F) {
	f.Skip("not today")
}

func FuzzStuck(f *testing.F) {
	time.Sleep(time.Hour)
}

func FuzzBroken(f *testing.F) {
	f.Fatal("no fixtures")
}
"""
SEEDS = """\
package shop

import "testing"

func FuzzSeed(f *testing.F) {
	f.Add("good", 1)
	f.Add("good", 1)
	f.Add("bad", 2)
	f.Fuzz(func(t *testing.T, text string, number int) {
		if text == "bad" {
			t.Error(number)
		}
	})
}
"""
SETTINGS = ("GOTOOLCHAIN", "GOFLAGS", "GOPROXY", "GOCACHE")

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def shop(tmp_path: Path) -> Package:
    gotool.find_go()
    package = Package(tmp_path, "shop")
    for path in SHOP.iterdir():
        shutil.copy(path, package.folder)
    package.write("go.mod", "module example.com/shop\n\ngo 1.20\n")
    return package


@pytest.fixture
def settings(shop: Package) -> dict[str, str]:
    """Return the variables of the environment for Go."""
    found = gotool.environment(shop.base)
    return {name: found[name] for name in SETTINGS if name in found}


@pytest.fixture
def fuzzengine(shop: Package, settings: dict[str, str]) -> Run:
    """Return a function that runs a command of fuzzengine in the package."""
    return lambda *arguments: shop.run(*arguments, **settings)


@pytest.fixture
def run(fuzzengine: Run) -> Run:
    """Return a function that runs `fuzzengine test` in the package."""
    return lambda *flags: fuzzengine("test", *flags)


def go_test(package: Package, pattern: str) -> subprocess.CompletedProcess[str]:
    """Run plain `go test`."""
    return subprocess.run(
        [gotool.find_go(), "test", f"-run={pattern}"],
        cwd=package.folder,
        env=gotool.environment(package.base),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def test_three_bugs_are_found_in_one_run(shop: Package, run: Run) -> None:
    done = run("-fuzz=FuzzSize", "-keepgoing", "-fuzztime=60000x", "-parallel=2")
    assert done.returncode == 1
    titles = [
        "failed at size_test.go:17",
        "runtime error: index out of range at size.go:25 < size_test.go:10",
        "runtime error: integer divide by zero at size.go:35 < size_test.go:14",
    ]
    shown = [line for line in done.stdout.splitlines() if line.startswith("fuzz: new bucket: ")]
    assert sorted(shown) == [f"fuzz: new bucket: {title}" for title in titles]
    messages = {
        "Parse(",
        "panic: runtime error: index out of range [1] with length 1",
        "panic: runtime error: integer divide by zero",
    }
    recorded = shop.recorded()
    assert len(recorded) == 3
    for name in recorded:
        text = (shop.folder / "testdata" / "fuzz" / name).read_text()
        assert text.startswith('go test fuzz v1\nstring("')
        assert f"go test -run={name}\n" in done.stdout
        again = go_test(shop, name)
        assert again.returncode == 1
        messages = {message for message in messages if message not in again.stdout}
    assert not messages
    assert processes_of(shop) == []
    assert shop.leftovers() == []


def test_a_test_program_that_ends_is_an_input_that_fails(shop: Package, run: Run) -> None:
    done = run("-fuzz=FuzzExit", "-fuzztime=300s")
    assert "terminated unexpectedly: exit status 3\n" in done.stdout
    (name,) = shop.recorded()
    assert "        int8(7)\n" in done.stdout
    assert "exit status 3" in go_test(shop, name).stdout


def test_tests_run_before_the_campaign(run: Run) -> None:
    done = run("-v", "-fuzz=FuzzExit", "-fuzztime=10x", "-seed=1", "-parallel=1")
    output = done.stdout
    assert done.returncode == 0
    assert output.index("--- PASS: TestString") < output.index("--- PASS: FuzzExit")
    assert "--- PASS: FuzzSize/seed#1" in output
    assert output.count("\nPASS\n") == 1
    assert "\nok  \texample.com/shop\t" in output


def test_without_fuzz_only_the_tests_run(shop: Package, run: Run) -> None:
    done = run("-run=Test|FuzzSize", "-v")
    assert done.returncode == 0
    assert "--- PASS: TestString" in done.stdout
    assert "\nok  \texample.com/shop\t" in done.stdout
    shop.write("broken_test.go", BROKEN)
    done = run("-skip=Stuck")
    assert done.returncode == 1
    assert "no fixtures" in done.stdout
    assert "FAIL\texample.com/shop\t" in done.stdout


def test_fuzz_tests_that_do_not_reach_their_target(shop: Package, run: Run) -> None:
    shop.write("broken_test.go", BROKEN)
    done = run("-run=^$", "-fuzz=FuzzBroken", "-fuzztime=10x")
    assert done.returncode == 1
    assert "no fixtures" in done.stdout
    done = run("-run=^$", "-fuzz=FuzzSkipped", "-fuzztime=10x")
    assert done.returncode == 0
    assert "FuzzSkipped was skipped: no input was executed" in done.stdout
    done = run("-run=^$", "-fuzz=FuzzStuck", "-fuzzstarttime=500ms")
    assert done.returncode == 1
    assert "no answer within 500ms (-fuzzstarttime)" in done.stdout
    assert processes_of(shop) == []


def test_a_seed_that_fails_fails_again_under_plain_go(shop: Package, run: Run) -> None:
    shop.write("seed_test.go", SEEDS)
    done = run("-run=^$", "-fuzz=FuzzSeed", "-fuzztime=10x")
    assert done.returncode == 1
    assert '        string("bad")\n        int(2)\n' in done.stdout
    assert "    go test -run=FuzzSeed/seed#\n" in done.stdout
    assert "seed_test.go:11: 2" in go_test(shop, "FuzzSeed/seed#").stdout
    assert shop.recorded() == []


def test_an_interrupt_ends_the_campaign(shop: Package, settings: dict[str, str]) -> None:
    arguments = ("test", "-run=^$", "-fuzz=FuzzExit", "-keepgoing")
    with shop.start(*arguments, **settings) as process:
        assert process.stdout is not None
        before = iter(process.stdout.readline, "")
        assert any(line.startswith("fuzz: seed: ") for line in before)
        process.send_signal(signal.SIGINT)
        try:
            process.communicate(timeout=PATIENCE)
        finally:
            process.kill()
    # It is 1 if an input has failed by then.
    assert process.returncode in (0, 1)
    assert processes_of(shop) == []


def test_the_fuzz_tests_of_a_package_share_a_run(shop: Package, run: Run) -> None:
    done = run("-run=^$", "-fuzz=FuzzSize|FuzzExit", "-fuzztime=60000x")
    assert done.returncode == 1
    assert "fuzz: 2 fuzz tests:\n    FuzzExit  FAIL" in done.stdout
    assert {name.partition("/")[0] for name in shop.recorded()} == {"FuzzExit", "FuzzSize"}


def test_mistakes_have_one_line(shop: Package, run: Run) -> None:
    done = run("-fuzz=FuzzSiz$")
    assert done.returncode == 2
    assert (
        "testing: -fuzz=FuzzSiz$ matches no fuzz test of this package; "
        "it has FuzzExit, FuzzSize" in done.stdout
    )
    assert run("-c").returncode == 2
    done = run("-fuzz=FuzzSize", "-detect=all")
    assert (done.returncode, "-detect does not work for a Go package" in done.stdout) == (2, True)
    shop.write("more_test.go", "package shop\n\nvar x int = nothing\n")
    done = run("-fuzz=FuzzSize")
    assert done.returncode == 3
    assert "more_test.go:3:13: undefined: nothing" in done.stdout


def test_the_page_shows_go_source_with_the_lines_that_ran(shop: Package, run: Run) -> None:
    shop.write("testdata/fuzz/FuzzSize/word", 'go test fuzz v1\nstring("wide")\n')
    done = run("-fuzz=FuzzSize", "-keepgoing", "-fuzztime=20000x", "-html=page.html")
    assert done.returncode == 1, done.stdout
    page = (shop.folder / "page.html").read_text()
    lines = re.findall(r'<span class="(\w+)"><i>(\d+)</i>(?:<a [^>]*>(\d+)</a>)?', page)
    states = {int(line): (state, int(hits or 0)) for state, line, hits in lines}
    assert states[16][0] == states[22][0] == states[35][0] == "hit"
    assert states[16][1] > states[22][1] > 0
    assert 19 not in states
    assert "example.com/shop/size.go" in page
    assert "size_test.go" in page


def test_events_as_json(shop: Package, run: Run) -> None:
    done = run("-fuzz=FuzzSize", "-keepgoing", "-fuzztime=20000x", "-json")
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert {event["Package"] for event in events} == {"example.com/shop"}
    tests = {event.get("Test") for event in events if event["Action"] == "pass"}
    assert "TestString" in tests
    assert (events[-1]["Action"], done.returncode) == ("fail", 1)
    crashes = [event["Fuzz"] for event in events if event.get("Fuzz", {}).get("Event") == "crash"]
    assert {crash["Kind"] for crash in crashes} >= {"runtime error: index out of range"}
    for crash in crashes:
        assert crash["Path"] == f"testdata/fuzz/{crash['Name']}"
        assert crash["Command"] == f"go test -run={crash['Name']}"
        assert all(file.startswith(f"{shop.folder}/size") for file, _ in crash["Frames"])


def test_corpus_commands(shop: Package, fuzzengine: Run) -> None:
    def run_corpus(*arguments: str) -> subprocess.CompletedProcess[str]:
        return fuzzengine("corpus", *arguments)

    folder = shop.folder / "testdata" / "fuzz" / "FuzzSize"
    cached = shop.cache / "fuzz" / "example.com" / "shop" / "FuzzSize"
    assert f"{cached.parent}\n" in fuzzengine("env").stdout
    cached.mkdir(parents=True)
    for name, text in (("a", "13x40"), ("b", "14x50"), ("c", "word")):
        (cached / name).write_text(f'go test fuzz v1\nstring("{text}")\n')
    done = run_corpus("minimize", "-fuzz=FuzzSize")
    assert done.stdout == "FuzzSize: 3 cached entries -> 1\n"
    assert [path.name for path in cached.iterdir()] == ["c"]
    (shop.base / "raw").write_bytes(b"123456")
    done = run_corpus("import", "-o", str(folder), str(shop.base / "raw"))
    assert "FuzzSize takes string, not []uint8; use -types=string" in done.stderr
    done = run_corpus("import", "-types=string", "-o", str(folder), str(shop.base / "raw"))
    assert done.returncode == 0
    (imported,) = folder.iterdir()
    done = run_corpus("minimize", "-crash", str(imported))
    assert done.returncode == 0
    assert done.stdout.endswith('28 bytes\n    string("0")\n')
    (smaller,) = folder.iterdir()
    assert smaller.read_text() == 'go test fuzz v1\nstring("0")\n'
    done = run_corpus("export", "-o", str(shop.base / "raws"), str(folder))
    assert [path.read_bytes() for path in (shop.base / "raws").iterdir()] == [b"0"]
    assert "string (1 characters) '0'" in run_corpus("show", str(folder)).stdout
