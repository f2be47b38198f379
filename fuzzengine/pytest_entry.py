"""The pytest entry point: options, and hooks that load the plug-in with the first fuzz test."""

from __future__ import annotations

import sys
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Sequence


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the options."""
    add = parser.getgroup("fuzzengine", "fuzz tests").addoption
    add("--fuzz", metavar="REGEXP", help="fuzz the matching fuzz tests, and run nothing else")
    add(
        "--fuzztime",
        metavar="30s",
        help="a time or number of executions (1000x); default: no limit",
    )
    add(
        "--fuzzflags",
        metavar="FLAGS",
        default="",
        help="additional flags of `fuzzengine test`, such as '-parallel=2 -keepgoing'",
    )
    add("--fuzzsarif", metavar="FILE", help="write failures of campaigns as SARIF to FILE")


def pytest_configure(config: pytest.Config) -> None:
    """Check the options.

    Raises:
        pytest.UsageError: one is malformed.
    """
    if not any(map(config.getoption, ("fuzz", "fuzztime", "fuzzflags", "fuzzsarif"))):
        return
    from fuzzengine.pytest_plugin import SarifReport, campaign_flags

    campaign_flags(config)
    file = config.getoption("fuzzsarif")
    if file and not hasattr(config, "workerinput"):
        config.pluginmanager.register(SarifReport(file), "fuzzengine-sarif")


def pytest_pycollect_makeitem(
    collector: pytest.Module | pytest.Class, name: str, obj: object
) -> Sequence[pytest.Item] | None:
    """Collect the fuzz tests of modules that import fuzzengine."""
    if not name.startswith(("Fuzz", "fuzz_")) or not _imports_engine(collector.obj):
        return None
    from fuzzengine.pytest_plugin import items_of

    return items_of(collector, name, obj)


def _imports_engine(module: object) -> bool:
    """Return True if a module imports fuzzengine or one of its names."""
    return any(_is_from_engine(value) for value in vars(module).values())


def _is_from_engine(value: object) -> bool:
    if isinstance(value, ModuleType):
        return value.__name__.partition(".")[0] == "fuzzengine"
    if isinstance(value, type | FunctionType):
        return value.__module__.partition(".")[0] == "fuzzengine"
    return False


def pytest_report_collectionfinish(
    config: pytest.Config, items: Sequence[pytest.Item]
) -> list[str]:
    """Report fuzz tests that were refused, and that --fuzz matches nothing."""
    plugin = sys.modules.get("fuzzengine.pytest_plugin")
    lines = list(config.stash.get(plugin.REFUSED, [])) if plugin is not None else []
    wanted = config.getoption("fuzz")
    if wanted and not items:
        lines.append(f"--fuzz={wanted} matches no fuzz test in the collected files")
    return lines


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With --fuzz, deselect everything else."""
    if config.getoption("fuzz"):
        from fuzzengine.pytest_plugin import keep_campaigns

        keep_campaigns(config, items)
