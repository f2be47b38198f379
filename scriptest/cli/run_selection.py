"""Selects the scripts of a run by its options: paths, keywords, shard, earlier results."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from scriptest.cli.run_options import find_scripts

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Mapping

    from scriptest.suite.history import PastResult
    from scriptest.suite.sharding import Shard
    from scriptest.suite.suite import Selected


class ToRun:
    """The scripts of a run.

    Attributes:
        scripts: In the order in which they begin.
        known: How scripts ended in earlier runs, by `Selected.key`.
        shard: The part of the scripts that they are; None for all.
    """

    def __init__(
        self, scripts: list[Selected], known: Mapping[str, PastResult], shard: Shard | None
    ) -> None:
        """Set the attributes."""
        self.scripts = scripts
        self.known = known
        self.shard = shard


def scripts_to_run(options: Namespace, known: Mapping[str, PastResult]) -> ToRun:
    """Return the scripts to run, ordered by the results of earlier runs.

    Raises:
        SuiteError: a path does not exist, or settings are wrong.
        ValueError: an option is wrong.
    """
    from scriptest.run.scheduler import longest_first, ordered
    from scriptest.suite import selection

    if options.repeat < 1:
        raise ValueError(f"--repeat {options.repeat}: write a number of at least 1")
    scripts = find_scripts(options)
    if options.update and any(script.until for script in scripts):
        raise ValueError("--update needs whole scripts; omit the line number")
    times: dict[str, float] = {}
    if options.times is not None:
        times = _times(options.times)
        known = _with_times(known, scripts, times)
    shard = None
    if options.shard is not None:
        scripts, shard = _shard(options.shard, scripts, times)
    if options.only:
        wanted = set(options.only)
        scripts = [script for script in scripts if os.path.realpath(script.path) in wanted]
    if options.lf:
        scripts = selection.failed(scripts, known)
    order = ordered if options.cluster is None else longest_first
    scripts = selection.repeated(order(scripts, known), options.repeat)
    if options.random_order_seed is not None:
        from random import Random

        scripts.sort(key=lambda script: script.name)
        Random(options.random_order_seed).shuffle(scripts)
    if shard is not None:
        shard = shard._replace(scripts=len(scripts))
    return ToRun(scripts, known, shard)


def _times(path: str) -> dict[str, float]:
    """Return the times that a report has recorded, by portable names.

    Raises:
        ValueError: the file cannot be read, or is not a report.
    """
    from scriptest.report.json import InvalidReportError, read
    from scriptest.suite.sharding import times_by_name

    try:
        results = read(path).results
    except InvalidReportError as error:
        raise ValueError(f"--times {error}") from None
    return times_by_name((result.name, result.seconds) for result in results)


def _with_times(
    known: Mapping[str, PastResult], scripts: list[Selected], times: Mapping[str, float]
) -> dict[str, PastResult]:
    """Return how scripts ended, with the recorded times of those that never ran here."""
    from scriptest.suite.history import PastResult
    from scriptest.suite.sharding import portable_name

    recorded = {script.key: times.get(portable_name(script)) for script in scripts}
    added = {key: PastResult(False, took) for key, took in recorded.items() if took is not None}
    return {**added, **known}


def _shard(
    text: str, scripts: list[Selected], times: Mapping[str, float]
) -> tuple[list[Selected], Shard]:
    """Return one part of the scripts.

    Raises:
        ValueError: the option is wrong.
    """
    from scriptest.suite import sharding

    part, parts = sharding.parse_shard(text)
    divided = (
        sharding.by_time(scripts, parts, times) if times else sharding.by_count(scripts, parts)
    )
    chosen = divided[part - 1]
    return chosen, sharding.Shard(part, parts, len(chosen), sharding.digest(divided))
