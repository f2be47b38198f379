"""`fuzzengine test -fuzz` on packages of Go; skipped where there is no Go."""

from __future__ import annotations

import shutil
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

import "testing"

func FuzzSkipped(f *testing.F) {
	f.Skip("not today")
}

func FuzzBroken(f *testing.F) {
	f.Fatal("no fixtures")
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
def run(shop: Package) -> Run:
    settings = gotool.environment(shop.base)
    given = {name: settings[name] for name in SETTINGS if name in settings}

    def run(*flags: str) -> subprocess.CompletedProcess[str]:
        fuzzing = [f"-fuzzcachedir={shop.cache}"] if any("-fuzz=" in f for f in flags) else []
        return shop.run("test", *fuzzing, *flags, **given)

    return run


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
    done = run("-fuzz=FuzzSize", "-keepgoing", "-fuzztime=60000x", "-seed=1", "-parallel=2")
    assert done.returncode == 1
    titles = [
        "failed at size_test.go:17",
        "runtime error: index out of range at size.go:24 < size_test.go:10",
        "runtime error: integer divide by zero at size.go:34 < size_test.go:14",
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
    done = run("-v", "-fuzz=FuzzExit", "-fuzztime=10x")
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
    done = run()
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


def test_the_fuzz_tests_of_a_package_share_a_run(shop: Package, run: Run) -> None:
    done = run("-run=^$", "-fuzz=FuzzSize|FuzzExit", "-fuzztime=120000x")
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
    done = run("-fuzz=FuzzSize", "-detect=all")
    assert (done.returncode, "-detect does not work for a Go package" in done.stdout) == (2, True)
    shop.write("more_test.go", "package shop\n\nvar x int = nothing\n")
    done = run("-fuzz=FuzzSize")
    assert done.returncode == 3
    assert "more_test.go:3:13: undefined: nothing" in done.stdout
