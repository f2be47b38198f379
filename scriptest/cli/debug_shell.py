"""Opens a shell where a script failed: `scriptest run --shell-on-fail`."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from scriptest.base import platform
from scriptest.base.errors import reason_of
from scriptest.cli.exit_codes import INTERRUPTED
from scriptest.terminal import foreground

if TYPE_CHECKING:
    from scriptest.report.console import Console
    from scriptest.run.executor import FailedScript


class ShellOnFail:
    """Opens a shell for each failing script, before its sandbox is removed."""

    def __init__(self, console: Console) -> None:
        """Store the console, which prints the failure before each shell."""
        self._console = console

    def __call__(self, failed: FailedScript) -> bool:
        """Open a shell; return whether the run continues after it."""
        state = failed.state
        self._console.failed(failed.result)
        folder = state.cwd if os.path.isdir(state.cwd) else state.work
        self._console.say(
            f"\nShell in {folder.replace(state.work, '$WORK', 1)} of {failed.result.name}, with "
            "the script's environment.\n"
            "The script's background jobs are still running.\n"
            "Type `exit` to continue, or `exit 130` to end the run."
        )
        # TERM of the script describes no terminal, but this shell has one.
        env = state.env | {"TERM": os.environ.get("TERM", state.env.get("TERM", "dumb"))}
        try:
            status = foreground.run([shell()], folder, env)
        except OSError as error:
            print(f"scriptest: {shell()} cannot be started: {reason_of(error)}", file=sys.stderr)
            return True
        return status != INTERRUPTED


def shell() -> str:
    """Return the path of the user's shell, or of the system's."""
    if not platform.POSIX:
        return os.environ.get("COMSPEC", "cmd.exe")
    path = os.environ.get("SHELL", "")
    return path if os.path.isabs(path) and os.access(path, os.X_OK) else "/bin/sh"
