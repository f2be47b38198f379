"""Reads the kind and the frames of a failure from what Go's test programs print.

A worker of Go reports a failure as the text that `go test` shows, and a process that dies prints a
stack to standard error.
"""

from __future__ import annotations

import os
import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

    Position: TypeAlias = tuple[str, int]  # a file and a line

PANIC, GOEXIT, FAILED = "panic", "panic(nil) or Goexit", "failed"
"""Kinds of failures; each runtime error has its own, such as `runtime error: slice bounds`."""

_FAIL = re.compile(r"^( *)--- FAIL: ", re.MULTILINE)
_FRAME = re.compile(r"^\s*\t(/.+\.go):(\d+)(?: .*)?$", re.MULTILINE)
_RUNTIME_ERROR = re.compile(r"runtime error: [A-Za-z][A-Za-z ,-]*[A-Za-z]")
_DEATH = re.compile(r"^(fatal error: .*|panic: .*|SIG[A-Z]+: .*)$", re.MULTILINE)
_TARGET = "testing.(*F).Fuzz.func1.1("
_GENERATED = "_testmain.go"
_GOEXIT_MESSAGE = "test executed panic(nil) or runtime.Goexit"
_EXCERPT_LINES = 18


class GoTraces:
    """Reads failures in the output of the test program of one package.

    Args:
        folder: the folder of the package, for files that are printed without theirs.
        root: the folder of the Go toolchain, whose frames are left out.
    """

    def __init__(self, folder: str, root: str) -> None:
        self._folder = folder
        self._standard = os.path.join(root, "src", "")

    def failure(self, text: str) -> tuple[str, list[Position], str]:
        """Return the kind, the frames, innermost first, and the message of a failed execution.

        Args:
            text: the report, which begins with `--- FAIL: `.
        """
        log = _log_lines(text)
        for line in log:
            message = line.partition(": ")[2]
            if message.startswith("panic: "):
                return _kind_of_panic(message), self._frames(text), message
            if message.startswith(_GOEXIT_MESSAGE):
                return GOEXIT, self._frames(text), message
        if not log:
            return FAILED, [], ""
        return FAILED, [self._logged(log[-1])], log[-1].partition(": ")[2]

    def excerpt(self, stderr: str) -> str:
        """Return the message and the frames, without Go's own, of a process that has died.

        Args:
            stderr: the output of the process, which is returned if it has no such message.
        """
        found = _DEATH.search(stderr)
        if found is None:
            return stderr
        head, *goroutines = stderr[found.start() :].split("\n\n")
        # The other goroutines wait, such as for the end of the fuzz target.
        own = next((one for one in goroutines if _TARGET in one), "".join(goroutines[:1]))
        lines = own.strip("\n").split("\n")
        kept = [head, *lines[:1]]
        for function, place in zip(lines[1::2], lines[2::2], strict=False):
            if self._frames(place):
                kept += [function, place]
        return "\n".join(kept[:_EXCERPT_LINES]) + "\n"

    def death(self, stderr: str) -> tuple[str, list[Position]]:
        """Return the kind and the frames of a process that has died; the kind may be "".

        Args:
            stderr: the excerpt of its output.
        """
        found = _DEATH.search(stderr)
        if found is None:
            return "", []
        kind = _kind_of_panic(found[1]) if found[1].startswith("panic: ") else found[1]
        return kind, self._frames(stderr)

    def _frames(self, text: str) -> list[Position]:
        found = [(file, int(line)) for file, line in _FRAME.findall(text)]
        return [
            (file, line)
            for file, line in found
            if not (file.startswith(self._standard) or os.path.basename(file) == _GENERATED)
        ]

    def _logged(self, line: str) -> Position:
        file, number, _ = line.split(":", 2)
        path = os.path.join(self._folder, file)
        return (path if os.path.isfile(path) else file, int(number))


def _log_lines(text: str) -> list[str]:
    """Return the first lines of the logs of the innermost test that failed, without indentation."""
    found = list(_FAIL.finditer(text))
    if not found:
        return []
    indent = " " * (len(found[-1][1]) + 4)
    logged = re.compile(rf"^{indent}([^\s:][^:\n]*\.go:\d+: .*)$", re.MULTILINE)
    return logged.findall(text, found[-1].end())


def _kind_of_panic(message: str) -> str:
    """Return the kind of a panic: messages quote the input, except those of runtime errors."""
    found = _RUNTIME_ERROR.search(message.partition("\n")[0])
    return found[0] if found is not None else PANIC
