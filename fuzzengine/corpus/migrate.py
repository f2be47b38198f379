"""`fuzzengine corpus migrate`: entries for a fuzz test whose arguments have changed."""

from __future__ import annotations

import os

from fuzzengine.corpus import entry as corpus
from fuzzengine.corpus.encoding import printable
from fuzzengine.corpus.files import Refusal, entry_of, read_bytes
from fuzzengine.types.kinds import BYTES, STRING, Kind
from scriptest.base.errors import reason_of
from scriptest.base.files import write_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    Default = tuple[Kind, object]


class Misfit(Exception):
    """An entry that cannot be rewritten without losing or inventing something."""


def migrated(
    kinds: Sequence[Kind],
    values: Sequence[object],
    wanted: Sequence[Kind],
    defaults: Sequence[Default] = (),
) -> list[object]:
    """Return the values of an entry for other arguments.

    Arguments keep their order. Either some are new, and take the defaults, then zero; or some are
    gone. Between bytes and text, and between numbers of different size, a value is kept.

    Args:
        kinds: the types that the entry has.
        values: its values.
        wanted: the types that it shall have.
        defaults: types and values of the new arguments, one after the other.

    Raises:
        Misfit: it cannot be told which arguments are new, or a value does not fit.
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
                raise Misfit(f"-new {value}: the new argument {index + 1} is {kind}")
            if _family(given) != _family(kind):
                raise Misfit(f"-new {given}: the new argument {index + 1} is {kind}")
            result.append(_converted(value, kind))
        else:
            result.append(kind.zero())
    return result


def _places(few: Sequence[Kind], many: Sequence[Kind]) -> list[int]:
    """Return where each of `few` is in `many`, in the same order: the same types if possible."""
    return (
        _leftmost([kind.name for kind in few], [kind.name for kind in many])
        or _leftmost([_family(kind) for kind in few], [_family(kind) for kind in many])
        or _refuse(few, many)
    )


def _leftmost(few: Sequence[str], many: Sequence[str]) -> list[int]:
    places: list[int] = []
    for name in few:
        start = places[-1] + 1 if places else 0
        if name not in many[start:]:
            return []
        places.append(many.index(name, start))
    return places


def _refuse(few: Sequence[Kind], many: Sequence[Kind]) -> list[int]:
    raise Misfit(
        f"cannot tell which arguments are the same: {_names(few)} are not all, in this order, "
        f"among {_names(many)}"
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
        raise Misfit(objection)
    fitting = kind.coerce(value)
    if fitting != value and value == value:
        raise Misfit(f"{value} would be rounded to {fitting} as {kind.name}")
    return fitting


def migrate_folder(
    folder: str, wanted: Sequence[Kind], defaults: Sequence[Default]
) -> tuple[str, list[str]]:
    """Rewrite the entries of a folder that do not fit; what cannot be rewritten stays as it is.

    Returns:
        A line that says how many there were, and one for every entry that was refused.

    Raises:
        Refusal: the folder cannot be read or written.
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
            except corpus.CorpusError as error:
                refused.append(error.in_file(path))
            except Misfit as error:
                refused.append(f"{path}: {printable(str(error))}")
            else:
                rewritten += changed
                fitting += not changed
    except OSError as error:
        raise Refusal(f"{folder}: {reason_of(error)}") from None
    return f"{folder}: {rewritten} rewritten, {fitting} fit, {len(refused)} refused\n", refused


def _fits(data: bytes, wanted: Sequence[Kind]) -> bool:
    try:
        return corpus.unmarshal(data, wanted)[0] == list(wanted)
    except corpus.CorpusError:
        return False


def _read(data: bytes, wanted: Sequence[Kind]) -> tuple[list[Kind], list[object]]:
    """Read an entry; a structured line is of the next structured type that it fits."""
    kinds, values = entry_of(data)
    structured = [kind for kind in wanted if kind.is_structured]
    for index, kind in enumerate(kinds):
        if kind.is_structured:
            kinds[index], values[index] = _typed(str(values[index]), structured)
    return kinds, values


def _typed(text: str, structured: list[Kind]) -> tuple[Kind, object]:
    """Return the first of some types that a line fits, and its value; those before it go."""
    from fuzzengine.corpus.untyped import adapted
    from fuzzengine.types.notation import ReadError

    mistake = "there is none left"
    while structured:
        kind = structured.pop(0)
        try:
            return kind, adapted(kind, text)  # type: ignore[arg-type]
        except ReadError as error:
            mistake = str(error)
    raise Misfit(f"{text} is of none of the types of the fuzz test's arguments: {mistake}")


def _migrate_file(path: str, wanted: Sequence[Kind], defaults: Sequence[Default]) -> bool:
    data = read_bytes(path)
    kinds, values = _read(data, wanted)
    if list(kinds) == list(wanted) and _fits(data, wanted):
        return False
    changed = corpus.marshal(wanted, migrated(kinds, values, wanted, defaults))
    folder, name = os.path.split(path)
    if name != corpus.entry_name(data):
        write_file(path, changed)
        return True
    # The name is the content's: the new file is there before the old one goes.
    if corpus.write_entry(folder, changed) != path:
        os.unlink(path)
    return True
