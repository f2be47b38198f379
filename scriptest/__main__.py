"""Makes `python -m scriptest` the same as the program `scriptest`."""

import sys

from scriptest.cli import main

sys.exit(main())
