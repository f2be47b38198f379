"""Has coverage.py measure fuzz workers when it measures the process that starts them."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

CONFIGURATION = "COVERAGE_PROCESS_CONFIG"
_ALREADY = (CONFIGURATION, "COVERAGE_PROCESS_START")


def variables(environment: Mapping[str, str]) -> dict[str, str]:
    """Return variables that make Python children measure themselves as this process does.

    Nothing if nothing is measured, if the environment says already how children are, or if no
    one would combine what they measure: `coverage run` without `--parallel-mode`.

    Args:
        environment: that of this process.
    """
    coverage: Any = sys.modules.get("coverage")
    if coverage is None or any(environment.get(name) for name in _ALREADY):
        return {}
    config = getattr(coverage.Coverage.current(), "config", None)
    # Before version 7.10 it has no way to hand its configuration on.
    if config is None or not config.parallel or not hasattr(config, "serialize"):
        return {}
    return {CONFIGURATION: config.serialize()}
