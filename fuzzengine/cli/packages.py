"""Resolves the arguments of `fuzzengine test` to packages (Go: cmd/go's package lists)."""

from __future__ import annotations

import os

from fuzzengine.base.paths import package_name
from fuzzengine.testing.discovery import find_test_files, is_test_file
from scriptest.base.visible import visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


class PackageError(Exception):
    """The arguments name no package; the message is for the user."""


class Package:
    """A folder with tests.

    Attributes:
        folder: its absolute path.
        argument: the argument that named it, as re-run commands repeat it; "" for the current
            folder.
        files: the absolute paths of the test files if single files were named, else empty.
        is_go: it is a package of Go, whose test program a Go toolchain builds.
        name: its name in reports.
    """

    def __init__(self, folder: str, argument: str, files: Sequence[str] = ()) -> None:
        self.folder = os.path.abspath(folder)
        self.argument = argument
        self.files = [os.path.abspath(file) for file in files]
        self.is_go = not files and is_go_only(self.folder)
        self.name = "command-line-arguments" if files else visible(self._name())

    @property
    def has_tests(self) -> bool:
        """Whether test files were named, or the folder has any."""
        return bool(self.files or self.is_go or find_test_files(self.folder))

    def _name(self) -> str:
        if not self.is_go:
            return package_name(self.folder)
        from fuzzengine.gopackage.package import import_path

        return import_path(self.folder)


def is_go_only(folder: str) -> bool:
    """Return whether a folder has test files of Go and none of Python."""
    try:
        names = os.listdir(folder)
    except OSError:
        return False
    return any(name.endswith("_test.go") for name in names) and not any(map(is_test_file, names))


def resolve(names: Sequence[str]) -> list[Package]:
    """Return the packages that arguments name: folders, `folder/...`, or test files of one folder.

    Without arguments this is the package in the current folder.

    Raises:
        PackageError: a path does not exist, `folder/...` matches no package, or files are in
            several folders.
    """
    files = [name for name in names if name.endswith(".py")]
    if files:
        if len(files) != len(names) or len({os.path.dirname(file) for file in files}) > 1:
            raise PackageError("test files must all be of one folder")
        packages = [Package(os.path.dirname(files[0]) or ".", " ".join(files), files)]
    else:
        packages = [package for name in names or ["."] for package in _expand(name)]
        if not packages:
            raise PackageError(
                f"{' '.join(names)}: no folder with test files (*_test.py, test_*.py)"
            )
    for package in packages:
        if os.path.isfile(package.folder):
            raise PackageError(
                f"{package.argument}: want a folder, or test files with names that end in .py"
            )
    for path in [path for package in packages for path in [package.folder, *package.files]]:
        if not os.path.exists(path):
            name = os.path.basename(path)
            hint = f"; did you mean -run={name}?" if name.startswith(("Fuzz", "Test")) else ""
            raise PackageError(f"{path}: no such file or folder{hint}")
    return packages


def _expand(name: str) -> list[Package]:
    """Return the package of a folder, or all packages with test files below `folder/...`."""
    if name != "..." and not name.endswith("/..."):
        return [Package(name, "" if name in (".", "./") else name)]
    top = name[:-3] or "."
    found = []
    for folder, below, files in os.walk(top):
        below[:] = sorted(d for d in below if not d.startswith((".", "_")) and d != "testdata")
        if any(is_test_file(file) for file in files):
            found.append(Package(folder, folder))
    return found
