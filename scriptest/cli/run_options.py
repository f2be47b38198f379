"""What the arguments of a run mean: which scripts, and how they are run."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Mapping

    from scriptest.config.config import Retries
    from scriptest.language.dialect import Dialect
    from scriptest.run.options import Options
    from scriptest.suite.history import Past
    from scriptest.suite.suite import Selected


def find(options: Namespace) -> list[Selected]:
    """Return the scripts that the arguments of `add_suite_arguments` mean.

    Raises:
        SuiteError: a path does not exist, or settings are wrong.
        ValueError: an option is wrong.
    """
    from scriptest.suite.suite import Finder

    finder = Finder(options.config, recursive=options.recursive, dialect=_dialect(options.dialect))
    scripts = finder.find(_paths(options))
    if options.keywords is None:
        return scripts
    from scriptest.suite.selection import matching

    return matching(scripts, options.keywords)


def chosen(options: Namespace, known: Mapping[str, Past]) -> list[Selected]:
    """Return the scripts to run, in order; known says how earlier runs ended.

    Raises:
        SuiteError: a path does not exist, or settings are wrong.
        ValueError: an option is wrong.
    """
    from scriptest.run.scheduler import ordered
    from scriptest.suite import selection

    if options.repeat < 1:
        raise ValueError(f"--repeat {options.repeat}: write a number of at least 1")
    scripts = find(options)
    if options.update and any(script.until for script in scripts):
        raise ValueError("--update needs whole scripts; leave the line out")
    if options.only:
        wanted = set(options.only)
        scripts = [script for script in scripts if os.path.realpath(script.path) in wanted]
    if options.shard is not None:
        scripts = selection.share(scripts, *selection.parse_shard(options.shard))
    if options.lf:
        scripts = selection.failed(scripts, known)
    return selection.repeated(ordered(scripts, known), options.repeat)


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
        from scriptest.suite.suite import FOLDER

        return [FOLDER]
    return [config if os.path.isdir(config) else os.path.dirname(config) or "."]


def _dialect(name: str | None) -> Dialect | None:
    if name is None:
        return None
    from scriptest.language.dialect import DIALECTS

    if name not in DIALECTS:
        raise ValueError(f"--dialect {name}: known are {', '.join(DIALECTS)}")
    return DIALECTS[name]


def settings(options: Namespace) -> Options:
    """Return how the scripts are to be run.

    Raises:
        ValueError: an option is wrong.
    """
    from scriptest.base import duration
    from scriptest.run.options import Options

    if options.jobs < 0:
        raise ValueError(f"-j {options.jobs}: write a number of at least 1")
    if options.shell_on_fail:
        _check_shells(options)
    return Options(
        jobs=1 if options.shell_on_fail else options.jobs or os.cpu_count() or 1,
        timeout=options.timeout and duration.parse(options.timeout, bare_seconds=True),
        env=variables(options.env),
        flags=frozenset(name for name in ("short", "verbose", "offline") if getattr(options, name)),
        keep=options.work,
        keep_going=options.keep_going,
        update=options.update,
        retries=_retries(options),
    )


def _check_shells(options: Namespace) -> None:
    from scriptest.terminal import foreground

    if options.update:
        raise ValueError("--shell-on-fail and --update do not go together")
    if not foreground.available():
        raise ValueError("--shell-on-fail needs a terminal to read from and to write to")


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
    """Return the variables of arguments such as `NAME=value`, and `NAME` for the host's value.

    Raises:
        ValueError: one cannot be set; the message names it and the option it was given with.
    """
    env = {}
    for item in items:
        name, equals, value = item.partition("=")
        if not name or name == "WORK":
            raise ValueError(f"{option} {item}: this variable cannot be set")
        env[name] = value if equals else os.environ.get(name, "")
    return env
