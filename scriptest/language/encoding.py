"""Encodes contents that an archive cannot hold verbatim; script commands decode them.

A file of an archive always ends in a newline and contains no marker lines, and only text survives
editors. `trimnl`, `unquote` and `unbase64` at the start of a script restore the original content.
"""

from __future__ import annotations

from scriptest.language import txtar
from scriptest.language.lexer import quote_word

DECODING_COMMANDS = ("unquote", "trimnl", "unbase64")
"""The script commands that decode an encoded file."""

_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:=,+@%^~${}")


def encode(content: bytes, *, binary: bool = False) -> tuple[bytes, list[str]]:
    """Encode a content so that an archive can hold it.

    Args:
        content: any bytes.
        binary: whether to encode binary content as base64 instead of keeping its bytes.

    Returns:
        The encoded content, and the commands that decode it, in order.
    """
    if binary and not is_text(content):
        from base64 import encodebytes

        return encodebytes(content), ["unbase64"]
    commands = []
    if content and not content.endswith(b"\n"):
        content += b"\n"
        commands.append("trimnl")
    if txtar.needs_quote(content):
        content = txtar.quote(content)
        commands.insert(0, "unquote")
    return content, commands


def decode(content: bytes, command: str) -> bytes:
    """Decode a content as one of `DECODING_COMMANDS` does.

    Raises:
        ValueError: the content is not in the form that the command expects.
    """
    if command == "unquote":
        return txtar.unquote(content)
    if command == "trimnl":
        return content.removesuffix(b"\n")
    from base64 import b64decode

    return b64decode(b"".join(content.split()), validate=True)


def content_problem(content: bytes) -> str:
    """Return the reason why an archive cannot hold a content verbatim, or an empty string."""
    if not is_text(content):
        return "is not text"
    if content and not content.endswith(b"\n"):
        return "has no final newline"
    if txtar.needs_quote(content):
        return "contains lines that look like markers of an archive"
    return ""


def is_text(content: bytes) -> bool:
    """Report whether a content is UTF-8 without NUL, which editors keep unchanged."""
    if b"\0" in content:
        return False
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


def name_problem(name: str) -> str:
    """Return the reason why a file of an archive cannot have a name, or an empty string."""
    if "$" in name:
        return "has a `$` in its name, which scripts expand as a variable"
    if control_character(name):
        return f"has the control character {control_character(name)} in its name"
    try:
        txtar.format_archive(txtar.Archive(b"", (txtar.File(name, b""),)))
    except ValueError:
        return "has a name that an archive cannot hold"
    if "\r" in name:
        return "has a name that an archive cannot hold"
    return ""


def control_character(name: str) -> str:
    """Return the first control character of a name, such as `U+0000`, or an empty string."""
    for char in name:
        if char < " " or "\x7f" <= char < "\xa0":
            return f"U+{ord(char):04X}"
    return ""


def escaped(name: str) -> str:
    r"""Return a name with escapes such as `\x1b` for its control characters."""
    return "".join(
        char.encode("unicode_escape").decode() if control_character(char) else char for char in name
    )


def script_word(name: str) -> str:
    """Return a file name as a word of a script; the script still expands its variables."""
    if name.startswith("-"):
        # Unquoted, it would be parsed as a flag.
        return "'" + name.replace("'", "''") + "'"
    return name if name and _PLAIN.issuperset(name) else quote_word(name)
