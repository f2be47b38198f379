"""Runs the program `scriptest`, also for `python -m scriptest`."""

import _signal  # type: ignore[import-not-found]
import sys

# An interrupt during the imports ends the process without a traceback.
if _signal.getsignal(_signal.SIGINT) is _signal.default_int_handler:
    _signal.signal(_signal.SIGINT, _signal.SIG_DFL)


def main() -> int:
    """Run the program with the arguments of the process, and return its exit status."""
    from scriptest.cli.main import main

    return main()


if __name__ == "__main__":
    sys.exit(main())
