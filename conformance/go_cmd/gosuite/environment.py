"""The world a script of the Go tree starts in: its variables and its folders."""

from __future__ import annotations

import os

from scriptest.sandbox.shared import Shared
from scriptest.sandbox.state import State

from . import session, toolchain

_FROM_HOST = (
    "CGO_ENABLED",
    "SYSTEMROOT",
    "WINDIR",
    "LD_LIBRARY_PATH",
    "LIBRARY_PATH",
    "C_INCLUDE_PATH",
    "CC",
    "GO_TESTING_GOTOOLS",
    "GCCGO",
    "GCCGOTOOLDIR",
)
_PER_SCRIPT = ("WORK", "PWD", "GOPATH")


def start_cmd_go(shared: Shared) -> None:
    """Start what scripts of cmd/go share: `suite_setup` in scriptest.yaml."""
    run = session.start(shared)
    go, root, host = run.toolchain.env, run.toolchain.root, os.environ
    shared.env |= {
        "PATH": run.bin + os.pathsep + host.get("PATH", os.defpath),
        "USERPROFILE" if os.name == "nt" else "HOME": "/no-home",
        "CCACHE_DISABLE": "1",
        "GOARCH": go["GOARCH"],
        "GOCACHE": go["GOCACHE"],
        "GOCOVERDIR": host.get("GOCOVERDIR", ""),
        "GODEBUG": host.get("GODEBUG", ""),
        "GOEXE": go["GOEXE"],
        "GOEXPERIMENT": host.get("GOEXPERIMENT", ""),
        "GOOS": go["GOOS"],
        "GOPRIVATE": "",
        "GOROOT": root,
        "GOTRACEBACK": "system",
        "GONOPROXY": "",
        "GONOSUMDB": "",
        "GOVCS": "*:all",
        "GOTOOLCHAIN": "auto",
        "HGRCPATH": "",
        "TESTGONETWORK": "panic",
        "TESTGO_GOHOSTARCH": go["GOHOSTARCH"],
        "TESTGO_GOHOSTOS": go["GOHOSTOS"],
        "TESTGO_GOROOT": root,
        "CMDGO_TEST_RUN_MAIN": "true",
        "devnull": os.devnull,
        "goversion": _language_version(go["GOVERSION"]),
        "newline": "\n",
        **run.variables,
        **{name: host[name] for name in _FROM_HOST if name in host},
    }
    if "short" in shared.flags:
        # Repositories are slow: a script that would ask for one has to skip itself.
        shared.env["TESTGOVCSREMOTE"] = "panic"


def prepare_cmd_go(state: State) -> None:
    """Prepare a script of cmd/go: `setup` in scriptest.yaml."""
    names = [*state.shared.env, *_PER_SCRIPT]
    kept = {name: state.env[name] for name in names}
    state.env.clear()
    state.env |= kept
    state.env["TEST_TELEMETRY_DIR"] = _folder(state, "telemetry")
    _temporary_folder(state)


def prepare_tool(state: State) -> None:
    """Prepare a script of another package of cmd, which sees the host: `setup` in fuzz.yaml."""
    go = toolchain.find()
    state.env.clear()
    state.env |= os.environ
    state.env |= {
        "PATH": os.path.dirname(go.program) + os.pathsep + os.environ.get("PATH", os.defpath),
        "GOROOT": go.root,
        "GOOS": go.env["GOOS"],
        "GOARCH": go.env["GOARCH"],
        "WORK": state.work,
        "PWD": state.cwd,
    }
    _temporary_folder(state)


def _temporary_folder(state: State) -> None:
    state.env["TMP" if os.name == "nt" else "TMPDIR"] = _folder(state, "tmp")


def _folder(state: State, name: str) -> str:
    path = os.path.join(state.work, name)
    os.makedirs(path, exist_ok=True)
    return path


def _language_version(version: str) -> str:
    """Return `1.27.3` for `go1.27.3 X:experiment`."""
    return version.removeprefix("go").split()[0].split("-")[0]
