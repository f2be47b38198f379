"""Dictionaries: words for inputs, from files in AFL's format and from the constants of code."""

from __future__ import annotations

from types import CodeType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MAX_WORD_LENGTH = 32
"""Number of bytes above which constants are ignored, as probably messages or documentation."""
MAX_WORDS = 2000

_ESCAPES = {"\\": b"\\", '"': b'"', "n": b"\n", "r": b"\r", "t": b"\t"}


def parse(text: str, name: str) -> list[bytes]:
    r"""Return the words of a dictionary file.

    A line is `name="value"`, `name@1="value"` or `"value"`. Values have the escapes `\\`, `\"` and
    `\xNN`, and those of C for newline, return and tab. Empty lines and lines that start with `#`
    are skipped.

    Args:
        text: the content of the file.
        name: its path, for errors.

    Raises:
        ValueError: a line is malformed; the message has the file, the line and the expected form.
    """
    words = []
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        if line and not line.startswith("#"):
            start = line.find('"')
            if start < 0 or len(line) < start + 2 or not line.endswith('"'):
                raise ValueError(f'{name}:{number}: want name="value", not {line}')
            words.append(_unescape(line[start + 1 : -1], f"{name}:{number}"))
    return [word for word in words if word]


def _unescape(text: str, where: str) -> bytes:
    value, rest = b"", text
    while rest:
        plain, backslash, rest = rest.partition("\\")
        if '"' in plain:
            raise ValueError(f'{where}: write \\" for a quote inside of a value')
        value += plain.encode("utf-8", "surrogateescape")
        if not backslash:
            break
        if rest[:1] in _ESCAPES:
            value, rest = value + _ESCAPES[rest[0]], rest[1:]
        elif rest[:1] == "x" and len(rest) > 2 and _is_hex(rest[1:3]):
            value, rest = value + bytes([int(rest[1:3], 16)]), rest[3:]
        else:
            raise ValueError(f'{where}: unknown escape \\{rest[:1]}; want \\\\, \\" or \\xNN')
    return value


def _is_hex(text: str) -> bool:
    return all(character in "0123456789abcdefABCDEF" for character in text)


def words_in_code(codes: Iterable[CodeType]) -> list[bytes]:
    """Return short strings and numbers among the constants of code, without duplicates."""
    words: dict[bytes, None] = {}
    for code in codes:
        for constant in _constants(code):
            for word in _encodings(constant):
                if 0 < len(word) <= MAX_WORD_LENGTH and len(words) < MAX_WORDS:
                    words[word] = None
    return list(words)


def _constants(code: CodeType) -> Iterator[object]:
    docstring = code.co_consts[0] if code.co_consts and code.co_name != "<module>" else None
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _constants(constant)
        elif isinstance(constant, (tuple, frozenset)):
            yield from sorted(constant, key=repr)
        elif constant is not docstring or not isinstance(constant, str):
            yield constant


def _encodings(constant: object) -> Iterator[bytes]:
    if isinstance(constant, bytes):
        yield constant
    elif isinstance(constant, str):
        if not (constant.startswith("__") and constant.endswith("__")):
            yield constant.encode("utf-8", "surrogatepass")
    elif isinstance(constant, int) and 255 < abs(constant) < 1 << 64:
        yield b"%d" % constant
        size = 2 if abs(constant) < 1 << 15 else 4 if abs(constant) < 1 << 31 else 8
        number = constant % (1 << (size * 8))
        yield number.to_bytes(size, "little")
        yield number.to_bytes(size, "big")
