"""Writes failing inputs as files of raw bytes: crash-HASH, timeout-HASH, oom-HASH."""

from __future__ import annotations

from fuzzengine.atheris import report
from fuzzengine.atheris.raw_files import decoded, name_of
from scriptest.base.errors import reason_of
from scriptest.base.files import write_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from fuzzengine.atheris.libfuzzer_flags import HarnessFlags
    from fuzzengine.campaign.tasks import Crash

_PREFIXES = {report.TIMEOUT: "timeout-", report.MEMORY: "oom-"}


class Artifacts:
    """Writes failing inputs to where the flags say."""

    def __init__(self, flags: HarnessFlags) -> None:
        self._prefix = flags.artifact_prefix or "./"
        self._exact = flags.exact_artifact_path
        self._max_len = flags.max_len or None

    def write(self, crash: Crash) -> str:
        """Write a failing input; return the lines of the report about it."""
        return self._write(self.path_of(crash), self._data(crash))

    def path_of(self, crash: Crash) -> str:
        """Return the file for a failing input."""
        prefix = _PREFIXES.get(crash.failure.kind, "crash-")
        return self._exact or self._prefix + prefix + name_of(self._data(crash))

    def write_named(self, name: str, data: bytes) -> str:
        """Write an input under a name; return the lines of the report about it."""
        return self._write(self._exact or self._prefix + name, data)

    def _data(self, crash: Crash) -> bytes:
        return decoded(crash.entry.load())[: self._max_len]

    def _write(self, path: str, data: bytes) -> str:
        try:
            write_file(path, data)
        except OSError as error:
            return report.not_written(path, reason_of(error), data)
        return report.written(self._prefix, path, data)
