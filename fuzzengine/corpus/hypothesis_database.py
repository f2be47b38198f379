"""Reads and writes the example database of Hypothesis.

A database is a folder with one subfolder for each test, and in that one file for each example. An
example is the sequence of values that the strategies chose. Arguments drawn by strategies such as
`binary()`, `text()` or `integers()` are one value each; other strategies choose several values for
one argument, such as the length of a list.
"""

from __future__ import annotations

import os
import sys

from fuzzengine.corpus.files import CorpusUsageError, files_below
from fuzzengine.types.kinds import BOOL, BYTES, FLOAT64, INT, STRING, Kind

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

_NEEDED = "the example database needs Hypothesis 6.131 or later: pip install scriptest[hypothesis]"
_PARTS = (b"", b".secondary", b".pareto")
_KINDS: dict[type, Kind] = {bool: BOOL, bytes: BYTES, float: FLOAT64, int: INT, str: STRING}


def is_database(folder: str) -> bool:
    """Return whether a folder is in `.hypothesis`, or holds the list of keys of a database."""
    if ".hypothesis" in os.path.abspath(folder).split(os.sep):
        return True
    return os.path.isdir(os.path.join(folder, _folder_of_keys()))


def _folder_of_keys() -> str:
    """Return the name of the folder that holds the keys of all tests in a database."""
    from hashlib import sha384

    return sha384(b".hypothesis-keys").hexdigest()[:16]


def _examples_folder(folder: str) -> str:
    """Return the database in `.hypothesis`; another folder is one itself."""
    is_storage = os.path.basename(os.path.abspath(folder)) == ".hypothesis"
    return os.path.join(folder, "examples") if is_storage else folder


def example_files(folder: str) -> list[str]:
    """Return the files of the examples in a folder: a database, or its part for one test."""
    keys = _folder_of_keys()
    found = files_below(_examples_folder(folder))
    return [path for path in found if os.path.basename(os.path.dirname(path)) != keys]


def decode(data: bytes) -> tuple[list[Kind], list[object]] | None:
    """Return the kinds and the values of a stored example, or None if it is not a valid one.

    Raises:
        CorpusUsageError: Hypothesis is missing.
    """
    values = _database().choices_from_bytes(data)
    if not values:
        return None
    return [_KINDS[type(value)] for value in values], list(values)


def encode(values: Sequence[object]) -> bytes:
    """Return the stored form of an example.

    Raises:
        CorpusUsageError: Hypothesis is missing.
    """
    encoded: bytes = _database().choices_to_bytes(values)
    return encoded


def _database() -> Any:
    try:
        from hypothesis import database

        found: Any = database
        if hasattr(found, "choices_to_bytes") and hasattr(found, "choices_from_bytes"):
            return found
    except ImportError:
        pass
    raise CorpusUsageError(_NEEDED)


class TestExamples:
    """The examples of one test in a database.

    Args:
        folder: the database.
        test: the test, as `FILE::NAME` or `FILE::CLASS::NAME`.

    Raises:
        CorpusUsageError: there is no such test with `@given`, or Hypothesis is missing.
    """

    def __init__(self, folder: str, test: str) -> None:
        self._key = _key_of(test)
        self._database = _database().DirectoryBasedExampleDatabase(_examples_folder(folder))

    def read(self) -> Iterator[bytes]:
        """Yield the stored examples, also those that do not fail."""
        for part in _PARTS:
            yield from sorted(self._database.fetch(self._key + part))

    def write(self, example: bytes) -> bool:
        """Store an example; return whether that succeeded."""
        self._database.save(self._key, example)
        return example in set(self._database.fetch(self._key))


def _key_of(test: str) -> bytes:
    """Return the key of a test that is not parametrized."""
    from fuzzengine.testing.discovery import ImportFailure, import_test_file

    file, *names = test.split("::")
    if not names or not os.path.isfile(file):
        raise CorpusUsageError(f"-test={test}: want FILE::NAME, the file and name of a test")
    folder = os.path.dirname(os.path.abspath(file))
    sys.path[:0] = [folder, os.getcwd()]
    try:
        namespace = import_test_file(os.path.abspath(file), _compile)
    except ImportFailure as error:
        reason = str(error).partition("\n")[0]
        raise CorpusUsageError(f"-test={test}: {reason}") from None
    found = namespace.get(names[0])
    for name in names[1:]:
        found = getattr(found, name, None)
    inner = getattr(getattr(found, "hypothesis", None), "inner_test", None)
    if inner is None:
        raise CorpusUsageError(f"-test={test}: {file} has no such test with @given")
    try:
        from hypothesis.internal.reflection import function_digest
    except ImportError:
        raise CorpusUsageError(_NEEDED) from None
    return function_digest(inner)


def _compile(source: bytes, path: str, _: str) -> Any:
    return compile(source, path, "exec", dont_inherit=True)
