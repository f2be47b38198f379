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
        "-v", "--verbose", action="store_true", help="show every script's log and environment"
    )
    shown.add_argument("-q", "--quiet", action="store_true", help="show one line, at the end")
    parser.add_argument("--work", action="store_true", help="keep the work folders and name them")
    parser.add_argument("--json", metavar="FILE", help="write the results as JSON")
    parser.add_argument("--junit", metavar="FILE", help="write the results as JUnit's XML")
    parser.add_argument("--html", metavar="FILE", help="write the results as a page for people")
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


def add_variables(parser: ArgumentParser) -> None:
    """Declare the argument that gives scripts variables."""
    parser.add_argument(
        "-e",
        "--env",
        action="append",
        default=[],
        metavar="NAME[=VALUE]",
        help="set a variable for the scripts, or pass it on",
    )


def _add_selection(parser: ArgumentParser) -> None:
    from argparse import SUPPRESS

    add_suite_arguments(parser)
    add = parser.add_argument
    add("--lf", action="store_true", help="only what failed last time, or all if nothing did")
    add("--shard", metavar="2/5", help="only one of several equal parts")
    # For the rounds of `watch`: which of the scripts run, and who waits for them.
    add("--only", action="append", default=[], help=SUPPRESS)
    add("--watched-by", type=int, default=0, help=SUPPRESS)
    add("--repeat", type=int, default=1, metavar="N", help="run every script N times")


def _add_execution(parser: ArgumentParser) -> None:
    add = parser.add_argument
    add("-j", "--jobs", type=int, default=0, metavar="N", help="scripts at a time")
    add_variables(parser)
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
    add(
        "--shell-on-fail",
        action="store_true",
        help="open a shell in the sandbox of each script that fails, where it fails",
    )
    add("--retries", type=int, metavar="N", help="run a failed script again, up to N times")
    add(
        "--allow-flaky", action="store_true", help="a script that passes when retried is no failure"
    )
