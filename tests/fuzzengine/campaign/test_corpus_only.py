"""-fuzztime=0 executes every entry of the corpus once, the cache included, and stops."""

from __future__ import annotations

import pytest

from fuzzengine.program.flags import read_fuzztime
from tests.fuzzengine.running import Package

pytestmark = pytest.mark.process

TESTS = """
    def FuzzOne(f):
        f.add(b"seed")

        @f.fuzz
        def _(t, data: bytes):
            with open("executed.txt", "a") as file:
                file.write(f"{data}\\n")
            if data.startswith(b"bad"):
                raise ValueError

    def FuzzNone(f):
        @f.fuzz
        def _(t, data: bytes): raise ValueError
"""


def entry(text: str) -> str:
    return f'go test fuzz v1\n[]byte("{text}")\n'


@pytest.fixture
def filled(package: Package) -> Package:
    package.write("one_test.py", TESTS)
    package.write("testdata/fuzz/FuzzOne/recorded", entry("recorded"))
    package.inputs("FuzzOne").mkdir(parents=True)
    (package.inputs("FuzzOne") / "cached").write_text(entry("cached"))
    return package


def executed(package: Package) -> list[str]:
    return (package.folder / "executed.txt").read_text().splitlines()


@pytest.mark.parametrize("flags", [[], ["-nocover=all"], ["-parallel=1"]])
def test_every_entry_is_executed_once(filled: Package, flags: list[str]) -> None:
    done = filled.run("test", "-fuzz=FuzzOne", "-run=NONE", "-fuzztime=0", *flags)
    assert sorted(executed(filled)) == ["b'cached'", "b'recorded'", "b'seed'"]
    assert done.returncode == 0, done.stdout
    assert ", corpus executed: 3 inputs\n" in done.stdout
    assert "execs: 3 " in done.stdout


def test_a_failing_entry_of_the_cache_is_recorded(filled: Package) -> None:
    (filled.inputs("FuzzOne") / "cached").write_text(entry("bad and long"))
    done = filled.run("test", "-fuzz=FuzzOne", "-run=NONE", "-fuzztime=0")
    (name,) = set(filled.recorded()) - {"FuzzOne/recorded"}
    assert f"    Failing input written to testdata/fuzz/{name}\n" in done.stdout
    assert "        data = b'bad'\n" in done.stdout, "it is minimized"
    assert done.returncode == 1


def test_all_failing_entries_with_keepgoing(filled: Package) -> None:
    filled.write("testdata/fuzz/FuzzOne/first", entry("bad 1"))
    filled.write("testdata/fuzz/FuzzOne/second", entry("bad 2"))
    done = filled.run("test", "-fuzz=FuzzOne", "-run=NONE", "-fuzztime=0", "-keepgoing")
    assert "    2 failures in 1 bucket:\n" in done.stdout
    assert "b'seed'" in executed(filled)
    assert done.returncode == 1


def test_no_entries_and_several_fuzz_tests(filled: Package) -> None:
    done = filled.run("test", "-fuzz=FuzzNone", "-run=NONE", "-fuzztime=0s")
    assert (done.returncode, filled.recorded()) == (0, ["FuzzOne/recorded"])
    done = filled.run("test", "-fuzz=.", "-run=NONE", "-fuzztime=0")
    assert "    FuzzOne   ok    shares: 1, " in done.stdout
    assert "    FuzzNone  skip  shares: 1, " in done.stdout
    assert done.returncode == 0


def test_go_refuses_a_time_of_0(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read_fuzztime("0s").corpus_only
    assert not read_fuzztime("1s").corpus_only
    monkeypatch.setenv("FUZZENGINE_COMMAND", "go test")
    with pytest.raises(ValueError, match="invalid duration"):
        read_fuzztime("0s")
