"""Durations as Go writes them: `1m30s`, `250ms`; always whole nanoseconds inside."""

from __future__ import annotations

MICROSECOND = 1_000
MILLISECOND = 1_000_000
SECOND = 1_000_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE

_UNITS = {
    "ns": 1,
    "us": MICROSECOND,
    "µs": MICROSECOND,
    "μs": MICROSECOND,
    "ms": MILLISECOND,
    "s": SECOND,
    "m": MINUTE,
    "h": HOUR,
}
_LONGEST = (1 << 63) - 1


def parse_duration(text: str) -> int:
    """Return the nanoseconds of a duration such as `1h2m3.5s` (Go: time.ParseDuration).

    Raises:
        ValueError: the text is no duration, or one beyond 64 bits of nanoseconds.
    """
    sign = -1 if text.startswith("-") else 1
    rest = text[1:] if text[:1] in ("-", "+") else text
    if rest == "0":
        return 0
    if not rest:
        raise ValueError(f'invalid duration "{text}"')
    total = 0
    while rest:
        number, rest = _leading(rest, "0123456789.")
        unit, rest = _letters(rest)
        if number.strip(".") == "" or number.count(".") > 1:
            raise ValueError(f'invalid duration "{text}"')
        if not unit:
            raise ValueError(f'missing unit in duration "{text}"')
        if unit not in _UNITS:
            raise ValueError(f'unknown unit "{unit}" in duration "{text}"')
        total += _scaled(number, _UNITS[unit])
    if total > _LONGEST + (sign < 0):
        raise ValueError(f'invalid duration "{text}"')
    return sign * total


def format_duration(nanoseconds: int) -> str:
    """Return a duration in Go's shortest form: `0s`, `1.5ms`, `1m3s` (Go: Duration.String)."""
    if nanoseconds < 0:
        return "-" + format_duration(-nanoseconds)
    if nanoseconds == 0:
        return "0s"
    if nanoseconds < SECOND:
        for unit, size in (("ms", MILLISECOND), ("µs", MICROSECOND)):
            if nanoseconds >= size:
                return _decimal(nanoseconds, size) + unit
        return f"{nanoseconds}ns"
    hours, left = divmod(nanoseconds, HOUR)
    minutes, left = divmod(left, MINUTE)
    text = _decimal(left, SECOND) + "s"
    if hours:
        return f"{hours}h{minutes}m{text}"
    return f"{minutes}m{text}" if minutes else text


def _leading(text: str, allowed: str) -> tuple[str, str]:
    end = 0
    while end < len(text) and text[end] in allowed:
        end += 1
    return text[:end], text[end:]


def _letters(text: str) -> tuple[str, str]:
    end = 0
    while end < len(text) and text[end] not in "0123456789.":
        end += 1
    return text[:end], text[end:]


def _scaled(number: str, size: int) -> int:
    whole, _, fraction = number.partition(".")
    # More digits cannot fit, or mean nothing, and Python refuses to read very many.
    whole, fraction = whole.lstrip("0")[:20], fraction[:18]
    value = int(whole or "0") * size
    return value + (int(fraction) * size // 10 ** len(fraction) if fraction else 0)


def _decimal(value: int, size: int) -> str:
    whole, part = divmod(value, size)
    if not part:
        return str(whole)
    digits = len(str(size)) - 1
    return f"{whole}.{part:0{digits}d}".rstrip("0")
