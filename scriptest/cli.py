"""The command line: `scriptest run`, and what else there is."""

from __future__ import annotations

import os
import signal
import sys
import time
from typing import TYPE_CHECKING

from scriptest import __version__

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from scriptest.dialect import Dialect
    from scriptest.runner import Runner
    from scriptest.suite import Selected

OK, FAILED, USAGE, INTERNAL, INTERRUPTED = 0, 1, 2, 3, 130


def main(argv: list[str] | None = None) -> int:
    """Run the program `scriptest`.

    Args:
        argv: its arguments; those of the process by default.

    Returns:
        The exit status: 0 all passed or skipped, 1 something failed, 2 wrong usage or
        configuration, 3 internal error, 130 interrupted.
    """
    arguments = sys.argv[1:] if argv is None else argv
    if arguments[:1] in (["--version"], ["-V"]):
        print(f"scriptest {__version__}")
        return OK
    options = _parser().parse_args(arguments)
    for name in ("SIGTERM", "SIGHUP", "SIGQUIT"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), _as_interrupt)
    try:
        status: int = options.action(options)
    except KeyboardInterrupt:
        return INTERRUPTED
    return status


def _as_interrupt(number: int, frame: object) -> None:
    raise KeyboardInterrupt


def _parser() -> ArgumentParser:
    import argparse

    parser = argparse.ArgumentParser(prog="scriptest", description="Run txtar test scripts.")
    parser.add_argument("--version", action="version", version=f"scriptest {__version__}")
    actions = parser.add_subparsers(metavar="command", required=True)
    run = actions.add_parser("run", help="run scripts", description="Run test scripts.")
    run.set_defaults(action=_run)
    run.add_argument(
        "paths",
        nargs="*",
        metavar="PATH",
        help="a script, or a folder of *.txt and *.txtar scripts (default: testdata/script)",
    )
    run.add_argument("-j", "--jobs", type=int, default=0, metavar="N", help="scripts at a time")
    run.add_argument("-v", "--verbose", action="store_true", help="show every script's log")
    run.add_argument(
        "-e",
        "--env",
        action="append",
        default=[],
        metavar="NAME[=VALUE]",
        help="set a variable for the scripts, or pass it on",
    )
    run.add_argument("--short", action="store_true", help="make the condition [short] true")
    run.add_argument("--offline", action="store_true", help="make the condition [net] false")
    run.add_argument("--work", action="store_true", help="keep the work folders and name them")
    run.add_argument(
        "--timeout",
        metavar="10m",
        help="how long a script may take; 0: any time (default: what the settings say, or 10m)",
    )
    run.add_argument(
        "--config",
        default="",
        metavar="PATH",
        help="a settings file, or the folder of one, for all scripts instead of those beside them",
    )
    run.add_argument("--dialect", metavar="NAME", help="what the scripts are written in")
    run.add_argument("-r", "--recursive", action="store_true", help="look into subfolders too")
    run.add_argument("--allow-empty", action="store_true", help="no script at all is no error")
    return parser


def _complain(message: str) -> int:
    print(f"scriptest: {message}", file=sys.stderr)
    return USAGE


def _run(options: Namespace) -> int:
    from scriptest import duration, suite
    from scriptest.runner import Options, Runner

    try:
        timeout = options.timeout and duration.parse(options.timeout, bare_seconds=True)
        paths = options.paths or [_default_path(options.config)]
        finder = suite.Finder(
            options.config, recursive=options.recursive, dialect=_dialect(options.dialect)
        )
        scripts = finder.find(paths)
        env = _variables(options.env)
    except (ValueError, suite.SuiteError) as error:
        return _complain(str(error))
    if not scripts:
        if options.allow_empty:
            return OK
        return _complain(f"no *.txt or *.txtar script in {' '.join(paths)}")
    flags = {name for name in ("short", "verbose", "offline") if getattr(options, name)}
    runner = Runner(
        Options(
            jobs=options.jobs or os.cpu_count() or 1,
            timeout=timeout,
            env=env,
            flags=frozenset(flags),
            keep=options.work,
        )
    )
    try:
        runner.prepare(scripts)
    except suite.SuiteError as error:
        runner.close()
        return _complain(str(error))
    return _run_all(runner, scripts, options.verbose)


def _default_path(config: str) -> str:
    if not config:
        return "testdata/script"
    return config if os.path.isdir(config) else os.path.dirname(config) or "."


def _dialect(name: str | None) -> Dialect | None:
    if name is None:
        return None
    from scriptest.dialect import DIALECTS

    if name not in DIALECTS:
        raise ValueError(f"--dialect {name}: known are {', '.join(DIALECTS)}")
    return DIALECTS[name]


def _run_all(runner: Runner, scripts: list[Selected], verbose: bool) -> int:
    from scriptest.report.console import Console
    from scriptest.result import Result, Status

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
    console.summary(results, time.perf_counter() - started)
    if not complete:
        return INTERRUPTED
    if problem:
        return _complain(problem)
    if any(result.status is Status.BROKEN for result in results):
        return INTERNAL
    return FAILED if any(result.status.is_failure for result in results) else OK


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


if __name__ == "__main__":
    sys.exit(main())
