"""Durations as Go writes them: `1m30s`, `100ms`, `0.007s`. Everything here is in seconds."""

from __future__ import annotations

_SECOND = 1_000_000_000
_UNITS = {
    "ns": 1,
    "us": 1_000,
    "\u00b5s": 1_000,
    "\u03bcs": 1_000,
    "ms": 1_000_000,
    "s": _SECOND,
    "m": 60 * _SECOND,
    "h": 3600 * _SECOND,
}
_LIMIT = 1 << 63
_DIGITS = frozenset("0123456789")


class DurationError(ValueError):
    """A text that is no duration; the text is Go's."""


def parse(text: str, *, bare_seconds: bool = False) -> float:
    """Reads a duration such as `1m30s`, `1.5h` or `-10ms` (Go: time.ParseDuration).

    Args:
        text: Numbers with units; an optional sign before the first.
        bare_seconds: A number without a unit is accepted and means seconds.

    Returns:
        Seconds.

    Raises:
        DurationError: With Go's text, such as `time: missing unit in duration "5"`.
    """
    rest = text[1:] if text[:1] in ("-", "+") else text
    if rest == "0":
        return 0.0
    if not rest:
        raise _invalid(text)
    if bare_seconds and _number_end(rest) == len(rest):
        rest += "s"
    total = 0
    while rest:
        amount, rest = _read_part(rest, text)
        total += amount
        if total > _LIMIT:
            raise _invalid(text)
    negative = text.startswith("-")
    if total == _LIMIT and not negative:
        raise _invalid(text)
    return -total / _SECOND if negative else total / _SECOND


def format_seconds(seconds: float) -> str:
    """Writes seconds with three decimals, as a script log does: `0.007s`."""
    return f"{seconds:.3f}s"


def format_duration(seconds: float) -> str:
    """Writes a duration without needless digits: `1m30s`, `1.5s`, `100ms` (Go: Duration.String).

    Digits below a nanosecond are dropped.
    """
    total = round(seconds * _SECOND)
    sign = "-" if total < 0 else ""
    total = abs(total)
    if total == 0:
        return "0s"
    for limit, unit, name in (
        (1_000, 1, "ns"),
        (1_000_000, 1_000, "\u00b5s"),
        (_SECOND, 1_000_000, "ms"),
    ):
        if total < limit:
            return f"{sign}{_decimal(total, unit)}{name}"
    minutes, rest = divmod(total, 60 * _SECOND)
    hours, minutes = divmod(minutes, 60)
    text = f"{_decimal(rest, _SECOND)}s"
    if hours:
        return f"{sign}{hours}h{minutes}m{text}"
    return f"{sign}{minutes}m{text}" if minutes else sign + text


def format_rounded(seconds: float) -> str:
    """Writes a duration rounded to whole seconds: `1m3s` (Go: Duration.Round, then String)."""
    # Go rounds halves away from zero.
    whole = int(abs(seconds) + 0.5)
    return format_duration(whole if seconds > 0 else -whole)


def _read_part(rest: str, text: str) -> tuple[int, str]:
    """Reads one number with its unit; returns nanoseconds and what follows."""
    end = _number_end(rest)
    whole, _, fraction = rest[:end].partition(".")
    if not whole and not fraction:
        raise _invalid(text)
    whole = whole.lstrip("0")
    # More than 19 digits cannot fit, and Python refuses to read very many.
    if len(whole) > 19:
        raise _invalid(text)
    amount = int(whole or "0")
    unit_end = end
    while unit_end < len(rest) and rest[unit_end] not in _DIGITS and rest[unit_end] != ".":
        unit_end += 1
    name = rest[end:unit_end]
    if not name:
        raise DurationError(f'time: missing unit in duration "{text}"')
    unit = _UNITS.get(name)
    if unit is None:
        raise DurationError(f'time: unknown unit "{name}" in duration "{text}"')
    if amount > _LIMIT // unit:
        raise _invalid(text)
    fraction = fraction[:18]
    if fraction:
        amount = amount * unit + int(int(fraction) * (unit / 10 ** len(fraction)))
    else:
        amount *= unit
    return amount, rest[unit_end:]


def _number_end(text: str) -> int:
    """Returns where the digits at the start end; they may contain one point."""
    end, points = 0, 0
    while end < len(text) and (text[end] in _DIGITS or (text[end] == "." and not points)):
        points += text[end] == "."
        end += 1
    return end


def _decimal(amount: int, unit: int) -> str:
    """Writes `amount / unit`, where `unit` is a power of ten, exactly."""
    whole, rest = divmod(amount, unit)
    if not rest:
        return str(whole)
    return f"{whole}.{str(rest).zfill(len(str(unit)) - 1).rstrip('0')}"


def _invalid(text: str) -> DurationError:
    return DurationError(f'time: invalid duration "{text}"')
