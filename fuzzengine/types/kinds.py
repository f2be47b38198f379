"""Go's fifteen types of fuzz arguments, and their Python types.

A Go ``string`` may hold bytes that are not UTF-8. In Python it is a ``str`` with such bytes as lone
surrogates U+DC80 to U+DCFF (the ``surrogateescape`` error handler), so
``value.encode("utf-8", "surrogateescape")`` returns Go's bytes. A ``str`` with any other lone
surrogate cannot be encoded, and ``Kind.objection`` rejects it.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

_FLOAT32_SIGNIFICAND_SHIFT = 29


class Kind:
    """A type of fuzz arguments.

    The sized annotations, such as ``int8``, are Kinds at run time.

    Attributes:
        name: the type as Go's reflect package prints it, such as ``[]uint8``.
        python_type: the exact type of the values.
        low: the smallest value of an integer kind, 0 for other kinds.
        high: the largest value of an integer kind, 0 for other kinds.
        is_structured: it is a `fuzzengine.types.base.StructuredType`, not one of Go's types.
    """

    __slots__ = ("high", "low", "name", "python_type")
    is_structured = False

    def __init__(self, name: str, python_type: type, low: int = 0, high: int = 0) -> None:
        self.name = name
        self.python_type = python_type
        self.low = low
        self.high = high

    def __repr__(self) -> str:
        return self.name

    def __reduce__(self) -> str:
        # Kinds are compared by identity, so a copy must be the same object.
        return self.name.upper().replace("[]UINT8", "BYTES")

    def zero(self) -> object:
        """Return the value of an argument when the corpus is empty (Go: the zero value)."""
        zero: object = self.python_type()
        return zero

    def accepts(self, value: object) -> bool:
        """Return whether a value has the exact type and is in range.

        A float is in the range of float32 if rounding it does not overflow; see `coerce`.
        """
        return self.objection(value) is None

    def objection(self, value: object) -> str | None:
        """Return one line that says why a value is not accepted, or None if it is."""
        if type(value) is not self.python_type:
            return f"{type(value).__name__} is not {self.python_type.__name__}"
        if isinstance(value, str):
            return _surrogate_objection(value)
        if isinstance(value, int) and self.high and not self.low <= value <= self.high:
            return f"{value} is out of the range of {self.name}, {self.low} to {self.high}"
        if self is FLOAT32 and isinstance(value, float) and _overflows_float32(value):
            return f"{value!r} is out of the range of float32"
        return None

    def coerce(self, value: object) -> object:
        """Return the value as a corpus file would return it.

        A float32 is rounded; escaped bytes of a string that form a character become it.

        Raises:
            ValueError: the value is not accepted.
        """
        objection = self.objection(value)
        if objection is not None:
            raise ValueError(objection)
        if isinstance(value, str) and not value.isascii():
            # Adjacent escaped bytes may form a character.
            return value.encode("utf-8", "surrogateescape").decode("utf-8", "surrogateescape")
        return round_float32(value) if self is FLOAT32 and isinstance(value, float) else value


def _signed(name: str, bits: int) -> Kind:
    return Kind(name, int, -(1 << (bits - 1)), (1 << (bits - 1)) - 1)


def _unsigned(name: str, bits: int) -> Kind:
    return Kind(name, int, 0, (1 << bits) - 1)


BYTES = Kind("[]uint8", bytes)
STRING = Kind("string", str)
BOOL = Kind("bool", bool)
INT = _signed("int", 64)
INT8 = _signed("int8", 8)
INT16 = _signed("int16", 16)
INT32 = _signed("int32", 32)
INT64 = _signed("int64", 64)
UINT = _unsigned("uint", 64)
UINT8 = _unsigned("uint8", 8)
UINT16 = _unsigned("uint16", 16)
UINT32 = _unsigned("uint32", 32)
UINT64 = _unsigned("uint64", 64)
FLOAT32 = Kind("float32", float)
FLOAT64 = Kind("float64", float)

ALL = (
    BYTES,
    STRING,
    BOOL,
    INT,
    INT8,
    INT16,
    INT32,
    INT64,
    UINT,
    UINT8,
    UINT16,
    UINT32,
    UINT64,
    FLOAT32,
    FLOAT64,
)

if TYPE_CHECKING:
    int8: TypeAlias = int
    int16: TypeAlias = int
    int32: TypeAlias = int
    int64: TypeAlias = int
    uint: TypeAlias = int
    uint8: TypeAlias = int
    uint16: TypeAlias = int
    uint32: TypeAlias = int
    uint64: TypeAlias = int
    byte: TypeAlias = int
    rune: TypeAlias = int
    float32: TypeAlias = float
    float64: TypeAlias = float
else:
    int8 = INT8
    int16 = INT16
    int32 = INT32
    int64 = INT64
    uint = UINT
    uint8 = byte = UINT8
    uint16 = UINT16
    uint32 = UINT32
    uint64 = UINT64
    rune = INT32
    float32 = FLOAT32
    float64 = FLOAT64

_BY_PYTHON_TYPE: dict[object, Kind] = {
    bytes: BYTES,
    str: STRING,
    bool: BOOL,
    int: INT,
    float: FLOAT64,
}


def kind_of_annotation(annotation: object) -> Kind | None:
    """Return the kind of an evaluated annotation, or None if it is not one of Go's types.

    Of Python's types ``int`` is the 64-bit int and ``float`` is float64. ``typing.Annotated`` with
    a kind among its metadata is that kind.
    """
    if isinstance(annotation, Kind):
        return annotation
    for metadata in getattr(annotation, "__metadata__", ()):
        if isinstance(metadata, Kind):
            return metadata
    if isinstance(annotation, type):
        return _BY_PYTHON_TYPE.get(annotation)
    return None


def is_minimizable(kind: Kind) -> bool:
    """Return whether values of a kind can be minimized: strings, bytes and structured types."""
    return kind.is_structured or kind is BYTES or kind is STRING


def kind_of_value(value: object) -> Kind | None:
    """Return the kind of a value by its exact type, or None if it is not one of Go's types.

    Integers are `INT` and floats `FLOAT64` whatever their size; see `Kind.accepts` for ranges.
    """
    return _BY_PYTHON_TYPE.get(type(value))


def float32_bits(value: float) -> int:
    """Return the IEEE 754 bits of the nearest float32 (Go: math.Float32bits).

    The payload of a NaN is kept, and a signalling NaN is not made quiet. Values that are too large
    become an infinity.
    """
    import struct

    if value != value:
        bits = int.from_bytes(struct.pack(">d", value), "big")
        fraction = (bits & 0xFFFFFFFFFFFFF) >> _FLOAT32_SIGNIFICAND_SHIFT
        return bits >> 63 << 31 | 0x7F800000 | (fraction or 0x400000)
    try:
        packed = struct.pack(">f", value)
    except OverflowError:
        return 0x7F800000 if value > 0 else 0xFF800000
    return int.from_bytes(packed, "big")


def float32_from_bits(bits: int) -> float:
    """Return the float32 with these IEEE 754 bits (Go: math.Float32frombits)."""
    import struct

    if bits & 0x7F800000 == 0x7F800000:
        fraction = (bits & 0x7FFFFF) << _FLOAT32_SIGNIFICAND_SHIFT
        return float64_from_bits(bits >> 31 << 63 | 0x7FF << 52 | fraction)
    value: float = struct.unpack(">f", bits.to_bytes(4, "big"))[0]
    return value


def float64_bits(value: float) -> int:
    """Return the IEEE 754 bits of a float (Go: math.Float64bits)."""
    import struct

    return int.from_bytes(struct.pack(">d", value), "big")


def float64_from_bits(bits: int) -> float:
    """Return the float with these IEEE 754 bits (Go: math.Float64frombits)."""
    import struct

    value: float = struct.unpack(">d", bits.to_bytes(8, "big"))[0]
    return value


def round_float32(value: float) -> float:
    """Return the nearest float32 (Go: a float32 conversion)."""
    return float32_from_bits(float32_bits(value))


def _overflows_float32(value: float) -> bool:
    infinities = (float("inf"), float("-inf"))
    return value not in infinities and round_float32(value) in infinities


def is_valid_text(text: str) -> bool:
    """Return whether a text has no lone surrogates."""
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def has_valid_texts(value: object) -> bool:
    """Return whether no text in a value, or in a tree of values, has lone surrogates."""
    if isinstance(value, str):
        return is_valid_text(value)
    return not isinstance(value, tuple) or all(map(has_valid_texts, value))


def _surrogate_objection(text: str) -> str | None:
    try:
        text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError as error:
        return (
            f"text with the lone surrogate U+{ord(text[error.start]):04X} at index {error.start} "
            "has no bytes; write bytes, or U+DC80 to U+DCFF for a byte that is not UTF-8"
        )
    return None
