"""Runs a harness: as the coordinator, or with `-worker` as the first argument as a worker."""

from __future__ import annotations

import os
import sys

from fuzzengine.atheris import instrumenting
from fuzzengine.atheris.harness import HarnessError, run_harness
from fuzzengine.base.frames import ENGINE_FOLDER, exception_stack
from fuzzengine.base.interpreter import exit_process
from fuzzengine.base.paths import cache_root, code_cache
from fuzzengine.ipc.parent_death import watch_parent
from fuzzengine.ipc.signals import raise_interrupts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NoReturn

    from fuzzengine.atheris.stand_in import SetupCall

BOOT = os.path.join(ENGINE_FOLDER, "atheris", "boot.py")
WORKER = "-worker"

_FAILED = 1
_WORKER_FAILED = 70


def main(arguments: Sequence[str]) -> NoReturn:
    """Run a harness and end the process with its exit status.

    Args:
        arguments: `-worker` in a worker, the file of the harness, and its command line.
    """
    watch_parent()
    is_worker = list(arguments[:1]) == [WORKER]
    path, *rest = arguments[is_worker:]
    if is_worker:
        from fuzzengine.program.worker_mode import prepare_process

        prepare_process()
    else:
        raise_interrupts()

    def fuzz(setup: SetupCall) -> NoReturn:
        if is_worker:
            from fuzzengine.atheris.worker import work

            work(setup)
        from fuzzengine.atheris.coordinator import coordinate

        command = [sys.executable, "-P", BOOT, WORKER, path, *rest]
        exit_process(coordinate(setup, command, _modules()))

    root = cache_root(os.environ)
    try:
        run_harness(path, rest, fuzz, code_cache(root) if root else None)
    except HarnessError as error:
        sys.stderr.write(f"fuzzengine run: {error}\n")
    except SystemExit as error:
        exit_process(_status_of(error))
    except KeyboardInterrupt:
        exit_process(130)
    except BaseException as error:
        sys.stderr.write(_traceback(error))
    else:
        sys.stderr.write(f"fuzzengine run: {path} ended without calling atheris.Fuzz()\n")
    exit_process(_WORKER_FAILED if is_worker else _FAILED)


def _modules() -> list[str]:
    installed = instrumenting.harness_instrumentation()
    return installed.imported() if installed is not None else []


def _status_of(error: SystemExit) -> int:
    if error.code is None or isinstance(error.code, int):
        return error.code or 0
    sys.stderr.write(f"{error.code}\n")
    return _FAILED


def _traceback(error: BaseException) -> str:
    stack = exception_stack(error)
    if stack.startswith("Traceback"):
        return f"{stack}\n"
    return f"Traceback (most recent call last):\n{stack}\n{type(error).__name__}: {error}\n"
