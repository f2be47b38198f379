"""The exceptions that a project's own commands and conditions raise (public)."""

from scriptest.base.errors import CheckFailed, FileError, ScriptError, Skip, Stop, UsageError

__all__ = ["CheckFailed", "FileError", "ScriptError", "Skip", "Stop", "UsageError"]
