"""The part of the pytest plugin that every session loads: options, and a quick check of files.

It imports the rest of scriptest only when the first script is collected.
"""

from __future__ import annotations

import os
from argparse import SUPPRESS
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

SUFFIXES = (".txt", ".txtar")
SETTINGS = "scriptest.yaml"
DEFAULT_FOLDER = os.path.join("testdata", "script")

_FOLDERS = pytest.StashKey[dict[str, str]]()
_NO_SETTINGS = "."
"""Marks a folder whose *.txt and *.txtar files are scripts, without settings."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the command-line options and the ini option."""
    parser.addini(
        "scriptest_paths",
        "folders of scripts; `folder/**` includes subfolders; empty for none (default: every "
        f"{DEFAULT_FOLDER} and every folder with a {SETTINGS})",
        type="linelist",
        default=None,
    )
    add = parser.getgroup("scriptest", "txtar scripts").addoption
    add(
        "--scriptest-update",
        action="store_const",
        const="write",
        default="",
        help="rewrite golden files, and add missing ones, if their script then passes",
    )
    # A separate option, so that a path after a plain --scriptest-update is not its value.
    add(
        "--scriptest-update=diff",
        dest="scriptest_update",
        action="store_const",
        const="diff",
        help="show the changes that --scriptest-update would make",
    )
    add(
        "--scriptest-update=ask",
        dest="scriptest_update",
        action="store_const",
        const="ask",
        help=SUPPRESS,
    )
    add("--scriptest-work", action="store_true", help="keep the work folders and print their paths")
    add("--scriptest-timeout", metavar="10m", help="time limit for each script; 0 for none")
    add(
        "--scriptest-env",
        action="append",
        default=[],
        metavar="NAME[=VALUE]",
        help="set a variable for the scripts; without a value, pass it on",
    )
    add("--scriptest-short", action="store_true", help="make the condition [short] true")
    add("--scriptest-offline", action="store_true", help="make the condition [net] false")
    add(
        "--scriptest-continue",
        action="store_true",
        help="continue a script after a line that failed",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Collect reports from workers of pytest-xdist; check the options early.

    Raises:
        pytest.UsageError: an option is wrong.
    """
    config.option.scriptest_lines = {}
    config.args[:] = [_named_as_pytest_does(arg, config) for arg in config.args]
    if config.getoption("dist", "no") != "no" and not hasattr(config, "workerinput"):
        from scriptest.pytest_plugin.summary import summary_of

        summary_of(config)
    if any(config.getoption(f"scriptest_{name}") for name in ("timeout", "env", "update")):
        from scriptest.pytest_plugin.session import options_of

        # Report wrong options before any test runs.
        options_of(config)


def _named_as_pytest_does(argument: str, config: pytest.Config) -> str:
    """Return an argument such as `x.txt[small]:12` as `x.txt::x[small]`, and note the line."""
    if not argument.endswith(("]", ":")) and not argument[-1:].isdecimal():
        return argument
    folder = str(config.invocation_params.dir)
    if os.path.exists(os.path.join(folder, argument.partition("::")[0])):
        return argument
    from scriptest.suite.names import read_name

    path, variant, line = read_name(os.path.join(folder, argument))
    if not path.endswith(SUFFIXES) or not os.path.exists(path):
        return argument
    if line:
        config.option.scriptest_lines[os.path.realpath(path)] = line
    shown = os.path.relpath(path, folder)
    stem = os.path.splitext(os.path.basename(path))[0]
    return f"{shown}::{stem}[{variant}]" if variant else shown


@pytest.hookimpl(wrapper=True)
def pytest_collect_file(
    file_path: Path, parent: pytest.Collector
) -> Generator[None, list[Any], list[Any]]:
    """Collect scripts, in addition to what other plugins collect from the file."""
    found = yield
    if not _is_candidate(str(file_path), parent):
        return found
    from scriptest.pytest_plugin.items import collectors

    return collectors(file_path, parent, found)


def _is_candidate(path: str, parent: pytest.Collector) -> bool:
    """Return whether a file may be a script; the settings decide later."""
    folder, name = os.path.split(path)
    config = parent.config
    known = config.stash.setdefault(_FOLDERS, {})
    settings = known.get(folder)
    if settings is None:
        settings = known[folder] = _settings_folder(folder, config)
    if settings == _NO_SETTINGS:
        return name.endswith(SUFFIXES)
    if settings:
        return name != SETTINGS
    return name.endswith(SUFFIXES[1]) and parent.session.isinitpath(path)


def _settings_folder(folder: str, config: pytest.Config) -> str:
    """Return the settings folder of a folder, _NO_SETTINGS if it needs none, or ""."""
    root = str(config.rootpath)
    listed = config.getini("scriptest_paths")
    if listed is not None and not any(_covers(root, entry, folder) for entry in listed):
        return ""
    above = folder
    while True:
        if os.path.isfile(os.path.join(above, SETTINGS)):
            return above
        parent = os.path.dirname(above)
        if above == root or parent == above or not above.startswith(root):
            break
        above = parent
    is_default = folder.endswith(os.sep + DEFAULT_FOLDER)
    return _NO_SETTINGS if is_default or listed is not None else ""


def _covers(root: str, entry: str, folder: str) -> bool:
    named = entry.removesuffix("/**")
    path = os.path.normpath(os.path.join(root, named))
    below = named != entry and folder.startswith(path.rstrip(os.sep) + os.sep)
    return folder == path or below
