"""The store of a campaign: a folder or any place that fsspec can write to.

    corpus/FuzzX/<digest>     an entry of the corpus
    bits/FuzzX/<digest>       its coverage, as JSON: the digest of the coverage table, and bits
    crashes/FuzzX/<digest>    a failure, as JSON: the bucket and the failing input

What is read is checked, as a file may be incomplete: an entry must have the digest that names it.
"""

from __future__ import annotations

import json
import os

from fuzzengine.corpus.entry import entry_name
from scriptest.base.cluster import first_line
from scriptest.base.errors import reason_of
from scriptest.base.files import is_temporary, write_file
from scriptest.base.regular_files import read_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any, Protocol

    class Place(Protocol):
        """A place for files.

        Attributes:
            name: the place in messages.
        """

        name: str

        def read_all(self, folder: str) -> dict[str, bytes]:
            """Return the files of a folder by name; {} if it does not exist.

            Raises:
                StoreError: they cannot be read.
            """

        def write(self, path: str, data: bytes) -> None:
            """Write a file.

            Raises:
                StoreError: it cannot be written.
            """


CORPUS, BITS, CRASHES = "corpus", "bits", "crashes"


class StoreError(Exception):
    """The store cannot be read or written; the text is the reason."""


class FolderPlace:
    """A folder of this machine. Files appear whole or not at all."""

    def __init__(self, folder: str) -> None:
        self.name = folder
        self._folder = os.path.abspath(folder)

    def read_all(self, folder: str) -> dict[str, bytes]:
        """Return the files of a folder by name."""
        top = os.path.join(self._folder, *folder.split("/"))
        try:
            names = [name for name in os.listdir(top) if not is_temporary(name)]
            return {name: read_file(os.path.join(top, name)) for name in sorted(names)}
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise StoreError(reason_of(error)) from None

    def write(self, path: str, data: bytes) -> None:
        """Write a file, whole or not at all."""
        target = os.path.join(self._folder, *path.split("/"))
        try:
            os.makedirs(os.path.dirname(target), exist_ok=True)
            write_file(target, data)
        except OSError as error:
            raise StoreError(reason_of(error)) from None


class FsspecPlace:
    """A place that fsspec can write to, such as `s3://bucket/project`."""

    def __init__(self, url: str) -> None:
        """Find the file system of a URL.

        Raises:
            StoreError: it is not known, or a package for it is missing.
        """
        from fsspec.core import url_to_fs

        self.name = url
        try:
            self._files, root = url_to_fs(url)
        except Exception as error:
            raise StoreError(_reason(error)) from None
        self._root = root.rstrip("/")

    def read_all(self, folder: str) -> dict[str, bytes]:
        """Return the files of a folder by name."""
        top = f"{self._root}/{folder}"
        try:
            self._files.invalidate_cache()
            found = self._files.ls(top, detail=True)
            paths = sorted(one["name"] for one in found if one["type"] == "file")
            contents = self._files.cat(paths) if paths else {}
        except FileNotFoundError:
            return {}
        except Exception as error:
            raise StoreError(_reason(error)) from None
        if isinstance(contents, bytes):
            contents = {paths[0]: contents}
        return {path.rpartition("/")[2]: data for path, data in contents.items()}

    def write(self, path: str, data: bytes) -> None:
        """Write a file."""
        target = f"{self._root}/{path}"
        try:
            self._files.makedirs(target.rpartition("/")[0], exist_ok=True)
            self._files.pipe_file(target, data)
        except Exception as error:
            raise StoreError(_reason(error)) from None


def open_place(text: str) -> Place:
    """Return the place that a URL or the path of a folder names.

    Raises:
        StoreError: the URL has a scheme that fsspec does not know, or a package is missing.
    """
    if text.startswith("file://"):
        return FolderPlace(text.removeprefix("file://"))
    return FsspecPlace(text) if "://" in text else FolderPlace(text)


class Stored:
    """The content of a store for one fuzz test.

    Attributes:
        entries: the entries of the corpus by name.
        bits: the numbers of the bits that they reach, of those measured with the same table.
        crashes: the failures, by bucket.
        damaged: the number of files that were skipped.
    """

    def __init__(self) -> None:
        self.entries: dict[str, bytes] = {}
        self.bits: dict[str, list[int]] = {}
        self.crashes: dict[str, dict[str, Any]] = {}
        self.damaged = 0


def load(place: Place, test: str, table: str) -> Stored:
    """Read what a store has about a fuzz test.

    Args:
        place: where the store is.
        test: the name of the fuzz test.
        table: the digest of the coverage table.

    Raises:
        StoreError: it cannot be read.
    """
    stored = Stored()
    for name, data in place.read_all(f"{CORPUS}/{test}").items():
        if entry_name(data) == name:
            stored.entries[name] = data
        else:
            stored.damaged += 1
    for name, data in place.read_all(f"{BITS}/{test}").items():
        found = _read_json(data)
        if found.get("table") == table and name in stored.entries and _is_numbers(found["bits"]):
            stored.bits[name] = found["bits"]
    for data in place.read_all(f"{CRASHES}/{test}").values():
        found = _read_json(data)
        if isinstance(found.get("bucket"), str) and isinstance(found.get("input"), str):
            stored.crashes.setdefault(found["bucket"], found)
        else:
            stored.damaged += 1
    return stored


def bits_file(table: str, bits: Sequence[int]) -> bytes:
    """Return the content of a file with the coverage of an entry."""
    return json.dumps({"table": table, "bits": list(bits)}).encode()


def crash_file(crash: Mapping[str, Any]) -> bytes:
    """Return the content of a file with a failure.

    Args:
        crash: a `crash` event with the whole input as `Data`.
    """
    content = {
        "bucket": crash["Bucket"],
        "name": crash["Name"],
        "failure": crash["Failure"],
        "arguments": crash["Arguments"],
        "known": crash["Known"],
        "flaky": crash["Flaky"],
        "input": crash["Data"].decode("utf-8", "surrogateescape"),
    }
    return json.dumps(content, indent=1).encode()


def _read_json(data: bytes) -> dict[str, Any]:
    try:
        found = json.loads(data)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _is_numbers(found: object) -> bool:
    return isinstance(found, list) and all(isinstance(n, int) and n >= 0 for n in found)


def _reason(error: BaseException) -> str:
    return reason_of(error) if isinstance(error, OSError) and error.strerror else first_line(error)
