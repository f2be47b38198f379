"""Public exceptions, raised by custom commands and conditions."""

from scriptest.base.errors import CheckFailed, FileError, ScriptError, Skip, Stop, UsageError

__all__ = ["CheckFailed", "FileError", "ScriptError", "Skip", "Stop", "UsageError"]
