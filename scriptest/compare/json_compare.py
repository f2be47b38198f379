"""Compares JSON values, and updates a golden JSON text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from scriptest.compare.json_text import Key, Node, Path, Pattern, matches, quoted
from scriptest.compare.wildcards import ANY_LINES

if TYPE_CHECKING:
    from scriptest.compare.wildcards import Wildcards

Difference = tuple[Path, Node | None, Node | None]
"""The path of two values, the wanted value and the actual one; None for a missing one."""

_SPACE = " \t\n\r"


class JsonComparison:
    """Compares an expected and an actual value.

    Numbers are compared by value, so that 1.0 equals 1; the order of keys is ignored.
    """

    def __init__(
        self,
        *,
        superset: bool = False,
        ignored: Sequence[Pattern] = (),
        wildcards: Wildcards | None = None,
    ) -> None:
        """Set what counts as equal.

        Args:
            superset: whether objects of the actual value may have more keys.
            ignored: the paths of values that may differ, or be missing on either side.
            wildcards: the meaning of wildcards in expected strings; None for strings without.
        """
        self._superset = superset
        self._ignored = ignored
        self._wildcards = wildcards

    def differences(self, want: Node, got: Node, path: Path = ()) -> Iterator[Difference]:
        """Yield every difference of two values.

        Args:
            want: the expected value.
            got: the actual value.
            path: the path of the two values.
        """
        if self._is_ignored(path):
            return
        if not self._same_kind(want, got):
            yield path, want, got
            return
        for key, child in want.children.items():
            other = got.children.get(key)
            if other is not None:
                yield from self.differences(child, other, (*path, key))
            elif not self._is_ignored((*path, key)):
                yield (*path, key), child, None
        for key, child in got.children.items():
            if key not in want.children and not self._may_be_added(want, (*path, key)):
                yield (*path, key), None, child

    def equal(self, want: Node, got: Node, path: Path = ()) -> bool:
        """Report whether two values are equal."""
        return next(self.differences(want, got, path), None) is None

    def _is_ignored(self, path: Path) -> bool:
        return any(matches(pattern, path) for pattern in self._ignored)

    def _may_be_added(self, want: Node, path: Path) -> bool:
        return (self._superset and want.kind == "object") or self._is_ignored(path)

    def _same_kind(self, want: Node, got: Node) -> bool:
        """Report whether two values are equal, their children left aside."""
        if want.kind == got.kind and want.value == got.value:
            return True
        wildcards = self._wildcards
        if wildcards is None or want.kind != "string" or got.kind in ("object", "array"):
            return False
        pattern = str(want.value)
        text = str(got.value) if got.kind == "string" else got.source
        has_wildcard = wildcards.has_wildcard(pattern) or ANY_LINES in pattern.split("\n")
        return has_wildcard and wildcards.match(pattern, text)

    # --- update ------------------------------------------------------------------------------

    def updated(self, want: Node, got: Node) -> str:
        """Return a text that is equal to `got`, and formatted as `want` where the two are equal."""
        text = self._merged(want, got, _indent(want.text), ())
        return want.text[: want.start] + text + want.text[want.end :]

    def _merged(self, want: Node, got: Node, indent: str, path: Path) -> str:
        if self.equal(want, got, path):
            return want.source
        if self._wildcards is not None and want.kind == got.kind == "string":
            return quoted(self._wildcards.updated(str(want.value), str(got.value)))
        found = self._wanted(want, got, path)
        if want.kind != got.kind or not want.children or not found:
            return _written(got, indent, _margin(want), found)
        if want.children.keys() != found.keys():
            return self._spliced(want, found, indent, path)
        pieces, position = [], want.start
        for key, child in want.children.items():
            pieces += [want.text[position : child.start]]
            pieces += [self._merged(child, found[key], indent, (*path, key))]
            position = child.end
        return "".join(pieces) + want.text[position : want.end]

    def _wanted(self, want: Node, got: Node, path: Path) -> dict[Key, Node]:
        """Return the members of the new text: those of `got`, and ignored ones of an object."""
        if want.kind != got.kind:
            return dict(got.children)
        if want.kind == "array":
            # An element that is left out would change the indices of those after it.
            return dict(got.children)
        kept = {
            key: node
            for key, node in want.children.items()
            if key not in got.children and self._is_ignored((*path, key))
        }
        return kept | {
            key: node
            for key, node in got.children.items()
            if key in want.children or not self._may_be_added(want, (*path, key))
        }

    def _spliced(self, want: Node, found: dict[Key, Node], indent: str, path: Path) -> str:
        """Return an object or array with added or removed members; kept members are unchanged."""
        text, position = want.text, want.start + 1
        members: list[str] = []
        spaces: list[str] = []
        for key, child in want.children.items():
            lead = text[position : child.start]
            if spaces:
                lead = lead[lead.index(",") + 1 :]
            name = lead.lstrip(_SPACE)
            spaces.append(lead[: len(lead) - len(name)])
            if key in found:
                value = self._merged(child, found[key], indent, (*path, key))
                members.append((spaces[-1] if members else spaces[0]) + name + value)
            position = child.end
        space = spaces[-1] if len(spaces) > 1 or "\n" in spaces[0] else " "
        margin = space.rpartition("\n")[2]
        for key, node in found.items():
            if key not in want.children:
                name = f"{quoted(key)}: " if isinstance(key, str) else ""
                value = _written(node, indent if "\n" in space else "", margin, node.children)
                members.append((space if members else spaces[0]) + name + value)
        return text[want.start] + ",".join(members) + text[position : want.end]


def _indent(text: str) -> str:
    """Return the indentation of one level in a text; empty if it is all on one line."""
    for line in text.split("\n")[1:]:
        bare = line.lstrip(" \t")
        if bare and bare[0] not in "}]" and bare != line:
            return line[: len(line) - len(bare)]
    return ""


def _margin(node: Node) -> str:
    """Return the indentation of the line on which a value starts."""
    line = node.text[node.text.rfind("\n", 0, node.start) + 1 : node.start]
    return line[: len(line) - len(line.lstrip(" \t"))]


def _written(node: Node, indent: str, margin: str, children: dict[Key, Node]) -> str:
    if node.kind not in ("object", "array"):
        return node.source
    opening, closing = "{}" if node.kind == "object" else "[]"
    if not children:
        return opening + closing
    rows = []
    for key, child in children.items():
        name = f"{quoted(key)}: " if isinstance(key, str) else ""
        rows.append(name + _written(child, indent, margin + indent, child.children))
    if not indent:
        return opening + ", ".join(rows) + closing
    inner = f",\n{margin}{indent}".join(rows)
    return f"{opening}\n{margin}{indent}{inner}\n{margin}{closing}"
