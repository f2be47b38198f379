"""One run of a harness: its flags, and what each kind of run derives from them."""

from __future__ import annotations

import os
import sys

from fuzzengine.atheris import report
from fuzzengine.atheris.artifacts import Artifacts
from fuzzengine.atheris.libfuzzer_flags import parse
from fuzzengine.atheris.settings import options_of, worker_program
from fuzzengine.campaign.tasks import CampaignError, Crash
from fuzzengine.instrument.coverage import COVERAGE
from scriptest.base.visible import visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from fuzzengine.campaign.options import Options, WorkerProgram

FAILED = 1
"""The exit status of a run that cannot begin or go on."""

INTERRUPTED, TERMINATED = 130, 72
"""Exit statuses after SIGINT and after another signal."""

_OUT_OF_MEMORY = 71


def log(text: str) -> None:
    """Write to standard error, without characters that control a terminal."""
    sys.stdout.flush()
    sys.stderr.write(visible(text))
    sys.stderr.flush()


class Job:
    """One run of a harness.

    Attributes:
        flags: its flags.
        name: the name of the harness.
        path: its file, as it was given.
        arguments: the rest of its command line.
        artifacts: writes failing inputs.
        minimizing: inputs may be made smaller.
    """

    def __init__(self, arguments: Sequence[str], command: Sequence[str]) -> None:
        self.path, *self.arguments = arguments or [""]
        self.flags = parse(self.arguments)
        self.name = os.path.basename(self.path) or "harness"
        self.artifacts = Artifacts(self.flags)
        self.minimizing = True
        self._command = command

    @property
    def folders(self) -> list[str]:
        """The corpus folders."""
        return [path for path in self.flags.inputs if os.path.isdir(path)]

    def options(self) -> Options:
        """Return the options of a campaign without inputs."""
        return options_of(self.flags, self.name, COVERAGE)

    def program(self, options: Options) -> WorkerProgram:
        """Return how workers are started."""
        return worker_program(self._command, self.flags, options.table)

    def status_of(self, failure: CampaignError | Crash) -> int:
        """Return the exit status for a failure."""
        if isinstance(failure, CampaignError):
            return FAILED
        kind = failure.failure.kind
        if kind == report.TIMEOUT:
            return self.flags.timeout_exitcode
        return _OUT_OF_MEMORY if kind == report.MEMORY else self.flags.error_exitcode
