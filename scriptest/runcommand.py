"""The command `scriptest run`."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING

from scriptest.exitcodes import FAILED, INTERNAL, INTERRUPTED, OK, complain

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Mapping

    from scriptest.config import Retries
    from scriptest.dialect import Dialect
    from scriptest.history import History, Past
    from scriptest.options import Options
    from scriptest.report.asked import Asked
    from scriptest.result import Result
    from scriptest.runner import Runner
    from scriptest.suite import Selected


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the arguments of the command."""
    _add_selection(parser)
    _add_execution(parser)
    parser.add_argument("-v", "--verbose", action="store_true", help="show every script's log")
    parser.add_argument("--work", action="store_true", help="keep the work folders and name them")
    parser.add_argument("--json", metavar="FILE", help="write the results as JSON")
    parser.add_argument("--junit", metavar="FILE", help="write the results as JUnit's XML")
    parser.add_argument(
        "--github", action="store_true", help="print failures as annotations for GitHub"
    )


def add_suite_arguments(parser: ArgumentParser) -> None:
    """Declare the arguments that say which scripts are meant and how they are read."""
    add = parser.add_argument
    add(
        "paths",
        nargs="*",
        metavar="PATH",
        help="a script, script:line to end after the section of a line, or a folder of scripts "
        "(default: testdata/script)",
    )
    add(
        "--config",
        default="",
        metavar="PATH",
        help="a settings file, or the folder of one, for all scripts instead of those beside them",
    )
    add("--dialect", metavar="NAME", help="what the scripts are written in")
    add("-r", "--recursive", action="store_true", help="look into subfolders too")
    add(
        "-k", dest="keywords", metavar="EXPR", help="only names and tags such as 'net and not slow'"
    )
    add("--allow-empty", action="store_true", help="no script at all is no error")


def _add_selection(parser: ArgumentParser) -> None:
    add_suite_arguments(parser)
    add = parser.add_argument
    add("--lf", action="store_true", help="only what failed last time, or all if nothing did")
    add("--shard", metavar="2/5", help="only one of several equal parts")
    add("--repeat", type=int, default=1, metavar="N", help="run every script N times")


def _add_execution(parser: ArgumentParser) -> None:
    add = parser.add_argument
    add("-j", "--jobs", type=int, default=0, metavar="N", help="scripts at a time")
    add(
        "-e",
        "--env",
        action="append",
        default=[],
        metavar="NAME[=VALUE]",
        help="set a variable for the scripts, or pass it on",
    )
    add("--short", action="store_true", help="make the condition [short] true")
    add("--offline", action="store_true", help="make the condition [net] false")
    add(
        "--timeout",
        metavar="10m",
        help="how long a script may take; 0: any time (default: what the settings say, or 10m)",
    )
    add(
        "--continue",
        dest="keep_going",
        action="store_true",
        help="go on with a script after a line that failed",
    )
    add(
        "--update",
        action="store_const",
        const="write",
        default="",
        help="rewrite golden files of scripts that then pass",
    )
    # An option of its own, so that the PATH after a plain --update is not taken for its value.
    add(
        "--update=diff",
        dest="update",
        action="store_const",
        const="diff",
        help="show what --update would write",
    )
    add("--retries", type=int, metavar="N", help="run a failed script again, up to N times")
    add(
        "--allow-flaky", action="store_true", help="a script that passes when retried is no failure"
    )


def run(options: Namespace) -> int:
    """Run scripts; return the exit status."""
    from scriptest.history import History
    from scriptest.report.asked import Asked, ReportError
    from scriptest.runner import Runner
    from scriptest.suite import SuiteError

    history = History(os.getcwd())
    known = history.load()
    asked = Asked(options.json, options.junit, options.github)
    try:
        asked.check()
        settings = _settings(options)
        scripts = _chosen(options, known)
    except (ValueError, SuiteError, ReportError) as error:
        return complain(str(error))
    if not scripts:
        return OK if options.allow_empty else complain(nothing(options))
    runner = Runner(settings)
    try:
        runner.prepare(scripts)
    except BaseException as error:
        _close(runner)
        if isinstance(error, SuiteError):
            return complain(str(error))
        raise
    return _run_all(runner, scripts, options.verbose, history, asked)


def find(options: Namespace) -> list[Selected]:
    """Return the scripts that the arguments of `add_suite_arguments` mean.

    Raises:
        SuiteError: a path does not exist, or settings are wrong.
        ValueError: an option is wrong.
    """
    from scriptest.suite import Finder

    finder = Finder(options.config, recursive=options.recursive, dialect=_dialect(options.dialect))
    scripts = finder.find(_paths(options))
    if options.keywords is None:
        return scripts
    from scriptest.selection import matching

    return matching(scripts, options.keywords)


def _chosen(options: Namespace, known: Mapping[str, Past]) -> list[Selected]:
    from scriptest import selection
    from scriptest.schedule import ordered

    if options.repeat < 1:
        raise ValueError(f"--repeat {options.repeat}: write a number of at least 1")
    scripts = find(options)
    if options.update and any(script.until for script in scripts):
        raise ValueError("--update needs whole scripts; leave the line out")
    if options.shard is not None:
        scripts = selection.share(scripts, selection.parse_shard(options.shard))
    if options.lf:
        scripts = selection.failed(scripts, known)
    return selection.repeated(ordered(scripts, known), options.repeat)


def _settings(options: Namespace) -> Options:
    from scriptest import duration
    from scriptest.options import Options

    return Options(
        jobs=options.jobs or os.cpu_count() or 1,
        timeout=options.timeout and duration.parse(options.timeout, bare_seconds=True),
        env=_variables(options.env),
        flags=frozenset(name for name in ("short", "verbose", "offline") if getattr(options, name)),
        keep=options.work,
        keep_going=options.keep_going,
        update=options.update,
        retries=_retries(options),
    )


def _retries(options: Namespace) -> Retries | None:
    if options.retries is None and not options.allow_flaky:
        return None
    from scriptest.config import Retries

    times = 1 if options.retries is None else options.retries
    if times < 0:
        raise ValueError(f"--retries {times}: write a number of at least 0")
    return Retries(times, options.allow_flaky)


def nothing(options: Namespace) -> str:
    """Return what to say when no script is left."""
    chosen = [
        text
        for text, value in (
            (f"-k '{options.keywords}'", options.keywords),
            (f"--shard {getattr(options, 'shard', '')}", getattr(options, "shard", "")),
        )
        if value
    ]
    where = " ".join(_paths(options))
    if chosen:
        return f"no script in {where} is left by {' and '.join(chosen)}"
    return f"no *.txt or *.txtar script in {where}"


def _paths(options: Namespace) -> list[str]:
    config = options.config
    if options.paths:
        return list(options.paths)
    if not config:
        return ["testdata/script"]
    return [config if os.path.isdir(config) else os.path.dirname(config) or "."]


def _dialect(name: str | None) -> Dialect | None:
    if name is None:
        return None
    from scriptest.dialect import DIALECTS

    if name not in DIALECTS:
        raise ValueError(f"--dialect {name}: known are {', '.join(DIALECTS)}")
    return DIALECTS[name]


def _run_all(
    runner: Runner, scripts: list[Selected], verbose: bool, history: History, asked: Asked
) -> int:
    from scriptest.report.asked import ReportError
    from scriptest.report.console import Console
    from scriptest.result import Status

    started = time.perf_counter()
    results: list[Result] = []
    colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    console = Console(sys.stdout, verbose=verbose, sections=len(scripts) == 1, colour=colour)

    def take(result: Result) -> None:
        results.append(result)
        console.result(result)

    try:
        complete = runner.run(scripts, take)
    finally:
        problem = _close(runner)
    seconds = time.perf_counter() - started
    console.summary(results, seconds)
    _remember(history, scripts, results)
    try:
        asked.write(results, seconds, sys.stdout)
    except ReportError as error:
        problem = problem or str(error)
    if not complete:
        return INTERRUPTED
    if problem:
        return complain(problem)
    if any(result.status is Status.BROKEN for result in results):
        return INTERNAL
    return FAILED if any(result.status.is_failure for result in results) else OK


def _remember(history: History, scripts: list[Selected], results: list[Result]) -> None:
    from scriptest.history import Past
    from scriptest.result import Status

    keys = {script.name: script.key for script in scripts}
    news: dict[str, Past] = {}
    for result in results:
        if result.status is not Status.INTERRUPTED:
            key = keys[result.name]
            failed = result.status.is_failure or (key in news and news[key].failed)
            news[key] = Past(failed, result.seconds)
    history.save(news)


def _close(runner: Runner) -> str:
    """End a run; return what went wrong at that, or nothing."""
    from scriptest.suite import SuiteError

    try:
        runner.close()
    except SuiteError as error:
        return str(error)
    return ""


def _variables(items: list[str]) -> dict[str, str]:
    env = {}
    for item in items:
        name, equals, value = item.partition("=")
        if not name or name == "WORK":
            raise ValueError(f"-e {item}: this variable cannot be set")
        env[name] = value if equals else os.environ.get(name, "")
    return env
