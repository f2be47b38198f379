"""Lets coverage.py measure child processes when it measures this one."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

CONFIGURATION = "COVERAGE_PROCESS_CONFIG"
_ALREADY = (CONFIGURATION, "COVERAGE_PROCESS_START")


def variables(environment: Mapping[str, str]) -> dict[str, str]:
    """Return variables that make Python child processes measure coverage like this process.

    Empty if this process is not measured, if the environment already configures child processes,
    or without `--parallel-mode`, because their data would not be combined.

    Args:
        environment: the environment of this process.
    """
    coverage: Any = sys.modules.get("coverage")
    if coverage is None or any(environment.get(name) for name in _ALREADY):
        return {}
    config = getattr(coverage.Coverage.current(), "config", None)
    # coverage.py before version 7.10 cannot serialize its configuration.
    if config is None or not config.parallel or not hasattr(config, "serialize"):
        return {}
    return {CONFIGURATION: config.serialize()}
