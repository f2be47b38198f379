"""Cleans up after a run that was killed, in a process that outlives it.

A process cannot clean up after its own SIGKILL. The watchdog is a shell that reads a pipe whose
other end only the run holds. If the pipe ends without a word, the shell becomes an interpreter
that runs `main`: it kills what is left of the run and removes its folder.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable

from scriptest.base import platform, process_tags

_SHELL = 'trap "" HUP INT QUIT TERM; read -r goodbye && exit; exec "$0" "$@"'
_MAIN = (
    "import sys; sys.path.insert(0, sys.argv[1]); "
    "from scriptest.process.cleanup_watchdog import main; main(*sys.argv[2:])"
)
_SOURCES = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
_PATIENCE = 60.0
_PAUSE = 0.05


class CleanupWatchdog:
    """Watches over one run."""

    def __init__(self, root: str, run: int, remove: Callable[[str], None]) -> None:
        """Start to watch; does nothing where there is no shell.

        Args:
            root: the real path of the run's temporary folder, which need not exist yet; empty to
                keep that.
            run: the number in the tags of its processes; 0 if they have none.
            remove: removes a folder; a function of a module.
        """
        self._shell: subprocess.Popen[bytes] | None = None
        if os.name != "posix":
            return
        arguments = [_SOURCES, root, str(run), remove.__module__, remove.__name__]
        try:
            # A script that runs this program ends all that bears its marks, but not the watchdog.
            environment = {name: text for name, text in os.environ.items() if name != "WORK"}
            with process_tags.Inherited(process_tags.UNTAGGED):
                self._shell = subprocess.Popen(
                    ["/bin/sh", "-c", _SHELL, sys.executable, "-P", "-S", "-c", _MAIN, *arguments],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    cwd="/",
                    env=environment,
                    start_new_session=True,
                    bufsize=0,
                )
        except FileNotFoundError:
            self._shell = None

    def dismiss(self) -> None:
        """Tell the watchdog that the run cleans up by itself."""
        shell, self._shell = self._shell, None
        if shell is None or shell.stdin is None:
            return
        try:
            shell.stdin.write(b"goodbye\n")
        except OSError:
            pass
        finally:
            shell.stdin.close()
            platform.resume(shell.pid)
            shell.wait()


def main(root: str, run: str, module: str, name: str) -> None:
    """Clean up after a run that was killed; see `CleanupWatchdog`."""
    from importlib import import_module

    remove = getattr(import_module(module), name)
    until = time.monotonic() + _PATIENCE
    end_processes(root, int(run), _PATIENCE)
    while root and os.path.lexists(root):
        try:
            remove(root)
        except OSError:
            if time.monotonic() > until:
                return
            # What is left belongs to other users, or was not yet dead.
            time.sleep(_PAUSE)
            end_processes(root, int(run), _PAUSE)


def end_processes(root: str, run: int, patience: float) -> None:
    """Kill the processes of a run until none is left.

    Args:
        root: the run's temporary folder.
        run: the number in the tags of its processes; 0 if they have none.
        patience: seconds after which what cannot be killed is left.
    """
    process_tags.end_run(run, patience)
    if root:
        # Also what has changed its tag. WORK is in the environment of every script.
        platform.kill_processes(platform.with_variable("WORK", root))
