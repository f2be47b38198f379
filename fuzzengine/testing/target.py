"""Checks fuzz targets and determines the kinds of their arguments."""

from __future__ import annotations

from fuzzengine.base.outcomes import Misuse
from fuzzengine.types.kinds import kind_of_annotation

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import CodeType
    from typing import Any

    from fuzzengine.types.kinds import Kind

_GENERATOR, _COROUTINE, _ASYNC_GENERATOR = 0x20, 0x80, 0x200
_VARARGS, _VARKEYWORDS = 0x04, 0x08
_FUZZABLE = (
    "bytes, str, bool, int, float, a sized type of fuzzengine such as int8, "
    "or dataclasses, enums, list[T], T | None and the like"
)


class Target:
    """A valid fuzz target.

    Attributes:
        function: the user's function, or a wrapper that takes trees.
        kinds: the kinds of its arguments after the T.
        allow: the exceptions that do not count as crashes.
        names: the names of its arguments after the T.
        user_function: the user's function.
    """

    __slots__ = ("allow", "function", "kinds", "names", "user_function")

    def __init__(
        self,
        function: Callable[..., object],
        kinds: list[Kind],
        allow: tuple[type[BaseException], ...],
        names: Sequence[str] = (),
        user_function: object = None,
    ) -> None:
        self.function = function
        self.kinds = kinds
        self.allow = allow
        self.names = list(names)
        self.user_function = user_function

    def calling(self, function: Callable[..., object]) -> Target:
        """Return the same target with another function around the user's."""
        return Target(function, self.kinds, self.allow, self.names, self.user_function)


def target_of(function: Any, allow: Any, test_type: type, given: Any = None) -> Target:
    """Check a fuzz target and determine the kinds of its arguments from its annotations.

    Args:
        function: the argument of `f.fuzz`.
        allow: the exceptions that do not count as crashes, one or a tuple.
        test_type: the class T, as the annotation of the first argument.
        given: Hypothesis strategies instead of annotations, or None.

    Raises:
        Misuse: the target cannot be fuzzed; the message says why.
    """
    if given is None and (hasattr(function, "hypothesis") or hasattr(function, "given_test")):
        from fuzzengine.types.hypothesis import target_from_given

        call, kinds = target_from_given(function)
        return Target(call, kinds, _exceptions(allow), user_function=call.given.function)
    plain = getattr(function, "__func__", function)
    code = getattr(plain, "__code__", None)
    if code is None:
        raise Misuse("testing: f.fuzz must receive a function")
    _check_signature(code)
    names = list(code.co_varnames[: code.co_argcount])
    if plain is not function:
        del names[0]
    annotations = {name: _evaluated(text, plain) for name, text in _annotations(plain).items()}
    first = annotations.get(names[0]) if names else None
    if len(names) < 2 or (first is not None and first is not test_type):
        raise Misuse(
            "testing: fuzz target must receive at least two arguments, "
            "where the first argument is a T"
        )
    if annotations.get("return") is not None:
        raise Misuse("testing: fuzz target must not return a value")
    if given is not None:
        from fuzzengine.types.hypothesis import target_from_strategies

        call, kinds = target_from_strategies(function, names[1:], given)
        return Target(call, kinds, _exceptions(allow), names[1:], function)
    wrapped = function
    kinds = _kinds(names[1:], annotations, plain)
    if any(kind.is_structured for kind in kinds):
        from fuzzengine.types.convert import StructuredCall

        wrapped = StructuredCall(function, kinds)
    return Target(wrapped, kinds, _exceptions(allow), names[1:], plain)


def _check_signature(code: CodeType) -> None:
    if code.co_flags & (_GENERATOR | _COROUTINE | _ASYNC_GENERATOR):
        raise Misuse("testing: fuzz target must be a plain function, not async or a generator")
    if code.co_flags & (_VARARGS | _VARKEYWORDS) or code.co_kwonlyargcount:
        raise Misuse("testing: fuzz target must have positional arguments only")


def _annotations(function: Any) -> dict[str, object]:
    return dict(getattr(function, "__annotations__", None) or {})


def _evaluated(annotation: object, function: Any) -> object:
    """Evaluate a string annotation with globals and closure variables; return others as is."""
    if not isinstance(annotation, str):
        return annotation
    try:
        return eval(annotation, function.__globals__, _closure_variables(function))
    except Exception:
        return annotation


def _closure_variables(function: Any) -> dict[str, object]:
    cells = zip(function.__code__.co_freevars, function.__closure__ or (), strict=False)
    return {name: cell.cell_contents for name, cell in cells if _is_filled(cell)}


def _is_filled(cell: Any) -> bool:
    try:
        return cell.cell_contents is not cell
    except ValueError:
        return False


def _kinds(names: list[str], annotations: dict[str, object], function: Any) -> list[Kind]:
    for name in names:
        if name not in annotations:
            raise Misuse(f"testing: fuzz target argument {name!r} needs an annotation: {_FUZZABLE}")
    plain = [kind_of_annotation(annotations[name]) for name in names]
    kinds = [kind for kind in plain if kind is not None]
    return kinds if len(kinds) == len(names) else _structured_kinds(names, annotations, function)


def _structured_kinds(
    names: list[str], annotations: dict[str, object], function: Any
) -> list[Kind]:
    from fuzzengine.types.annotations import AnnotationReader, UnsupportedError

    reader = AnnotationReader({**function.__globals__, **_closure_variables(function)})
    kinds = []
    for name in names:
        try:
            kinds.append(reader.kind(annotations[name]))
        except UnsupportedError as error:
            raise Misuse(
                f"testing: unsupported type for fuzzing {error} of argument {name!r}; "
                f"use {_FUZZABLE}"
            ) from None
    return kinds


def _exceptions(allow: Any) -> tuple[type[BaseException], ...]:
    listed = allow if isinstance(allow, tuple) else (allow,)
    for item in listed:
        if not (isinstance(item, type) and issubclass(item, BaseException)):
            raise Misuse(f"testing: f.fuzz: allow must hold exception classes, not {item!r}")
    return listed
