"""Worker mode of `f.fuzz`: serves the coordinator until it closes the pipe."""

from __future__ import annotations

import os
import sys

from fuzzengine.ipc import signals
from fuzzengine.ipc.messages import SEED_VARIABLE, TABLE_VARIABLE, TEXT_VARIABLE, WireError
from fuzzengine.ipc.shared_memory import SharedMemory, note_import
from fuzzengine.program import variables
from fuzzengine.worker.executor import Execution
from fuzzengine.worker.guard import EXIT_STATUS, Guard
from fuzzengine.worker.harness import Harness
from fuzzengine.worker.server import CallPipe, SearchOptions, Server

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from fuzzengine.findings.pump import Pump
    from fuzzengine.instrument.coverage import Coverage
    from fuzzengine.mutation.mutator import Mutator
    from fuzzengine.program.flags import ProgramFlags
    from fuzzengine.testing.fuzz import F
    from fuzzengine.testing.target import Target
    from fuzzengine.types.kinds import Kind

IN, OUT, MEMORY = 3, 4, 5

_NO_COORDINATOR = (
    b"the worker has no descriptors of a coordinator; "
    b"a fuzz target that executes its own program again causes that\n"
)


def prepare_process() -> None:
    """Prepare this process for being a worker, before any code of the user runs in it.

    Programs that the code under test starts do not inherit the pipes. A signal that ends the
    process prints the Python stack to standard error, and leaves no core file.
    """
    import faulthandler

    closed = 0
    for descriptor in (IN, OUT, MEMORY):
        try:
            os.set_inheritable(descriptor, False)
        except OSError:
            closed += 1
    if closed == 3 and os.name != "nt" and SEED_VARIABLE in os.environ:
        os.write(2, _NO_COORDINATOR)
        os._exit(EXIT_STATUS)
    note_import(MEMORY, importing=True)
    if variables.REACH in os.environ:
        from fuzzengine.instrument import reach_log

        reach_log.start(os.environ[variables.REACH])
    faulthandler.enable(2)
    # The coordinator ends an unresponsive worker with SIGINT; the test must not see an exception.
    signals.restore_default("SIGINT")
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))


def imported() -> None:
    """Tell the coordinator that all test files are imported."""
    note_import(MEMORY, importing=False)


def worker_driver(flags: ProgramFlags, coverage: Coverage) -> Callable[[F, Target], None]:
    """Return the driver of `f.fuzz` that serves a coordinator."""
    words, detectors = flags.dict, flags.detect
    if detectors:
        from fuzzengine.findings.detectors import dictionary_words

        words = [*words, *dictionary_words(detectors)]

    def drive(f: F, target: Target) -> None:
        coverage.freeze(os.environ.get(TABLE_VARIABLE, ""))
        if SEED_VARIABLE not in os.environ:
            # Go's coordinator: its masks have the size of its own coverage.
            coverage.accept_any_size()
        _limit_memory(flags.memlimit)
        if TEXT_VARIABLE in os.environ:
            from fuzzengine.worker.valid_text import with_valid_texts

            target = with_valid_texts(target)
        if detectors:
            from fuzzengine.findings.detectors import with_detectors

            target = with_detectors(target, detectors)
        if variables.REACH in os.environ:
            from fuzzengine.instrument import reach_log

            target = reach_log.watching(target)

        def execution(shared: SharedMemory, guard: Guard) -> Execution:
            return Execution(f.name(), target, coverage.reset, shared.set_failing, guard.restore)

        options = SearchOptions(
            words, same_bucket=flags.keepgoing, pump=_pump(target, flags.fuzzexectime)
        )
        f.in_target = True
        try:
            serve(execution, target.kinds, coverage, options)
        except (WireError, OSError) as error:
            f.in_target = False
            f.error(f"communicating with fuzzing coordinator: {error}")
        finally:
            f.in_target = False

    return drive


def serve(
    execution: Callable[[SharedMemory, Guard], Execution],
    kinds: Sequence[Kind],
    coverage: Coverage,
    options: SearchOptions,
) -> None:
    """Serve the coordinator until it closes the pipe.

    Args:
        execution: returns what executes the target, which is called with the shared memory.
        kinds: the types of the target's arguments.
        coverage: the counters of this process, with the coordinator's table.
        options: options of the search.

    Raises:
        WireError, OSError: the communication with the coordinator fails.
    """
    fuzz_in, fuzz_out, memory = _descriptors()
    shared = SharedMemory(memory, os.fstat(memory).st_size)
    guard = Guard(shared)
    harness = Harness(execution(shared, guard), kinds, coverage, shared, guard)
    Server(harness, CallPipe(fuzz_in, fuzz_out), _make_mutator, options).serve()


def _pump(target: Target, longest: int) -> Pump | None:
    """Return the pump for the detector of super-linear costs, or None if that is off.

    Args:
        target: the fuzz target, with its detectors.
        longest: the limit of an execution in nanoseconds, most of which is for the target itself.
    """
    superlinear = sys.modules.get("fuzzengine.findings.superlinear")
    if superlinear is None or not isinstance(target.function, superlinear.ComplexityDetector):
        return None
    from fuzzengine.findings.pump import Pump

    detector = target.function
    if longest:
        detector.longest = min(detector.longest, longest / 4e9)
    return Pump(detector)


def _limit_memory(limit: int) -> None:
    """Make allocations beyond `limit` more bytes raise MemoryError (Linux)."""
    if not limit:
        return
    try:
        import resource

        with open("/proc/self/statm", "rb") as file:
            pages = file.read().split()
            used, resident = (int(pages[at]) * os.sysconf("SC_PAGE_SIZE") for at in (5, 1))
    except (ImportError, OSError):
        return
    if limit < resident:
        # The coordinator refuses the limit, once this process has told it that it is ready.
        return
    hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
    resource.setrlimit(resource.RLIMIT_DATA, (used + limit, hard))


def _descriptors() -> tuple[int, int, int]:
    if os.name == "nt":
        from fuzzengine.ipc.spawn_windows import inherited_descriptors

        return inherited_descriptors()
    return IN, OUT, MEMORY


def _make_mutator() -> Mutator:
    import time

    from fuzzengine.mutation.mutator import Mutator, compiled_generator
    from fuzzengine.mutation.pcg import PCG

    text = os.environ.get(SEED_VARIABLE, "")
    seed = int(text) if text.lstrip("-").isdecimal() else time.time_ns()
    rng = compiled_generator(PCG.seeded(seed))
    return Mutator(rng, valid_text=TEXT_VARIABLE in os.environ)
