"""A worker that runs a harness: serves the coordinator once the harness calls `Fuzz`."""

from __future__ import annotations

import os
import sys

from fuzzengine.atheris.execution import HarnessExecution, target_of
from fuzzengine.atheris.libfuzzer_flags import parse
from fuzzengine.atheris.own_mutator import OwnMutator
from fuzzengine.atheris.raw_files import KINDS
from fuzzengine.atheris.settings import SettingsError, read_words
from fuzzengine.instrument.coverage import COVERAGE
from fuzzengine.ipc.messages import TABLE_VARIABLE, WireError
from fuzzengine.program.worker_mode import imported, serve
from fuzzengine.worker.server import SearchOptions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn

    from fuzzengine.atheris.stand_in import SetupCall
    from fuzzengine.ipc.shared_memory import SharedMemory
    from fuzzengine.mutation.mutator import Mutator
    from fuzzengine.worker.guard import Guard
    from fuzzengine.worker.raw_loop import InputMutator

_FAILED = 70


def work(setup: SetupCall) -> NoReturn:
    """Serve the coordinator until it closes the pipe, and end the process."""
    status = 0
    imported()
    try:
        flags = parse(setup.arguments[1:])
        target = target_of(setup.test_one_input)

        def execution(shared: SharedMemory, guard: Guard) -> HarnessExecution:
            return HarnessExecution(
                "",
                target,
                COVERAGE.reset,
                shared.set_failing,
                guard.restore,
                max_len=flags.max_len,
            )

        COVERAGE.freeze(os.environ.get(TABLE_VARIABLE, ""))
        options = SearchOptions(
            read_words(flags.dict),
            same_bucket=True,
            own_mutator=_own_mutator(setup, flags.max_len),
            # The inputs of a custom mutator may have a form that other changes would break.
            solving=setup.custom_mutator is None,
        )
        serve(execution, KINDS, COVERAGE, options)
    except (WireError, OSError, SettingsError) as error:
        sys.stderr.write(f"communicating with fuzzing coordinator: {error}\n")
        status = _FAILED
    os._exit(status)


def _own_mutator(setup: SetupCall, max_len: int) -> Callable[[Mutator], InputMutator] | None:
    if setup.custom_mutator is None and setup.custom_crossover is None:
        return None
    return lambda mutator: OwnMutator(setup, mutator, max_len)
