"""Collects fuzz tests for pytest: an item for each seed and recorded crash, or for a campaign."""

from __future__ import annotations

import os
import sys
from functools import partial
from types import FunctionType
from typing import TYPE_CHECKING, Any

import pytest

from fuzzengine.base.errors import CannotRun
from fuzzengine.program.flags import PROGRAM_FLAGS, FlagError, parse
from fuzzengine.program.in_process import run_seed, seed_names
from fuzzengine.program.pytest_host import request
from fuzzengine.program.variables import PYTEST
from fuzzengine.testing.discovery import is_test_name
from fuzzengine.testing.match import FilterError, Matcher
from scriptest.base.coverage_py import variables

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import NoReturn

    from fuzzengine.ipc.child import Finished
    from fuzzengine.report.sarif import Run

_MATCHER = pytest.StashKey[Matcher]()
_REPORT_HOOKS = "fuzzengine-reports"
REFUSED = pytest.StashKey[list[str]]()
"""Lines about functions that are named like fuzz tests but are not."""


def campaign_flags(config: pytest.Config) -> dict[str, str]:
    """Return the flags of the test program that --fuzztime and --fuzzflags set.

    Raises:
        pytest.UsageError: an option is malformed.
    """
    from shlex import split

    texts: dict[str, str] = {}
    fuzztime = config.getoption("fuzztime")
    try:
        given = split(config.getoption("fuzzflags"))
        given += [f"-fuzztime={fuzztime}"] if fuzztime else []
        _, rest = parse(given, PROGRAM_FLAGS, interspersed=True, texts=texts)
        if rest:
            raise pytest.UsageError(f"--fuzzflags: {rest[0]} is not a flag")
        if "pdb" in texts:
            raise pytest.UsageError("--fuzzflags: use `pytest --pdb` with the recorded input")
        if config.getoption("fuzzsarif") and not config.getoption("fuzz"):
            raise pytest.UsageError("--fuzzsarif shows the failures of campaigns; add --fuzz")
        if config.getoption("fuzz"):
            config.stash[_MATCHER] = Matcher(config.getoption("fuzz"), "--fuzz")
    except (FlagError, FilterError, ValueError) as error:
        raise pytest.UsageError(str(error)) from None
    return texts


def items_of(collector: pytest.Collector, name: str, obj: object) -> list[pytest.Item] | None:
    """Return the items of a fuzz test, or None for anything else.

    The caller has checked that the module imports fuzzengine.
    """
    if not isinstance(collector, pytest.Module) or not _is_fuzz_test(name, obj, collector):
        return None
    _register_hooks(collector.config)
    matcher = collector.config.stash.get(_MATCHER, None)
    if matcher is not None:
        return [_item(CampaignItem, collector, name, obj)] if matcher.matches(name) else []
    seeds = seed_names(obj, str(collector.path.parent))  # type: ignore[arg-type]
    if not seeds:
        return [_item(SeedItem, collector, name, obj)]
    return [_item(SeedItem, collector, name, obj, seed) for seed in seeds]


def _register_hooks(config: pytest.Config) -> None:
    if not config.pluginmanager.has_plugin(_REPORT_HOOKS):
        config.pluginmanager.register(_ReportHooks(), _REPORT_HOOKS)


def _is_given(item: pytest.Item) -> bool:
    """Return whether an item is a test with Hypothesis's `@given`, or a stateful one."""
    return getattr(getattr(item, "obj", None), "is_hypothesis_test", False) is True


def _name_of(item: pytest.Item) -> str:
    """Return the name of a test as a fuzz test, such as `TestClass.test_x-case_1`.

    It is the name of a folder and part of a pattern.
    """
    path, _, parameters = item.nodeid.removesuffix("]").partition("[")
    names = [".".join(path.split("::")[1:]), *([parameters] if parameters else [])]
    return "-".join("".join(c if c.isalnum() or c in "-_." else "_" for c in n) for n in names)


def _is_fuzz_test(name: str, obj: object, module: pytest.Module) -> bool:
    if not isinstance(obj, FunctionType) or obj.__module__ != module.obj.__name__:
        return False
    if not is_test_name(name, "Fuzz"):
        return False
    code = obj.__code__
    required = code.co_argcount - len(obj.__defaults__ or ())
    named = code.co_kwonlyargcount - len(obj.__kwdefaults__ or {})
    fits = code.co_argcount >= 1 and required <= 1 and not named
    if not fits and name.startswith("Fuzz"):
        # A function like fuzz_helper need not be meant as a fuzz test.
        line = f"{module.nodeid}: {name} is not collected: a fuzz test takes one argument, f"
        module.config.stash.setdefault(REFUSED, []).append(line)
    return fits


def _item(
    kind: type[SeedItem | CampaignItem], parent: pytest.Module, name: str, obj: Any, seed: str = ""
) -> pytest.Item:
    # pytest needs its marks, location and source, but would take its parameter for a fixture.
    without_f = partial(obj, None)
    if hasattr(obj, "pytestmark"):
        without_f.pytestmark = obj.pytestmark  # type: ignore[attr-defined]
    item: SeedItem | CampaignItem = kind.from_parent(
        parent, name=f"{name}[{seed}]" if seed else name, callobj=without_f
    )
    item.fuzz_test = obj
    item.seed = seed
    return item


def keep_campaigns(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect everything but the campaigns of --fuzz; make campaigns of tests with `@given`."""
    others = []
    kept: list[pytest.Item] = []
    for item in items:
        if isinstance(item, CampaignItem):
            kept.append(item)
        elif _is_given(item) and config.stash[_MATCHER].matches(name := _name_of(item)):
            _register_hooks(config)
            assert item.parent is not None
            kept.append(GivenItem.from_parent(item.parent, name=item.name, given=item, fuzz=name))
        else:
            others.append(item)
    items[:] = kept
    if others:
        config.hook.pytest_deselected(items=others)


class SeedItem(pytest.Function):
    """A fuzz test with one of its seeds, or with all if the seeds cannot be listed."""

    fuzz_test: Callable[..., object]
    seed: str
    skipped_by_test = False

    def runtest(self) -> None:
        """Run the fuzz test, and its target with the seed only."""
        __tracebackhide__ = True
        outcome = run_seed(self.fuzz_test, str(self.path.parent), self.seed)
        if outcome.error is not None:
            if outcome.log:
                self.add_report_section("call", "fuzz log", outcome.log + "\n")
            raise outcome.error
        if outcome.failed:
            _fail(outcome.log or f"{self.name} failed")
        if outcome.skipped:
            self.skipped_by_test = True
            pytest.skip(outcome.log.rpartition("\n")[2] or "skipped by the fuzz test")
        if outcome.log:
            self.add_report_section("call", "fuzz log", outcome.log + "\n")


class _Campaign(pytest.Item):
    """An item that fuzzes in separate processes."""

    campaign: Run | None = None
    """The folder and the events of the campaign, for SARIF."""

    def fuzz(self, name: str, environment: Mapping[str, str]) -> None:
        """Fuzz until the budget is used or an input fails.

        Args:
            name: the name of the fuzz test.
            environment: variables for the test program besides those of all campaigns.

        Raises:
            KeyboardInterrupt: the campaign was interrupted.
        """
        from fuzzengine.cli.program_run import run_campaign

        texts = {**campaign_flags(self.config), "run": "^$", "fuzz": f"^{name}$"}
        environment = {**variables(os.environ), "PYTHONPATH": _search_path(), **environment}
        try:
            run = run_campaign(str(self.path), texts, environment)
        except CannotRun as error:
            pytest.fail(f"fuzzengine: {error}", pytrace=False)
        if run.finished.signals:
            # Signals for this process were forwarded to the campaign, which has ended by now.
            raise KeyboardInterrupt
        self.campaign = (run.folder, run.events)
        if not run.passed:
            pytest.fail(_report_of(run.finished), pytrace=False)


class CampaignItem(_Campaign, pytest.Function):
    """A fuzz test that is fuzzed."""

    fuzz_test: Callable[..., object]
    seed: str

    def runtest(self) -> None:
        """Fuzz the fuzz test."""
        self.fuzz(self.name, {})


class GivenItem(_Campaign):
    """A test with `@given` that is fuzzed; its fixtures are made where it is executed.

    Args:
        given: the item of the test.
        fuzz: the name of the fuzz test.
    """

    def __init__(self, *, given: pytest.Item, fuzz: str, **more: Any) -> None:
        super().__init__(nodeid=given.nodeid, **more)
        self._given = given
        self._fuzz = fuzz
        self.own_markers = given.own_markers
        self.keywords.update(given.keywords)

    def runtest(self) -> None:
        """Fuzz the test."""
        _, _, inside = self.nodeid.partition("::")
        wanted = request(
            self._fuzz,
            f"{self.path}::{inside}",
            str(self.config.invocation_params.dir),
            _arguments_of(self.config),
        )
        # The options of the project's file and of the variable are among the arguments.
        self.fuzz(self._fuzz, {PYTEST: wanted, "PYTEST_ADDOPTS": ""})

    def reportinfo(self) -> tuple[Any, int | None, str]:
        """Return the place of the test."""
        return self._given.reportinfo()


def _arguments_of(config: pytest.Config) -> list[str]:
    """Return the arguments of pytest for a process that runs one test and prints nothing."""
    arguments = ["--rootdir", str(config.rootpath)]
    if config.inipath is not None:
        arguments += ["-c", str(config.inipath)]
    for plugin in dict.fromkeys(config.option.plugins or ()):
        arguments += ["-p", plugin]
    for setting in config.option.override_ini or ():
        arguments += ["-o", setting]
    profile = config.getoption("--hypothesis-profile", None)
    arguments += [f"--hypothesis-profile={profile}"] if profile else []
    if config.pluginmanager.hasplugin("timeout"):
        arguments += ["--timeout=0"]
    return [
        *arguments,
        f"--import-mode={config.getoption('importmode')}",
        # The module of the test gets counters instead.
        "--assert=plain",
        *("--capture=no", "-o", "addopts="),
        *("-p", "no:terminal", "-p", "no:cacheprovider"),
    ]


def _report_of(finished: Finished) -> str:
    """Return the report of a failed campaign without its title lines."""
    before, title, report = finished.output.partition("--- FAIL: ")
    if not title:
        return f"{finished.status}\n{finished.output}"
    text, depth = before, 0
    for line in report.removesuffix("FAIL\n").splitlines()[1:]:
        content = line.removeprefix("    ")
        if content.startswith("--- FAIL: "):
            depth = 1
            continue
        if not content.startswith("    "):
            depth = 0
        text += content.removeprefix("    " * depth).rstrip() + "\n"
    return text.strip()


def _fail(text: str) -> NoReturn:
    # A separate function: pytest warns about failures without any frame that it may show.
    pytest.fail(text, pytrace=False)


def _search_path() -> str:
    """Return the search path of this process without the standard library."""
    own = os.path.dirname(os.__file__)
    return os.pathsep.join(path for path in sys.path if path and not path.startswith(own))


class _ReportHooks:
    """Reports a skipped seed at its fuzz test instead of a line of the engine."""

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> Any:
        report = yield
        if report.skipped and getattr(item, "skipped_by_test", False):
            path, line, _ = item.reportinfo()
            report.longrepr = (os.fspath(path), (line or 0) + 1, report.longrepr[2])
        if report.when == "call" and isinstance(item, _Campaign) and item.campaign is not None:
            # With xdist, another process writes the file of --fuzzsarif.
            report.campaign = item.campaign
        return report


class SarifReport:
    """Writes the file of --fuzzsarif at the end of the session."""

    def __init__(self, path: str) -> None:
        """Args: `path` is the file."""
        self._path = os.path.abspath(path)
        self._runs: list[Run] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the events of a campaign."""
        run = getattr(report, "campaign", None)
        if run is not None:
            self._runs.append(run)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Write the file, or end the session with an error."""
        from fuzzengine.report.locations import root_folder
        from fuzzengine.report.sarif import write_log
        from scriptest.base.errors import reason_of

        try:
            write_log(self._path, self._runs, root_folder(os.environ))
        except OSError as error:
            sys.stderr.write(f"--fuzzsarif {self._path}: cannot write it: {reason_of(error)}\n")
            session.exitstatus = pytest.ExitCode.INTERNAL_ERROR
