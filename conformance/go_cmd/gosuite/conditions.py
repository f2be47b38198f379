"""The conditions that scripts of the Go tree use beyond the built-in ones.

What a port of Go supports is asked of the go command itself, so that nothing here has to be
changed for a new release. GOOS and GOARCH are those of the script when the condition is tested.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from functools import cache

from scriptest.sandbox.state import State

from . import toolchain

_INSTRUMENTED = ("amd64", "arm64", "loong64")
_NO_INTERNAL_CGO = ("mips", "mipsle", "mips64", "mips64le")


def _target(state: State) -> tuple[str, str]:
    return state.lookup("GOOS"), state.lookup("GOARCH")


@cache
def _builds(flag: str, goos: str, goarch: str) -> bool:
    """Report whether `go build` knows a flag on a port; nothing is built."""
    status, output = toolchain.find().ask(
        "build", "-n", flag, "unsafe", env={"GOOS": goos, "GOARCH": goarch, "CGO_ENABLED": "1"}
    )
    return status == 0 or "not supported" not in output


@cache
def _has_cgo() -> bool:
    """Report whether this machine can build with cgo: the flag is on, a C compiler is there."""
    env = toolchain.find().env
    return env["CGO_ENABLED"] == "1" and shutil.which(env["CC"].split()[0]) is not None


def _sanitizer(state: State, flag: str) -> bool:
    host = toolchain.find().env
    native = _target(state) == (host["GOHOSTOS"], host["GOHOSTARCH"])
    return native and _has_cgo() and _builds(flag, *_target(state))


def race(state: State, suffix: str) -> bool:
    """Report whether -race can be used."""
    return _sanitizer(state, "-race")


def msan(state: State, suffix: str) -> bool:
    """Report whether -msan can be used."""
    return _sanitizer(state, "-msan")


def asan(state: State, suffix: str) -> bool:
    """Report whether -asan can be used."""
    return _sanitizer(state, "-asan")


def cgo(state: State, suffix: str) -> bool:
    """Report whether this machine can build with cgo."""
    return _has_cgo()


def fuzz(state: State, suffix: str) -> bool:
    """Report whether the port can fuzz at all."""
    return state.lookup("GOOS") in ("darwin", "freebsd", "linux", "openbsd", "windows")


def fuzz_instrumented(state: State, suffix: str) -> bool:
    """Report whether the fuzz engine sees there what the code covers."""
    return fuzz(state, suffix) and state.lookup("GOARCH") in _INSTRUMENTED


def build_mode(state: State, mode: str) -> bool:
    """Report whether go supports a -buildmode."""
    return _builds(f"-buildmode={mode}", *_target(state))


def must_link_externally(state: State, suffix: str) -> bool:
    """Report whether the port always needs an external linker."""
    goos, goarch = _target(state)
    return (goos == "android" and goarch != "arm64") or (goos, goarch) == ("ios", "arm64")


def cgo_links_externally(state: State, suffix: str) -> bool:
    """Report whether cgo needs an external linker there."""
    goos, goarch = _target(state)
    return (
        goarch in _NO_INTERNAL_CGO
        or (goos, goarch) == ("aix", "ppc64")
        or goos in ("android", "dragonfly")
        or must_link_externally(state, suffix)
    )


def pie_links_externally(state: State, suffix: str) -> bool:
    """Report whether position independent code needs an external linker there."""
    internal = {
        "android": ("arm64",),
        "darwin": ("amd64", "arm64"),
        "linux": ("amd64", "arm64", "loong64", "ppc64", "ppc64le", "s390x"),
        "windows": ("386", "amd64", "arm64"),
    }
    goos, goarch = _target(state)
    return goarch not in internal.get(goos, ())


def debug_setting(state: State, setting: str) -> bool:
    """Report whether GODEBUG has a setting."""
    return setting in (part.strip() for part in state.lookup("GODEBUG").split(","))


@cache
def _experiments(goos: str, goarch: str, value: str) -> frozenset[str]:
    env = {"GOOS": goos, "GOARCH": goarch, "GOEXPERIMENT": value}
    status, output = toolchain.find().ask("list", "-f", "{{context.ToolTags}}", "unsafe", env=env)
    if status:
        raise ValueError(output)
    return frozenset(re.findall(r"goexperiment\.(\w+)", output))


def experiment(state: State, name: str) -> bool:
    """Report whether an experiment is enabled, by itself or with GOEXPERIMENT."""
    enabled = _experiments(*_target(state), state.lookup("GOEXPERIMENT"))
    if name in enabled:
        return True
    if name.startswith("no"):
        return name[2:] not in enabled
    return False


@cache
def _default_cc(goos: str, goarch: str) -> str:
    return toolchain.find().ask("env", "CC", env={"GOOS": goos, "GOARCH": goarch, "CC": ""})[1]


def cc_is(state: State, wanted: str) -> bool:
    """Report whether the C compiler is called so."""
    return (state.lookup("CC") or _default_cc(*_target(state))) == wanted


def cc_is_absolute(state: State, suffix: str) -> bool:
    """Report whether the default C compiler is an absolute path that exists."""
    default = _default_cc(*_target(state))
    return os.path.isabs(default) and os.access(default, os.X_OK)


@cache
def _default_cgo() -> bool:
    path = os.path.join(toolchain.find().root, "src", "internal", "buildcfg", "zbootstrap.go")
    with open(path, encoding="utf-8") as file:
        return re.search(r"DefaultCGO_ENABLED\s*=\s*[\"`][01]", file.read()) is not None


@cache
def _git_version() -> tuple[int, ...]:
    try:
        done = subprocess.run(["git", "version"], capture_output=True, text=True, check=False)
    except OSError:
        return ()
    found = re.search(r"git version\s+(\d+)\.(\d+)", done.stdout)
    return (int(found[1]), int(found[2])) if found else ()


def cross(state: State, suffix: str) -> bool:
    """Report whether go builds for another machine than this one."""
    env = toolchain.find().env
    return (env["GOHOSTOS"], env["GOHOSTARCH"]) != (env["GOOS"], env["GOARCH"])


def git(state: State, suffix: str) -> bool:
    """Report whether git is installed."""
    return _git_version() > ()


def git_sha256(state: State, suffix: str) -> bool:
    """Report whether git can make repositories with SHA-256 hashes."""
    return _git_version() >= (2, 29)


def default_cgo(state: State, suffix: str) -> bool:
    """Report whether Go itself was built with CGO_ENABLED set."""
    return _default_cgo()


def compiler(state: State, name: str) -> bool:
    """Report whether Go's compiler is called so."""
    return name == "gc"


def go_builder(state: State, suffix: str) -> bool:
    """Report whether this is one of the Go project's own machines."""
    return bool(os.environ.get("GO_BUILDER_NAME"))


def trimpath(state: State, suffix: str) -> bool:
    """Report whether the go command was built with -trimpath; ours never is."""
    return False
