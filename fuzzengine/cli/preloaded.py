"""Loads all of `fuzzengine test` at once, for the fork server that runs it as `go test` of scripts.

Each start then takes a few milliseconds instead of forty.
"""

import _signal  # type: ignore[import-not-found]
from importlib import import_module

# An interrupt during the imports ends the process without a traceback.
if _signal.getsignal(_signal.SIGINT) is _signal.default_int_handler:
    _signal.signal(_signal.SIGINT, _signal.SIG_DFL)

for name in ("cli.inputs", "cli.main", "cli.test", "ipc.child", "ipc.orphans"):
    import_module(f"fuzzengine.{name}")


def main() -> None:
    """Run the program as `fuzzengine.__main__` does."""
    from fuzzengine.cli.main import main

    main()
