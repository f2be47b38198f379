"""Determines the types of structured arguments from annotations."""

from __future__ import annotations

import sys

from fuzzengine.types.base import NONE, InfiniteTypeError, StructuredType, UnionType
from fuzzengine.types.containers import CollectionType, DictType
from fuzzengine.types.kinds import Kind, kind_of_annotation
from fuzzengine.types.records import RecordType, TupleType, TypedDictType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

_LISTS = ("List", "Sequence", "MutableSequence", "Iterable", "Collection")
_DICTS = ("Dict", "Mapping", "MutableMapping")
_MODULES = ("datetime", "decimal", "uuid")
_SETS = ("Set", "AbstractSet", "MutableSet")


class UnsupportedError(ValueError):
    """An annotation cannot be fuzzed.

    Attributes:
        annotation: the text of the part that is not supported.
        field: the innermost field with that part, as `Class.name`; "" outside of classes.
    """

    def __init__(self, annotation: str, field: str = "") -> None:
        super().__init__(f"in field {field}: {annotation}" if field else annotation)
        self.annotation = annotation
        self.field = field


class AnnotationReader:
    """Reads annotations that belong together, with one type for each class.

    Args:
        scope: the names that string annotations may use, besides those of their module.
    """

    def __init__(self, scope: dict[str, Any]) -> None:
        self._scope = scope
        self._records: dict[Any, RecordType] = {}

    def kind(self, annotation: Any) -> Kind:
        """Return the type of an annotation, one of Go's kinds if possible.

        Raises:
            UnsupportedError: the annotation cannot be fuzzed.
        """
        found = self._kind(annotation)
        try:
            found.zero()
            for record in self._records.values():
                record.zero()
        except InfiniteTypeError as error:
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
            return NONE
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
            raise UnsupportedError(annotation_text(annotation))
        return found

    def _class(self, cls: type) -> StructuredType | None:
        if hasattr(cls, "__dataclass_fields__"):
            return self._record(cls, _dataclass)
        if issubclass(cls, tuple) and hasattr(cls, "_fields"):
            return self._record(cls, _named_tuple)
        if issubclass(cls, dict) and hasattr(cls, "__required_keys__"):
            return self._record(cls, _typed_dict)
        return _of_standard_library(cls) if cls.__module__ in _MODULES else _enum(cls)

    def _record(self, cls: Any, make: Callable[[Any], RecordType]) -> RecordType:
        """Return the type of a class, whose fields may be of the same class again."""
        record = self._records.get(cls)
        if record is None:
            record = self._records[cls] = make(cls)
            annotations = _annotations(cls, {**self._scope, cls.__name__: cls})
            kinds = []
            for name in record.names:
                try:
                    kinds.append(self._kind(annotations[name]))
                except UnsupportedError as error:
                    field = error.field or f"{cls.__name__}.{name}"
                    raise UnsupportedError(error.annotation, field) from None
            record.kinds = tuple(kinds)
        return record

    def _special(self, annotation: Any) -> StructuredType | None:
        arguments: tuple[Any, ...] = getattr(annotation, "__args__", ())
        origin = getattr(annotation, "__origin__", None)
        name = getattr(origin, "_name", None) or getattr(origin, "__name__", "")
        if type(annotation).__name__ in ("UnionType", "Union") or name == "Union":
            return self._union(arguments)
        if name == "Literal":
            from fuzzengine.types.enums import EnumType

            texts = [repr(value) for value in arguments]
            return EnumType(f"Literal[{', '.join(texts)}]", arguments, texts)
        if name in ("Required", "NotRequired", "ReadOnly", "Final"):
            return _as_structured(self._kind(arguments[0]))
        if origin is tuple and Ellipsis not in arguments:
            return self._tuple(arguments)
        return self._container(origin, arguments) if arguments else None

    def _container(self, origin: Any, arguments: Sequence[Any]) -> StructuredType | None:
        name = getattr(origin, "__name__", "")
        if origin is dict or name in _DICTS:
            key, value = map(self._kind, arguments)
            return DictType(f"dict[{python_name(key)}, {python_name(value)}]", key, value)
        for python_type, names in ((list, _LISTS), (set, _SETS), (tuple, ()), (frozenset, ())):
            if origin is python_type or name in names:
                element = self._kind(arguments[0])
                more = ", ..." if python_type is tuple else ""
                return CollectionType(
                    f"{python_type.__name__}[{python_name(element)}{more}]", python_type, element
                )
        return None

    def _tuple(self, arguments: Sequence[Any]) -> StructuredType:
        kinds = tuple(map(self._kind, arguments))
        name = f"tuple[{', '.join(map(python_name, kinds))}]"
        tuple_type = TupleType(tuple, [str(index) for index in range(len(kinds))], {}, name)
        tuple_type.kinds = kinds
        return tuple_type

    def _union(self, arguments: Sequence[Any]) -> StructuredType:
        kinds = [self._kind(argument) for argument in arguments]
        return UnionType(" | ".join(map(python_name, kinds)), kinds)


def _as_structured(kind: Kind) -> StructuredType:
    return kind if isinstance(kind, StructuredType) else UnionType(python_name(kind), (kind,))


def python_name(kind: Kind) -> str:
    """Return the Python name of a kind."""
    return {"[]uint8": "bytes", "string": "str", "float64": "float"}.get(kind.name, kind.name)


def annotation_text(annotation: Any) -> str:
    """Return the text of an annotation, for error messages."""
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
    """Return the annotations of a class and its bases, evaluated in their modules."""
    annotations: dict[str, Any] = {}
    for base in reversed(cls.__mro__):
        module = sys.modules.get(base.__module__)
        names = {**scope, **vars(module)} if module is not None else scope
        own = vars(base).get("__annotations__")
        if own is None and hasattr(base, "__annotate__"):
            own = getattr(base, "__annotations__", None)
        for name, annotation in (own or {}).items():
            try:
                annotations[name] = _evaluated(annotation, names)
            except UnsupportedError:
                annotations[name] = annotation
    return annotations


def _dataclass(cls: Any) -> RecordType:
    missing = sys.modules["dataclasses"].MISSING
    names, defaults = [], {}
    for name, field in cls.__dataclass_fields__.items():
        if getattr(field._field_type, "name", "") != "_FIELD" or not field.init:
            continue
        names.append(name)
        if field.default is not missing:
            defaults[name] = _returning(field.default)
        elif field.default_factory is not missing:
            defaults[name] = field.default_factory
    return RecordType(cls, names, defaults)


def _named_tuple(cls: Any) -> RecordType:
    defaults = {name: _returning(value) for name, value in cls._field_defaults.items()}
    return RecordType(cls, cls._fields, defaults)


def _typed_dict(cls: Any) -> RecordType:
    return TypedDictType(cls, list(cls.__annotations__), {})


def _returning(value: Any) -> Callable[[], Any]:
    return lambda: value


def _of_standard_library(cls: type) -> StructuredType | None:
    """Return the type of a class of one of _MODULES."""
    if cls.__module__ == "datetime":
        from fuzzengine.types.datetimes import datetime_type

        return datetime_type(cls)
    if cls.__name__ == "Decimal":
        from fuzzengine.types.decimals import DecimalType

        return DecimalType()
    if cls.__name__ == "UUID":
        from fuzzengine.types.uuids import UUIDType

        return UUIDType()
    return _enum(cls)


def _enum(cls: type) -> StructuredType | None:
    enum = sys.modules.get("enum")
    if enum is None or not issubclass(cls, enum.Enum):
        return None
    from fuzzengine.types.enums import EnumType, FlagType

    members = getattr(cls, "__members__", {})
    if issubclass(cls, enum.Flag):
        return FlagType(cls)
    if not members:
        return None
    # An alias has the name of its member.
    values = list(dict.fromkeys(members.values()))
    texts = [f"{cls.__name__}.{value.name}" for value in values]
    return EnumType(cls.__name__, values, texts)


def may_be_structured(value: object) -> bool:
    """Return whether a value could be of some structured type."""
    cls = type(value)
    if value is None or cls in (list, tuple, dict, set, frozenset):
        return True
    if hasattr(cls, "__dataclass_fields__") or hasattr(cls, "_fields"):
        return True
    enum = sys.modules.get("enum")
    return cls.__module__ in _MODULES or (enum is not None and isinstance(value, enum.Enum))
