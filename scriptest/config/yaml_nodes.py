"""Reads YAML as a tree of nodes, so that error messages name file and line.

Unlike PyYAML's values, a node has a line, and keeps `no`, `1.10` and `1:30` as they are written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scriptest.base import duration, numbers
from scriptest.base.suggest import nearest

if TYPE_CHECKING:
    from collections.abc import Collection

    import yaml

MAX_BYTES = 100_000
MAX_DEPTH = 20

_TAG = "tag:yaml.org,2002:"
_KINDS = {"map": "a mapping", "seq": "a list", "null": "empty", "str": "a string"}


class SettingsError(Exception):
    """Invalid settings; the message begins with file and line and names the fix."""

    def __init__(self, message: str) -> None:
        """Store the message with its line ends escaped."""
        super().__init__(message.replace("\r", "\\r").replace("\n", "\\n"))


def read(data: bytes, file: str, first_line: int = 1) -> Item | None:
    """Return the root of a YAML document, or None if it is empty.

    Args:
        data: the text, in UTF-8.
        file: the name of the file in messages.
        first_line: the 1-based line of the file at which data begins.

    Raises:
        SettingsError: data is not valid YAML, has more than one document, or exceeds a limit.
    """
    if len(data) > MAX_BYTES:
        raise SettingsError(
            f"{file}:{first_line}: the settings are larger than {MAX_BYTES:,} bytes"
        )
    import yaml

    try:
        root = _compose(data)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = first_line + (mark.line if mark else 0)
        problem = error.problem or error.context or "not valid YAML"
        raise SettingsError(f"{file}:{line}: {problem}") from None
    except yaml.YAMLError as error:
        problem = str(error).splitlines()[0]
        raise SettingsError(f"{file}:{first_line}: {problem}") from None
    return None if root is None else Item(root, file, first_line)


def _compose(data: bytes) -> yaml.Node | None:
    """Return the root of a YAML document (PyYAML: yaml.compose), nested to a limited depth."""
    import yaml

    class Loader(yaml.SafeLoader):
        depth = 0

        def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
            self.depth += 1
            if self.depth > MAX_DEPTH:
                raise yaml.MarkedYAMLError(
                    problem=f"nested deeper than {MAX_DEPTH} levels",
                    problem_mark=parent.start_mark if parent else None,
                )
            node = super().compose_node(parent, index)
            self.depth -= 1
            return node

    loader = Loader(data)
    try:
        return loader.get_single_node()
    finally:
        loader.dispose()


class Item:
    """One value in the settings, with its location."""

    __slots__ = ("_first_line", "_node", "file")

    def __init__(self, node: yaml.Node, file: str, first_line: int) -> None:
        """Wrap a node of the YAML tree."""
        self._node = node
        self._first_line = first_line
        self.file = file

    @property
    def line(self) -> int:
        """The 1-based line of the file at which the value begins."""
        return self._first_line + int(self._node.start_mark.line)

    @property
    def kind(self) -> str:
        """The YAML type: map, seq, str, int, float, bool, null, ..."""
        return self._node.tag.removeprefix(_TAG)

    def error(self, message: str) -> SettingsError:
        """Return an error located at this value."""
        return SettingsError(f"{self.file}:{self.line}: {message}")

    def _description(self) -> str:
        return _KINDS.get(self.kind, f"{self.kind} {getattr(self._node, 'value', '')}")

    def mapping(self, what: str) -> dict[str, Item]:
        """Return the values of a mapping by key, in order; `what` names it in messages.

        Raises:
            SettingsError: the value is not a mapping, or a key is not a string or is a duplicate.
        """
        if self.kind != "map":
            raise self.error(f"{what} must be a mapping, not {self._description()}")
        found: dict[str, Item] = {}
        for key_node, value_node in self._node.value:
            key = Item(key_node, self.file, self._first_line)
            name = key.string(f"a key of {what}")
            if name in found:
                raise key.error(f"{what}: duplicate key `{name}`")
            found[name] = _MappingValue(value_node, self.file, self._first_line, key.line)
        return found

    def record(self, what: str, known: Collection[str]) -> dict[str, Item]:
        """Return the values of a mapping by key; only the known keys are allowed.

        Raises:
            SettingsError: as `mapping`, or a key is unknown; the message names the nearest one.
        """
        found = self.mapping(what)
        for name, item in found.items():
            if name not in known:
                near = nearest(name, sorted(known))
                hint = f"did you mean `{near}`?" if near else f"known are {', '.join(known)}"
                raise item.key_error(f"{what}: unknown key `{name}`; {hint}")
        return found

    def key_error(self, message: str) -> SettingsError:
        """Return an error located at the key of this value."""
        return self.error(message)

    def items(self, what: str) -> list[Item]:
        """Return the values of a list.

        Raises:
            SettingsError: the value is not a list.
        """
        if self.kind != "seq":
            raise self.error(f"{what} must be a list, not {self._description()}")
        return [Item(node, self.file, self._first_line) for node in self._node.value]

    def string(self, what: str) -> str:
        """Return a scalar as it is written.

        Raises:
            SettingsError: the value is a list, a mapping or empty, or contains a NUL character.
        """
        if self.kind in ("map", "seq", "null"):
            raise self.error(f"{what} must be a string, not {self._description()}")
        text = str(self._node.value)
        if "\0" in text:
            raise self.error(f"{what} contains a NUL character")
        return text

    def place_of_text(self, what: str) -> tuple[int, int]:
        """Return the line of the file where a text begins, and the columns before each line.

        Raises:
            SettingsError: the value is a block in which YAML joins lines.
        """
        node = self._node
        mark, style = node.start_mark, getattr(node, "style", None)
        if style == ">":
            raise self.error(f"{what} must be a block that keeps its lines: write `|`, not `>`")
        if style != "|":
            return self.line, mark.column + (style is not None)
        rows = str(mark.buffer).split("\n")[mark.line + 1 :] if mark.buffer else []
        for text, row in zip(str(node.value).split("\n"), rows, strict=False):
            if text.strip():
                return self.line + 1, len(row.rstrip("\r")) - len(text)
        return self.line + 1, 0

    def strings(self, what: str, *, least: int = 0) -> list[str]:
        """Return a list of strings.

        Raises:
            SettingsError: the value is not a list of strings, or is too short.
        """
        found = [item.string(f"an item of {what}") for item in self.items(what)]
        if len(found) < least:
            raise self.error(f"{what} must have at least {least} item{'s' * (least > 1)}")
        return found

    def boolean(self, what: str) -> bool:
        """Return a boolean.

        Raises:
            SettingsError: the value is not a boolean.
        """
        if self.kind != "bool":
            raise self.error(f"{what} must be true or false, not {self._description()}")
        return str(self._node.value).lower() in ("true", "yes", "on", "y")

    def count(self, what: str) -> int:
        """Return an integer of at least 0.

        Raises:
            SettingsError: the value is not a non-negative integer.
        """
        value = numbers.read(str(self._node.value))
        if self.kind != "int" or value is None:
            raise self.error(
                f"{what} must be a whole number of at least 0, not {self._description()}"
            )
        return value

    def seconds(self, what: str) -> float:
        """Return a duration such as `90s` or `2m`; a bare number is seconds.

        Raises:
            SettingsError: the value is not a duration, or is negative.
        """
        value = self.string(what)
        try:
            found = duration.parse(value, bare_seconds=True)
        except ValueError:
            found = -1.0
        if found < 0:
            raise self.error(f"{what} must be a duration such as 90s or 2m, not {value}")
        return found


class _MappingValue(Item):
    """A value of a mapping; it also has the line of its key."""

    __slots__ = ("_key_line",)

    def __init__(self, node: yaml.Node, file: str, first_line: int, key_line: int) -> None:
        super().__init__(node, file, first_line)
        self._key_line = key_line

    def key_error(self, message: str) -> SettingsError:
        return SettingsError(f"{self.file}:{self._key_line}: {message}")
