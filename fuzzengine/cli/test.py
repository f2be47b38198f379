"""`fuzzengine test`: starts the test program of each package and sums up (Go: cmd/go's test)."""

from __future__ import annotations

import os
import sys
import time

from fuzzengine.base import tempdir as scratch
from fuzzengine.base.frames import ENGINE_FOLDER
from fuzzengine.base.paths import (
    WITHOUT_PROCESSES,
    cache_root,
    code_cache,
    fuzz_cache,
    package_name,
)
from fuzzengine.ipc import result_file
from fuzzengine.program import flags as flag
from fuzzengine.report.reporters import Reporter
from scriptest.base.errors import reason_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from fuzzengine.ipc.child import Finished
    from fuzzengine.ipc.result_file import ProgramResult

_DEFAULT_TIMEOUT = "10m0s"
_PROFILES = (
    "blockprofile",
    "coverprofile",
    "cpuprofile",
    "memprofile",
    "mutexprofile",
    "trace",
)
_COMMAND = "FUZZENGINE_COMMAND"
_OWN_NAME = "fuzzengine test"
_FILES = {"dict", "html", "mute"}
_HELP = """\
usage: fuzzengine test [flags] [folders or test files]

Runs the tests of packages and the seeds of their fuzz tests; with -fuzz, then searches for inputs
that fail. A folder is a package; folder/... means all packages in it and below it.
"""
_USAGE = (
    "usage: fuzzengine test [flags] [folders or test files]\n"
    "Run 'fuzzengine help test' for details.\n"
)
_CHECKED_BY_PROGRAM = {"fuzztime", "fuzzminimizetime"}
_FLAGS = {
    **flag.PROGRAM_FLAGS,
    **{name: flag.Flag(str, "", flag.PROGRAM_FLAGS[name].help) for name in _CHECKED_BY_PROGRAM},
    "c": flag.Flag(
        flag.read_bool, False, "write the test program without running it", is_bool=True
    ),
    "o": flag.Flag(str, "", "write the test program of -c to `FILE`"),
    "html": flag.Flag(str, "", "write an HTML report of the campaign to `FILE`"),
    "json": flag.Flag(flag.read_bool, False, "print events as JSON lines", is_bool=True),
    **{name: flag.Flag(str, "", "refused with -fuzz", internal=True) for name in _PROFILES},
}


class _Refused(Exception):
    """The command line asks for what cannot be done."""


def help_text() -> str:
    """Return what `fuzzengine test -h` prints."""
    return "\n".join([_HELP, *flag.help_lines(_FLAGS)]) + "\n"


def run(arguments: Sequence[str]) -> int:
    """Run `fuzzengine test`; return the exit status."""
    try:
        texts: dict[str, str] = {}
        values, names = flag.parse(arguments, _FLAGS, interspersed=True, texts=texts)
        _check_limits(texts)
        for name in _FILES & texts.keys():
            texts[name] = os.path.abspath(texts[name])
        packages = _packages(names, values)
    except flag.HelpWanted:
        sys.stdout.write(help_text())
        return 0
    except flag.FlagError as error:
        sys.stderr.write(f"{error}\n{_USAGE}")
        return 2
    except _Refused as error:
        sys.stderr.write(f"{error}\n")
        return 1
    if values.get("c"):
        return _write_programs(packages, values)
    return _run_packages(packages, values, texts, streaming=not names)


def _check_limits(texts: Mapping[str, str]) -> None:
    """Check what Go leaves to its test program, unless this is `go test` in a script."""
    if os.environ.get(_COMMAND, _OWN_NAME) != _OWN_NAME:
        return
    for name in _CHECKED_BY_PROGRAM & texts.keys():
        try:
            flag.PROGRAM_FLAGS[name].read(texts[name])
        except ValueError as error:
            raise flag.FlagError(
                f'invalid value "{texts[name]}" for flag -{name}: {error}; '
                "write a time such as 30s or a number of executions such as 1000x"
            ) from None


def _run_packages(
    packages: Sequence[_Package], values: dict[str, Any], texts: dict[str, str], *, streaming: bool
) -> int:
    given = [f"-{name}={text}" for name, text in texts.items() if name != "html"]
    page = texts.pop("html", "")
    as_json = bool(texts.pop("json", "") and values["json"])
    streaming |= as_json or bool(values.get("fuzz") or values.get("v"))
    failed = False
    for package in packages:
        reporter = _reporter_of(package, as_json=as_json)
        if page:
            from fuzzengine.report.html_reporter import HtmlReporter

            reporter = HtmlReporter(
                reporter, page, package=package.name, folder=package.folder, flags=given
            )
        test = _Test(package, {**texts, **reporter.flags}, reporter, streaming=streaming)
        failed |= not test.run()
    return 1 if failed else 0


def _reporter_of(package: _Package, *, as_json: bool) -> Reporter:
    if not as_json:
        return Reporter()
    from fuzzengine.report.test2json import Test2JsonReporter

    return Test2JsonReporter(package.name)


class _Package:
    """A folder with tests; `files` is empty unless single files were named."""

    def __init__(self, folder: str, argument: str, files: Sequence[str] = ()) -> None:
        self.folder = os.path.abspath(folder)
        self.argument = argument
        self.files = [os.path.abspath(file) for file in files]
        self.name = "command-line-arguments" if files else package_name(self.folder)


def _packages(names: Sequence[str], values: dict[str, Any]) -> list[_Package]:
    """Return the packages of the arguments: folders, `folder/...`, or test files of one folder.

    Raises:
        _Refused: an argument names nothing, or fuzzing does not go with the rest.
    """
    files = [name for name in names if name.endswith(".py")]
    if files:
        if len(files) != len(names) or len({os.path.dirname(file) for file in files}) > 1:
            raise _Refused("fuzzengine test: test files must all be of one folder")
        packages = [_Package(os.path.dirname(files[0]) or ".", " ".join(files), files)]
    else:
        packages = [package for name in names or ["."] for package in _expand(name)]
    for path in [path for package in packages for path in [package.folder, *package.files]]:
        if not os.path.exists(path):
            name = os.path.basename(path)
            hint = f"; did you mean -run={name}?" if name.startswith(("Fuzz", "Test")) else ""
            raise _Refused(f"fuzzengine test: {path}: no such file or folder{hint}")
    if values.get("html"):
        _check_page(values)
    if values.get("fuzz"):
        if sys.platform in WITHOUT_PROCESSES:
            raise _Refused(f"-fuzz flag is not supported on {sys.platform}")
        if len(packages) > 1:
            raise _Refused("cannot use -fuzz flag with multiple packages")
        for name in _PROFILES:
            if values.get(name):
                raise _Refused(f"cannot use -{name} flag with -fuzz flag")
    return packages


def _check_page(values: dict[str, Any]) -> None:
    folder = os.path.dirname(os.path.abspath(values["html"]))
    if not values.get("fuzz"):
        raise _Refused("-html shows what a campaign did; it goes with -fuzz")
    if not os.path.isdir(folder):
        raise _Refused(f"-html {values['html']}: there is no folder {folder} to write the page to")


def _expand(name: str) -> list[_Package]:
    """Return the package of an argument, or all with tests below `folder/...`."""
    if name != "..." and not name.endswith("/..."):
        return [_Package(name, "" if name in (".", "./") else name)]
    from fuzzengine.testing.discovery import is_test_file

    top = name[:-3] or "."
    found = []
    for folder, below, files in os.walk(top):
        below[:] = sorted(d for d in below if not d.startswith((".", "_")) and d != "testdata")
        if any(is_test_file(file) for file in files):
            found.append(_Package(folder, folder))
    return found


class _Test:
    """The run of one package's test program.

    Attributes:
        more_environment: variables for the program besides those of this process.
        result: what the program has told, once it has run.
    """

    def __init__(
        self,
        package: _Package,
        texts: dict[str, str],
        reporter: Reporter,
        *,
        streaming: bool,
    ) -> None:
        self._package = package
        self._texts = texts
        self._reporter = reporter
        self._streaming = streaming
        self._run_only_cache = ""
        self._scratch_root = scratch.unique_path("fuzzengine-")
        self._result_file = os.path.join(self._scratch_root, "result")
        self.more_environment: Mapping[str, str] = {}
        self.result = result_file.ProgramResult()

    def run(self) -> bool:
        """Run the program and print the summary line; return whether it passed."""
        from fuzzengine.testing.discovery import find_test_files

        package, reporter = self._package, self._reporter
        if not package.files and not find_test_files(package.folder):
            reporter.message(f"?   \t{package.name}\t[no test files]\n")
            return reporter.finish("skip")
        started = time.perf_counter()
        finished = self.run_program()
        seconds = time.perf_counter() - started
        passed = finished.status.ok
        if passed:
            note = ""
            if self.result.no_tests:
                note = " [no tests to run]"
            elif self.result.no_fuzz_tests:
                note = " [no fuzz tests to fuzz]"
            reporter.message(f"ok  \t{package.name}\t{seconds:.3f}s{note}\n")
        else:
            if not self._streaming:
                reporter.message(finished.output)
            reporter.message(f"{finished.status}\n")
            reporter.message(f"FAIL\t{package.name}\t{seconds:.3f}s\n", frame=True)
        return reporter.finish("pass" if passed else "fail") and passed

    def run_program(self) -> Finished:
        """Run the program to its end and read its result file. No temporary folder stays."""
        try:
            finished = self._start_and_wait()
            self.result = result_file.read(self._result_file)
            return finished
        finally:
            scratch.remove(self._run_only_cache)
            scratch.remove(self._scratch_root)

    def _start_and_wait(self) -> Finished:
        from fuzzengine.ipc.child import run_child

        os.chdir(self._package.folder)
        boot = os.path.join(ENGINE_FOLDER, "program", "boot.py")
        command = [sys.executable, "-P", boot, *self._arguments()]
        return run_child(
            command,
            self._environment(),
            streaming=self._streaming,
            take=self._reporter.write,
        )

    def _arguments(self) -> list[str]:
        texts = {"timeout": _DEFAULT_TIMEOUT, **self._texts, "resultfile": self._result_file}
        if texts.get("fuzz"):
            texts.setdefault("fuzzcachedir", self._cache_folder())
        return [f"-test.{name}={text}" for name, text in texts.items()]

    def _cache_folder(self) -> str:
        root = cache_root(os.environ)
        if not root:
            # A sandbox without a home: what is found is kept for this run only.
            root = self._run_only_cache = scratch.cache_path()
        return os.path.join(fuzz_cache(root), *self._package.name.split("/"))

    def _environment(self) -> dict[str, str]:
        environment = {**os.environ, **self.more_environment}
        environment.setdefault(_COMMAND, _OWN_NAME)
        environment[scratch.ROOT_VARIABLE] = self._scratch_root
        environment["FUZZENGINE_FOLDER"] = self._package.argument
        root = cache_root(os.environ)
        environment["FUZZENGINE_CODE"] = code_cache(root) if root else ""
        environment.pop("FUZZENGINE_FILES", None)
        if self._package.files:
            environment["FUZZENGINE_FILES"] = os.pathsep.join(self._package.files)
        return environment


def run_corpus_job(job: str, folder: str, texts: dict[str, str]) -> int:
    """Have the test program of a folder work on its corpora; return the exit status.

    Args:
        job: what to do, as the test program takes it.
        folder: the package.
        texts: flags of the test program; `fuzz` says for which fuzz tests.
    """
    try:
        (package,) = _packages([folder], {"fuzz": texts["fuzz"]})
    except _Refused as error:
        sys.stderr.write(f"{error}\n")
        return 1
    test = _Test(package, {**texts, "corpusjob": job}, Reporter(), streaming=True)
    return 0 if test.run_program().status.ok else 1


def run_campaign(
    file: str, texts: dict[str, str], environment: Mapping[str, str]
) -> tuple[Finished, ProgramResult]:
    """Fuzz in the folder of a test file, with that file only, for another test runner.

    Its output goes to descriptor 1 as it comes.

    Args:
        file: the test file.
        texts: flags of the test program; `fuzz` says which fuzz test.
        environment: variables that the test program gets beside those of this process.

    Returns:
        How the test program ended, and what it told.
    """
    package = _Package(os.path.dirname(file), os.path.relpath(file), [file])
    package.name = package_name(package.folder)
    test = _Test(package, texts, Reporter(), streaming=True)
    test.more_environment = environment
    before = os.getcwd()
    try:
        finished = test.run_program()
    finally:
        os.chdir(before)
    return finished, test.result


def _write_programs(packages: Sequence[_Package], values: dict[str, Any]) -> int:
    from fuzzengine.cli.standalone import write_program

    if len(packages) != 1:
        sys.stderr.write("fuzzengine test: cannot use -c flag with multiple packages\n")
        return 1
    package = packages[0]
    path = values.get("o") or f"{os.path.basename(package.folder)}.test"
    try:
        write_program(path, package.folder)
    except OSError as error:
        sys.stderr.write(f"fuzzengine test: {path}: {reason_of(error)}\n")
        return 1
    return 0
