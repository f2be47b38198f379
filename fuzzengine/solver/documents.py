"""Hints for structured texts: missing keys, numbers of parts, types of values."""

from __future__ import annotations

from fuzzengine.solver.operands import SEPARATORS, resized, substituted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

_JSON = {
    "dict": ("{}", '{"a": 1}'),
    "list": ("[]", "[1, 2]"),
    "str": ('"a"',),
    "int": ("1",),
    "float": ("1.5",),
    "bool": ("true", "false"),
    "NoneType": ("null",),
}
"""JSON texts of each Python type."""

FIRST_SAMPLE = (b"1",)
MORE_SAMPLES = (b'"a"', b"[1]", b"{}", b"true", b"null")
"""Values for missing keys of a document."""

_SEPARATORS = (b"&", b"\n")
_ASSIGNMENTS = (b"=", b": ")
_PARTS = 4
_OPENING, _CLOSING = b"([{<", b")]}> \n"


def retyped(seen: Any, wanted: str, values: Sequence[object]) -> Iterator[list[object]]:
    """Replace a scalar of a JSON document by a value of another type."""
    from json import dumps

    if isinstance(seen, bytes):
        return
    for sample in _JSON.get(wanted, ()):
        for index, value in enumerate(values):
            for changed in substituted(value, dumps(seen), sample):
                yield [*values[:index], changed, *values[index + 1 :]]
    if wanted in {"list", "tuple"} and isinstance(seen, str) and seen:
        for form in ("(%s)", "[%s]"):
            for index, value in enumerate(values):
                for changed in substituted(value, seen, form % seen):
                    yield [*values[:index], changed, *values[index + 1 :]]


def sized(differences: Sequence[int], values: Sequence[object]) -> Iterator[list[object]]:
    """Lengthen or shorten texts by each difference in bytes: at the end, then at the start."""
    for at_end in (True, False):
        for difference in differences:
            if not difference or abs(difference) > 4096:
                continue
            for index, value in enumerate(values):
                if isinstance(value, (bytes, str)):
                    for changed in _resized(value, difference, at_end=at_end):
                        yield [*values[:index], changed, *values[index + 1 :]]


def _resized(value: bytes | str, difference: int, *, at_end: bool) -> Iterator[object]:
    length = len(value) + difference
    if at_end:
        yield from resized(value, length)
    elif difference < 0:
        yield value[-difference:]
    elif isinstance(value, bytes):
        yield from (one + value for one in resized(b"", difference) if isinstance(one, bytes))
    else:
        yield from (one + value for one in resized("", difference) if isinstance(one, str))


def parts(seen: Any, wanted: Any, values: Sequence[object]) -> Iterator[list[object]]:
    """Yield inputs for a compared length that is the number of separated parts of a text."""
    if type(seen) is not int or type(wanted) is not int or not 0 <= wanted <= 1000:
        return
    for index, value in enumerate(values):
        if isinstance(value, (bytes, str)):
            for changed in (*_listed(value, seen, wanted), *divided(value, seen, wanted)):
                yield [*values[:index], changed, *values[index + 1 :]]


def cuts(piece: object, values: Sequence[object]) -> Iterator[list[object]]:
    """Yield the part before and the part after the first and last occurrence of a character."""
    for index, value in enumerate(values):
        if isinstance(value, (bytes, str)) and isinstance(piece, type(value)) and len(piece) == 1:
            places: Any = value.find(piece), value.rfind(piece)  # type: ignore[arg-type]
            for at in dict.fromkeys(places):
                if at >= 0:
                    yield [*values[:index], value[:at], *values[index + 1 :]]
                    yield [*values[:index], value[at + 1 :], *values[index + 1 :]]


def divided(value: bytes | str, seen: int, wanted: int) -> Iterator[object]:
    """Yield texts with `wanted` parts or separators for a text that has `seen` of them."""
    data = value if isinstance(value, bytes) else value.encode("utf-8", "surrogateescape")
    for separator in SEPARATORS:
        count = data.count(separator)
        if seen in (count, count + 1) and wanted > 0:
            parts = [part or b"0" for part in data.split(separator)]
            more = wanted - seen
            if more > 0:
                base = parts[-1].rstrip(_CLOSING)
                closing = parts[-1][len(base) :]
                inner = base.lstrip(_OPENING) or b"0"
                parts[-1:] = [base or b"0", *[inner] * (more - 1), inner + closing]
            made = separator.join(parts[: len(parts) + min(more, 0)])
            yield made if isinstance(value, bytes) else made.decode("utf-8", "surrogateescape")


def records(seen: int, wanted: int, values: Sequence[object]) -> Iterator[list[object]]:
    """Treat a text as `seen` records of equal length, and repeat the last one."""
    for index, value in enumerate(values):
        if isinstance(value, (bytes, str)) and 0 < seen < wanted <= 64:
            size = len(value) // seen
            if 0 < size <= 4096:
                tail: Any = value[-size:]
                yield [*values[:index], value + tail * (wanted - seen), *values[index + 1 :]]


def _listed(value: bytes | str, seen: int, wanted: int) -> Iterator[object]:
    """Yield texts in which bracketed lists of `seen` elements have `wanted` of them."""
    data = value if isinstance(value, bytes) else value.encode("utf-8", "surrogateescape")
    start = data.find(b"[")
    while start >= 0:
        end = data.find(b"]", start)
        elements = data[start + 1 : end].split(b",") if end > start + 1 else []
        if end > 0 and len(elements) == seen:
            kept = elements[:wanted] + (elements[-1:] or [b"1"]) * (wanted - seen)
            made = data[: start + 1] + b",".join(kept) + data[end:]
            yield made if isinstance(value, bytes) else made.decode("utf-8", "surrogateescape")
        start = data.find(b"[", start + 1)


def insertions(
    key: str | bytes,
    values: Sequence[object],
    samples: Sequence[bytes],
    needles: Sequence[bytes] = (),
) -> Iterator[list[object]]:
    """Insert a missing key into texts that look like documents with keys.

    Args:
        key: the missing key.
        values: the arguments.
        samples: texts for the value of the key.
        needles: texts that the program searched for, probably separators of keys and values.
    """
    name = key if isinstance(key, bytes) else key.encode("utf-8", "surrogatepass")
    for index, value in enumerate(values):
        if not isinstance(value, (bytes, str)):
            continue
        data = value if isinstance(value, bytes) else value.encode("utf-8", "surrogateescape")
        for changed in _with_key(data, name, samples, needles):
            made = changed if isinstance(value, bytes) else changed.decode("utf-8", "replace")
            yield [*values[:index], made, *values[index + 1 :]]


def _with_key(
    data: bytes, name: bytes, samples: Sequence[bytes], needles: Sequence[bytes]
) -> Iterator[bytes]:
    brace = data.find(b"{")
    for _ in range(4):
        if brace < 0:
            break
        rest = data[brace + 1 :]
        comma = b"" if rest.lstrip().startswith(b"}") else b","
        for sample in samples:
            yield data[: brace + 1] + b'"' + name + b'":' + sample + comma + rest
        if b"=" in data[:brace]:
            yield data[: brace + 1] + b'"' + name + b'"=1' + comma + rest
        brace = data.find(b"{", brace + 1)
    if samples is FIRST_SAMPLE:
        return
    for assign, separator in _pairs(needles):
        at = data.find(separator)
        if at >= 0:
            at += len(separator)
            yield data[:at] + name + assign + b"1" + separator + data[at:]
        yield data + separator + name + assign + b"1"
        yield name + assign + b"1" + separator + data
    for form in (b"%b=1&%b", b"%b=1\n%b", b"%b: 1\n%b"):
        yield form % (name, data)
    yield name


def _pairs(needles: Sequence[bytes]) -> Iterator[tuple[bytes, bytes]]:
    """Yield likely texts between key and value, each with a likely text between pairs."""
    known = [one for one in dict.fromkeys(needles) if len(one) <= 2 and not one.isalnum()][:_PARTS]
    lines_last = sorted(known, key=lambda one: b"\n" in one)
    for assign in lines_last:
        for separator in (*lines_last[::-1], *(() if len(known) > 1 else _SEPARATORS)):
            if assign != separator:
                yield assign, separator
    if not known:
        yield from ((one, other) for one in _ASSIGNMENTS for other in _SEPARATORS)
