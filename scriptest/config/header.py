"""Reads a script's own settings: the first file of its archive, if that is a scriptest.yaml."""

# No annotations from __future__ here: typing would compile each field's of a NamedTuple.

from collections.abc import Callable
from typing import NamedTuple

from scriptest.config import config
from scriptest.config.config import Matrix, Retries
from scriptest.config.yaml_nodes import Item, read
from scriptest.language import txtar

_NAMED = b" " + config.SETTINGS_FILE.encode() + b" "


class Header(NamedTuple):
    """The header of a script; the defaults are those of a script without one."""

    timeout: float | None = None
    matrix: Matrix | None = None
    serial: tuple[str, ...] = ()
    """Groups of which only one script runs at a time."""
    alone: bool = False
    """Whether nothing else may run at the same time."""
    tags: tuple[str, ...] = ()
    xfail: str = ""
    """Why the script is expected to fail; empty if it is not."""
    retries: Retries | None = None
    use: tuple[str, ...] = ()
    """Fixtures of pytest, whose values are variables of the script."""


NONE = Header()
"""That of a script that says nothing about itself; thousands of scripts share it."""


def of(data: bytes, file: str) -> Header:
    """Return the header of a script.

    Args:
        data: the whole archive.
        file: what messages call it.

    Raises:
        SettingsError: something in the header is wrong.
    """
    if _NAMED not in data:
        return NONE
    header, _ = divide(txtar.parse(data))
    if header is None:
        return NONE
    root = read(header.data, file, header.line + 1)
    if root is None:
        return NONE
    values: dict[str, object] = {}
    for key, item in root.record("the script's header", READERS).items():
        values[key] = READERS[key](item, key)
    values["alone"] = values.get("serial") is True
    if values["alone"]:
        del values["serial"]
    return Header(**values)  # type: ignore[arg-type]


def divide(archive: txtar.Archive) -> tuple[txtar.File | None, txtar.Archive]:
    """Return an archive's header, if it has one, and the archive without it."""
    if not archive.files or archive.files[0].name != config.SETTINGS_FILE:
        return None, archive
    rest = txtar.Archive(archive.comment, archive.files[1:], archive.final_newline)
    return archive.files[0], rest


def _timeout(item: Item, what: str) -> float:
    return item.seconds(what)


def _serial(item: Item, what: str) -> object:
    if item.kind == "bool":
        return item.truth(what) or ()
    if item.kind == "seq":
        return tuple(item.texts(what, least=1))
    return (item.text(what),)


def _tags(item: Item, what: str) -> tuple[str, ...]:
    for part in item.items(what):
        tag = part.text("a tag")
        if not config.is_plain(tag) or tag in ("and", "or", "not"):
            raise part.error(f"the tag `{tag}` must be letters, digits, `-` and `_`")
    return tuple(item.texts(what))


def _xfail(item: Item, what: str) -> str:
    reason = item.text(what).strip()
    if item.kind == "bool" or not reason:
        raise item.error(f"{what} must be the reason why the script fails")
    return reason


def _use(item: Item, what: str) -> tuple[str, ...]:
    parts = item.items(what) if item.kind == "seq" else [item]
    names = []
    for part in parts:
        name = part.text("a fixture")
        plain = part.kind == "str" and name.isascii() and name.isidentifier()
        if not plain or name == "WORK":
            raise part.error(f"`{name}` cannot be the name of a fixture")
        names.append(name)
    return tuple(names)


READERS: dict[str, Callable[[Item, str], object]] = {
    "timeout": _timeout,
    "matrix": config.matrix,
    "serial": _serial,
    "tags": _tags,
    "xfail": _xfail,
    "retries": config.retries,
    "use": _use,
}
"""The keys of a script's header, and the function that reads each."""
