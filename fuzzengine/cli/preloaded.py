"""Loads all of `fuzzengine test` at once, for the fork server that runs it as `go test` of scripts.

Each start then takes a few milliseconds instead of forty.
"""

import _signal  # type: ignore[import-not-found]

# An interrupt during the imports ends the process without a traceback.
if _signal.getsignal(_signal.SIGINT) is _signal.default_int_handler:
    _signal.signal(_signal.SIGINT, _signal.SIG_DFL)

import fuzzengine.cli.inputs  # noqa: F401
import fuzzengine.cli.test  # noqa: F401
import fuzzengine.ipc.child  # noqa: F401
import fuzzengine.ipc.orphans  # noqa: F401
from fuzzengine.cli.main import main  # noqa: F401
