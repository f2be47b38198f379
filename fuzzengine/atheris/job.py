"""One run of a harness: its flags, and what each kind of run derives from them."""

from __future__ import annotations

import os
import sys

from fuzzengine.atheris import report
from fuzzengine.atheris.artifacts import Artifacts
from fuzzengine.atheris.settings import options_of, worker_program
from fuzzengine.campaign.tasks import CampaignError, Crash
from fuzzengine.instrument.coverage import COVERAGE
from scriptest.base.visible import visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from fuzzengine.atheris.libfuzzer_flags import HarnessFlags
    from fuzzengine.campaign.options import Options, WorkerProgram

FAILED = 1
"""The exit status of a run that cannot begin or go on."""

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
        artifacts: writes failing inputs.
        minimizing: inputs may be made smaller.
    """

    def __init__(self, flags: HarnessFlags, name: str, command: Sequence[str]) -> None:
        self.flags = flags
        self.name = name
        self.artifacts = Artifacts(flags)
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
