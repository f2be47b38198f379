"""The command `scriptest merge`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from scriptest.base.numbers import counted
from scriptest.cli.exit_codes import FAILED, INTERNAL, OK, complain

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Mapping

    from scriptest.engine.result import Result
    from scriptest.report.json import Report


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the arguments of the command."""
    from scriptest.cli.run_options import add_color, add_reports

    parser.add_argument("reports", nargs="+", metavar="REPORT", help="a file that --json wrote")
    add_reports(parser)
    add_color(parser)


def merge(options: Namespace) -> int:
    """Make one report of several; return the exit status."""
    from scriptest.report.files import ReportError, ReportFiles
    from scriptest.report.json import InvalidReportError, read

    files = ReportFiles(options.json, options.junit, html=options.html)
    if not files.any:
        return complain("merge: name the file to write: add --json, --junit or --html")
    try:
        files.check()
        reports = {path: read(path) for path in options.reports}
        _check_shards(reports)
        results = _results(reports)
    except (InvalidReportError, ReportError, ValueError) as error:
        return complain(str(error))
    merged = [*results.values(), *_missing(reports)]
    seconds = max(report.seconds for report in reports.values())
    problem = files.write(merged, seconds, sys.stdout)
    status = _show(merged, seconds, options.color)
    return complain(problem) if problem else status


def _show(results: list[Result], seconds: float, color: str) -> int:
    """Print the failures and the counts; return the exit status of the run."""
    import os

    from scriptest.base.streams import style_of
    from scriptest.engine.result import Status
    from scriptest.report.console import Console, Detail
    from scriptest.report.tally import Tally

    console = Console(sys.stdout, Detail.FEW, style_of(sys.stdout, os.environ, color))
    tally = Tally()
    for result in sorted(results, key=lambda each: each.name):
        tally.add(result)
        console.result(result)
    console.summary(tally, seconds)
    if tally.counts[Status.BROKEN]:
        return INTERNAL
    return FAILED if tally.failures else OK


def _check_shards(reports: Mapping[str, Report]) -> None:
    """Check that the shards belong together.

    Raises:
        ValueError: they do not; the message names two files.
    """
    first = ""
    found: dict[int, str] = {}
    for path, report in reports.items():
        shard = report.shard
        if shard is None:
            continue
        first = first or path
        of_first = reports[first].shard
        assert of_first is not None
        if shard.parts != of_first.parts:
            raise ValueError(
                f"{first} is shard {of_first.name} and {path} is shard {shard.name}: "
                "merge the shards of one run"
            )
        if shard.digest != of_first.digest:
            raise ValueError(
                f"{first} and {path} divided different scripts, or with different --times: run all "
                "shards with the same scripts, options and times"
            )
        if shard.part in found:
            raise ValueError(f"{found[shard.part]} and {path} are both shard {shard.name}")
        found[shard.part] = path


def _results(reports: Mapping[str, Report]) -> dict[str, Result]:
    """Return all results by name.

    Raises:
        ValueError: a script is in two reports.
    """
    results: dict[str, Result] = {}
    origins: dict[str, str] = {}
    for path, report in reports.items():
        for result in report.results:
            if result.name in results:
                raise ValueError(
                    f"{result.name} is in {origins[result.name]} and in {path}: merge reports of "
                    "different scripts"
                )
            results[result.name] = result
            origins[result.name] = path
    return results


def _missing(reports: Mapping[str, Report]) -> list[Result]:
    """Return a failure for each shard that is missing or incomplete."""
    shards = {report.shard.part: report for report in reports.values() if report.shard is not None}
    if not shards:
        return []
    some = next(iter(shards.values())).shard
    assert some is not None
    found = []
    for part in range(1, some.parts + 1):
        name = f"shard {some._replace(part=part).name}"
        report = shards.get(part)
        if report is None:
            found.append(_failure(name, "missing: its report was not given"))
        elif report.shard is not None:
            unfinished = report.shard.scripts - len(report.results)
            if unfinished > 0:
                scripts = counted(unfinished, "script")
                found.append(_failure(name, f"incomplete: {scripts} did not run"))
    return found


def _failure(name: str, message: str) -> Result:
    from scriptest.engine.result import Failure, Result, Status

    return Result(name, name, Status.FAILED, 0.0, failure=Failure(name, 0, 0, message, ""))
