"""Every line a campaign prints, in Go's format (Go: the Fprintf calls of internal/fuzz)."""

from __future__ import annotations

from scriptest.base.duration import format_nanoseconds, format_rounded

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

_STDERR_LINES = 20


def seed_line(seed: int) -> str:
    """Say which seed gives this run again."""
    return f"fuzz: seed: {seed}\n"


def warming_up(time: int, done: int, total: int, *, covering: bool) -> str:
    """Say how many inputs of the corpus were run so far."""
    return f"fuzz: elapsed: {format_rounded(time)}, {_what(covering)}: {done}/{total} completed\n"


def warmed_up(time: int, total: int, workers: int, *, covering: bool) -> str:
    """Say that all inputs of the corpus were run."""
    return (
        f"fuzz: elapsed: {format_rounded(time)}, {_what(covering)}: {total}/{total} completed, "
        f"now fuzzing with {workers} workers\n"
    )


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
    """Say how many executions there were and how much they found."""
    line = f"fuzz: elapsed: {format_rounded(time)}, execs: {count} ({rate:.0f}/sec)"
    if covering:
        line += f", new interesting: {interesting} (total: {total})"
    if unstable:
        line += f", unstable: {unstable}"
    return line + "\n"


def minimizing(time: int, count: int, rate: float) -> str:
    """Say that a failing input is being made smaller, and how many executions there were."""
    return f"fuzz: elapsed: {format_rounded(time)}, minimizing, execs: {count} ({rate:.0f}/sec)\n"


def minimizing_failure(size: int) -> str:
    """Say that a failing input, of so many bytes as a file, is about to be made smaller."""
    return f"fuzz: minimizing {size}-byte failing input file\n"


def new_bucket(title: str, failure: str) -> str:
    """Show the first failure of a bucket; the campaign goes on."""
    lines = "".join(f"    {line}\n" for line in failure.rstrip("\n").split("\n"))
    return f"fuzz: new bucket: {title}\n{lines}"


def seed_failure(fuzz_test: str, seed: str) -> str:
    """Say which input of the seed corpus failed before there was any fuzzing."""
    return f"failure while testing seed corpus entry: {fuzz_test}/{seed}\n"


def not_fuzzing(reason: str, ending: str, stderr: str) -> str:
    """Say that a worker never came as far as f.fuzz, and what is known of its end."""
    reason = reason or "EOF"
    return f"fuzzing process terminated without fuzzing: {reason}" + _details(ending, stderr)


def internal_failure(ending: str, stderr: str) -> str:
    """Say that a worker gave up by itself; no input is to blame."""
    text = f"fuzzing process exited unexpectedly due to an internal failure: {ending}"
    return text + _details("", stderr)


def lost_worker(ending: str, stderr: str, *, minimizing: bool = False) -> str:
    """Say that a worker ended while it ran an input."""
    when = " while minimizing: EOF" if minimizing else f": {ending}"
    text = f"fuzzing process hung or terminated unexpectedly{when}"
    return text + _details(ending if minimizing else "", stderr)


def unexpected_signal(ending: str, stderr: str) -> str:
    """Say that a worker was ended by a signal that says nothing about the input."""
    text = "fuzzing process terminated by unexpected signal; no crash will be recorded"
    return f"{text}: {ending}" + _details("", stderr)


def communication_failure(reason: str, ending: str, stderr: str) -> str:
    """Say that a worker answered nonsense."""
    return f"communicating with fuzzing process: {reason or 'EOF'}" + _details(ending, stderr)


def start_limit(limit: int, *, importing: bool) -> str:
    """Say that a worker took too long to come as far as f.fuzz."""
    where = (
        "the test files were still being imported; a slow import needs a higher -fuzzstarttime"
        if importing
        else "the fuzz test was running, but did not call f.fuzz"
    )
    return f"no answer within {format_nanoseconds(limit)} (-fuzzstarttime): {where}"


def over_time(limit: int, stderr: str) -> str:
    """Say that one execution took too long; the worker's stack shows where it was."""
    text = "fuzzing process hung or terminated unexpectedly: timeout after"
    return f"{text} {format_nanoseconds(limit)} (-fuzzexectime)" + _details("", _stack(stderr))


def over_memory(limit: int, stderr: str) -> str:
    """Say that one execution took too much memory; the worker's stack shows where it was."""
    text = f"fuzzing process hung or terminated unexpectedly: memory above {limit} bytes"
    return f"{text} (-memlimit)" + _details("", _stack(stderr))


def written(path: str, command: str) -> str:
    """Say where a failing input is and how to run it again."""
    return f"Failing input written to {path}\nTo re-run:\n{command}\n"


def written_elsewhere(wanted: str, reason: str, path: str, value: str, command: str) -> str:
    """Say that a failing input is in the cache, and show it, as testdata could not be written."""
    return f"cannot write to {wanted}: {reason}\nThe failing input is:\n{value}" + written(
        path, command
    )


def written_nowhere(wanted: str, reason: str, value: str) -> str:
    """Show a failing input that could not be written at all."""
    return f"cannot write to {wanted}: {reason}\nThe failing input, written nowhere, is:\n{value}"


def debug(text: str) -> str:
    """Return a line for those who look into the engine (Go: debugLogf).

    It begins with the local time, to the nanosecond and without trailing zeros.
    """
    import time

    seconds, rest = divmod(time.time_ns(), 1_000_000_000)
    clock = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(seconds))
    return f"{clock}.{rest:09d}".rstrip("0").rstrip(".") + f" DEBUG {text}\n"


def corpus_processed(entries: int, bits: int) -> str:
    """Say what the corpus holds before any mutation is tried (Go: fuzzdebug)."""
    return debug(
        f"finished processing input corpus, entries: {entries}, initial coverage bits: {bits}"
    )


def duplicate(name: str) -> str:
    """Say that an input with new coverage is one of the corpus already (Go: fuzzdebug)."""
    return debug(f"ignoring duplicate input which increased coverage, id: {name}")


def _what(covering: bool) -> str:
    return "gathering baseline coverage" if covering else "testing seed corpus"


def _stack(stderr: str) -> str:
    """Return what a worker left when it was told to show its stack and end."""
    return stderr.replace("Fatal Python error: Aborted\n\n", "")


def _details(ending: str, stderr: str) -> str:
    lines = [ending] if ending else []
    lines += stderr.rstrip().split("\n")[-_STDERR_LINES:] if stderr.strip() else []
    return "".join(f"\n{line}" for line in lines)
