"""Writes the data file of coverage.py."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

NEEDED = "coverage.py is missing: pip install scriptest[coverage]"


def find_coverage_py() -> Any:
    """Return the class of data files, or None if coverage.py is not installed."""
    try:
        from coverage import CoverageData
    except ImportError:
        return None
    return CoverageData


def write_data_file(path: str, jumps: Mapping[str, Mapping[str, set[tuple[int, int]]]]) -> None:
    """Replace a data file; the name of each fuzz test is a context in it.

    Args:
        path: the file.
        jumps: for each fuzz test, the jumps between lines by file.

    Raises:
        OSError: it cannot be written.
    """
    from coverage.exceptions import CoverageException

    temporary = f"{path}.{os.urandom(8).hex()}"
    try:
        data = find_coverage_py()(basename=temporary)
        for name, files in jumps.items():
            data.set_context(name)
            data.add_arcs(files)
        data.write()
        data.close()
        os.replace(temporary, path)
    except CoverageException as error:
        raise OSError(None, str(error)) from None
    finally:
        if os.path.exists(temporary):
            os.unlink(temporary)
