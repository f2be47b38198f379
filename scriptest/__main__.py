"""Makes `python -m scriptest` the same as the program `scriptest`."""

import sys

from scriptest.cli.main import main

sys.exit(main())
