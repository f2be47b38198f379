"""Ed25519 signatures (RFC 8032), for tests only.

The checksum database signs its tree heads with this scheme and the standard library has none.
It is neither fast nor safe against timing attacks: the one key it is used with is public.
"""

from __future__ import annotations

from hashlib import sha512
from typing import NamedTuple

_P = 2**255 - 19
_ORDER = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, -1, _P) % _P
_ROOT_OF_MINUS_ONE = pow(2, (_P - 1) // 4, _P)


class _Point(NamedTuple):
    """A point in extended coordinates: x = X/Z, y = Y/Z, xy = T/Z."""

    x: int
    y: int
    z: int
    t: int


def _add(a: _Point, b: _Point) -> _Point:
    minus = (a.y - a.x) * (b.y - b.x) % _P
    plus = (a.y + a.x) * (b.y + b.x) % _P
    cross = 2 * a.t * b.t * _D % _P
    scale = 2 * a.z * b.z % _P
    e, f, g, h = plus - minus, scale - cross, scale + cross, plus + minus
    return _Point(e * f % _P, g * h % _P, f * g % _P, e * h % _P)


def _multiply(point: _Point, factor: int) -> _Point:
    total = _Point(0, 1, 1, 0)
    while factor:
        if factor & 1:
            total = _add(total, point)
        point = _add(point, point)
        factor >>= 1
    return total


def _recover_x(y: int, odd: bool) -> int:
    square = (y * y - 1) * pow(_D * y * y + 1, -1, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    if (x * x - square) % _P:
        x = x * _ROOT_OF_MINUS_ONE % _P
    return _P - x if x & 1 != odd else x


def _base_point() -> _Point:
    y = 4 * pow(5, -1, _P) % _P
    x = _recover_x(y, odd=False)
    return _Point(x, y, 1, x * y % _P)


_BASE = _base_point()


def _encode(point: _Point) -> bytes:
    inverse = pow(point.z, -1, _P)
    x, y = point.x * inverse % _P, point.y * inverse % _P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def _expand(seed: bytes) -> tuple[int, bytes]:
    digest = sha512(seed).digest()
    scalar = int.from_bytes(digest[:32], "little")
    scalar &= (1 << 254) - 8
    return scalar | 1 << 254, digest[32:]


def _number(*parts: bytes) -> int:
    return int.from_bytes(sha512(b"".join(parts)).digest(), "little") % _ORDER


def public_key(seed: bytes) -> bytes:
    """Return the 32 bytes of the public key that belongs to a 32-byte seed."""
    return _encode(_multiply(_BASE, _expand(seed)[0]))


def sign(seed: bytes, message: bytes) -> bytes:
    """Return the 64 bytes of the signature of message under a 32-byte seed."""
    scalar, prefix = _expand(seed)
    public = public_key(seed)
    nonce = _number(prefix, message)
    commitment = _encode(_multiply(_BASE, nonce))
    answer = (nonce + _number(commitment, public, message) * scalar) % _ORDER
    return commitment + answer.to_bytes(32, "little")
