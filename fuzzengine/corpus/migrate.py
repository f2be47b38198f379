"""Rewrites entries for a fuzz test whose arguments have changed (`fuzzengine corpus migrate`)."""

from __future__ import annotations

import os

from fuzzengine.corpus.encoding import CorpusError, marshal, printable, unmarshal
from fuzzengine.corpus.entry import entry_name, write_entry
from fuzzengine.corpus.files import CorpusCommandError, entry_of, read_bytes
from fuzzengine.types.kinds import BYTES, STRING, Kind
from scriptest.base.errors import reason_of
from scriptest.base.files import write_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    Default = tuple[Kind, object]


class MigrationError(Exception):
    """An entry cannot be rewritten without losing or inventing a value."""


def migrated(
    kinds: Sequence[Kind],
    values: Sequence[object],
    wanted: Sequence[Kind],
    defaults: Sequence[Default] = (),
) -> list[object]:
    """Return the values of an entry for a new list of arguments.

    Arguments keep their order. Either arguments were added, which get the defaults, then zero; or
    arguments were removed. Bytes and text convert to each other, and so do numbers of different
    sizes.

    Args:
        kinds: the types of the entry's values.
        values: the values.
        wanted: the types of the new arguments.
        defaults: types and values for added arguments, in their order.

    Raises:
        MigrationError: the added or removed arguments are ambiguous, or a value does not fit.
    """
    if len(wanted) < len(kinds):
        places = _places(wanted, kinds)
        return [_converted(values[place], wanted[i]) for i, place in enumerate(places)]
    places = _places(kinds, wanted)
    result: list[object] = []
    left = list(defaults)
    for index, kind in enumerate(wanted):
        if index in places:
            result.append(_converted(values[places.index(index)], kind))
        elif left:
            given, value = left.pop(0)
            if given.is_structured and kind.is_structured:
                given, value = _typed(str(value), [kind])
            elif given.is_structured:
                raise MigrationError(f"-new {value}: the new argument {index + 1} is {kind}")
            if _family(given) != _family(kind):
                raise MigrationError(f"-new {given}: the new argument {index + 1} is {kind}")
            result.append(_converted(value, kind))
        else:
            result.append(kind.zero())
    return result


def _places(few: Sequence[Kind], many: Sequence[Kind]) -> list[int]:
    """Return the index in `many` of each of `few`, in order; equal types are preferred."""
    return (
        _leftmost([kind.name for kind in few], [kind.name for kind in many])
        or _leftmost([_family(kind) for kind in few], [_family(kind) for kind in many])
        or _raise_ambiguous(few, many)
    )


def _leftmost(few: Sequence[str], many: Sequence[str]) -> list[int]:
    places: list[int] = []
    for name in few:
        start = places[-1] + 1 if places else 0
        if name not in many[start:]:
            return []
        places.append(many.index(name, start))
    return places


def _raise_ambiguous(few: Sequence[Kind], many: Sequence[Kind]) -> list[int]:
    raise MigrationError(
        f"cannot match the arguments: {_names(few)} are not all among {_names(many)} in this order"
    )


def _names(kinds: Sequence[Kind]) -> str:
    return f"[{' '.join(kind.name for kind in kinds)}]"


def _family(kind: Kind) -> str:
    if kind.is_structured:
        return kind.name
    return "text" if kind in (BYTES, STRING) else kind.python_type.__name__


def _converted(value: object, kind: Kind) -> object:
    if isinstance(value, bytes) and kind is STRING:
        return value.decode("utf-8", "surrogateescape")
    if isinstance(value, str) and kind is BYTES:
        return value.encode("utf-8", "surrogateescape")
    objection = kind.objection(value)
    if objection is not None:
        raise MigrationError(objection)
    fitting = kind.coerce(value)
    if fitting != value and value == value:
        raise MigrationError(f"{value} would be rounded to {fitting} as {kind.name}")
    return fitting


def migrate_folder(
    folder: str, wanted: Sequence[Kind], defaults: Sequence[Default]
) -> tuple[str, list[str]]:
    """Rewrite the entries of a folder that do not fit; leave those that cannot be rewritten.

    Returns:
        A summary line, and one line for every entry that was refused.

    Raises:
        CorpusCommandError: the folder cannot be read or written.
    """
    refused = []
    rewritten = fitting = 0
    try:
        for name in sorted(os.listdir(folder)):
            path = os.path.join(folder, name)
            if name.startswith(".") or not os.path.isfile(path):
                continue
            try:
                changed = _migrate_file(path, wanted, defaults)
            except CorpusError as error:
                refused.append(error.in_file(path))
            except MigrationError as error:
                refused.append(f"{path}: {printable(str(error))}")
            else:
                rewritten += changed
                fitting += not changed
    except OSError as error:
        raise CorpusCommandError(f"{folder}: {reason_of(error)}") from None
    return f"{folder}: {rewritten} rewritten, {fitting} fit, {len(refused)} refused\n", refused


def _fits(data: bytes, wanted: Sequence[Kind]) -> bool:
    try:
        return unmarshal(data, wanted)[0] == list(wanted)
    except CorpusError:
        return False


def _read(data: bytes, wanted: Sequence[Kind]) -> tuple[list[Kind], list[object]]:
    """Read an entry; a structured line gets the next structured type that it fits."""
    kinds, values = entry_of(data)
    structured = [kind for kind in wanted if kind.is_structured]
    for index, kind in enumerate(kinds):
        if kind.is_structured:
            kinds[index], values[index] = _typed(str(values[index]), structured)
    return kinds, values


def _typed(text: str, structured: list[Kind]) -> tuple[Kind, object]:
    """Return the first of some types that a line fits, and its value.

    Remove that type and those before it from the list.
    """
    from fuzzengine.corpus.untyped import read_adapted
    from fuzzengine.types.notation import ReadError

    mistake = "the fuzz test has fewer such arguments"
    while structured:
        kind = structured.pop(0)
        try:
            return kind, read_adapted(kind, text)  # type: ignore[arg-type]
        except ReadError as error:
            mistake = str(error)
    raise MigrationError(f"{text} does not fit an argument of the fuzz test: {mistake}")


def _migrate_file(path: str, wanted: Sequence[Kind], defaults: Sequence[Default]) -> bool:
    data = read_bytes(path)
    kinds, values = _read(data, wanted)
    if list(kinds) == list(wanted) and _fits(data, wanted):
        return False
    changed = marshal(wanted, migrated(kinds, values, wanted, defaults))
    folder, name = os.path.split(path)
    if name != entry_name(data):
        write_file(path, changed)
        return True
    # The name depends on the content: write the new file before removing the old one.
    if write_entry(folder, changed) != path:
        os.unlink(path)
    return True
