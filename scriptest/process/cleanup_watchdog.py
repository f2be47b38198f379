"""Cleans up after a run that was killed, in a shell that outlives it.

A process cannot clean up after its own SIGKILL. The watchdog reads a pipe whose other end only
the run holds; if the run ends without a word, it kills every process whose environment names one
of the run's work folders, and removes the folders.
"""

from __future__ import annotations

import os
import subprocess

# WORK leads every script's environment, so it is in that of whatever the script started.
_CLEAN_UP = """
read -r goodbye && exit
for environ in /proc/[0-9]*/environ; do
    if tr '\\0' '\\n' <"$environ" 2>/dev/null | grep -q "^WORK=$0/"; then
        pid=${environ#/proc/}
        kill -9 "${pid%/environ}"
    fi
done 2>/dev/null
rm -rf -- "$0"
"""


class CleanupWatchdog:
    """Watches over one run's temporary folder."""

    def __init__(self, root: str) -> None:
        """Start to watch; does nothing where there is no shell.

        Args:
            root: the real path of the run's temporary folder.
        """
        self._shell: subprocess.Popen[bytes] | None = None
        if os.name != "posix":
            return
        try:
            self._shell = subprocess.Popen(
                ["/bin/sh", "-c", _CLEAN_UP, root],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd="/",
                start_new_session=True,
                bufsize=0,
            )
        except OSError:
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
            shell.wait()
