"""From one logged event to inputs that may turn its outcome: no execution, no state."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from fuzzengine.guidance.comparelog import (
    LEFT_LENGTH,
    LEFT_LITERAL,
    RIGHT_LENGTH,
    RIGHT_LITERAL,
    Event,
)
from fuzzengine.guidance.operands import divided, resized, rewrites, substituted

_ORDERS = frozenset(("<", "<=", ">", ">="))
ELEMENTS = 32
"""How many elements of a container are tried."""

INSERTIONS = 16
"""At how many places inside of a text something is inserted."""

_TEMPLATES: dict[str, tuple[str, ...]] = {
    "int": ("0", "1", "7", "-1", "31"),
    "float": ("0", "1.5", "-2", "1e9", "nan", "inf"),
    "complex": ("1j",),
    "uuid": ("12345678-1234-5678-1234-567812345678",),
    "json.loads": ('{"a": 1}', "[1, 2]", "1", '"a"', "true", "null", "{}", "[]", "1.5"),
    "ast.literal_eval": ("{'a': 1}", "[1, 2]", "'a'", "(1,)", "1.5"),
    "base64.b64decode": ("QUJD",),
    "date.fromisoformat": ("2024-01-02",),
    "datetime.fromisoformat": ("2024-01-02T03:04:05",),
    "time.fromisoformat": ("03:04:05",),
    "bytes.fromhex": ("4142",),
    "unhexlify": ("4142",),
    "isalnum": ("a1", "A"),
    "isalpha": ("a", "Ab"),
    "isascii": ("a",),
    "isdecimal": ("7", "31"),
    "isdigit": ("7", "31"),
    "isidentifier": ("a", "_b1"),
    "islower": ("a", "ab"),
    "isnumeric": ("7", "31"),
    "isprintable": ("a",),
    "isspace": (" ", "\t\n"),
    "istitle": ("Ab",),
    "isupper": ("A", "AB"),
}
_JSON = {
    "dict": ("{}", '{"a": 1}'),
    "list": ("[]", "[1, 2]"),
    "str": ('"a"',),
    "int": ("1",),
    "float": ("1.5",),
    "bool": ("true",),
}
"""What has a type in a document."""

_FIRST_SAMPLE = (b"1",)
_MORE_SAMPLES = (b'"a"', b"[1]", b"{}")
"""Values for keys that a document lacks."""

_DIRECTIVES = {
    "Y": "2024", "y": "24", "m": "01", "d": "02", "H": "03", "M": "04", "S": "05", "f": "6",
    "j": "033", "b": "Jan", "B": "January", "a": "Mon", "A": "Monday", "p": "AM", "I": "03",
    "z": "+0000", "Z": "UTC", "%": "%",
}  # fmt: skip


def outcome(event: Event) -> bool | None:
    """What the compare gave; None if that is not known."""
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
    """How far a compare is from turning: 0 is there; None if that cannot be measured."""
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
    if op == "suffix":
        return _different(left[-len(right) :] if right else left[:0], right)
    return None


def _different(one: Sequence[object], other: Sequence[object]) -> int:
    unlike = [a for a, b in zip(one, other, strict=False) if a != b]
    return len(unlike) + 2 * abs(len(one) - len(other))


def inputs(event: Event, about: int, values: Sequence[object]) -> Iterator[list[object]]:
    """Yield inputs like `values` in which an operand was exchanged for one that is wanted."""
    if event[1] == "key" and isinstance(event[2], (str, bytes)):
        yield from _insertions(event[2], values, _FIRST_SAMPLE)
    for seen, wanted in pairs(event, about):
        for index, value in enumerate(values):
            for changed in rewrites(value, seen, wanted):
                yield [*values[:index], changed, *values[index + 1 :]]
    yield from _sizes(event, values)
    if about & LEFT_LENGTH:
        yield from _parts(event[2], event[3], values)
    if about & RIGHT_LENGTH:
        yield from _parts(event[3], event[2], values)
    if event[1] == "key" and isinstance(event[2], (str, bytes)):
        yield from _insertions(event[2], values, _MORE_SAMPLES)
    elif event[1] == "type":
        yield from _retyped(event[2], event[3], values)


def pairs(event: Event, about: int) -> Iterator[tuple[object, object]]:
    """Yield operands as they are, each with what it should be instead."""
    _, op, left, right = event
    if op in {"==", "!="} or op in _ORDERS:
        for seen, wanted, fixed in (
            (left, right, about & LEFT_LITERAL),
            (right, left, about & RIGHT_LITERAL),
        ):
            if not fixed:
                yield from _wanted(op, seen, wanted)
    elif op == "in":
        yield from _membership(left, right, about)
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
        yield from ((right, text) for text in _parsable(left, right))
    elif op == "regex":
        yield from _regex(left, right)


def _unlike(one: Any, other: Any) -> int:
    """In how many elements two tuples differ: one that differs least is reached most easily."""
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
        yield seen, wanted * 1.5 + 1
        yield seen, wanted * 0.5 - 1


def _membership(needle: Any, container: Any, about: int) -> Iterator[tuple[object, object]]:
    if type(container) in {str, bytes}:
        if isinstance(needle, int):
            needle = bytes([needle]) if 0 <= needle < 256 else b""
        if not about & RIGHT_LITERAL and type(needle) is type(container):
            yield container, container + needle
            yield container, needle + container
            step = len(container) // INSERTIONS + 1
            for index in range(1, len(container), step):
                yield container, container[:index] + needle + container[index:]
            middle = max(len(container) - len(needle), 0) // 2
            yield container, container[:middle] + needle + container[middle + len(needle) :]
        if not about & LEFT_LITERAL and len(container) <= 256:
            yield needle, container
            for index in range(min(len(container), ELEMENTS)):
                yield needle, container[index : index + 1]
        return
    if not about & LEFT_LITERAL:
        yield from ((needle, element) for element in container[:ELEMENTS])
    if not about & RIGHT_LITERAL and isinstance(container, tuple):
        yield from ((element, needle) for element in container[:4])


def _parsable(left: tuple[str, Any], text: str | bytes) -> Iterator[str | bytes]:
    name, detail = left
    if name.startswith("is") and len(text) > 1:
        made = [template[0] * len(text) for template in _TEMPLATES.get(name, ())[:1]]
        made.extend(_TEMPLATES.get(name, ()))
    elif name == "datetime.strptime" and isinstance(detail, str):
        made = [_formatted(detail)]
    else:
        made = list(_TEMPLATES.get(name, ()))
    for template in made:
        yield template.encode() if isinstance(text, bytes) else template


def _formatted(form: str) -> str:
    made, escaped = "", False
    for character in form:
        if escaped:
            made += _DIRECTIVES.get(character, "1")
            escaped = False
        elif character == "%":
            escaped = True
        else:
            made += character
    return made


def _regex(left: tuple[Any, int, str], text: Any) -> Iterator[tuple[object, object]]:
    from fuzzengine.guidance.regexexamples import examples

    pattern, flags, method = left
    for example in examples(pattern, flags):
        if type(example) is type(text):
            yield text, example
            if method in {"search", "findall", "finditer"} and text:
                yield text, text + example  # type: ignore[operator]


def _retyped(seen: Any, wanted: str, values: Sequence[object]) -> Iterator[list[object]]:
    """Take a scalar for one of a JSON document, and put one of another type there."""
    from json import dumps

    if isinstance(seen, bytes):
        return
    for sample in _JSON.get(wanted, ()):
        for index, value in enumerate(values):
            for changed in substituted(value, dumps(seen), sample):
                yield [*values[:index], changed, *values[index + 1 :]]


def _sizes(event: Event, values: Sequence[object]) -> Iterator[list[object]]:
    """Take the operands for lengths of parts of the input: add or cut the difference."""
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
    for difference in differences:
        if difference and abs(difference) <= 4096:
            for index, value in enumerate(values):
                if isinstance(value, (bytes, str)):
                    for changed in resized(value, len(value) + difference):
                        yield [*values[:index], changed, *values[index + 1 :]]


def _parts(seen: Any, wanted: Any, values: Sequence[object]) -> Iterator[list[object]]:
    """Take a length for the number of parts of a text between separators."""
    if type(seen) is not int or type(wanted) is not int or not 0 <= wanted <= 1000:
        return
    for index, value in enumerate(values):
        if isinstance(value, (bytes, str)):
            for changed in divided(value, seen, wanted):
                yield [*values[:index], changed, *values[index + 1 :]]


def _insertions(
    key: str | bytes, values: Sequence[object], samples: Sequence[bytes]
) -> Iterator[list[object]]:
    """Put a missing key into what looks like a document with keys."""
    name = key if isinstance(key, bytes) else key.encode("utf-8", "surrogatepass")
    for index, value in enumerate(values):
        if not isinstance(value, (bytes, str)):
            continue
        data = value if isinstance(value, bytes) else value.encode("utf-8", "surrogateescape")
        for changed in _with_key(data, name, samples):
            made = changed if isinstance(value, bytes) else changed.decode("utf-8", "replace")
            yield [*values[:index], made, *values[index + 1 :]]


def _with_key(data: bytes, name: bytes, samples: Sequence[bytes]) -> Iterator[bytes]:
    brace = data.find(b"{")
    for _ in range(4):
        if brace < 0:
            break
        rest = data[brace + 1 :]
        comma = b"" if rest.lstrip().startswith(b"}") else b","
        for sample in samples:
            yield data[: brace + 1] + b'"' + name + b'":' + sample + comma + rest
        brace = data.find(b"{", brace + 1)
    if samples is not _FIRST_SAMPLE:
        for form in (b"%b=1&%b", b"%b=1\n%b", b"%b: 1\n%b"):
            yield form % (name, data)
        yield name
