"""Runs the command line: `python -m fuzzengine`."""

import sys

if __name__ == "__main__":
    if not sys.flags.safe_path:
        # The current folder, as for every -m: nothing the command line needs is there.
        del sys.path[0]
    from fuzzengine.cli.main import main

    main()
