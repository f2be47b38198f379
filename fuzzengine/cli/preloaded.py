"""Loads all of `fuzzengine test` at once, for the fork server that runs it as `go test` of scripts.

Each start then takes a few milliseconds instead of forty.
"""

# ruff: noqa: F401

import _signal  # type: ignore[import-not-found]

# An interrupt during the imports ends the process without a traceback.
if _signal.getsignal(_signal.SIGINT) is _signal.default_int_handler:
    _signal.signal(_signal.SIGINT, _signal.SIG_DFL)

import fuzzengine.cli.inputs
import fuzzengine.cli.test
import fuzzengine.ipc.child
import fuzzengine.ipc.orphans
from fuzzengine.cli.main import main as main
