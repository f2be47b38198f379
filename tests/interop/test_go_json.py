"""`fuzzengine test -json` gives the events that `go test -json` gives for the same tests."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from tests.fuzzengine.running import Package
from tests.interop import gotool

pytestmark = pytest.mark.process

GO = """\
package m

import (
	"fmt"
	"testing"
)

func TestA(t *testing.T) {
	t.Log("hello")
	fmt.Println("printed")
	t.Run("sub", func(t *testing.T) { t.Error("bad\\nworse") })
	t.Run("ok", func(t *testing.T) { t.Log("x\\x16y") })
}
func TestB(t *testing.T) { t.Skip("why") }
func TestC(t *testing.T) { fmt.Print("partial") }
func FuzzX(f *testing.F) {
	f.Add([]byte("a"))
	f.Fuzz(func(t *testing.T, b []byte) {})
}
"""
PYTHON = """\
def TestA(t):
    t.log("hello")
    print("printed")
    t.run("sub", lambda t: t.error("bad\\nworse"))
    t.run("ok", lambda t: t.log("x\\x16y"))
def TestB(t):
    t.skip("why")
def TestC(t):
    print("partial", end="")
def FuzzX(f):
    f.add(b"a")
    def target(t, b: bytes):
        pass
    f.fuzz(target)
"""


def events(output: str) -> list[dict[str, object]]:
    """Return events without what differs from run to run, and between the languages."""
    found = []
    for line in output.splitlines():
        event = json.loads(line)
        assert re.fullmatch(
            r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", event["Time"]
        )
        assert ("Elapsed" in event) == (event["Action"] in ("pass", "fail", "skip"))
        text = re.sub(r"m_test\.(go|py):\d+", "FILE", event.get("Output", ""))
        text = re.sub(r"\d+\.\d+s", "SECONDS", text)
        # What the program's end was is a line that only fuzzengine prints after a failed test.
        if text != "exit status 1\n":
            found.append({**event, "Output": text, "Time": "", "Elapsed": 0})
    return found


def test_ordinary_tests_give_the_events_of_go(tmp_path: Path) -> None:
    (tmp_path / "go").mkdir()
    (tmp_path / "go" / "m_test.go").write_text(GO)
    (tmp_path / "go" / "go.mod").write_text("module m\n\ngo 1.20\n")
    go = subprocess.run(
        [gotool.find_go(), "test", "-vet=off", "-json", "."],
        cwd=tmp_path / "go",
        env=gotool.environment(tmp_path),
        capture_output=True,
        text=True,
        check=False,
    )
    package = Package(tmp_path / "python")
    package.write("m_test.py", PYTHON)
    ours = package.run("test", "-json")
    assert (go.returncode, ours.returncode) == (1, 1)
    # Unlike Go, fuzzengine escapes control characters of logs.
    expected = events(go.stdout.replace(r"\u0016", r"\\x16"))
    assert events(ours.stdout) == expected
