"""`fuzzengine cover`: reports what the corpora of fuzz tests reach."""

from __future__ import annotations

import os
import sys

from fuzzengine.base import tempdir
from fuzzengine.base.errors import EXIT_STATUS, USAGE
from fuzzengine.cli.packages import Package, PackageError, resolve
from fuzzengine.program.flags import (
    PROGRAM_FLAGS,
    Flag,
    FlagError,
    HelpWanted,
    help_lines,
    parse,
    read_duration,
)
from scriptest.base.errors import reason_of
from scriptest.base.files import write_file
from scriptest.base.visible import visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

_USAGE = "usage: fuzzengine cover [flags] [folder]\n"
_HELP = f"""\
{_USAGE}
Executes every input of the corpora of fuzz tests once: of f.add, of testdata and of the cache.
Prints which lines and blocks of each file they reach, and which lines they do not reach.
"""
_PATIENCE = "2m"
"""The limit of what takes longer than in a campaign, as lines are traced."""

FLAGS = {
    "fuzz": Flag(str, ".", "only fuzz tests matching `RE`"),
    "html": Flag(str, "", "also write an HTML report to `FILE`"),
    "coverage": Flag(str, "", "also write a data file of coverage.py to `FILE` (.coverage)"),
    **{name: PROGRAM_FLAGS[name] for name in ("cover", "nocover", "parallel", "fuzzcachedir")},
    "fuzzexectime": Flag(
        read_duration, 0, f"stop an execution that takes longer than `D` ({_PATIENCE})"
    ),
    "fuzzstarttime": Flag(read_duration, 0, f"allow a worker `D` to start ({_PATIENCE})"),
}


def help_text() -> str:
    """Return the output of `fuzzengine cover -h`."""
    return "\n".join([_HELP, *help_lines(FLAGS)]) + "\n"


def run(arguments: Sequence[str]) -> int:
    """Run `fuzzengine cover`; return the exit status."""
    texts: dict[str, str] = {}
    try:
        _, names = parse(arguments, FLAGS, interspersed=True, texts=texts)
        packages = resolve(names)
        _check(packages, texts)
    except HelpWanted:
        sys.stdout.write(help_text())
        return 0
    except FlagError as error:
        return _refuse(USAGE, f"{error}\n{_USAGE}")
    except PackageError as error:
        return _refuse(USAGE, f"fuzzengine cover: {error}\n")
    given = [argument for argument in arguments if argument not in names]
    return _cover(packages[0], texts, given)


def _refuse(status: int, text: str) -> int:
    sys.stdout.flush()
    sys.stderr.write(visible(text))
    return status


def _check(packages: Sequence[Package], texts: dict[str, str]) -> None:
    """Check the package and the files to write.

    Raises:
        PackageError: they are not suitable.
    """
    from fuzzengine.report.coverage_file import NEEDED, find_coverage_py

    if len(packages) != 1 or packages[0].files:
        raise PackageError("name the folder of one package")
    if packages[0].is_go:
        raise PackageError(
            "this is a package of Go; `fuzzengine test -fuzz=. -fuzztime=0s -html=FILE` shows what "
            "its corpora reach"
        )
    for name in ("html", "coverage"):
        folder = os.path.dirname(os.path.abspath(texts.get(name, "")))
        if name in texts and not os.path.isdir(folder):
            raise PackageError(f"-{name} {texts[name]}: there is no folder {folder}")
    if "coverage" in texts and find_coverage_py() is None:
        raise PackageError(f"-coverage {texts['coverage']}: {NEEDED}")


def _cover(package: Package, texts: dict[str, str], given: Sequence[str]) -> int:
    from fuzzengine.cli.test import run_corpus_job
    from fuzzengine.program.corpus_mode import COVER
    from fuzzengine.report.cover_report import CoverReport

    flags = {"fuzz": ".", "fuzzexectime": _PATIENCE, "fuzzstarttime": _PATIENCE, **texts}
    html, data = flags.pop("html", ""), flags.pop("coverage", "")
    stored = tempdir.make("cover")
    try:
        status = run_corpus_job(f"{COVER}\n{stored}", package.folder, flags)
        if status:
            return status
        report = CoverReport(stored, package.folder, texts.get("cover", "").split(","))
    except PackageError as error:
        return _refuse(USAGE, f"fuzzengine cover: {error}\n")
    finally:
        tempdir.remove(stored)
    if not report.inputs:
        return _refuse(USAGE, "fuzzengine cover: the corpus is empty, so nothing was run\n")
    sys.stdout.write(report.text())
    try:
        if html:
            write_file(html, report.page(package.name, given).encode())
        if data:
            from fuzzengine.report.coverage_file import write_data_file

            write_data_file(data, report.jumps)
    except OSError as error:
        path = error.filename or html or data
        return _refuse(EXIT_STATUS, f"fuzzengine cover: {path}: {reason_of(error)}\n")
    return 0
