"""Locates the interesting inputs of a package, and takes over those of earlier versions.

Every package has a folder of its own, in the cache or in -fuzzcachedir, named by `package_key`.
Earlier versions named it by the package alone, had one for all runs of single files, and none in
-fuzzcachedir. Several projects may have shared such a folder, so its inputs are copied when a
package is first fuzzed, and left where they are. Only fuzz tests that the package's test files
mention are copied; `fuzzengine clean -fuzzcache` removes the old folders with all others.
"""

from __future__ import annotations

import os

from fuzzengine.base.errors import CannotRun
from fuzzengine.base.paths import CORPUS_FOLDER, fuzz_cache, package_key, package_name
from fuzzengine.testing.discovery import find_test_files, is_test_name
from scriptest.base.regular_files import read_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_SINGLE_FILES = "command-line-arguments"


def inputs_folder(package: str, root: str, given: str = "") -> str:
    """Return the folder of a package's interesting inputs, which need not exist.

    Args:
        package: the folder of the package.
        root: the folder for caches.
        given: the folder that -fuzzcachedir names instead; "" without the flag.
    """
    return os.path.join(os.path.abspath(given) if given else fuzz_cache(root), package_key(package))


def seed_corpus(folder: str) -> tuple[str, str]:
    """Return the package and the fuzz test that a folder such as `testdata/fuzz/FuzzX` belongs to.

    Both are "" for any other folder.
    """
    above, name = os.path.split(os.path.abspath(folder))
    package = above.removesuffix(os.path.join(os.sep, CORPUS_FOLDER))
    return ("", "") if package == above else (package, name)


def go_inputs_folder(package: str) -> str:
    """Return the folder of a Go package's interesting inputs: Go's own, or in FUZZENGINE_CACHE.

    Raises:
        CannotRun: no Go toolchain was found.
    """
    from fuzzengine.gopackage.package import import_path
    from fuzzengine.gopackage.toolchain import Toolchain, ToolchainError

    try:
        root = os.environ.get("FUZZENGINE_CACHE") or Toolchain().value("GOCACHE")
    except ToolchainError as error:
        raise CannotRun(str(error)) from None
    return os.path.join(fuzz_cache(os.path.abspath(root)), *import_path(package).split("/"))


def take_over(package: str, folder: str, files: Sequence[str] = ()) -> None:
    """Copy the inputs of earlier versions to a package's new folder, unless that exists.

    The folder appears whole or not at all. Without a readable and writable cache nothing happens.

    Args:
        package: the folder of the package.
        folder: the folder of its interesting inputs.
        files: its test files, if single files were named.
    """
    if os.path.exists(folder):
        return
    found = list(_earlier_inputs(package, files, os.path.dirname(folder)))
    if not found:
        return
    copy = f"{folder}.{os.urandom(8).hex()}.tmp"
    try:
        for fuzz_test, path in found:
            _copy(path, os.path.join(copy, fuzz_test))
        os.rename(copy, folder)
    except OSError:
        # Another run of the package may have been first; and the cache is only an optimization.
        from shutil import rmtree

        rmtree(copy, ignore_errors=True)


def _earlier_inputs(package: str, files: Sequence[str], base: str) -> Iterator[tuple[str, str]]:
    """Yield the names of fuzz tests and the paths of their inputs in the old folders."""
    name = package_name(package)
    places = [os.path.join(base, _SINGLE_FILES), base]
    if not any(part in ("", ".", "..") for part in name.split("/")):
        places.append(os.path.join(base, *name.split("/")))
    sources: list[bytes] | None = None
    for place in places:
        for fuzz_test in _folders(place):
            if not is_test_name(fuzz_test, "Fuzz"):
                continue
            if sources is None:
                sources = _contents([*files, *find_test_files(package)])
            if any(fuzz_test.encode() in source for source in sources):
                yield fuzz_test, os.path.join(place, fuzz_test)


def _folders(place: str) -> list[str]:
    try:
        with os.scandir(place) as items:
            return sorted(item.name for item in items if item.is_dir(follow_symlinks=False))
    except OSError:
        return []


def _contents(paths: Sequence[str]) -> list[bytes]:
    contents = []
    for path in paths:
        try:
            contents.append(read_file(path))
        except OSError:
            # The run reports a test file that cannot be read.
            continue
    return contents


def _copy(source: str, target: str) -> None:
    """Copy the regular files of a folder; a file that is already there has the same content."""
    from shutil import copyfile

    os.makedirs(target, exist_ok=True)
    with os.scandir(source) as items:
        for item in items:
            if item.is_file(follow_symlinks=False):
                copyfile(item.path, os.path.join(target, item.name))
