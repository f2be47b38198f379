"""The arguments that say which scripts are meant and how they are run."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argparse import ArgumentParser


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the arguments of the command."""
    _add_selection(parser)
    _add_execution(parser)
    shown = parser.add_mutually_exclusive_group()
    shown.add_argument(
        "-v", "--verbose", action="store_true", help="print the log and environment of every script"
    )
    shown.add_argument("-q", "--quiet", action="store_true", help="print only one line, at the end")
    parser.add_argument(
        "--work", action="store_true", help="keep the work folders, print their paths"
    )
    parser.add_argument("--json", metavar="FILE", help="write the results to FILE as JSON")
    parser.add_argument("--junit", metavar="FILE", help="write the results to FILE as JUnit XML")
    parser.add_argument("--html", metavar="FILE", help="write the results to FILE as an HTML page")
    parser.add_argument(
        "--github", action="store_true", help="print failures as GitHub annotations"
    )


def add_suite_arguments(parser: ArgumentParser) -> None:
    """Declare the arguments that say which scripts are meant and how they are read."""
    add = parser.add_argument
    add(
        "paths",
        nargs="*",
        metavar="PATH",
        help="a script, script:line to stop after the section that contains the line, or a folder "
        "of scripts (default: testdata/script)",
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
    """Declare the argument that gives scripts variables."""
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
        help="run only what failed last time, or all if nothing did",
    )
    add("--shard", metavar="2/5", help="run only one of several equal parts")
    # For the rounds of `watch`: which of the scripts run, and who waits for them.
    add("--only", action="append", default=[], help=SUPPRESS)
    add("--watched-by", type=int, default=0, help=SUPPRESS)
    add("--repeat", type=int, default=1, metavar="N", help="run every script N times")


def _add_execution(parser: ArgumentParser) -> None:
    add = parser.add_argument
    add("-j", "--jobs", type=int, default=0, metavar="N", help="run N scripts at a time")
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
        help="rewrite golden files if their script then passes",
    )
    # An option of its own, so that the PATH after a plain --update is not taken for its value.
    add(
        "--update=diff",
        dest="update",
        action="store_const",
        const="diff",
        help="show the changes that --update would make",
    )
    add(
        "--shell-on-fail",
        action="store_true",
        help="open a shell in the sandbox of each failing script, at the line that fails",
    )
    add("--retries", type=int, metavar="N", help="rerun a failed script up to N times")
    add("--allow-flaky", action="store_true", help="do not fail if a script passes when retried")
