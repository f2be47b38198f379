"""Formats the lines that a campaign prints, as Go does (Go: the Fprintf calls of internal/fuzz)."""

from __future__ import annotations

from scriptest.base.duration import format_nanoseconds, format_rounded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

EMPTY_CORPUS = "warning: starting with empty corpus\n"
NO_COVERAGE = (
    "warning: the test binary was not built with coverage instrumentation, "
    "so fuzzing will run without coverage guidance and may be inefficient\n"
)
STILL_WAITING = "waiting for fuzzing process to terminate...\n"
FLAKY = (
    "the input did not fail when it was run again in a new process: the target is flaky, "
    "or it fails only after other inputs\n"
)

MAYBE_EARLIER = "\na timer of the target ended the process, maybe one of an earlier input"

_STDERR_LINES = 20


def seed_line(seed: int) -> str:
    """Return the line with the seed that repeats this run."""
    return f"fuzz: seed: {seed}\n"


def warming_up(time: int, done: int, total: int, *, covering: bool) -> str:
    """Return the progress line while the corpus is run."""
    activity = _activity(covering)
    return f"fuzz: elapsed: {format_rounded(time)}, {activity}: {done}/{total} completed\n"


def warmed_up(time: int, total: int, workers: int, *, covering: bool) -> str:
    """Return the line after the last input of the corpus was run."""
    line = warming_up(time, total, total, covering=covering).rstrip()
    return f"{line}, now fuzzing with {workers} workers\n"


def corpus_executed(time: int, total: int) -> str:
    """Return the line after a campaign that only executes the corpus."""
    return f"fuzz: elapsed: {format_rounded(time)}, corpus executed: {total} inputs\n"


def progress(
    time: int,
    count: int,
    rate: float,
    *,
    interesting: int,
    total: int,
    covering: bool,
    unstable: int = 0,
) -> str:
    """Return the progress line while fuzzing: executions so far, and new inputs."""
    line = f"fuzz: elapsed: {format_rounded(time)}, execs: {count} ({rate:.0f}/sec)"
    if covering:
        line += f", new interesting: {interesting} (total: {total})"
    if unstable:
        line += f", unstable: {unstable}"
    return line + "\n"


def minimizing(time: int, count: int, rate: float) -> str:
    """Return the progress line while a failing input is minimized."""
    return f"fuzz: elapsed: {format_rounded(time)}, minimizing, execs: {count} ({rate:.0f}/sec)\n"


def minimizing_failure(size: int) -> str:
    """Return the line before a failing input is minimized; its size is that of the file."""
    return f"fuzz: minimizing {size}-byte failing input file\n"


def new_bucket(title: str, failure: str, *, known: bool = False) -> str:
    """Return the report of the first failure of a bucket (-keepgoing)."""
    lines = "".join(f"    {line}\n" for line in failure.rstrip("\n").split("\n"))
    return f"fuzz: {'known' if known else 'new'} bucket: {title}\n{lines}"


def seed_failure(fuzz_test: str, seed: str) -> str:
    """Return the line that names an input of the seed corpus that failed before fuzzing."""
    return f"failure while testing seed corpus entry: {fuzz_test}/{seed}\n"


def not_fuzzing(reason: str, ending: str, stderr: str) -> str:
    """Return the error of a worker that ended before it called f.fuzz."""
    reason = reason or "EOF"
    return f"fuzzing process terminated without fuzzing: {reason}" + _details(ending, stderr)


def internal_failure(ending: str, stderr: str) -> str:
    """Return the error of a worker that ended because of an internal error, not of an input."""
    text = f"fuzzing process exited unexpectedly due to an internal failure: {ending}"
    return text + _details("", stderr)


def lost_worker(ending: str, stderr: str, *, minimizing: bool = False) -> str:
    """Return the failure of an input during which the worker ended."""
    when = " while minimizing: EOF" if minimizing else f": {ending}"
    text = f"fuzzing process hung or terminated unexpectedly{when}"
    return text + _details(ending if minimizing else "", stderr)


def unexpected_signal(ending: str, stderr: str) -> str:
    """Return the error of a worker that a signal ended which inputs do not cause."""
    text = "fuzzing process terminated by unexpected signal; no crash will be recorded"
    return f"{text}: {ending}" + _details("", stderr)


def communication_failure(reason: str, ending: str, stderr: str) -> str:
    """Return the error of a worker that sent an invalid answer."""
    return f"communicating with fuzzing process: {reason or 'EOF'}" + _details(ending, stderr)


def broken_worker(message: str) -> str:
    """Return the failure of an input that made the engine fail in its worker."""
    return f"the fuzz target broke the worker: {message or 'the engine failed'}"


def replaced_worker(program: str, ending: str) -> str:
    """Return the failure of an input whose worker executed another program."""
    return f"the fuzz target replaced the worker by another program: {program}\n{ending}"


def hung_up_worker(ending: str, stderr: str) -> str:
    """Return the failure of an input whose worker closed its pipe and did not end."""
    text = "fuzzing process hung or terminated unexpectedly: it closed its pipe"
    return text + _details(ending, stderr)


def start_limit(limit: int, *, importing: bool) -> str:
    """Return the reason why a worker was stopped before it called f.fuzz: the start limit."""
    where = (
        "the test files were still being imported; a slow import needs a higher -fuzzstarttime"
        if importing
        else "the fuzz test was running, but did not call f.fuzz"
    )
    return f"no answer within {format_nanoseconds(limit)} (-fuzzstarttime): {where}"


def over_time(limit: int, flag: str, stderr: str) -> str:
    """Return the failure of an input that ran for too long, with the worker's stack."""
    text = "fuzzing process hung or terminated unexpectedly: timeout after"
    return f"{text} {format_nanoseconds(limit)} ({flag})" + _details("", _stack(stderr))


def stopped(signal: str) -> str:
    """Return the reason why a worker was ended that another process, or itself, has stopped."""
    return f"it was stopped by {signal}"


def stopped_worker(signal: str, stderr: str) -> str:
    """Return the failure of an input whose worker was stopped, with the worker's stack."""
    text = f"fuzzing process hung or terminated unexpectedly: {stopped(signal)}"
    return text + _details("", _stack(stderr))


def over_memory(limit: int, flag: str, stderr: str) -> str:
    """Return the failure of an input that used too much memory, with the worker's stack."""
    text = f"fuzzing process hung or terminated unexpectedly: {memory_above(limit, flag)}"
    return text + _details("", _stack(stderr))


def memory_above(limit: int, flag: str) -> str:
    """Return the reason why a worker that used too much memory was ended."""
    return f"memory above {limit} bytes ({flag})"


def low_memory_limit(limit: str, used: int) -> str:
    """Return the error of a memory limit that a worker exceeds before it gets an input.

    Args:
        limit: the limit as a flag.
        used: the bytes that the worker uses.
    """
    mebibytes = -(-used // (1 << 20))
    return (
        f"{limit} is too low: a worker of this fuzz test uses {mebibytes}M before the "
        f"first input; allow {2 * mebibytes}M or more"
    )


def unreported(ending: str, stderr: str) -> str:
    """Return the failure of an input whose report the worker could not make."""
    text = "the fuzz target failed, but its failure could not be reported"
    return f"{text}: {ending}" + _details("", _stack(stderr))


def unreadable_cache(reasons: Sequence[str]) -> str:
    """Return the warning about entries of the cache that cannot be read, so are not used."""
    more = f" (and {len(reasons) - 1} more)" if len(reasons) > 1 else ""
    return f"warning: not using a part of the cache: {reasons[0]}{more}\n"


def unwritable_cache(reason: str) -> str:
    """Return the warning about new inputs that cannot be written to the cache."""
    return f"warning: new inputs are kept in memory only: cannot write to the cache: {reason}\n"


class Reproduction:
    """How to reproduce a failing input, as lines of a report. Go's report has one command only.

    Attributes:
        arguments: a line for each argument, such as `data = b'size,'`.
        commands: the commands that run the input again.
        debug: the command that also stops in the target, or "".
        function: a test function to paste, or "".
        file: the file for it.
    """

    def __init__(self, commands: Sequence[str]) -> None:
        self.commands = commands
        self.arguments: Sequence[str] = ()
        self.debug = self.function = self.file = ""

    def before(self) -> str:
        """Return the input."""
        if not self.arguments:
            return ""
        return f"Failing input:\n{_indented(self.arguments)}"

    def after(self) -> str:
        """Return the commands and the function."""
        text = "".join(f"{line}\n" for line in ("To re-run:", *self.commands))
        if self.debug:
            text += f"To debug:\n{self.debug}\n"
        if self.function:
            text += f"As a test for pytest, in {self.file}:\n"
            text += _indented(self.function.rstrip("\n").split("\n"))
        return text


def _indented(lines: Sequence[str]) -> str:
    return "".join(f"    {line}\n" if line else "\n" for line in lines)


def written(path: str, how: Reproduction) -> str:
    """Return the lines about a failing input, its file and the commands to rerun it."""
    return f"{how.before()}Failing input written to {path}\n{how.after()}"


def known(path: str, how: Reproduction) -> str:
    """Return the lines about a failing input that was recorded earlier."""
    return f"{how.before()}Known failing input: {path}\n{how.after()}"


def failing_seed(place: str, how: Reproduction, *, goes_on: bool) -> str:
    """Return the lines about an input that fails before the campaign has begun.

    Args:
        place: the file of a recorded input, or the name of one that the fuzz test adds.
        how: how to reproduce it.
        goes_on: the campaign goes on.
    """
    hint = "" if goes_on else "No search begins while it fails; -keepgoing goes on.\n"
    return f"{how.before()}Known failing input: {place}\n{hint}{how.after()}"


def written_elsewhere(wanted: str, reason: str, path: str, value: str, how: Reproduction) -> str:
    """Return the lines about a failing input that is in the cache instead of testdata."""
    text = f"cannot write to {wanted}: {reason}\nThe failing input is:\n{value}"
    return text + written(path, how)


def written_nowhere(wanted: str, reason: str, path: str, value: str) -> str:
    """Return the lines about a failing input that could not be written at all."""
    return (
        f"cannot write to {wanted}: {reason}\n"
        f"The failing input could not be saved; to keep it, write this to {path}:\n{value}"
    )


def debug(text: str) -> str:
    """Return a debug line (Go: debugLogf).

    It starts with the local time, to the nanosecond and without trailing zeros.
    """
    import time

    seconds, rest = divmod(time.time_ns(), 1_000_000_000)
    clock = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(seconds))
    return f"{clock}.{rest:09d}".rstrip("0").rstrip(".") + f" DEBUG {text}\n"


def corpus_processed(entries: int, bits: int) -> str:
    """Return the debug line with the size of the corpus before fuzzing (Go: fuzzdebug)."""
    return debug(
        f"finished processing input corpus, entries: {entries}, initial coverage bits: {bits}"
    )


def duplicate(name: str) -> str:
    """Return the debug line about an input that the corpus already has (Go: fuzzdebug)."""
    return debug(f"ignoring duplicate input which increased coverage, id: {name}")


def _activity(covering: bool) -> str:
    return "gathering baseline coverage" if covering else "testing seed corpus"


def _stack(stderr: str) -> str:
    """Return the stack that a worker printed when it was stopped."""
    return stderr.replace("Fatal Python error: Aborted\n\n", "")


def _details(ending: str, stderr: str) -> str:
    lines = [ending] if ending else []
    lines += stderr.rstrip().split("\n")[-_STDERR_LINES:] if stderr.strip() else []
    return "".join(f"\n{line}" for line in lines)
