from __future__ import annotations

import sys
from pathlib import Path

# The helper modules lie beside their suite, where only `scriptest --config` looks for them.
sys.path.insert(0, str(Path(__file__).parents[2] / "conformance" / "go_cmd"))
