"""From an annotation to the type of a structured argument."""

from __future__ import annotations

import sys

from fuzzengine.types.base import NOTHING, Choice, EndlessError, StructuredType
from fuzzengine.types.containers import Items, Mapping
from fuzzengine.types.kinds import Kind, kind_of_annotation
from fuzzengine.types.records import Keyed, Places, Record

TYPE_CHECKING = False  # importing typing costs more than the rest of a worker's start
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

_LISTS = ("List", "Sequence", "MutableSequence", "Iterable", "Collection")
_DICTS = ("Dict", "Mapping", "MutableMapping")
_SETS = ("Set", "AbstractSet", "MutableSet")


class UnsupportedError(ValueError):
    """An annotation that stands for no type that can be fuzzed; the text says where in it."""


class Reader:
    """Reads annotations that belong together, so that a class has one type only.

    Args:
        scope: the names that annotations given as text may use, besides those of their module.
    """

    def __init__(self, scope: dict[str, Any]) -> None:
        self._scope = scope
        self._records: dict[Any, Record] = {}

    def kind(self, annotation: Any) -> Kind:
        """Return the type of an annotation, one of Go's kinds if it can be.

        Raises:
            UnsupportedError: there is none.
        """
        found = self._kind(annotation)
        try:
            found.zero()
            for record in self._records.values():
                record.zero()
        except EndlessError as error:
            raise UnsupportedError(
                f"{error} (needs itself in every value; make a field Optional or a list)"
            ) from None
        return found

    def _kind(self, annotation: Any) -> Kind:
        annotation = _evaluated(annotation, self._scope)
        plain = kind_of_annotation(annotation)
        if plain is not None:
            return plain
        if annotation is None or annotation is type(None):
            return NOTHING
        if isinstance(annotation, type) and not hasattr(annotation, "__origin__"):
            found = self._class(annotation)
            if found is not None:
                return found
        if hasattr(annotation, "__supertype__"):
            return self._kind(annotation.__supertype__)
        if type(annotation).__name__ == "TypeAliasType":
            return self._kind(annotation.__value__)
        if hasattr(annotation, "__metadata__"):
            return self._kind(annotation.__origin__)
        found = self._special(annotation)
        if found is None:
            raise UnsupportedError(shown(annotation))
        return found

    def _class(self, cls: type) -> StructuredType | None:
        if hasattr(cls, "__dataclass_fields__"):
            return self._record(cls, _dataclass)
        if issubclass(cls, tuple) and hasattr(cls, "_fields"):
            return self._record(cls, _named_tuple)
        if issubclass(cls, dict) and hasattr(cls, "__required_keys__"):
            return self._record(cls, _typed_dict)
        if cls.__module__ == "datetime":
            from fuzzengine.types.datetimes import shape_of_moment

            return shape_of_moment(cls)
        return _enum(cls)

    def _record(self, cls: Any, make: Callable[[Any], Record]) -> Record:
        """Return the type of a class; its fields may be of the same class again."""
        record = self._records.get(cls)
        if record is None:
            record = self._records[cls] = make(cls)
            annotations = _annotations(cls, {**self._scope, cls.__name__: cls})
            kinds = []
            for name in record.names:
                try:
                    kinds.append(self._kind(annotations[name]))
                except UnsupportedError as error:
                    inner = "" if "field " in str(error) else f"in field {cls.__name__}.{name}: "
                    raise UnsupportedError(f"{inner}{error}") from None
            record.kinds = tuple(kinds)
        return record

    def _special(self, annotation: Any) -> StructuredType | None:
        arguments: tuple[Any, ...] = getattr(annotation, "__args__", ())
        origin = getattr(annotation, "__origin__", None)
        name = getattr(origin, "_name", None) or getattr(origin, "__name__", "")
        if type(annotation).__name__ in ("UnionType", "Union") or name == "Union":
            return self._union(arguments)
        if name == "Literal":
            from fuzzengine.types.enums import Member

            texts = [repr(value) for value in arguments]
            return Member(f"Literal[{', '.join(texts)}]", arguments, texts)
        if name in ("Required", "NotRequired", "ReadOnly", "Final"):
            return _as_structured(self._kind(arguments[0]))
        if origin is tuple and Ellipsis not in arguments:
            return self._places(arguments)
        return self._container(origin, arguments) if arguments else None

    def _container(self, origin: Any, arguments: Sequence[Any]) -> StructuredType | None:
        name = getattr(origin, "__name__", "")
        if origin is dict or name in _DICTS:
            key, value = map(self._kind, arguments)
            return Mapping(f"dict[{named(key)}, {named(value)}]", key, value)
        for python_type, names in ((list, _LISTS), (set, _SETS), (tuple, ()), (frozenset, ())):
            if origin is python_type or name in names:
                element = self._kind(arguments[0])
                more = ", ..." if python_type is tuple else ""
                return Items(
                    f"{python_type.__name__}[{named(element)}{more}]", python_type, element
                )
        return None

    def _places(self, arguments: Sequence[Any]) -> StructuredType:
        kinds = tuple(map(self._kind, arguments))
        name = f"tuple[{', '.join(map(named, kinds))}]"
        places = Places(tuple, [str(index) for index in range(len(kinds))], {}, name)
        places.kinds = kinds
        return places

    def _union(self, arguments: Sequence[Any]) -> StructuredType:
        kinds = [self._kind(argument) for argument in arguments]
        return Choice(" | ".join(map(named, kinds)), kinds)


def _as_structured(kind: Kind) -> StructuredType:
    return kind if isinstance(kind, StructuredType) else Choice(named(kind), (kind,))


def named(kind: Kind) -> str:
    """Return how a kind is called in Python."""
    return {"[]uint8": "bytes", "string": "str", "float64": "float"}.get(kind.name, kind.name)


def shown(annotation: Any) -> str:
    """Return an annotation for an error message."""
    if isinstance(annotation, type) and not hasattr(annotation, "__origin__"):
        return annotation.__qualname__
    return annotation if isinstance(annotation, str) else repr(annotation)


def _evaluated(annotation: Any, scope: dict[str, Any]) -> Any:
    text = getattr(annotation, "__forward_arg__", annotation)
    if not isinstance(text, str):
        return annotation
    try:
        return eval(text, scope)
    except Exception:
        raise UnsupportedError(text) from None


def _annotations(cls: Any, scope: dict[str, Any]) -> dict[str, Any]:
    """Return the evaluated annotations of a class and its bases; text is read in their modules."""
    found: dict[str, Any] = {}
    for base in reversed(cls.__mro__):
        module = sys.modules.get(base.__module__)
        names = {**scope, **vars(module)} if module is not None else scope
        own = vars(base).get("__annotations__")
        if own is None and hasattr(base, "__annotate__"):
            own = getattr(base, "__annotations__", None)
        for name, annotation in (own or {}).items():
            try:
                found[name] = _evaluated(annotation, names)
            except UnsupportedError:
                found[name] = annotation
    return found


def _dataclass(cls: Any) -> Record:
    missing = sys.modules["dataclasses"].MISSING
    names, defaults = [], {}
    for name, field in cls.__dataclass_fields__.items():
        if getattr(field._field_type, "name", "") != "_FIELD" or not field.init:
            continue
        names.append(name)
        if field.default is not missing:
            defaults[name] = _constantly(field.default)
        elif field.default_factory is not missing:
            defaults[name] = field.default_factory
    return Record(cls, names, defaults)


def _named_tuple(cls: Any) -> Record:
    defaults = {name: _constantly(value) for name, value in cls._field_defaults.items()}
    return Record(cls, cls._fields, defaults)


def _typed_dict(cls: Any) -> Record:
    return Keyed(cls, list(cls.__annotations__), {})


def _constantly(value: Any) -> Callable[[], Any]:
    return lambda: value


def _enum(cls: type) -> StructuredType | None:
    enum = sys.modules.get("enum")
    if enum is None or not issubclass(cls, enum.Enum):
        return None
    from fuzzengine.types.enums import Flags, Member

    members = getattr(cls, "__members__", {})
    if issubclass(cls, enum.Flag):
        return Flags(cls)
    if not members:
        return None
    # A member with two names is written by the first.
    values = list(dict.fromkeys(members.values()))
    texts = [f"{cls.__name__}.{value.name}" for value in values]
    return Member(cls.__name__, values, texts)


def may_be_structured(value: object) -> bool:
    """Tell whether a value could be one of a structured type, before it is known which one."""
    cls = type(value)
    if value is None or cls in (list, tuple, dict, set, frozenset):
        return True
    if hasattr(cls, "__dataclass_fields__") or hasattr(cls, "_fields"):
        return True
    enum = sys.modules.get("enum")
    return cls.__module__ == "datetime" or (enum is not None and isinstance(value, enum.Enum))
