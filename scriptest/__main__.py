"""Runs the program `scriptest` for `python -m scriptest`."""

import sys

from scriptest.cli.main import main

sys.exit(main())
