"""Options of `run` and `watch`: which scripts run, and how."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Iterable

    from scriptest.config.config import Retries
    from scriptest.language.dialect import Dialect
    from scriptest.run.options import Options
    from scriptest.suite.suite import Selected


# --- declaring -------------------------------------------------------------------------------


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the arguments of the command."""
    _add_selection(parser)
    _add_execution(parser)
    _add_failures(parser)
    shown = parser.add_mutually_exclusive_group()
    shown.add_argument(
        "-v",
        "--verbose",
        action="store_true",
        help="print the log and environment of every script while it runs",
    )
    shown.add_argument("-q", "--quiet", action="store_true", help="print only one line, at the end")
    add_color(parser)
    parser.add_argument(
        "--slowest", type=int, default=0, metavar="N", help="list the N slowest scripts at the end"
    )
    parser.add_argument(
        "--work", action="store_true", help="keep the work folders and print their paths"
    )
    add_reports(parser)
    parser.add_argument(
        "--github", action="store_true", help="print failures as GitHub annotations"
    )


def add_reports(parser: ArgumentParser) -> None:
    """Declare the arguments that name report files."""
    parser.add_argument("--json", metavar="FILE", help="write the results to FILE as JSON")
    parser.add_argument("--junit", metavar="FILE", help="write the results to FILE as JUnit XML")
    parser.add_argument("--html", metavar="FILE", help="write the results to FILE as an HTML page")


def add_color(parser: ArgumentParser) -> None:
    """Declare the argument that chooses colors."""
    from scriptest.base.streams import COLOR_CHOICES

    parser.add_argument(
        "--color",
        choices=COLOR_CHOICES,
        default=COLOR_CHOICES[0],
        help="whether to use colors (default: auto, which is on terminals)",
    )


def add_suite_arguments(parser: ArgumentParser) -> None:
    """Declare the arguments that select scripts and their settings."""
    add = parser.add_argument
    add(
        "paths",
        nargs="*",
        metavar="PATH",
        help="a script, 'script[variant]', script:line to stop after the section that contains the "
        "line, or a folder of scripts (default: testdata/script)",
    )
    add(
        "--config",
        default="",
        metavar="PATH",
        help="a settings file, or its folder, to use for all scripts instead of their own",
    )
    add(
        "--dialect",
        metavar="NAME",
        help="the scripts' dialect: scriptest, go or go116",
    )
    add("-r", "--recursive", action="store_true", help="search subfolders too")
    add(
        "-k",
        dest="keywords",
        metavar="EXPR",
        help="select by name and tags: 'net and not slow'",
    )
    add("--allow-empty", action="store_true", help="do not fail if there are no scripts")


def add_variables(parser: ArgumentParser) -> None:
    """Declare the argument that sets variables of scripts."""
    parser.add_argument(
        "-e",
        "--env",
        action="append",
        default=[],
        metavar="NAME[=VALUE]",
        help="set a variable for the scripts; without a value, pass it on",
    )


def _add_selection(parser: ArgumentParser) -> None:
    from argparse import SUPPRESS

    add_suite_arguments(parser)
    add = parser.add_argument
    add(
        "--lf",
        action="store_true",
        help="run only the scripts that failed last time, or all if none did",
    )
    add("--list", action="store_true", help="print the names of the scripts, and run none")
    add("--random-order", action="store_true", help="run the scripts in a random order")
    add(
        "--random-order-seed",
        type=int,
        metavar="N",
        help="run the scripts in the random order of an earlier run",
    )
    add("--shard", metavar="2/5", help="run only one of several equal parts")
    add(
        "--times",
        metavar="FILE",
        help="a report of --json: --shard makes parts that take equally long, and slow scripts "
        "run first",
    )
    # For the runs of `watch`: the scripts that run, and the watching process.
    add("--only", action="append", default=[], help=SUPPRESS)
    add("--watched-by", type=int, default=0, help=SUPPRESS)
    add("--repeat", type=int, default=1, metavar="N", help="run every script N times")


def _add_execution(parser: ArgumentParser) -> None:
    add = parser.add_argument
    add(
        "-j",
        "--jobs",
        type=int,
        default=0,
        metavar="N",
        help="run N scripts at a time (default: one per CPU)",
    )
    add(
        "--cluster",
        metavar="ADDRESS",
        help="run the scripts on a Dask cluster: tls://HOST:PORT, or local:N to try it out",
    )
    add_variables(parser)
    add("--short", action="store_true", help="make the condition [short] true")
    add("--offline", action="store_true", help="make the condition [net] false")
    add(
        "--timeout",
        metavar="10m",
        help="time limit for each script; 0 for none (default: from the settings, or 10m)",
    )
    add(
        "--continue",
        dest="keep_going",
        action="store_true",
        help="continue a script after a line that failed",
    )
    add(
        "--update",
        action="store_const",
        const="write",
        default="",
        help="rewrite golden files, and add missing ones, if their script then passes",
    )
    # A separate option, so that a PATH after a plain --update is not its value.
    add(
        "--update=diff",
        dest="update",
        action="store_const",
        const="diff",
        help="show the changes that --update would make",
    )


def _add_failures(parser: ArgumentParser) -> None:
    add = parser.add_argument
    add(
        "-x",
        "--exitfirst",
        dest="max_failures",
        action="store_const",
        const=1,
        default=0,
        help="begin no further script after the first failure",
    )
    add(
        "--maxfail",
        dest="max_failures",
        type=int,
        metavar="N",
        help="begin no further script after N failures",
    )
    add(
        "--update=ask",
        dest="update",
        action="store_const",
        const="ask",
        help="show each change, and ask whether to write it",
    )
    add(
        "--shell-on-fail",
        action="store_true",
        help="open a shell in the sandbox of each failing script, at the line that fails",
    )
    add("--retries", type=int, metavar="N", help="rerun a failed script up to N times")
    add("--allow-flaky", action="store_true", help="do not fail if a script passes when retried")


# --- reading ---------------------------------------------------------------------------------


def find_scripts(options: Namespace) -> list[Selected]:
    """Return the scripts that the arguments of `add_suite_arguments` select.

    Raises:
        SuiteError: a path does not exist, or settings are wrong.
        ValueError: an option is wrong.
    """
    from scriptest.suite.suite import Finder, SuiteError

    finder = Finder(options.config, recursive=options.recursive, dialect=_dialect(options.dialect))
    paths = paths_of(options)
    if not options.paths and not options.config and not os.path.isdir(paths[0]):
        other = "; change to the project's folder, give a PATH, or run `scriptest new NAME`"
        raise SuiteError(f"{paths[0]}: no such folder{_scripts_hint(options) or other}")
    scripts = finder.find(paths)
    if options.keywords is None:
        return scripts
    from scriptest.suite.selection import matching

    return matching(scripts, options.keywords)


def choose_order(options: Namespace) -> None:
    """Choose a seed if a random order is wanted without one."""
    if options.random_order and options.random_order_seed is None:
        options.random_order_seed = int.from_bytes(os.urandom(3), "big")


def no_scripts_message(options: Namespace) -> str:
    """Return the message that no script was found or selected."""
    filters = [
        text
        for text, value in (
            (f"-k '{options.keywords}'", options.keywords),
            (f"--shard {getattr(options, 'shard', '')}", getattr(options, "shard", "")),
        )
        if value
    ]
    where = " ".join(paths_of(options))
    if filters:
        return f"no script in {where} matches {' and '.join(filters)}"
    return f"no *.txt or *.txtar script in {where}{_scripts_hint(options)}"


def _scripts_hint(options: Namespace) -> str:
    """Return the command that finds scripts near the given path, as the end of a message."""
    from scriptest.suite.locate import script_folder_near

    start = options.paths[0] if options.paths else os.curdir
    if len(options.paths) > 1 or not os.path.isdir(start):
        return ""
    near = script_folder_near(start)
    if not near:
        return ""
    from shlex import quote

    folder = os.path.normpath(os.path.join(start, near))
    return f"; there are scripts in {folder}: `scriptest {options.command_name} {quote(folder)}`"


def settings_notes(options: Namespace, scripts: Iterable[Selected]) -> list[str]:
    """Return notes on settings above the scripts' folders, which are not used."""
    from scriptest.suite.locate import settings_above

    if options.config:
        return []
    folders = {
        os.path.dirname(script.file): None
        for script in scripts
        if script.suite is None or not script.suite.config.file
    }
    notes = []
    for folder in folders:
        settings = settings_above(folder)
        if settings:
            from shlex import join

            config = os.path.dirname(settings) or os.curdir
            command = join(["scriptest", options.command_name, "--config", config, *options.paths])
            notes.append(
                f"the scripts in {folder or os.curdir} do not use the settings in {settings}; "
                f"to use them: `{command}`"
            )
    return notes


def paths_of(options: Namespace) -> list[str]:
    """Return the paths to search for scripts."""
    config = options.config
    if options.paths:
        return list(options.paths)
    if not config:
        from scriptest.suite.suite import FOLDER

        return [FOLDER]
    return [config if os.path.isdir(config) else os.path.dirname(config) or "."]


def _dialect(name: str | None) -> Dialect | None:
    if name is None:
        return None
    from scriptest.language.dialect import DIALECTS

    if name not in DIALECTS:
        raise ValueError(f"--dialect {name}: unknown dialect; use one of {', '.join(DIALECTS)}")
    return DIALECTS[name]


def to_options(options: Namespace) -> Options:
    """Return the settings of a run.

    Raises:
        ValueError: an option is wrong.
    """
    from scriptest.run.options import Options

    if options.jobs < 0:
        raise ValueError(f"-j {options.jobs}: write a number of at least 1")
    for name, value in (("--maxfail", options.max_failures), ("--slowest", options.slowest)):
        if value < 0:
            raise ValueError(f"{name} {value}: write a number of at least 1")
    if options.shell_on_fail:
        _check_shells(options)
    if options.update == "ask":
        _check_questions()
    if options.cluster is not None:
        _check_cluster(options)
    return Options(
        jobs=1 if options.shell_on_fail else options.jobs or os.cpu_count() or 1,
        timeout=time_limit(options.timeout),
        env=variables(options.env),
        flags=frozenset(name for name in ("short", "verbose", "offline") if getattr(options, name)),
        keep=options.work,
        keep_going=options.keep_going,
        update=options.update,
        max_failures=options.max_failures,
        retries=_retries(options),
    )


def time_limit(text: str | None, option: str = "--timeout") -> float | None:
    """Parse a time limit in seconds, or as a duration such as `1m30s`.

    Raises:
        ValueError: the text is not a duration.
    """
    from scriptest.base import duration

    try:
        return duration.parse(text, bare_seconds=True) if text else None
    except ValueError as error:
        raise ValueError(f"{option}: {error}") from None


def _check_shells(options: Namespace) -> None:
    from scriptest.terminal import foreground

    if options.update:
        raise ValueError("--shell-on-fail and --update cannot be combined")
    if not foreground.available():
        raise ValueError("--shell-on-fail needs a terminal as standard input and output")


def _check_cluster(options: Namespace) -> None:
    from scriptest.base import cluster

    option = "--cluster"
    for name in ("update", "shell_on_fail", "work"):
        if getattr(options, name):
            raise ValueError(f"{option} and --{name.replace('_', '-')} cannot be combined")
    try:
        cluster.parse_address(options.cluster, option)
    except cluster.ClusterError as error:
        raise ValueError(str(error)) from None
    message = cluster.missing_extra(option)
    if message:
        raise ValueError(message)


def _check_questions() -> None:
    from scriptest.terminal import foreground

    if not foreground.available():
        raise ValueError(
            "--update=ask needs a terminal as standard input and output; --update=diff shows the "
            "changes without one"
        )


def _retries(options: Namespace) -> Retries | None:
    from scriptest.config.config import Retries

    if options.shell_on_fail:
        return Retries()
    if options.retries is None and not options.allow_flaky:
        return None
    times = 1 if options.retries is None else options.retries
    if times < 0:
        raise ValueError(f"--retries {times}: write a number of at least 0")
    return Retries(times, options.allow_flaky)


def variables(items: list[str], option: str = "-e") -> dict[str, str]:
    """Parse variables: `NAME=value`, or `NAME` to take the value from the environment.

    Args:
        items: the arguments.
        option: the option that they belong to, for error messages.

    Raises:
        ValueError: a variable cannot be set.
    """
    env = {}
    for item in items:
        name, equals, value = item.partition("=")
        if not name or name == "WORK":
            raise ValueError(f"{option} {item}: this variable cannot be set")
        env[name] = value if equals else os.environ.get(name, "")
    return env
