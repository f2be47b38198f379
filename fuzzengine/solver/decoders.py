"""Solves comparisons of decoded data: base64, zlib, text encodings and so on.

The log records the text that each decoder was given. If that text is part of the input, hints are
derived for the decoded data and encoded again, also through several nested decoders.
"""

from __future__ import annotations

from fuzzengine.cmplog.log import Event

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any, TypeAlias

MOST = 6
"""The most decoders of one execution that are considered."""
DEEPEST = 3
"""The deepest nesting of decoders."""
_LARGEST = 1 << 16

Values: TypeAlias = "Sequence[object]"
Codec: TypeAlias = "tuple[Callable[[bytes], bytes | str], Callable[[bytes], bytes]]"

_NOTHING = b"ABCDEFGH"


class Decoder:
    """One use of a decoder: the text that it was given, and the codec to encode again."""

    __slots__ = ("codec", "name", "text")

    def __init__(self, name: str, codec: Codec, text: bytes) -> None:
        self.name = name
        self.codec = codec
        self.text = text


def decoders_of(events: Sequence[Event]) -> list[Decoder]:
    """Return the decoders that were given a text, each text once."""
    found: dict[tuple[str, bytes], Decoder] = {}
    for _, op, left, right in events:
        if op == "parse" and len(found) < MOST:
            codec = codec_of(left)
            text = _bytes(right)
            if codec is not None and text:
                found.setdefault((left[0], text), Decoder(left[0], codec, text))
    return list(found.values())


def through(
    decoders: Sequence[Decoder],
    values: Values,
    hints: Callable[[list[object]], Iterator[list[object]]],
    depth: int = DEEPEST,
) -> Iterator[list[object]]:
    """Yield copies of `values` in which decoded data is changed by `hints` and encoded again."""
    for decoder in decoders:
        for index, value in enumerate(values):
            data = _bytes(value)
            if data is None or decoder.text not in data:
                continue
            inner = _decoded(decoder)
            if inner is None or inner == value:
                continue
            others = [one for one in decoders if one is not decoder]
            ways = [hints([inner])]
            if depth > 1 and others:
                ways.append(through(others, [inner], hints, depth - 1))
            for way in ways:
                for (changed,) in way:
                    made = _put_back(decoder, changed, data, is_text=isinstance(value, str))
                    if made is not None:
                        yield [*values[:index], made, *values[index + 1 :]]


def sample(parser: tuple[str, Any]) -> bytes | None:
    """Return data that a decoder accepts, or None for an unknown decoder."""
    codec = codec_of(parser)
    return _encoded(codec, _NOTHING) if codec is not None else None


def codec_of(parser: tuple[str, Any]) -> Codec | None:
    """Return the decoding and the encoding function of a decoder, or None if it is unknown."""
    name, detail = parser
    if name == "decode":
        return _text_codec(detail)
    make = _CODECS.get(name)
    return make() if make is not None else None


def _decoded(decoder: Decoder) -> bytes | str | None:
    try:
        made = decoder.codec[0](decoder.text)
    except Exception:  # a decoder may raise anything
        return None
    return made if len(made) <= _LARGEST else None


def _encoded(codec: Codec, data: bytes) -> bytes | None:
    try:
        return codec[1](data)
    except (ValueError, LookupError):
        return None


def _put_back(decoder: Decoder, changed: object, data: bytes, *, is_text: bool) -> object:
    plain = _bytes(changed)
    made = _encoded(decoder.codec, plain) if plain is not None else None
    if made is None:
        return None
    whole = data.replace(decoder.text, made, 1)
    return whole.decode("utf-8", "surrogateescape") if is_text else whole


def _bytes(value: object) -> bytes | None:
    if isinstance(value, str):
        return value.encode("utf-8", "surrogatepass" if not _escaped(value) else "surrogateescape")
    return value if isinstance(value, bytes) else None


def _escaped(text: str) -> bool:
    try:
        text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return False
    return True


def _text_codec(name: object) -> Codec | None:
    """Return the codec of a text encoding, or None for UTF-8, which inputs hold as it is."""
    known = name.lower().replace("_", "-") if isinstance(name, str) else ""
    if known in {"", "utf-8", "utf8", "ascii"}:
        return None
    return (
        lambda data: data.decode(known, "surrogateescape"),
        lambda data: data.decode("utf-8", "surrogatepass").encode(known),
    )


def _base64() -> Codec:
    from base64 import b64decode, b64encode

    return b64decode, b64encode


def _urlsafe() -> Codec:
    from base64 import urlsafe_b64decode, urlsafe_b64encode

    return urlsafe_b64decode, urlsafe_b64encode


def _base32() -> Codec:
    from base64 import b32decode, b32encode

    return b32decode, b32encode


def _hex() -> Codec:
    return (lambda data: bytes.fromhex(data.decode("ascii"))), lambda data: data.hex().encode()


def _zlib() -> Codec:
    from zlib import compress, decompressobj

    return (lambda data: decompressobj().decompress(data, _LARGEST + 1)), compress


def _gzip() -> Codec:
    from gzip import compress
    from zlib import decompressobj

    return (
        lambda data: decompressobj(31).decompress(data, _LARGEST + 1),
        lambda data: compress(data, mtime=0),
    )


def _percent() -> Codec:
    from urllib.parse import quote_from_bytes, unquote_to_bytes

    return (lambda data: unquote_to_bytes(data)), lambda data: quote_from_bytes(data).encode()


_CODECS: dict[str, Callable[[], Codec]] = {
    "base64.b64decode": _base64,
    "base64.standard_b64decode": _base64,
    "a2b_base64": _base64,
    "base64.urlsafe_b64decode": _urlsafe,
    "base64.b32decode": _base32,
    "unhexlify": _hex,
    "bytes.fromhex": _hex,
    "zlib.decompress": _zlib,
    "gzip.decompress": _gzip,
    "urllib.unquote": _percent,
    "urllib.unquote_plus": _percent,
}
