"""Derives inputs that may flip the outcome of one logged event; executes nothing."""

from __future__ import annotations

from math import inf, nextafter

from fuzzengine.cmplog.log import (
    CONSUMED,
    LEFT_LENGTH,
    LEFT_LITERAL,
    RIGHT_LENGTH,
    RIGHT_LITERAL,
    Event,
)
from fuzzengine.cmplog.parsers import samples
from fuzzengine.solver.arithmetic import products
from fuzzengine.solver.consumed import Consumed, consumed_in, through_consumed
from fuzzengine.solver.decoders import Decoder, decoders_of, sample, through
from fuzzengine.solver.documents import (
    FIRST_SAMPLE,
    MORE_SAMPLES,
    cuts,
    insertions,
    parts,
    records,
    retyped,
    sized,
)
from fuzzengine.solver.operands import rewrites

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

_ORDERS = frozenset(("<", "<=", ">", ">="))
ELEMENTS = 32
"""The most elements of a container that are tried."""

_LENGTHS = (1, 2)
"""Widths in bytes that the length field of a record may have."""
_CUTTING = frozenset(("==", "!=", "in", "key"))
_EQUALITIES = frozenset(("==", "!="))
_SEARCHING = frozenset(("search", "findall", "finditer", "split", "sub", "subn", "scanner"))
_FEW = 8
_BRACKETS = ((b"(", b")"), (b"[", b"]"), (b"{", b"}"), (b"<", b">"))
_GAPS = (b" ", b",")
EXTENSIONS = 8
"""The most short texts that are tried at the end of the input."""

INSERTIONS = 16
"""The most places inside a text at which another text is inserted."""


class Context:
    """Facts from the other events of the same execution.

    Attributes:
        needles: texts that the program searched for, mostly separators.
        decoders: the decoders that were used.
        consumed: the values that a data provider made from the input.
    """

    def __init__(self, events: Sequence[Event] = ()) -> None:
        texts = [event for event in events if event[1] == "in" and type(event[3]) is not tuple]
        needles = [event[2] for event in texts]
        self.needles = [
            one if isinstance(one, bytes) else one.encode("utf-8", "surrogatepass")
            for one in dict.fromkeys(needles)
            if isinstance(one, (bytes, str))
        ]
        self.decoders: list[Decoder] = decoders_of(events)
        self.consumed: list[Consumed] = consumed_in(events)


_NO_CONTEXT = Context()


def outcome(event: Event) -> bool | None:
    """Return the result of the comparison, or None if it is not known."""
    _, op, left, right = event
    try:
        if op == "==":
            return bool(left == right)
        if op == "!=":
            return bool(left != right)
        if op in _ORDERS:
            return bool(left <= right if op[0] == "<" else left >= right) and (
                len(op) == 2 or left != right
            )
        if op in {"in", "key"}:
            return left in right
        if op == "prefix":
            return bool(left.startswith(right))
        if op == "suffix":
            return bool(left.endswith(right))
        if op == "type":
            return bool(type(left).__name__ == right)
        if op == "size":
            return bool(left >= right)
        if op in {"parsed", "index", "parts"}:
            return True
        if op == CONSUMED:
            return None
        return _parses(left, right) if op == "parse" else _matches(left, right)
    except (TypeError, ValueError):
        return None


def _parses(left: tuple[str, Any], text: Any) -> bool:
    name, detail = left
    if name == "int":
        return isinstance(int(text, detail) if isinstance(detail, int) else int(text), int)
    if name == "float":
        return isinstance(float(text), float)
    test: Any = getattr(text, name, bool)
    return bool(test())


def _matches(left: tuple[Any, int, str], text: Any) -> bool:
    import re

    pattern, flags, method = left
    try:
        compiled = re.compile(pattern, flags)
    except (re.error, RecursionError):
        return False
    way: Any = {"match": compiled.match, "fullmatch": compiled.fullmatch}.get(
        method, compiled.search
    )
    return bool(way(text))


def distance(event: Event) -> int | None:
    """Return how far a comparison is from flipping, 0 for flipped; None if not measurable."""
    _, op, left, right = event
    if op in {"==", "!="} or op in _ORDERS:
        if isinstance(left, (int, float)) and isinstance(right, (int, float)):
            gap = abs(left - right)
            return int(gap * 1024 if gap < 1 else gap) if gap < 1e300 else None
        texts = (str, bytes, tuple)
        if isinstance(left, texts) and type(left) is type(right) and len(left) < 256:
            return _different(left, right)
    if op == "prefix":
        return _different(left[: len(right)], right)
    if op == "parts":
        return max(int(right - left), 0)
    if op == "suffix":
        return _different(left[-len(right) :] if right else left[:0], right)
    return None


def _different(one: Sequence[object], other: Sequence[object]) -> int:
    unlike = [a for a, b in zip(one, other, strict=False) if a != b]
    return len(unlike) + 2 * abs(len(one) - len(other))


def inputs(
    event: Event, site_flags: int, values: Sequence[object], context: Context = _NO_CONTEXT
) -> Iterator[list[object]]:
    """Yield copies of `values` in which an operand is replaced by the wanted one."""
    if event[1] == CONSUMED:
        return
    if context.consumed:
        yield from through_consumed(
            context.consumed,
            event,
            values,
            lambda inner: _inputs(event, site_flags, inner, context),
        )
    yield from _inputs(event, site_flags, values, context)
    if context.decoders:
        yield from through(
            context.decoders, values, lambda inner: _inputs(event, site_flags, inner, context)
        )


def _inputs(
    event: Event, site_flags: int, values: Sequence[object], context: Context
) -> Iterator[list[object]]:
    _, op, left, right = event
    missing = left if op == "key" and isinstance(left, (str, bytes)) else None
    if missing is not None:
        yield from insertions(missing, values, FIRST_SAMPLE)
    for seen, wanted in pairs(event, site_flags):
        for index, value in enumerate(values):
            for changed in rewrites(value, seen, wanted):
                yield [*values[:index], changed, *values[index + 1 :]]
    yield from _sizes(event, values)
    if op in _EQUALITIES and type(left) is type(right):
        yield from _of_equals(left, right, values)
    if site_flags & LEFT_LENGTH:
        yield from parts(left, right, values)
    if site_flags & RIGHT_LENGTH:
        yield from parts(right, left, values)
    if missing is not None:
        yield from insertions(missing, values, MORE_SAMPLES, context.needles)
    elif op == "type":
        yield from retyped(left, right, values)
    if op in _CUTTING:
        # A loop over characters may stop at the first one that it does not accept.
        yield from cuts(left, values)


def _of_equals(left: Any, right: Any, values: Sequence[object]) -> Iterator[list[object]]:
    """Yield inputs for an equality of two numbers, or of sequences of different lengths."""
    if type(left) is int:
        yield from products(left, right, values)
        yield from products(right, left, values)
    elif type(left) is tuple and len(left) != len(right):
        yield from parts(len(left), len(right), values)
        yield from parts(len(right), len(left), values)
        yield from records(min(len(left), len(right)), max(len(left), len(right)), values)


def extensions(
    events: Sequence[Event], values: Sequence[object], context: Context
) -> Iterator[list[object]]:
    """Yield inputs extended by the short texts that the program compares with."""
    words = dict.fromkeys(_words(events))
    short = [one for one in words if 0 < len(one) <= 8][:EXTENSIONS]
    for index, value in enumerate(values):
        if isinstance(value, (bytes, str)):
            data = value if isinstance(value, bytes) else value.encode("utf-8", "surrogatepass")
            made = [data + gap + one for gap in (b"", *context.needles[:2]) for one in short]
            made += [one + data for one in short]
            made += [
                opening + data + closing
                for opening, closing in _BRACKETS
                if opening in words and closing in words
            ]
            made += [
                one + len(data).to_bytes(size, "big") + data
                for one in short
                if len(one) == 1
                for size in _LENGTHS
                if len(data) < 1 << 8 * size
            ]  # a record around the whole text
            if not context.needles:
                made += [data + gap + one for gap in _GAPS for one in short if len(one) > 1]
            for one in made:
                changed = one if isinstance(value, bytes) else one.decode("utf-8", "replace")
                yield [*values[:index], changed, *values[index + 1 :]]


def _words(events: Sequence[Event]) -> Iterator[bytes]:
    """Yield the texts and bytes that the program compares with."""
    for _, op, left, right in events:
        operands: tuple[Any, ...] = ()
        if op in _EQUALITIES:
            operands = left, right
        elif op == "key":
            operands = (left,)
        if op == "in" and isinstance(right, (str, bytes)) and len(right) <= _FEW:
            operands = tuple(right[at : at + 1] for at in range(len(right)))
        if op in {"in", "key"} and isinstance(right, tuple):
            operands += (left, *right) if op == "in" else right
        for one in operands:
            if isinstance(one, int) and 0 <= one < 256:
                yield bytes([one])
            elif isinstance(one, (bytes, str)):
                yield one if isinstance(one, bytes) else one.encode("utf-8", "surrogatepass")


def pairs(event: Event, site_flags: int) -> Iterator[tuple[object, object]]:
    """Yield each operand together with a value that would flip the comparison."""
    _, op, left, right = event
    if op in {"==", "!="} or op in _ORDERS:
        for seen, wanted, fixed in (
            (left, right, site_flags & LEFT_LITERAL),
            (right, left, site_flags & RIGHT_LITERAL),
        ):
            if not fixed:
                yield from _wanted(op, seen, wanted)
    elif op == "in":
        yield from _membership(left, right, site_flags)
    elif op == "prefix":
        yield left, right + left[len(right) :]
        yield left, right + left
        yield left[: len(right)], right
    elif op == "suffix":
        yield left, left + right
        yield left, left[: -len(right) or None] + right
    elif op == "key":
        for key in sorted(right, key=lambda key: _unlike(key, left))[:ELEMENTS]:
            yield left, key
            yield key, left
    elif op == "parse":
        encoded = sample(left)
        if encoded is not None:
            yield right, encoded
        yield from ((right, text) for text in samples(left, right))
    elif op == "regex":
        yield from _regex(left, right)


def _unlike(one: Any, other: Any) -> int:
    """Return the number of differing elements of two tuples; fewer are easier to reach."""
    if type(one) is tuple and type(other) is tuple and len(one) == len(other):
        return sum(a != b for a, b in zip(one, other, strict=True))
    return 0 if type(one) is type(other) else 1


def _wanted(op: str, seen: Any, wanted: Any) -> Iterator[tuple[object, object]]:
    if seen != wanted:
        yield seen, wanted
    if type(wanted) is int and type(seen) in {int, float}:
        if op in _ORDERS or seen == wanted:
            yield seen, wanted + 1
            yield seen, wanted - 1
    elif type(wanted) is float and op in _ORDERS:
        yield seen, nextafter(wanted, inf)
        yield seen, nextafter(wanted, -inf)
        yield seen, wanted * 1.5 + 1
        yield seen, wanted * 0.5 - 1
    elif type(wanted) is tuple and op in _ORDERS and wanted and type(wanted[-1]) is int:
        yield seen, (*wanted[:-1], wanted[-1] + 1)
        yield seen, (*wanted[:-1], wanted[-1] - 1)
    elif type(wanted) in {str, bytes} and type(seen) is type(wanted):
        half = len(wanted) // 2
        if op in {"==", "!="} and len(seen) == len(wanted) and half:
            yield seen, seen[: len(seen) - half] + wanted[len(seen) - half :]
            yield seen, wanted[: len(seen) - half] + seen[len(seen) - half :]


def _membership(needle: Any, container: Any, site_flags: int) -> Iterator[tuple[object, object]]:
    if type(container) in {str, bytes}:
        if isinstance(needle, int):
            needle = bytes([needle]) if 0 <= needle < 256 else b""
        if not site_flags & RIGHT_LITERAL and type(needle) is type(container):
            yield container, container + needle
            yield container, needle + container
            step = len(container) // INSERTIONS + 1
            for index in range(1, len(container), step):
                yield container, container[:index] + needle + container[index:]
            middle = max(len(container) - len(needle), 0) // 2
            yield container, container[:middle] + needle + container[middle + len(needle) :]
        if not site_flags & LEFT_LITERAL and len(container) <= 256:
            yield needle, container
            for index in range(min(len(container), ELEMENTS)):
                yield needle, container[index : index + 1]
        return
    if not site_flags & LEFT_LITERAL:
        yield from ((needle, element) for element in container[:ELEMENTS])
    if not site_flags & RIGHT_LITERAL and isinstance(container, tuple):
        yield from ((element, needle) for element in container[:4])


def _regex(left: tuple[Any, int, str], text: Any) -> Iterator[tuple[object, object]]:
    from fuzzengine.solver.regex_examples import examples

    pattern, flags, method = left
    made = [one for one in examples(pattern, flags) if type(one) is type(text)]
    for example in made:
        yield text, example
        if method in _SEARCHING and text:
            yield text, text + example
    if method in _SEARCHING and text:
        matched = _last_match(pattern, flags, text)
        yield from ((matched, example) for example in made if matched)


def _last_match(pattern: Any, flags: int, text: Any) -> Any:
    import re

    try:
        found = list(re.finditer(pattern, text, flags))
    except (re.error, RecursionError, TypeError):
        return None
    return found[-1][0] if found else None


def _sizes(event: Event, values: Sequence[object]) -> Iterator[list[object]]:
    """Treat the operands as lengths of parts of the input: change them by the difference."""
    _, op, left, right = event
    if op not in {"==", "size"} and op not in _ORDERS and op != "!=":
        return
    if isinstance(left, (str, bytes, tuple)) and type(left) is type(right):
        apart = len(right) - len(left)
        differences: tuple[int, ...] = (apart, -apart)
    elif type(left) is int and type(right) is int:
        differences = (right - left, right - left + 1, left - right)
    else:
        return
    yield from sized(differences, values)
