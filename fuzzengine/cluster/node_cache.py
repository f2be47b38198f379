"""The folder of a node: entries it has seen, and the package if that was sent. It is disposable."""

from __future__ import annotations

import os

from fuzzengine.cluster.ship import unpack
from scriptest.base.files import write_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any


class PackageMissing(Exception):
    """A node does not have the package; the text is one line."""


class NodeCache:
    """The cache of one fuzz test on one node, for one driver.

    Attributes:
        folder: the folder of the entries, in the layout of -fuzzcachedir.
    """

    def __init__(self, worker_folder: str, driver: str, test: str) -> None:
        """Args: `worker_folder` is that of the Dask worker, which Dask removes."""
        self._worker_folder = worker_folder
        self.folder = os.path.join(worker_folder, f"fuzzengine-{driver}", test)

    def update(self, entries: Mapping[str, bytes], dropped: Iterable[str]) -> None:
        """Add entries by name, and remove others.

        Raises:
            OSError: the folder cannot be written.
        """
        os.makedirs(self.folder, exist_ok=True)
        for name, data in entries.items():
            write_file(os.path.join(self.folder, name), data)
        for name in dropped:
            try:
                os.unlink(os.path.join(self.folder, name))
            except FileNotFoundError:
                continue

    def package_folder(self, place: Mapping[str, Any]) -> str:
        """Return the folder of the package.

        Args:
            place: `folder`, its path on the driver's machine; `module`, its name for `import` or
                ""; `shipped`, the name of the archive that was sent or "".

        Raises:
            PackageMissing: it is not there.
            OSError: the archive cannot be unpacked.
        """
        shipped: str = place["shipped"]
        if shipped:
            archive = os.path.join(self._worker_folder, shipped)
            if not os.path.exists(archive):
                raise PackageMissing(f"the package has not arrived as {archive}")
            return unpack(archive)
        folder: str = place["folder"]
        if os.path.isdir(folder):
            return folder
        found = _folder_of_module(place["module"])
        if found:
            return found
        raise PackageMissing(f"no folder {folder}; install the package there, or use -ship")


def _folder_of_module(name: str) -> str:
    """Return the folder of a package that can be imported, or ""."""
    if not name:
        return ""
    from importlib.util import find_spec

    try:
        spec = find_spec(name)
    except (ImportError, ValueError):
        return ""
    places = list(spec.submodule_search_locations or ()) if spec is not None else []
    return places[0] if places else ""
