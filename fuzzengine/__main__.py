"""Runs the program `fuzzengine`, also for `python -m fuzzengine`."""

import _signal  # type: ignore[import-not-found]
import sys

# An interrupt during the imports ends the process without a traceback.
if _signal.getsignal(_signal.SIGINT) is _signal.default_int_handler:
    _signal.signal(_signal.SIGINT, _signal.SIG_DFL)


def main() -> None:
    """Run the program with the arguments of the process, and end it with its exit status."""
    from fuzzengine.cli.main import main

    main()


if __name__ == "__main__":
    if not sys.flags.safe_path:
        # The current folder, as for every -m: nothing the command line needs is there.
        del sys.path[0]
    main()
