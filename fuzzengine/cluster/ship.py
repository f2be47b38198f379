"""Packs the folder of a package for nodes that do not have it (-ship), and unpacks it there."""

from __future__ import annotations

import os
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_DATE = (1980, 1, 1, 0, 0, 0)
"""The date of all files, so that equal folders make equal archives."""

_FILE_MODE = 0o644 << 16


def pack(folder: str, directory: str) -> str:
    """Write an archive of a package's folder; return its path, whose name tells its content.

    Hidden files, compiled modules and links are left out.

    Args:
        folder: the package.
        directory: where to write the archive.

    Raises:
        OSError: a file cannot be read, or the archive cannot be written.
    """
    from hashlib import sha256

    digest = sha256()
    draft = os.path.join(directory, "package.zip")
    with ZipFile(draft, "w", ZIP_DEFLATED) as archive:
        for name in _files(folder):
            with open(os.path.join(folder, name), "rb") as file:
                data = file.read()
            info = ZipInfo(name.replace(os.sep, "/"), _DATE)
            info.compress_type, info.external_attr = ZIP_DEFLATED, _FILE_MODE
            archive.writestr(info, data)
            digest.update(b"%d %s %d\n" % (len(name), os.fsencode(name), len(data)))
            digest.update(data)
    path = os.path.join(directory, f"fuzzengine-package-{digest.hexdigest()[:16]}.zip")
    os.replace(draft, path)
    return path


def unpack(archive: str) -> str:
    """Unpack an archive beside it, unless that was done; return the folder.

    The folder appears whole or not at all: leases of one node may unpack at the same time.

    Raises:
        OSError: the folder cannot be written.
    """
    import shutil

    folder = archive.removesuffix(".zip")
    if os.path.isdir(folder):
        return folder
    draft = f"{folder}.{os.urandom(8).hex()}.tmp"
    try:
        with ZipFile(archive) as opened:
            opened.extractall(draft)
        os.rename(draft, folder)
    except OSError:
        shutil.rmtree(draft, ignore_errors=True)
        if not os.path.isdir(folder):
            raise
    return folder


def _files(folder: str) -> Iterator[str]:
    """Yield the files of a folder, relative to it, in order."""
    for top, below, files in os.walk(folder):
        below[:] = sorted(name for name in below if not name.startswith((".", "__pycache__")))
        for name in sorted(files):
            path = os.path.join(top, name)
            if name.startswith(".") or name.endswith((".pyc", ".pyo")) or os.path.islink(path):
                continue
            yield os.path.relpath(path, folder)
