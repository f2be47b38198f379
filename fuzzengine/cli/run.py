"""`fuzzengine run`: runs a harness that was written for Atheris."""

from __future__ import annotations

import os
import sys

from fuzzengine.base.errors import USAGE
from fuzzengine.base.frames import ENGINE_FOLDER
from fuzzengine.base.paths import WITHOUT_PROCESSES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

_USAGE = "usage: fuzzengine run harness.py [libFuzzer flags] [corpus folders, or inputs]\n"
_HELP = f"""\
{_USAGE}
Runs a harness that was written for Atheris, unchanged, with this engine. Its flags are those of
libFuzzer; `fuzzengine run harness.py -help=1` lists them. The harness finds a module `atheris` that
belongs to fuzzengine; the package need not be installed.
"""


def run(arguments: Sequence[str]) -> int:
    """Run `fuzzengine run`; return the exit status."""
    if arguments[:1] in (["-h"], ["-help"], ["--help"]):
        sys.stdout.write(_HELP)
        return 0
    if not arguments or arguments[0].startswith("-"):
        sys.stderr.write(f"fuzzengine run: the first argument is the file of a harness\n{_USAGE}")
        return USAGE
    if not os.path.isfile(arguments[0]):
        sys.stderr.write(f"fuzzengine run: {arguments[0]}: no such file\n")
        return USAGE
    if sys.platform in WITHOUT_PROCESSES:
        sys.stderr.write(f"fuzzengine run: fuzzing is not supported on {sys.platform}\n")
        return USAGE
    boot = os.path.join(ENGINE_FOLDER, "atheris", "boot.py")
    command = [sys.executable, "-P", boot, *arguments]
    if os.name != "nt":
        sys.stdout.flush()
        os.execv(sys.executable, command)
    from fuzzengine.ipc.child import run_in_foreground

    return run_in_foreground(command, os.environ).status.code
