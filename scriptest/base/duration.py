"""Durations as Go writes them: `1m30s`, `100ms`, `0.007s`."""

from __future__ import annotations

MICROSECOND = 1_000
MILLISECOND = 1_000_000
SECOND = 1_000_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
"""Nanoseconds in each unit."""

_UNITS = {
    "ns": 1,
    "us": MICROSECOND,
    "\u00b5s": MICROSECOND,
    "\u03bcs": MICROSECOND,
    "ms": MILLISECOND,
    "s": SECOND,
    "m": MINUTE,
    "h": HOUR,
}
_LIMIT = 1 << 63
_NUMBER = "0123456789."


class DurationError(ValueError):
    """The text is not a duration, or does not fit into 64 bits of nanoseconds."""

    def __init__(self, text: str) -> None:
        super().__init__(f'"{text}" is not a duration; write it like 1m30s, 1.5s or 100ms')


def parse_nanoseconds(text: str, *, bare_seconds: bool = False) -> int:
    """Read a duration such as `1m30s`, `1.5h` or `-10ms` (Go: time.ParseDuration).

    Args:
        text: numbers with units; an optional sign before the first.
        bare_seconds: accept a number without a unit as seconds.

    Returns:
        Nanoseconds; smaller fractions are dropped.

    Raises:
        DurationError: the text is not a duration, or out of range.
    """
    negative = text.startswith("-")
    rest = text[1:] if text[:1] in ("-", "+") else text
    if rest == "0":
        return 0
    if not rest:
        raise DurationError(text)
    if bare_seconds and not rest.strip(_NUMBER):
        rest += "s"
    total = 0
    while rest:
        unit_on = rest.lstrip(_NUMBER)
        number = rest[: len(rest) - len(unit_on)]
        unit, rest = _split_unit(unit_on)
        if not number.strip(".") or number.count(".") > 1 or unit not in _UNITS:
            raise DurationError(text)
        total += _scaled(number, _UNITS[unit])
    if total > _LIMIT - (not negative):
        raise DurationError(text)
    return -total if negative else total


def parse(text: str, *, bare_seconds: bool = False) -> float:
    """Read a duration as `parse_nanoseconds` does, but return seconds."""
    return parse_nanoseconds(text, bare_seconds=bare_seconds) / SECOND


def format_nanoseconds(nanoseconds: int) -> str:
    """Write a duration in Go's shortest form: `0s`, `1.5ms`, `1m3s` (Go: Duration.String)."""
    if nanoseconds < 0:
        return "-" + format_nanoseconds(-nanoseconds)
    if nanoseconds == 0:
        return "0s"
    if nanoseconds < SECOND:
        for unit, size in (("ms", MILLISECOND), ("\u00b5s", MICROSECOND)):
            if nanoseconds >= size:
                return _decimal(nanoseconds, size) + unit
        return f"{nanoseconds}ns"
    hours, rest = divmod(nanoseconds, HOUR)
    minutes, rest = divmod(rest, MINUTE)
    text = _decimal(rest, SECOND) + "s"
    if hours:
        return f"{hours}h{minutes}m{text}"
    return f"{minutes}m{text}" if minutes else text


def format_duration(seconds: float) -> str:
    """Write seconds in Go's shortest form, rounded to nanoseconds: `1m30s`, `100ms`."""
    return format_nanoseconds(round(seconds * SECOND))


def format_rounded(nanoseconds: int) -> str:
    """Write a duration rounded to whole seconds: `1m3s` (Go: Duration.Round, then String).

    Args:
        nanoseconds: not negative.
    """
    return format_nanoseconds((nanoseconds + SECOND // 2) // SECOND * SECOND)


def format_seconds(seconds: float) -> str:
    """Write seconds with three decimals, as a script log does: `0.007s`."""
    return f"{seconds:.3f}s"


def format_coarse(seconds: float) -> str:
    """Return the full seconds in at most two units: `7s`, `2m05s`, `1h10m`."""
    whole = int(seconds)
    if whole < 60:
        return f"{whole}s"
    minutes, rest = divmod(whole, 60)
    return f"{minutes}m{rest:02}s" if minutes < 60 else f"{minutes // 60}h{minutes % 60:02}m"


def _split_unit(text: str) -> tuple[str, str]:
    end = 0
    while end < len(text) and text[end] not in _NUMBER:
        end += 1
    return text[:end], text[end:]


def _scaled(number: str, unit: int) -> int:
    whole, _, fraction = number.partition(".")
    # Further digits are out of range or below a nanosecond, and int() refuses very many.
    whole, fraction = whole.lstrip("0")[:20], fraction[:18]
    amount = int(whole or "0") * unit
    # Go multiplies the fraction as a float64.
    return amount + int(int(fraction or "0") * (unit / 10 ** len(fraction)))


def _decimal(amount: int, unit: int) -> str:
    """Write `amount / unit` exactly; `unit` is a power of ten."""
    whole, rest = divmod(amount, unit)
    if not rest:
        return str(whole)
    return f"{whole}.{rest:0{len(str(unit)) - 1}d}".rstrip("0")
