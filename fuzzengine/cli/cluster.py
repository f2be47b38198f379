"""`fuzzengine test -cluster`: a campaign over a cluster, of the fuzz tests of one package."""

from __future__ import annotations

import os
import sys

from fuzzengine.base import tempdir
from fuzzengine.base.errors import EXIT_STATUS, CannotRun, gravest
from fuzzengine.base.paths import cache_root, fuzz_cache, package_key
from fuzzengine.cli.packages import PackageError
from fuzzengine.cli.program_run import ProgramRun
from fuzzengine.program.corpus_mode import TABLE
from fuzzengine.program.flags import PROGRAM_FLAGS, FlagError, budget_reader, read_bool
from fuzzengine.report.test2json import EventFilter
from fuzzengine.testing.discovery import is_test_name
from scriptest.base.cluster import ClusterError, missing_extra, parse_address
from scriptest.base.duration import SECOND
from scriptest.base.regular_files import read_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from fuzzengine.cli.packages import Package
    from fuzzengine.cluster.dask_cluster import Connection
    from fuzzengine.cluster.driver import Driver
    from fuzzengine.cluster.settings import FuzzTest, Settings
    from fuzzengine.cluster.store import Place
    from fuzzengine.report.reporters import Reporter

_DEFAULT_LEASE = 60 * SECOND
_REFUSED = {
    "parallel": "nodes decide how many leases they run",
    "pdb": "there is no terminal on a node",
    "gocompat": "Go has no clusters",
    "fuzzcachedir": "use -store",
    "c": "",
    "list": "",
}
_FOR_LEASES = (
    "cover", "detect", "fuzzexectime", "fuzzminimizetime", "fuzzstarttime", "memlimit", "nocover",
    "short",
)  # fmt: skip
"""Flags that every lease gets."""

_FILES = ("dict", "mute")
"""Flags whose value is a file, which every lease gets."""

_LAST_WRITES = 60.0
"""The seconds that the end of a campaign waits for the store."""


def check(packages: Sequence[Package], values: Mapping[str, Any], texts: Mapping[str, str]) -> None:
    """Check the flags of a cluster, and those that go with it.

    Raises:
        FlagError: a value is malformed.
        PackageError: flags do not go together.
    """
    if any(package.is_go for package in packages):
        raise PackageError("-cluster fuzzes packages of Python, not of Go")
    if not values.get("fuzz"):
        raise PackageError("-cluster fuzzes on other machines; it goes with -fuzz")
    for name, reason in _REFUSED.items():
        if name in texts:
            raise PackageError(f"-{name} does not go with -cluster{reason and f': {reason}'}")
    if "fuzztime" in texts and PROGRAM_FLAGS["fuzztime"].read(texts["fuzztime"]).corpus_only:
        raise PackageError("-fuzztime=0 does not go with -cluster")
    try:
        parse_address(texts["cluster"], "-cluster")
    except ClusterError as error:
        raise FlagError(str(error)) from None


def run(package: Package, texts: Mapping[str, str], reporter: Reporter) -> int:
    """Run the campaign; return the exit status.

    Args:
        package: the package.
        texts: the given flags, without those of reports.
        reporter: shows the campaign.

    Raises:
        CannotRun: it cannot begin or go on.
    """
    missing = missing_extra("-cluster")
    if missing:
        raise CannotRun(missing)
    from fuzzengine.cluster.campaign_report import CampaignReport
    from fuzzengine.cluster.dask_cluster import Connection
    from fuzzengine.cluster.driver import Driver
    from fuzzengine.cluster.store import StoreError

    address = parse_address(texts["cluster"], "-cluster")
    tests = _fuzz_tests(package, texts)
    settings = _settings(package, texts)
    folder = tempdir.RunFolder()
    connection = Connection(address, folder.path, settings.driver)
    report = CampaignReport(reporter, package.folder, address.text)
    driver = Driver(settings, tests, connection, report)
    try:
        place, unwritten = _places(package, texts.get("store", ""))
        driver.load(place)
        connection.open()
        if texts.get("ship"):
            _ship(package, settings, connection, folder.path)
        return _run_with_store(driver, place, unwritten)
    except StoreError as error:
        raise CannotRun(f"-store {texts.get('store', '')}: {error}") from None
    except ClusterError as error:
        raise CannotRun(str(error)) from None
    finally:
        connection.close()
        folder.remove()


def _run_with_store(driver: Driver, place: Place, unwritten: str) -> int:
    """Run the campaign; at its end write what the store has not taken to a folder instead.

    Args:
        driver: the driver, which has read the store.
        place: the store.
        unwritten: the folder for what cannot be written to it.
    """
    from fuzzengine.cluster.store import FolderPlace, StoreError
    from fuzzengine.cluster.store_writer import StoreWriter

    writer = StoreWriter(place, driver.say_later)
    kept = FolderPlace(unwritten)
    if os.path.isdir(unwritten):
        driver.load(kept)
        for path in _paths(unwritten):
            writer.write(path, read_file(os.path.join(unwritten, path)))
    status = EXIT_STATUS
    try:
        status = driver.run(writer)
    finally:
        rest = writer.finish(_LAST_WRITES)
        try:
            for path, data in rest:
                kept.write(path, data)
        except StoreError as error:
            raise CannotRun(f"cannot write to {place.name}, nor to {unwritten}: {error}") from None
        if not rest:
            tempdir.remove(unwritten)
    if rest:
        sys.stderr.write(
            f"fuzzengine: -store: {len(rest)} files could not be written to {place.name}; they are "
            f"in {unwritten}, and the next campaign of this package writes them\n"
        )
        return gravest(status, EXIT_STATUS)
    return status


def _paths(folder: str) -> list[str]:
    found = []
    for top, _, files in os.walk(folder):
        relative = os.path.relpath(top, folder).replace(os.sep, "/")
        found += [f"{relative}/{name}" for name in files]
    return sorted(found)


def _places(package: Package, store: str) -> tuple[Place, str]:
    """Return the store, and the folder for what cannot be written to it.

    Raises:
        StoreError: the store's URL is not known.
        CannotRun: there is no folder for it.
    """
    from fuzzengine.cluster.store import open_place

    root = cache_root(os.environ)
    if not root:
        raise CannotRun("-cluster: there is no folder for caches; set FUZZENGINE_CACHE")
    own = os.path.join(fuzz_cache(root), "cluster", package_key(package.folder))
    return open_place(store or own), f"{own}-unwritten"


def _fuzz_tests(package: Package, texts: Mapping[str, str]) -> list[FuzzTest]:
    """Return the fuzz tests that -fuzz matches, with their coverage tables on this machine.

    Raises:
        CannotRun: no fuzz test matches, or the package cannot be imported.
    """
    from fuzzengine.cluster.settings import FuzzTest

    if not package.has_tests:
        raise CannotRun(
            f"-fuzz={texts['fuzz']}: no test files (*_test.py, test_*.py) in {package.folder}"
        )
    listed = _output(package, {"list": texts["fuzz"]})
    names = [name for name in listed.split() if is_test_name(name, "Fuzz")]
    if not names:
        raise CannotRun(f"-fuzz={texts['fuzz']}: no fuzz test of that name in {package.folder}")
    more = {name: texts[name] for name in ("cover", "nocover") if name in texts}
    tests = []
    for name in names:
        events: list[Mapping[str, Any]] = []
        flags = {**more, "fuzz": f"^{name}$", "corpusjob": TABLE}
        output = _output(package, flags, lambda _, event: events.append(event))  # noqa: B023
        if not events:
            raise CannotRun(f"{name} did not call f.fuzz: {output.strip()}")
        tests.append(FuzzTest(name, events[0]))
    return tests


def _output(
    package: Package,
    flags: Mapping[str, str],
    handle_event: Callable[[str, Mapping[str, Any]], object] = lambda *_: None,
) -> str:
    """Run the test program on this machine; return its output.

    Raises:
        CannotRun: it fails.
    """
    program = ProgramRun(package, flags, streaming=False)
    finished = program.run()
    plain: list[bytes] = []
    events = EventFilter(plain.append, handle_event)
    events.write(finished.output.encode())
    events.flush()
    output = b"".join(plain).decode()
    if program.exit_status(finished):
        raise CannotRun(f"the test program failed on this machine: {output.strip()}")
    return output


def _settings(package: Package, texts: Mapping[str, str]) -> Settings:
    from fuzzengine.cluster.settings import Settings
    from fuzzengine.program.flags import Budget

    lease = Budget(_DEFAULT_LEASE)
    if "lease" in texts:
        lease = budget_reader(allow_zero=False)(texts["lease"])
    total = PROGRAM_FLAGS["fuzztime"].read(texts["fuzztime"]) if "fuzztime" in texts else Budget()
    settings = Settings(total, lease)
    settings.flags = {name: texts[name] for name in _FOR_LEASES if name in texts}
    settings.keep_going = "mute" in texts or read_bool(texts.get("keepgoing", "false"))
    if "seed" in texts:
        settings.seed = PROGRAM_FLAGS["seed"].read(texts["seed"])
    for name in _FILES:
        if name in texts:
            settings.texts[name] = read_file(texts[name]).decode("utf-8", "surrogateescape")
    settings.package = {
        "folder": package.folder,
        "module": _module_of(package.folder),
        "argument": package.argument,
        "files": [os.path.basename(file) for file in package.files],
        "shipped": "",
    }
    return settings


def _module_of(folder: str) -> str:
    """Return the name under which a folder can be imported, or "" if it is no package."""
    names: list[str] = []
    while os.path.isfile(os.path.join(folder, "__init__.py")):
        folder, name = os.path.split(folder)
        names.insert(0, name)
    return ".".join(names)


def _ship(package: Package, settings: Settings, connection: Connection, folder: str) -> None:
    from fuzzengine.cluster.ship import pack

    os.makedirs(folder, exist_ok=True)
    try:
        archive = pack(package.folder, folder)
    except OSError as error:
        raise CannotRun(f"-ship: cannot pack {package.folder}: {error}") from None
    connection.upload(archive)
    settings.package["shipped"] = os.path.basename(archive)
