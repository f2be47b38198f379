"""`fuzzengine test`: runs the test program of each package (Go: cmd/go's test)."""

from __future__ import annotations

import os
import sys
import time

from fuzzengine.base import errors
from fuzzengine.base.paths import WITHOUT_PROCESSES
from fuzzengine.cli.packages import Package, PackageError, resolve
from fuzzengine.cli.program_run import ProgramRun
from fuzzengine.cli.report_options import ReportOptions
from fuzzengine.program.flags import (
    PROGRAM_FLAGS,
    Flag,
    FlagError,
    HelpWanted,
    budget_reader,
    help_lines,
    parse,
    read_bool,
)
from fuzzengine.program.variables import is_go_test
from fuzzengine.testing.match import FilterError, Matcher
from scriptest.base.errors import reason_of
from scriptest.base.visible import visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from fuzzengine.ipc.result_file import ProgramResult
    from fuzzengine.report.reporters import Reporter
    from fuzzengine.types.kinds import Kind

_PROFILES = (
    "blockprofile",
    "coverprofile",
    "cpuprofile",
    "memprofile",
    "mutexprofile",
    "trace",
)
_FILES = {"dict", "html", "mute", "sarif"}
"""Flags whose value is a path."""
_REPORTS = ("github", "html", "http", "json", "sarif")
"""Flags that need the output of the test program."""
_HELP = """\
usage: fuzzengine test [flags] [folders or test files]

Runs the tests of packages and the seeds of their fuzz tests; with -fuzz, then searches for inputs
that fail. A folder is a package; folder/... means all packages in it and below it. `fuzzengine env`
prints where the interesting inputs of a package are kept.
"""
_USAGE = (
    "usage: fuzzengine test [flags] [folders or test files]\n"
    "Run 'fuzzengine help test' for details.\n"
)
_CHECKED_BY_PROGRAM = {"fuzztime", "fuzzminimizetime"}
"""Flags that Go's command passes on unchecked."""
_PATTERNS = ("run", "skip", "list", "fuzz")
"""Flags whose value is a pattern; Go's command passes on these as well."""
FLAGS = {
    **PROGRAM_FLAGS,
    **{name: Flag(str, "", PROGRAM_FLAGS[name].help) for name in _CHECKED_BY_PROGRAM},
    "c": Flag(read_bool, False, "write the test program without running it", is_bool=True),
    "o": Flag(str, "", "write the test program of -c to `FILE`"),
    "github": Flag(
        read_bool, False, "print failures of the campaign as GitHub annotations", is_bool=True
    ),
    "sarif": Flag(str, "", "write failures of the campaign as SARIF to `FILE`"),
    "html": Flag(str, "", "write an HTML report of the campaign to `FILE`"),
    "http": Flag(str, "", "serve a live page of the campaign at `ADDRESS` (127.0.0.1:0)"),
    "json": Flag(read_bool, False, "print events as JSON lines", is_bool=True),
    "cluster": Flag(str, "", "fuzz on the nodes of a Dask cluster: `ADDRESS` or local:N"),
    "store": Flag(str, "", "keep what a cluster finds at `URL`; by default in the cache"),
    "lease": Flag(budget_reader(allow_zero=False), None, "fuzz for `D` (60s) at a time on a node"),
    "ship": Flag(read_bool, False, "send the package to the nodes of the cluster", is_bool=True),
    **{name: Flag(str, "", "refused with -fuzz", internal=True) for name in _PROFILES},
}


def help_text() -> str:
    """Return the output of `fuzzengine test -h`."""
    return "\n".join([_HELP, *help_lines(FLAGS)]) + "\n"


def run(arguments: Sequence[str]) -> int:
    """Run `fuzzengine test`; return the exit status."""
    try:
        texts: dict[str, str] = {}
        values, names = parse(arguments, FLAGS, interspersed=True, texts=texts)
        _check_values(texts)
        for name in _FILES & texts.keys():
            texts[name] = os.path.abspath(texts[name])
        packages = resolve(names)
        _check_fuzz(packages, values)
        _check_cluster(packages, values, texts)
        if "fuzztime" in texts and not ("fuzz" in texts or is_go_test()):
            sys.stderr.write("warning: -fuzztime does nothing without -fuzz\n")
    except HelpWanted:
        sys.stdout.write(help_text())
        return 0
    except FlagError as error:
        sys.stderr.write(f"{error}\n{_USAGE}")
        return errors.USAGE
    except PackageError as error:
        prefix = "" if is_go_test() else "fuzzengine test: "
        sys.stderr.write(visible(f"{prefix}{error}\n"))
        return errors.FAILED if is_go_test() else errors.USAGE
    if values.get("c"):
        return _write_programs(packages, values)
    return _run_packages(packages, values, texts, streaming=not names)


def _check_values(texts: Mapping[str, str]) -> None:
    """Check the flags that Go leaves to its test program, except as `go test` in a script."""
    if is_go_test():
        return
    for name in _CHECKED_BY_PROGRAM & texts.keys():
        try:
            PROGRAM_FLAGS[name].read(texts[name])
        except ValueError as error:
            raise FlagError(
                f'invalid value "{texts[name]}" for flag -{name}: {error}; '
                "write a time such as 30s or a number of executions such as 1000x"
            ) from None
    if texts.get("fuzz") == "":
        raise FlagError("-fuzz is empty, so nothing would be fuzzed; -fuzz=. fuzzes all fuzz tests")
    if texts.get("parallel") and int(texts["parallel"], 0) < 1:
        raise FlagError(f'invalid value "{texts["parallel"]}" for flag -parallel: want 1 or more')
    for name in _PATTERNS:
        try:
            Matcher(texts.get(name, ""), f"-{name}")
        except FilterError as error:
            raise FlagError(str(error)) from None


def _run_packages(
    packages: Sequence[Package], values: dict[str, Any], texts: dict[str, str], *, streaming: bool
) -> int:
    options = ReportOptions(values, texts)
    streaming |= options.as_json or any(values.get(name) for name in ("fuzz", "v", "list", "pdb"))
    status = 0
    for package in packages:
        own = _run_package(package, texts, options.reporter_of(package), streaming=streaming)
        status = errors.gravest(status, own)
    # Go has one status for all of them.
    return errors.FAILED if status and is_go_test() else status


def _check_fuzz(packages: Sequence[Package], values: Mapping[str, Any]) -> None:
    """Check that -fuzz goes with the platform, the packages and the other flags."""
    _check_pages(values)
    for name in _REPORTS:
        if values.get("pdb") and values.get(name):
            raise PackageError(f"-pdb talks to the terminal; it does not go with -{name}")
    if not values.get("fuzz"):
        return
    if sys.platform in WITHOUT_PROCESSES:
        raise PackageError(f"-fuzz flag is not supported on {sys.platform}")
    if len(packages) > 1:
        raise PackageError("cannot use -fuzz flag with multiple packages")
    for name in _PROFILES:
        if values.get(name):
            raise PackageError(f"cannot use -{name} flag with -fuzz flag")


def _check_cluster(
    packages: Sequence[Package], values: Mapping[str, Any], texts: Mapping[str, str]
) -> None:
    if texts.get("cluster"):
        from fuzzengine.cli.cluster import check

        check(packages, values, texts)
        return
    for name in ("cluster", "lease", "ship", "store"):
        if name in texts:
            raise PackageError(
                f"-{name} is for campaigns on many machines; it goes with -cluster=ADDRESS"
            )


def _check_pages(values: Mapping[str, Any]) -> None:
    if values.get("http"):
        if not values.get("fuzz"):
            raise PackageError("-http shows a campaign; it goes with -fuzz")
        from fuzzengine.report.live_page import AddressError, read_address

        try:
            read_address(values["http"])
        except AddressError as error:
            raise FlagError(f"-http {values['http']}: {error}") from None
    if values.get("github") and not values.get("fuzz"):
        raise PackageError("-github shows the failures of a campaign; it goes with -fuzz")
    for name, what in (("html", "the page"), ("sarif", "the file")):
        if not values.get(name):
            continue
        folder = os.path.dirname(os.path.abspath(values[name]))
        if not values.get("fuzz"):
            raise PackageError(f"-{name} shows what a campaign did; it goes with -fuzz")
        if not os.path.isdir(folder):
            raise PackageError(
                f"-{name} {values[name]}: there is no folder {folder} to write {what} to"
            )


def _run_package(
    package: Package, texts: Mapping[str, str], reporter: Reporter, *, streaming: bool
) -> int:
    """Run the test program of a package and print the summary line; return the exit status."""
    if texts.get("cluster"):
        return _run_on_cluster(package, texts, reporter)
    if not package.has_tests:
        return _without_test_files(package, texts, reporter)
    program = ProgramRun(
        package, {**texts, **reporter.flags}, streaming=streaming, write=reporter.write
    )
    started = time.perf_counter()
    try:
        finished = program.run()
    except errors.CannotRun:
        reporter.finish("fail")
        raise
    seconds = time.perf_counter() - started
    status = program.exit_status(finished)
    if not status:
        note = ""
        if program.result.no_tests:
            note = " [no tests to run]"
        elif program.result.no_fuzz_tests:
            note = " [no fuzz tests to fuzz]"
        reporter.message(f"ok  \t{package.name}\t{seconds:.3f}s{note}\n")
    else:
        if not streaming:
            reporter.message(finished.output)
        note = _unfinished(program.result) if finished.status.ok else ""
        reporter.message(f"{finished.status}{note}\n")
        reporter.message(f"FAIL\t{package.name}\t{seconds:.3f}s\n", frame=True)
    reported = reporter.finish("fail" if status else "pass")
    return status if reported else errors.gravest(status, errors.EXIT_STATUS)


def _run_on_cluster(package: Package, texts: Mapping[str, str], reporter: Reporter) -> int:
    from fuzzengine.cli import cluster

    started = time.perf_counter()
    try:
        status = cluster.run(package, texts, reporter)
    except errors.CannotRun:
        reporter.finish("fail")
        raise
    seconds = time.perf_counter() - started
    reporter.message(
        f"{'FAIL' if status else 'ok  '}\t{package.name}\t{seconds:.3f}s\n", frame=True
    )
    reported = reporter.finish("fail" if status else "pass")
    return status if reported else errors.gravest(status, errors.EXIT_STATUS)


def _unfinished(result: ProgramResult) -> str:
    failing = f"; {result.failing} had failed" if result.failing else ""
    return f": the test program ended before its tests were finished{failing}"


def _without_test_files(package: Package, texts: Mapping[str, str], reporter: Reporter) -> int:
    if not texts.get("fuzz") or is_go_test():
        reporter.message(f"?   \t{package.name}\t[no test files]\n")
        return 0 if reporter.finish("skip") else errors.EXIT_STATUS
    reporter.message(
        f"fuzzengine test: -fuzz={texts['fuzz']}: no test files (*_test.py, test_*.py) "
        f"in {package.folder}\n"
    )
    reporter.message(f"FAIL\t{package.name} [no test files]\n", frame=True)
    reporter.finish("fail")
    return errors.USAGE


def run_corpus_job(job: str, folder: str, texts: Mapping[str, str]) -> int:
    """Run a job on the corpora of a package in its test program; return the exit status.

    Args:
        job: the job and its arguments, one per line.
        folder: the package.
        texts: flags of the test program; `fuzz` selects the fuzz tests.

    Raises:
        PackageError: the folder is not that of one package.
    """
    packages = resolve([folder])
    _check_fuzz(packages, texts)
    if not packages[0].has_tests:
        raise PackageError(f"{folder}: no test files (*_test.py, test_*.py)")
    program = ProgramRun(packages[0], {**texts, "corpusjob": job}, streaming=True)
    return program.exit_status(program.run())


def objection_to_types(entries: str, kinds: Sequence[Kind]) -> str:
    """Return why entries of these types do not fit a fuzz test, or "" if they do or may.

    Args:
        entries: the folder for the entries. Its path tells the fuzz test if it ends as in
            `testdata/fuzz/FuzzX`.
        kinds: the types of the values of each entry.
    """
    from fuzzengine.cli.inputs import seed_corpus
    from fuzzengine.program.corpus_mode import ACCEPTS

    folder, name = seed_corpus(entries)
    if not os.path.isdir(folder):
        return ""
    package = resolve([folder])[0]
    if not package.has_tests:
        return ""
    job = f"{ACCEPTS}\n{','.join(kind.name for kind in kinds)}"
    program = ProgramRun(package, {"fuzz": f"^{name}$", "corpusjob": job}, streaming=False)
    finished = program.run()
    return finished.output if program.exit_status(finished) == errors.USAGE else ""


def _write_programs(packages: Sequence[Package], values: dict[str, Any]) -> int:
    from fuzzengine.cli.standalone import write_program

    if len(packages) != 1:
        sys.stderr.write("fuzzengine test: cannot use -c flag with multiple packages\n")
        return errors.USAGE
    package = packages[0]
    if package.is_go:
        sys.stderr.write("fuzzengine test: -c is for Python; for Go use `go test -c -fuzz=.`\n")
        return errors.USAGE
    path = values.get("o") or f"{os.path.basename(package.folder)}.test"
    try:
        write_program(path, package.folder)
    except OSError as error:
        sys.stderr.write(f"fuzzengine test: {path}: {reason_of(error)}\n")
        return errors.EXIT_STATUS
    return 0
