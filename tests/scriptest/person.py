"""A person at a real terminal, for tests of what people see and type."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from codecs import getincrementaldecoder
from collections.abc import Sequence
from pathlib import Path

from scriptest.base import platform
from scriptest.process.pty import Terminal
from scriptest.terminal.screen import Screen
from tests.environment import personal_environment
from tests.waiting import PATIENCE

ROOT = Path(__file__).parent.parent.parent


class Person:
    """Runs `scriptest` with the given words at a terminal of its own, watching the screen."""

    def __init__(
        self,
        words: Sequence[str],
        cwd: Path,
        *,
        rows: int = 24,
        columns: int = 80,
        env: dict[str, str] | None = None,
    ) -> None:
        self.terminal = Terminal(rows, columns)
        self.screen = Screen(rows, columns)
        self.raw = b""
        self._decode = getincrementaldecoder("utf-8")("replace").decode
        slave = self.terminal.slave
        self.process = subprocess.Popen(
            [sys.executable, "-m", "scriptest", *words],
            cwd=cwd,
            env=environment(cwd) | {"TERM": "xterm"} | (env or {}),
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            preexec_fn=self.terminal.take_control,
        )
        self.terminal.close_slave()

    def sees(self, pattern: str) -> str:
        """Wait until a pattern is on the screen, and return the screen."""
        until = time.monotonic() + PATIENCE
        while not re.search(pattern, self.screen.text(), re.M):
            more = self.terminal.wait(until - time.monotonic()) and self._read()
            assert more, f"no {pattern!r} on:\n{self.screen.text()}"
        return self.screen.text()

    def _read(self) -> bool:
        try:
            shown = self.terminal.read()
        except BlockingIOError:
            return True
        if shown is None:
            return False
        self.raw += shown
        self.screen.feed(self._decode(shown))
        return True

    def types(self, text: str) -> None:
        self.terminal.write(text.encode(), time.monotonic() + PATIENCE)

    def wipes(self) -> None:
        """Forget what is on the screen."""
        self.screen.feed("\x1b[2J\x1b[H")

    def resizes(self, rows: int, columns: int) -> None:
        self.screen.resize(rows, columns)
        self.terminal.resize(rows, columns)

    def leaves(self) -> int:
        """Wait until the program has ended, and return its exit status."""
        until = time.monotonic() + PATIENCE
        while self.terminal.wait(until - time.monotonic()) and self._read():
            pass
        return self.process.wait(max(0.1, until - time.monotonic()))

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        platform.kill_processes(platform.session_members(self.process.pid))
        self.terminal.close()


def environment(folder: Path) -> dict[str, str]:
    """Return an environment in which nothing of the host's wishes is left."""
    env = personal_environment("NO_COLOR")
    sandboxes = folder.parent / (folder.name + "-sandboxes")
    sandboxes.mkdir(exist_ok=True)
    return env | {
        "PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, [env.get("PYTHONPATH", "")])]),
        "TMPDIR": str(sandboxes),
        "XDG_CACHE_HOME": str(folder.parent / (folder.name + "-cache")),
    }
