"""The command `scriptest run`."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING

from scriptest.cli.exit_codes import INTERRUPTED, OK, complain, note

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterator, Mapping, Sequence

    from scriptest.cli.run_selection import ToRun
    from scriptest.report.console import Console
    from scriptest.report.files import ReportFiles
    from scriptest.run.runner import Runner
    from scriptest.suite.history import History, PastResult
    from scriptest.suite.sharding import Shard
    from scriptest.suite.suite import Selected


def run(options: Namespace) -> int:
    """Run scripts; return the exit status."""
    from scriptest.cli import run_options
    from scriptest.cli.run_selection import scripts_to_run
    from scriptest.report.files import ReportError, ReportFiles
    from scriptest.run.runner import Runner
    from scriptest.suite.history import History
    from scriptest.suite.suite import SuiteError

    history = History(os.getcwd())
    reports = ReportFiles(options.json, options.junit, options.github, options.html)
    try:
        reports.check()
        settings = run_options.to_options(options)
        run_options.choose_order(options)
        to_run = scripts_to_run(options, history.load())
    except (ValueError, SuiteError, ReportError) as error:
        return complain(str(error))
    scripts = to_run.scripts
    if not scripts:
        if not options.allow_empty:
            return complain(run_options.no_scripts_message(options))
        problem = reports.write([], 0.0, sys.stdout, to_run.shard)
        return complain(problem) if problem else OK
    if options.list:
        return _list(scripts)
    for message in run_options.settings_notes(options, scripts):
        note(message)
    if options.cluster is None:
        return _run(Runner(settings), to_run, history, reports, options)
    from scriptest.base.cluster import ClusterError
    from scriptest.cluster.runner import connected

    try:
        with connected(options, run_options.paths_of(options), settings) as runner:
            return _run(runner, to_run, history, reports, options)
    except ClusterError as error:
        return complain(str(error))


def _run(
    runner: Runner, to_run: ToRun, history: History, reports: ReportFiles, options: Namespace
) -> int:
    from scriptest.base.files import sweep
    from scriptest.suite.suite import SuiteError

    scripts = to_run.scripts
    # An update that was killed may have left its unfinished files.
    for folder in {os.path.dirname(script.path) or "." for script in scripts}:
        sweep(folder)
    try:
        runner.prepare(scripts)
    except BaseException as error:
        _close(runner)
        if isinstance(error, SuiteError):
            return complain(str(error))
        raise
    console = _console(options, scripts, to_run.known, runner.places(), history.failures_folder)
    if options.random_order_seed is not None and not options.quiet:
        seed = options.random_order_seed
        console.say(f"random order: to repeat it, add --random-order-seed {seed}")
    # With thousands of scripts this is large, and no longer needed.
    to_run.known = {}
    return _run_all(runner, scripts, console, history, reports, to_run.shard, options)


def _list(scripts: Sequence[Selected]) -> int:
    """Print the names of scripts."""
    from scriptest.base.visible import visible

    for script in scripts:
        print(visible(script.name))
    return OK


def _console(
    options: Namespace,
    scripts: Sequence[Selected],
    known: Mapping[str, PastResult],
    jobs: int,
    saving: str,
) -> Console:
    """Return the console of this run."""
    from scriptest.base.streams import size, style_of
    from scriptest.report.console import Console, Detail

    out = sys.stdout
    style = style_of(out, os.environ, options.color)
    if options.quiet:
        detail = Detail.QUIET
    elif options.verbose:
        detail = Detail.ALL
    elif len(scripts) == 1:
        detail = Detail.ONE
    else:
        # Scripts that passed are shown as long as all lines fit on the screen.
        detail = Detail.FEW if style.live and len(scripts) > size(out).lines // 2 else Detail.EACH
    if not style.live:
        return Console(out, detail, style, saving=saving)
    from scriptest.report.progress import Progress
    from scriptest.run.eta import Eta

    eta = Eta(scripts, known, jobs)
    progress = Progress(len(scripts), eta, lambda: size(out).columns)
    return Console(out, detail, style, progress, saving)


def _run_all(
    runner: Runner,
    scripts: list[Selected],
    console: Console,
    history: History,
    reports: ReportFiles,
    shard: Shard | None,
    options: Namespace,
) -> int:
    from scriptest.cli.outcomes import RunOutcomes

    started = time.perf_counter()
    total = len(scripts)
    outcomes = RunOutcomes(console, reports=reports.any, slowest=options.slowest)
    on_log = console.logged if console.is_live else None

    def idle() -> None:
        if options.watched_by and os.getppid() != options.watched_by:
            # The watching process has ended.
            raise KeyboardInterrupt
        console.idle()

    shells = None
    if options.shell_on_fail:
        from scriptest.cli.debug_shell import ShellOnFail

        shells = ShellOnFail(console)
    ask = None
    if options.update == "ask":
        from scriptest.cli.golden_questions import GoldenQuestions

        ask = GoldenQuestions(console)
    try:
        complete = runner.run(
            _draining(scripts), outcomes.add, outcomes.started, idle, shells, ask, on_log
        )
    finally:
        try:
            console.clear()
        finally:
            problem = _close(runner)
    seconds = time.perf_counter() - started
    console.slowest(outcomes.slowest())
    console.summary(outcomes.tally, seconds, total - outcomes.tally.total if complete else 0)
    history.save(outcomes.history)
    unwritten = reports.write(list(outcomes.reported.values()), seconds, sys.stdout, shard)
    problem = problem or unwritten
    if not complete:
        return INTERRUPTED
    return complain(problem) if problem else outcomes.exit_status()


def _draining(scripts: list[Selected]) -> Iterator[Selected]:
    """Yield the scripts and remove them from the list, to free memory during long runs."""
    scripts.reverse()
    while scripts:
        yield scripts.pop()


def _close(runner: Runner) -> str:
    """Close the runner; return the error message, or an empty string."""
    from scriptest.suite.suite import SuiteError

    try:
        runner.close()
    except SuiteError as error:
        return str(error)
    except KeyboardInterrupt:
        # There is no second one.
        runner.close()
        raise
    return ""
