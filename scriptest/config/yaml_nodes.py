"""Reads YAML settings so that every mistake is named with its file and line.

The nodes of the YAML tree are read, not the values PyYAML would make of them: a node knows its
line, and `no`, `1.10` and `1:30` stay the texts that were written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scriptest.base import duration, numbers
from scriptest.base.suggest import nearest

if TYPE_CHECKING:
    from collections.abc import Collection

    import yaml

_TAG = "tag:yaml.org,2002:"
_KINDS = {"map": "a mapping", "seq": "a list", "null": "empty", "str": "a text"}


class SettingsError(Exception):
    """Settings are wrong; the message begins with file and line and says what to change."""

    def __init__(self, message: str) -> None:
        """Args: the message may quote what it is about; it stays one line."""
        super().__init__(message.replace("\r", "\\r").replace("\n", "\\n"))


def read(data: bytes, file: str, first_line: int = 1) -> Item | None:
    """Return the root of YAML settings, or None if they are empty.

    Args:
        data: the text, in UTF-8.
        file: what messages call the file.
        first_line: the line of the file at which data begins.

    Raises:
        SettingsError: data is not YAML, or more than one document.
    """
    import yaml

    try:
        root = yaml.compose(data, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = first_line + (mark.line if mark else 0)
        problem = error.problem or error.context or "no YAML"
        raise SettingsError(f"{file}:{line}: {problem}") from None
    except yaml.YAMLError as error:
        problem = str(error).splitlines()[0]
        raise SettingsError(f"{file}:{first_line}: {problem}") from None
    return None if root is None else Item(root, file, first_line)


class Item:
    """One value in the settings, and where it stands."""

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
        """YAML's name of what it is: map, seq, str, int, float, bool, null, ..."""
        return self._node.tag.removeprefix(_TAG)

    def error(self, message: str) -> SettingsError:
        """Return the error for a wrong value."""
        return SettingsError(f"{self.file}:{self.line}: {message}")

    def _is_a(self) -> str:
        return _KINDS.get(self.kind, f"{self.kind} {getattr(self._node, 'value', '')}")

    def table(self, what: str) -> dict[str, Item]:
        """Return a mapping's values by key, in order; what names it in messages.

        Raises:
            SettingsError: it is not a mapping, or a key is not a text or occurs twice.
        """
        if self.kind != "map":
            raise self.error(f"{what} must be a mapping, not {self._is_a()}")
        found: dict[str, Item] = {}
        for key_node, value_node in self._node.value:
            key = Item(key_node, self.file, self._first_line)
            name = key.text(f"a key of {what}")
            if name in found:
                raise key.error(f"{what}: `{name}` stands here twice")
            found[name] = _Value(value_node, self.file, self._first_line, key.line)
        return found

    def record(self, what: str, known: Collection[str]) -> dict[str, Item]:
        """Return a mapping's values by key, where only some keys are known.

        Raises:
            SettingsError: as `table`, or a key is unknown; the message names the nearest one.
        """
        found = self.table(what)
        for name, item in found.items():
            if name not in known:
                near = nearest(name, sorted(known))
                hint = f"did you mean `{near}`?" if near else f"known are {', '.join(known)}"
                raise item.key_error(f"{what}: unknown key `{name}`; {hint}")
        return found

    def key_error(self, message: str) -> SettingsError:
        """Return the error for a wrong key of this value."""
        return self.error(message)

    def items(self, what: str) -> list[Item]:
        """Return a list's values.

        Raises:
            SettingsError: it is no list.
        """
        if self.kind != "seq":
            raise self.error(f"{what} must be a list, not {self._is_a()}")
        return [Item(node, self.file, self._first_line) for node in self._node.value]

    def text(self, what: str) -> str:
        """Return a text, number or truth value as it was written.

        Raises:
            SettingsError: it is a list, a mapping or nothing.
        """
        if self.kind in ("map", "seq", "null"):
            raise self.error(f"{what} must be a text, not {self._is_a()}")
        return str(self._node.value)

    def texts(self, what: str, *, least: int = 0) -> list[str]:
        """Return a list of texts.

        Raises:
            SettingsError: it is no list, is too short, or holds something else.
        """
        found = [item.text(f"an item of {what}") for item in self.items(what)]
        if len(found) < least:
            raise self.error(f"{what} must have at least {least} item{'s' * (least > 1)}")
        return found

    def truth(self, what: str) -> bool:
        """Return a truth value.

        Raises:
            SettingsError: it is something else.
        """
        if self.kind != "bool":
            raise self.error(f"{what} must be true or false, not {self._is_a()}")
        return str(self._node.value).lower() in ("true", "yes", "on", "y")

    def count(self, what: str) -> int:
        """Return a whole number of at least 0.

        Raises:
            SettingsError: it is something else.
        """
        value = numbers.read(str(self._node.value))
        if self.kind != "int" or value is None:
            raise self.error(f"{what} must be a whole number of at least 0, not {self._is_a()}")
        return value

    def seconds(self, what: str) -> float:
        """Return a duration such as `90s` or `2m`; a bare number is seconds.

        Raises:
            SettingsError: it is not a duration, or is negative.
        """
        value = self.text(what)
        try:
            found = duration.parse(value, bare_seconds=True)
        except ValueError:
            found = -1.0
        if found < 0:
            raise self.error(f"{what} must be a duration such as 90s or 2m, not {value}")
        return found


class _Value(Item):
    """A value of a mapping, which knows the line of its key too."""

    __slots__ = ("_key_line",)

    def __init__(self, node: yaml.Node, file: str, first_line: int, key_line: int) -> None:
        super().__init__(node, file, first_line)
        self._key_line = key_line

    def key_error(self, message: str) -> SettingsError:
        return SettingsError(f"{self.file}:{self._key_line}: {message}")
