"""Starts child processes on Windows, with inherited handles. Not tested yet."""

from __future__ import annotations

import os
import subprocess
import sys

from fuzzengine.ipc.exit_status import ExitStatus
from fuzzengine.ipc.process import Process

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

HANDLES_VARIABLE = "GO_TEST_FUZZ_WORKER_HANDLES"
"""The handles of fuzz_in, fuzz_out and the memory, in hexadecimal, as Go passes them."""


class WindowsProcess(Process):
    """A running child on Windows, where there are no signals and no process groups."""

    def __init__(self, child: subprocess.Popen[bytes]) -> None:
        super().__init__(child.pid)
        self._child = child

    def wait(self, on_stop: Callable[[str], object] | None = None) -> ExitStatus:
        """Wait for the end of the child; there is no stopping."""
        return ExitStatus(self._child.wait())

    def signal(self, name: str, *, group: bool = False) -> None:
        """End the child, whatever the signal: as Go does, which kills where it cannot interrupt."""
        if self._child.poll() is None:
            self._child.kill()


def spawn_with_handles(
    argv: Sequence[str], environment: Mapping[str, str], descriptors: Mapping[int, int]
) -> WindowsProcess:
    """Start a program that inherits descriptors as handles.

    Raises:
        OSError: it cannot be started.
    """
    if sys.platform != "win32":
        raise OSError("processes are started like this on Windows only")
    import msvcrt

    handles = {number: msvcrt.get_osfhandle(source) for number, source in descriptors.items()}
    for handle in handles.values():
        os.set_handle_inheritable(handle, True)
    startup = subprocess.STARTUPINFO()
    startup.lpAttributeList = {"handle_list": [handles[n] for n in handles if n > 2]}
    worker = [f"{handles[number]:x}" for number in (3, 4, 5) if number in handles]
    child = subprocess.Popen(
        list(argv),
        env={**environment, HANDLES_VARIABLE: ",".join(worker)},
        stdin=descriptors.get(0),
        stdout=descriptors.get(1),
        stderr=descriptors.get(2),
        startupinfo=startup,
        close_fds=True,
        creationflags=subprocess.CREATE_NEW_PROCESS_GROUP,
    )
    return WindowsProcess(child)


def inherited_descriptors() -> tuple[int, int, int]:
    """Return the descriptors of fuzz_in, fuzz_out and the memory in a worker.

    Raises:
        OSError: the handles are not there.
    """
    if sys.platform != "win32":
        raise OSError("handles are inherited like this on Windows only")
    import msvcrt

    given = os.environ.get(HANDLES_VARIABLE, "").split(",")
    if len(given) != 3:
        raise OSError(f"{HANDLES_VARIABLE} does not name three handles")
    flags = (os.O_RDONLY, os.O_WRONLY, os.O_RDWR)
    numbers = [
        msvcrt.open_osfhandle(int(text, 16), flag | os.O_BINARY)
        for text, flag in zip(given, flags, strict=True)
    ]
    return numbers[0], numbers[1], numbers[2]
