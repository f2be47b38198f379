"""What a `match` statement compares: the literals in its patterns against the parts of a value.

No method of the code under test is run.
"""

from __future__ import annotations

from types import GetSetDescriptorType, MemberDescriptorType

from fuzzengine.cmplog.log import LOG

TYPE_CHECKING = False  # importing typing costs more than the rest of a worker's start
if TYPE_CHECKING:
    from typing import Any

_SCALARS = frozenset((int, float, str, bytes, bool))


def subject(site: int, value: Any, shapes: tuple[Any, ...]) -> Any:
    """The subject of a `match`, whose patterns have these literals.

    A shape is (kind, number of its site after `site`, content): a value; a sequence (shapes for
    each element before a star, and after it, None without a star); a mapping (a key and its
    shapes); a class (names or positions of attributes, each with its shapes).
    """
    for shape in shapes:
        _note_shape(site, value, shape)
    return value


def _note_shape(site: int, value: Any, shape: Any) -> None:
    kind, number, content = shape
    if kind == "value":
        LOG.note(site + number, "==", value, content)
    elif kind == "class":
        for name, inner in content:
            found, part = attribute(value, name)
            for one in inner if found else ():
                _note_shape(site, part, one)
    elif type(value) in _SCALARS:
        LOG.note(site + number, "type", value, "list" if kind == "sequence" else "dict")
    elif kind == "sequence" and type(value) in {list, tuple}:
        _note_sequence(site, number, value, *content)
    elif kind == "mapping" and type(value) is dict:
        key, inner = content
        LOG.note_choice(site + number, "key", key, value)
        for one in inner if key in value else ():
            _note_shape(site, value[key], one)


def _note_sequence(site: int, number: int, value: Any, before: Any, after: Any) -> None:
    shapes = (*before, *(after or ()))
    if len(value) != len(shapes) and (after is None or len(value) < len(shapes)):
        LOG.note(site + number, "==", len(value), len(shapes))
        LOG.note(site + number, "==", value, type(value)(_sample(inner) for inner in shapes))
    pairs = list(zip(value, before, strict=False))
    if after and len(value) >= len(shapes):
        pairs += zip(value[-len(after) :], after, strict=False)
    for element, inner in pairs:
        for one in inner:
            _note_shape(site, element, one)


def _sample(shapes: tuple[Any, ...]) -> Any:
    """A value for an element that should have one of these shapes."""
    return next((content for kind, _, content in shapes if kind == "value"), 0)


def attribute(value: Any, name: str | int) -> tuple[bool, Any]:
    """Return whether an object has a plain attribute, and it; a number stands for a position.

    Positions are those of `__match_args__`. Properties and other descriptors are not run.
    """
    kind = type(value)
    if isinstance(name, int):
        names = _in_class(kind, "__match_args__")
        if type(names) is not tuple or name >= len(names):
            return False, None
        name = names[name]
    try:
        own = object.__getattribute__(value, "__dict__")
    except AttributeError:
        own = {}
    if type(own) is dict and name in own:
        return True, own[name]
    slot = _in_class(kind, name)
    if isinstance(slot, (MemberDescriptorType, GetSetDescriptorType)):
        try:
            return True, slot.__get__(value)
        except AttributeError:
            return False, None
    return False, None


def _in_class(kind: type, name: Any) -> Any:
    return next((base.__dict__[name] for base in kind.__mro__ if name in base.__dict__), None)
