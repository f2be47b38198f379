"""Escapes text for workflow commands of GitHub Actions, which become annotations."""

from __future__ import annotations


def escape_message(text: str) -> str:
    """Escape text for the message of a command."""
    return text.replace("%", "%25").replace("\n", "%0A")


def escape_property(text: str) -> str:
    """Escape text for a property of a command, such as the file or the title."""
    return escape_message(text).replace(":", "%3A").replace(",", "%2C")
