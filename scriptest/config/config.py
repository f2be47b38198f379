"""Reads scriptest.yaml, the settings of the scripts in its folder."""

# No annotations from __future__ here: typing would compile each field's of a NamedTuple.

import os
from collections.abc import Callable, Mapping
from math import prod
from types import MappingProxyType
from typing import NamedTuple

from scriptest.base.regular_files import read_file
from scriptest.base.suggest import nearest
from scriptest.config.yaml_nodes import Item, read
from scriptest.language.dialect import DIALECTS, SCRIPTEST, Dialect

SETTINGS_FILE = "scriptest.yaml"
"""The name of a settings file, and of a script's header."""


class ObjectReference(NamedTuple):
    """A reference to a Python object in the settings."""

    reference: str
    """`module:object`."""
    line: int


class SetupScript(NamedTuple):
    """Script lines and files that run before each script."""

    line: int
    """The line of the settings that names them."""
    text: str = ""
    """The lines and files, as a txtar archive."""
    first_line: int = 1
    """The line of the settings where the text begins."""
    indent: int = 0
    """How many columns of the settings precede each line of the text."""
    path: str = ""
    """The path of a file with the text, relative to the settings; empty if they contain it."""


class Extension(NamedTuple):
    """A command or condition of the project: a program or a Python object."""

    argv: tuple[str, ...] = ()
    entry_point: ObjectReference | None = None
    """A Python program's entry point, called in a process of its own."""
    in_process: ObjectReference | None = None
    """A Python object, called in the process of scriptest."""
    builtin: tuple[str, ...] = ()
    """A built-in command and its first words; a single text may hold several."""
    suffix: str = ""
    """A placeholder for the text after the colon of a condition; empty if it has no suffix."""
    summary: str = ""
    line: int = 0


class Retries(NamedTuple):
    """The retries of a failed script."""

    times: int = 0
    allow_flaky: bool = False
    """Whether a script that passes in a retry counts as passed."""


_WAYS = {
    "python": "`python: module:function`",
    "call": "`call: module:function`",
    "builtin": "`builtin: command`",
}

Axes = Mapping[str, tuple[str, ...]]


class Matrix(NamedTuple):
    """The variants of a script: all combinations of the axes, or the rows."""

    axes: Axes = MappingProxyType({})
    rows: tuple[Mapping[str, str], ...] = ()


class Config(NamedTuple):
    """The settings of a suite; the defaults are those without a settings file."""

    file: str = ""
    """The settings file as the user would type it; empty without one."""
    folder: str = ""
    """The absolute path of its folder."""
    dialect: Dialect = SCRIPTEST
    env: Mapping[str, str] = {}
    pass_env: tuple[str, ...] = ()
    timeout: float | None = None
    scripts: tuple[str, ...] = ()
    cwd: str = ""
    unique_names: bool = True
    commands: Mapping[str, Extension] = {}
    conditions: Mapping[str, Extension] = {}
    setup: ObjectReference | None = None
    prelude: SetupScript | None = None
    """The setup, if it is a script."""
    suite_setup: ObjectReference | None = None
    suite_teardown: ObjectReference | None = None
    redactions: Mapping[str, str] = {}
    serial: Mapping[str, tuple[str, ...]] = {}
    retries: Retries = Retries()
    matrix: Matrix | None = None
    go: bool = False


def load(path: str) -> Config:
    """Read a settings file.

    Raises:
        SettingsError: the settings are invalid.
        OSError: the file cannot be read.
    """
    data = read_file(path)
    shown = os.path.normpath(path)
    config = Config(file=shown, folder=os.path.dirname(os.path.realpath(path)))
    root = read(data, shown)
    if root is None:
        return config
    values: dict[str, object] = {}
    for key, item in root.record(SETTINGS_FILE, READERS).items():
        values[key] = READERS[key](item, key)
    if isinstance(values.get("setup"), SetupScript):
        values["prelude"] = values.pop("setup")
    if values.get("go"):
        values.setdefault("cwd", "gopath/src")
    return config._replace(**values)  # type: ignore[arg-type]


# --- one reader per key ----------------------------------------------------------------------


def _choice(item: Item, what: str, known: Mapping[str, object]) -> str:
    """Return a string that must be one of the known ones."""
    value = item.string(what)
    if value not in known:
        near = nearest(value, sorted(known))
        hint = f"did you mean `{near}`?" if near else f"known are {', '.join(known)}"
        raise item.error(f"unknown {what} `{value}`; {hint}")
    return value


def _dialect(item: Item, what: str) -> Dialect:
    return DIALECTS[_choice(item, what, DIALECTS)]


def variable(item: Item, name: str) -> str:
    """Return the name of an environment variable that settings may set."""
    if not name or "=" in name or "\0" in name:
        raise item.key_error(f"`{name}` is not a valid variable name")
    if name == "WORK":
        raise item.key_error("WORK is the script's work folder and cannot be set")
    return name


def _env(item: Item, what: str) -> dict[str, str]:
    return {variable(value, name): value.string(name) for name, value in item.mapping(what).items()}


def _names(item: Item, what: str) -> tuple[str, ...]:
    return tuple(variable(part, part.string(f"an item of {what}")) for part in item.items(what))


def _seconds(item: Item, what: str) -> float:
    return item.seconds(what)


def _patterns(item: Item, what: str) -> tuple[str, ...]:
    for part in item.items(what):
        pattern = part.string(f"an item of {what}")
        if not _is_below(pattern):
            raise part.error(f"pattern `{pattern}` leads out of the folder; write e.g. `*.txt`")
    return tuple(item.strings(what, least=1))


def _is_below(path: str) -> bool:
    """Report whether a relative path stays in its folder."""
    parts = path.replace(os.sep, "/").split("/")
    return bool(path) and bool(parts[0]) and not os.path.isabs(path) and ".." not in parts


def _cwd(item: Item, what: str) -> str:
    value = item.string(what)
    if not _is_below(value):
        raise item.error(f"{what} must be a folder below $WORK, not {value}")
    path = os.path.normpath(value)
    return "" if path == "." else path


def _boolean(item: Item, what: str) -> bool:
    return item.boolean(what)


def _setup(item: Item, what: str) -> ObjectReference | SetupScript:
    if item.kind != "map":
        text = item.string(what)
        if not text.strip():
            raise item.error(f"{what} is empty; write script lines, or remove it")
        first_line, indent = item.place_of_text(what)
        return SetupScript(item.line, text, first_line, indent)
    found = item.record(what, ("python", "script"))
    if len(found) != 1:
        raise item.error(f"{what} needs either `python: module:function` or `script: file`")
    if "python" in found:
        return _reference(found["python"], what)
    return SetupScript(item.line, path=found["script"].string(f"{what}: script"))


def _object(item: Item, what: str) -> ObjectReference:
    found = item.record(what, ("python",))
    if "python" not in found:
        raise item.error(f"{what} needs `python: module:function`")
    return _reference(found["python"], what)


def _reference(item: Item, what: str) -> ObjectReference:
    value = item.string(what)
    module, colon, name = value.partition(":")
    if not (module and colon and name):
        raise item.error(f"{what}: `{value}` is not of the form module:function")
    return ObjectReference(value, item.line)


def _commands(item: Item, what: str) -> dict[str, Extension]:
    return _extensions(item, what, "command", ("run", "python", "call", "builtin"))


def _conditions(item: Item, what: str) -> dict[str, Extension]:
    return _extensions(item, what, "condition", ("run", "python"))


def _extensions(item: Item, what: str, kind: str, ways: tuple[str, ...]) -> dict[str, Extension]:
    found = {}
    for name, value in item.mapping(what).items():
        if not name or any(char in name for char in " \t\r\n'#$[]!?&|():"):
            raise value.key_error(f"`{name}` is not a valid {kind} name")
        ending = next((char for char in name if char in "<>=."), "")
        if ending and kind == "condition":
            raise value.key_error(
                f"`{name}` is not a valid condition name: a guard reads `{ending}` as the end of it"
            )
        found[name] = _extension(value, f"{kind} {name}", kind, ways)
    return found


def _extension(item: Item, what: str, kind: str, ways: tuple[str, ...]) -> Extension:
    """Read one command or condition; it must have exactly one of the keys `ways`."""
    wanted = " or ".join(_WAYS[way] for way in ways[1:])
    if item.kind == "seq":
        return Extension(tuple(item.strings(what, least=1)), line=item.line)
    if item.kind != "map":
        raise item.error(f"{what} must be a list of words to run, or {wanted}")
    more = ("summary",) if kind == "command" else ("summary", "suffix")
    parts = item.record(what, ways + more)
    if sum(way in parts for way in ways) != 1:
        raise item.error(f"{what} needs either `run: [program]` or {wanted}")
    run, python = parts.get("run"), parts.get("python")
    program = _reference(python, what) if python else None
    called = _reference(parts["call"], what) if "call" in parts else None
    return Extension(
        tuple(run.strings(f"{what}: run", least=1)) if run else (),
        program if kind == "command" else None,
        called if kind == "command" else program,
        _words(parts["builtin"], f"{what}: builtin") if "builtin" in parts else (),
        parts["suffix"].string("suffix") if "suffix" in parts else "",
        parts["summary"].string("summary") if "summary" in parts else "",
        item.line,
    )


def _words(item: Item, what: str) -> tuple[str, ...]:
    if item.kind == "seq":
        return tuple(item.strings(what, least=1))
    return (item.string(what),)


def is_plain_name(name: str) -> bool:
    """Report whether a name consists of letters, digits, `-` and `_`."""
    return name.isascii() and name.replace("-", "a").replace("_", "a").isalnum()


def _redactions(item: Item, what: str) -> dict[str, str]:
    from scriptest.base import regexp

    found = {}
    for name, value in item.mapping(what).items():
        if not is_plain_name(name):
            raise value.key_error(f"{what}: `{name}` must consist of letters, digits, `-` and `_`")
        found[name] = value.string(name)
        try:
            regexp.compile(found[name])
        except regexp.PatternError as error:
            raise value.error(f"{what}: {name}: {error}") from None
    return found


def _serial(item: Item, what: str) -> dict[str, tuple[str, ...]]:
    return {name: _patterns(value, name) for name, value in item.mapping(what).items()}


def retries(item: Item, what: str) -> Retries:
    """Read `retries:`: a number, or a mapping with `times` and `allow_flaky`."""
    if item.kind != "map":
        return Retries(item.count(what))
    parts = item.record(what, ("times", "allow_flaky"))
    if "times" not in parts:
        raise item.error(f"{what} needs `times`")
    allowed = parts.get("allow_flaky")
    return Retries(
        parts["times"].count("times"), allowed.boolean("allow_flaky") if allowed else False
    )


MAX_VARIANTS = 1000


def matrix(item: Item, what: str) -> Matrix:
    """Read `matrix:`: a mapping of names to lists of values, or a list of rows."""
    found = _matrix(item, what)
    count = len(found.rows) or prod(len(values) for values in found.axes.values())
    if count > MAX_VARIANTS:
        raise item.error(f"{what} has {count:,} variants; at most {MAX_VARIANTS:,} are allowed")
    return found


def _matrix(item: Item, what: str) -> Matrix:
    if item.kind != "seq":
        axes = {
            variable(value, name): tuple(value.strings(f"{what}.{name}", least=1))
            for name, value in item.mapping(what).items()
        }
        return Matrix(axes=axes)
    rows = tuple(_env(row, f"a row of {what}") for row in item.items(what))
    if not rows:
        raise item.error(f"{what} has no rows")
    return Matrix(rows=rows)


def _go(item: Item, what: str) -> bool:
    item.record(what, ())
    return True


READERS: dict[str, Callable[[Item, str], object]] = {
    "dialect": _dialect,
    "env": _env,
    "pass_env": _names,
    "timeout": _seconds,
    "scripts": _patterns,
    "cwd": _cwd,
    "unique_names": _boolean,
    "commands": _commands,
    "conditions": _conditions,
    "setup": _setup,
    "suite_setup": _object,
    "suite_teardown": _object,
    "redactions": _redactions,
    "serial": _serial,
    "retries": retries,
    "matrix": matrix,
    "go": _go,
}
"""The keys of scriptest.yaml and their readers."""
