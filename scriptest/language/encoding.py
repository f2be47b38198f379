"""How an archive holds what it cannot hold as it is: in another form, and with a script's help.

An archive has no final line end to leave out, no place for lines like its own markers, and only
text survives editors. Commands at a script's beginning lead back: `trimnl`, `unquote`, `unbase64`.
"""

from __future__ import annotations

from scriptest.language import txtar
from scriptest.language.lexer import quote_word

EDITS = ("unquote", "trimnl", "unbase64")
"""The commands that lead back."""

_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:=,+@%^~${}")


def storable(content: bytes, *, encode: bool = False) -> tuple[bytes, list[str]]:
    """Return a content that an archive can hold, and the commands that restore the original.

    Args:
        content: any bytes.
        encode: whether what is no text becomes base64; else its bytes stay as they are.
    """
    if encode and not is_text(content):
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


def restored(content: bytes, command: str) -> bytes:
    """Return a content after one of `EDITS`.

    Raises:
        ValueError: it is not in the form that the command expects.
    """
    if command == "unquote":
        return txtar.unquote(content)
    if command == "trimnl":
        return content.removesuffix(b"\n")
    from base64 import b64decode

    return b64decode(b"".join(content.split()), validate=True)


def why_not(content: bytes) -> str:
    """Say why an archive cannot hold a content as it is; nothing if it can."""
    if not is_text(content):
        return "is no text"
    if content and not content.endswith(b"\n"):
        return "has no final line end"
    if txtar.needs_quote(content):
        return "has lines like an archive's own markers"
    return ""


def is_text(content: bytes) -> bool:
    """Report whether a content is UTF-8 without NUL, which editors leave as it is."""
    if b"\0" in content:
        return False
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


def name_problem(name: str) -> str:
    """Say why a file of a script's archive cannot have a name; nothing if it can."""
    if "$" in name:
        return "has a `$` in its name, which scripts read as a variable"
    try:
        txtar.format_archive(txtar.Archive(b"", (txtar.File(name, b""),)))
    except ValueError:
        return "has a name that an archive cannot hold"
    if "\r" in name:
        return "has a name that an archive cannot hold"
    return ""


def script_word(name: str) -> str:
    """Return a file's name as a script's word; variables in it are expanded there too."""
    if name.startswith("-"):
        # Unquoted it would be read as a flag.
        return "'" + name.replace("'", "''") + "'"
    return name if name and _PLAIN.issuperset(name) else quote_word(name)
