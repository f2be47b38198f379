"""Turns the flags of libFuzzer into the options of a campaign."""

from __future__ import annotations

import time

from fuzzengine.atheris.raw_files import KINDS
from fuzzengine.campaign.options import Limits, Options, WorkerProgram
from fuzzengine.program.flags import read_dictionary
from scriptest.base.duration import SECOND

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from fuzzengine.atheris.libfuzzer_flags import HarnessFlags
    from fuzzengine.instrument.coverage import Coverage

_START_TIME = 120 * SECOND
_MINIMIZE_TIME = 10 * SECOND
_MEBIBYTE = 1 << 20


class SettingsError(Exception):
    """A flag has a value that cannot be used; the text is one line."""


class HarnessLimits(Limits):
    """The limits of a worker that runs a harness."""

    time_flag = "-timeout"
    memory_flag = "-rss_limit_mb"
    memory_unit = _MEBIBYTE


def limits_of(flags: HarnessFlags) -> Limits:
    """Return the limits of a worker."""
    return HarnessLimits(
        _START_TIME, max(flags.timeout, 0) * SECOND, max(flags.rss_limit_mb, 0) * _MEBIBYTE
    )


def options_of(flags: HarnessFlags, name: str, coverage: Coverage) -> Options:
    """Return the options of a campaign without inputs.

    Args:
        flags: the flags of the harness.
        name: the name of the harness.
        coverage: the counters of this process.
    """
    options = Options(KINDS, name, "")
    options.timeout = max(flags.max_total_time, 0) * SECOND
    runs = flags.atheris_runs if flags.atheris_runs >= 0 else flags.runs
    options.limit, options.corpus_only = max(runs, 0), runs == 0
    options.minimize_timeout = _MINIMIZE_TIME
    options.parallel = flags.processes
    if 0 < options.limit < options.parallel:
        options.parallel = options.limit
    options.words = read_words(flags.dict)
    options.seed = flags.seed or time.time_ns() & 0xFFFFFFFF
    options.table = coverage.freeze()
    options.coverage_size = coverage.size
    return options


def read_words(path: str) -> Sequence[bytes]:
    """Return the words of the dictionary of -dict; none without a path.

    Raises:
        SettingsError: it cannot be read or is malformed.
    """
    if not path:
        return []
    try:
        return read_dictionary(path)
    except ValueError as error:
        text = str(error)
        raise SettingsError(f"-dict={path}: {text.removeprefix(f'{path}:')}") from None


def worker_program(command: Sequence[str], flags: HarnessFlags, table: str) -> WorkerProgram:
    """Return how workers are started."""
    return WorkerProgram(command, limits_of(flags), table)
