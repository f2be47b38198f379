"""Logs the comparisons of a `match` statement: literals in patterns against parts of the subject.

No method of the code under test is run.
"""

from __future__ import annotations

from types import GetSetDescriptorType, MemberDescriptorType

from fuzzengine.cmplog.log import LOG

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_SCALARS = frozenset((int, float, str, bytes, bool))


def match_subject(site: int, value: Any, shapes: tuple[Any, ...]) -> Any:
    """Return the subject of a `match` statement after logging it against the patterns.

    Args:
        site: the first site of the statement.
        value: the subject.
        shapes: the literals in the patterns. A shape is (kind, its site minus `site`, content).
            The content of a "value" is the literal; of a "sequence", the shapes of each element
            before the star and of each after it, or None without a star; of a "mapping", a key
            and the shapes of its value; of a "class", pairs of an attribute's name or position
            and its shapes.
    """
    for shape in shapes:
        _record_shape(site, value, shape)
    return value


def _record_shape(site: int, value: Any, shape: Any) -> None:
    kind, number, content = shape
    if kind == "value":
        LOG.record(site + number, "==", value, content)
    elif kind == "class":
        for name, shapes in content:
            found, part = plain_attribute(value, name)
            for inner in shapes if found else ():
                _record_shape(site, part, inner)
    elif type(value) in _SCALARS:
        LOG.record(site + number, "type", value, "list" if kind == "sequence" else "dict")
    elif kind == "sequence" and type(value) in {list, tuple}:
        _record_sequence(site, number, value, *content)
    elif kind == "mapping" and type(value) is dict:
        key, shapes = content
        LOG.record_lookup(site + number, "key", key, value)
        for inner in shapes if key in value else ():
            _record_shape(site, value[key], inner)


def _record_sequence(site: int, number: int, value: Any, before: Any, after: Any) -> None:
    shapes = (*before, *(after or ()))
    if len(value) != len(shapes) and (after is None or len(value) < len(shapes)):
        LOG.record(site + number, "==", len(value), len(shapes))
        LOG.record(site + number, "==", value, type(value)(_example(inner) for inner in shapes))
    pairs = list(zip(value, before, strict=False))
    if after and len(value) >= len(shapes):
        pairs += zip(value[-len(after) :], after, strict=False)
    for element, inner in pairs:
        for one in inner:
            _record_shape(site, element, one)


def _example(shapes: tuple[Any, ...]) -> Any:
    """Return a value that has one of these shapes."""
    return next((content for kind, _, content in shapes if kind == "value"), 0)


def plain_attribute(value: Any, name: str | int) -> tuple[bool, Any]:
    """Return whether an object stores an attribute, and its value.

    Properties and other descriptors are not run.

    Args:
        value: the object.
        name: the attribute's name, or its position in `__match_args__`.
    """
    kind = type(value)
    if isinstance(name, int):
        names = _class_attribute(kind, "__match_args__")
        if type(names) is not tuple or name >= len(names):
            return False, None
        name = names[name]
    try:
        own = object.__getattribute__(value, "__dict__")
    except AttributeError:
        own = {}
    if type(own) is dict and name in own:
        return True, own[name]
    slot = _class_attribute(kind, name)
    if isinstance(slot, (MemberDescriptorType, GetSetDescriptorType)):
        try:
            return True, slot.__get__(value)
        except AttributeError:
            return False, None
    return False, None


def _class_attribute(kind: type, name: Any) -> Any:
    return next((base.__dict__[name] for base in kind.__mro__ if name in base.__dict__), None)
