"""Reads script headers: the first file of an archive, if its name is scriptest.yaml."""

# No annotations from __future__ here: typing would compile each field's of a NamedTuple.

import os
from collections.abc import Callable
from typing import NamedTuple

from scriptest.config import config, yaml_nodes
from scriptest.config.config import Matrix, Retries
from scriptest.config.yaml_nodes import Item, SettingsError
from scriptest.language import parser, txtar

_OTHER_SUFFIX = os.path.splitext(config.SETTINGS_FILE)[0] + ".yml"
_NAMES = tuple(b" " + name.encode() + b" " for name in (config.SETTINGS_FILE, _OTHER_SUFFIX))


class Header(NamedTuple):
    """The settings of one script; the defaults are those without a header."""

    timeout: float | None = None
    matrix: Matrix | None = None
    serial: tuple[str, ...] = ()
    """The script's groups; of each group, only one script runs at a time."""
    exclusive: bool = False
    """Whether no other script may run at the same time."""
    tags: tuple[str, ...] = ()
    xfail: str = ""
    """The reason why the script is expected to fail; empty if it is not."""
    retries: Retries | None = None
    use: tuple[str, ...] = ()
    """pytest fixtures whose values are variables of the script."""


DEFAULT = Header()
"""The header of a script without one; shared by thousands of scripts."""


def read(data: bytes, file: str) -> Header:
    """Read the header of a script.

    Args:
        data: the whole archive.
        file: its name in messages.

    Raises:
        SettingsError: the header is invalid, or not the first file.
    """
    if not any(name in data for name in _NAMES):
        return DEFAULT
    archive = txtar.parse(data)
    header, _ = split(archive)
    if header is None:
        _check_other_files(archive, file)
        return DEFAULT
    root = yaml_nodes.read(header.data, file, header.line + 1)
    if root is None:
        return DEFAULT
    values: dict[str, object] = {}
    for key, item in root.record("the script's header", READERS).items():
        values[key] = READERS[key](item, key)
    values["exclusive"] = values.get("serial") is True
    if values["exclusive"]:
        del values["serial"]
    return Header(**values)  # type: ignore[arg-type]


def _check_other_files(archive: txtar.Archive, file: str) -> None:
    """Raise SettingsError for a file that is meant as the header but is not read as one.

    A script that mentions scriptest in a command uses the file itself, for example as the settings
    of scripts that it runs.
    """
    for part in archive.files:
        if part.name not in (config.SETTINGS_FILE, _OTHER_SUFFIX):
            continue
        script, _ = parser.parse_all(archive.comment, file)
        if any("scriptest" in word.raw for line in script.lines() for word in line.words):
            return
        if part.name == _OTHER_SUFFIX:
            problem = f"a header must be named {config.SETTINGS_FILE}; rename it"
        else:
            first = archive.files[0].name
            problem = f"{part.name} is not read as the header; move it before `{first}`"
        raise SettingsError(
            f"{file}:{part.line}: {problem}, or mention it in a command if it is a plain file"
        )


def split(archive: txtar.Archive) -> tuple[txtar.File | None, txtar.Archive]:
    """Return an archive's header, or None, and the archive without it."""
    if not archive.files or archive.files[0].name != config.SETTINGS_FILE:
        return None, archive
    rest = txtar.Archive(archive.comment, archive.files[1:], archive.final_newline)
    return archive.files[0], rest


def _timeout(item: Item, what: str) -> float:
    return item.seconds(what)


def _serial(item: Item, what: str) -> object:
    if item.kind == "bool":
        return item.boolean(what) or ()
    if item.kind == "seq":
        return tuple(item.strings(what, least=1))
    return (item.string(what),)


def _tags(item: Item, what: str) -> tuple[str, ...]:
    for part in item.items(what):
        tag = part.string("a tag")
        if not config.is_plain_name(tag):
            raise part.error(f"tag `{tag}` must consist of letters, digits, `-` and `_`")
        if tag in ("and", "or", "not"):
            raise part.error(f"tag `{tag}` is a word of -k expressions; choose another name")
    return tuple(item.strings(what))


def _xfail(item: Item, what: str) -> str:
    reason = item.string(what).strip()
    if item.kind == "bool" or not reason:
        raise item.error(f"{what} must be the reason why the script fails")
    return reason


def _use(item: Item, what: str) -> tuple[str, ...]:
    parts = item.items(what) if item.kind == "seq" else [item]
    names = []
    for part in parts:
        name = part.string("a fixture")
        plain = part.kind == "str" and name.isascii() and name.isidentifier()
        if not plain or name == "WORK":
            raise part.error(f"`{name}` is not a valid fixture name")
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
"""The keys of a header and their readers."""
