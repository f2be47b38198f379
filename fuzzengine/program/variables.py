"""Names the environment variables that the command sets for the test program."""

from __future__ import annotations

import os

COMMAND = "FUZZENGINE_COMMAND"
"""The command that the user typed, such as `go test`; unset if the test program runs alone."""

FOLDER = "FUZZENGINE_FOLDER"
"""The package as that command line named it; empty for the current folder."""

FILES = "FUZZENGINE_FILES"
"""The test files to import, separated by os.pathsep; by default all of the folder."""

CODE = "FUZZENGINE_CODE"
"""The folder for instrumented code; by default one in -test.fuzzcachedir."""

PYTEST = "FUZZENGINE_PYTEST"
"""The test of pytest that the program runs in place of those in test files (see pytest_host)."""

HYPOTHESIS = "HYPOTHESIS_STORAGE_DIRECTORY"
"""The folder of Hypothesis's database; Hypothesis itself reads it."""

REACH = "FUZZENGINE_REACH"
"""The file to which workers log what they execute; set only for them."""

OWN_COMMAND = "fuzzengine test"

_GO_COMMAND = "go test"


def is_go_test() -> bool:
    """Return True if the user typed `go test`, in a script: then Go decides what is an error."""
    return os.environ.get(COMMAND) == _GO_COMMAND
