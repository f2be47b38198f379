"""Words to put into inputs: from a file in AFL's format, and from the constants of the code."""

from __future__ import annotations

from types import CodeType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

LONGEST = 32
"""Longer constants are messages and documentation rather than words of a format."""
MOST = 2000

_ESCAPES = {"\\": b"\\", '"': b'"', "n": b"\n", "r": b"\r", "t": b"\t"}


def parse(text: str, name: str) -> list[bytes]:
    r"""Read a dictionary file: a line for each word.

    A line is `name="value"`, `name@1="value"` or `"value"`. Values have the escapes `\\`, `\"` and
    `\xNN`, and those of C for newline, return and tab. Empty lines and lines that start with `#`
    are skipped.

    Raises:
        ValueError: a line is malformed; the text names the file, the line and what is wanted.
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
    made, rest = b"", text
    while rest:
        plain, backslash, rest = rest.partition("\\")
        if '"' in plain:
            raise ValueError(f'{where}: write \\" for a quote inside of a value')
        made += plain.encode("utf-8", "surrogateescape")
        if not backslash:
            break
        if rest[:1] in _ESCAPES:
            made, rest = made + _ESCAPES[rest[0]], rest[1:]
        elif rest[:1] == "x" and len(rest) > 2 and _is_hex(rest[1:3]):
            made, rest = made + bytes([int(rest[1:3], 16)]), rest[3:]
        else:
            raise ValueError(f'{where}: unknown escape \\{rest[:1]}; want \\\\, \\" or \\xNN')
    return made


def _is_hex(text: str) -> bool:
    return all(character in "0123456789abcdefABCDEF" for character in text)


def words_of(codes: Iterable[CodeType]) -> list[bytes]:
    """Return the short texts and the numbers among the constants of code, each once, in order."""
    words: dict[bytes, None] = {}
    for code in codes:
        for constant in _constants(code):
            for word in _forms(constant):
                if 0 < len(word) <= LONGEST and len(words) < MOST:
                    words[word] = None
    return list(words)


def _constants(code: CodeType) -> Iterator[object]:
    documentation = code.co_consts[0] if code.co_consts and code.co_name != "<module>" else None
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _constants(constant)
        elif isinstance(constant, (tuple, frozenset)):
            yield from sorted(constant, key=repr)
        elif constant is not documentation or not isinstance(constant, str):
            yield constant


def _forms(constant: object) -> Iterator[bytes]:
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
