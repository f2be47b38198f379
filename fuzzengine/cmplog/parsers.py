"""Names of common parsers and decoders, and sample texts that each accepts."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any


NAMES = frozenset(
    (
        "Decimal",
        "Fraction",
        "IPv4Address",
        "IPv6Address",
        "UUID",
        "a2b_base64",
        "b32decode",
        "b64decode",
        "complex",
        "decode",
        "decompress",
        "float",
        "fromhex",
        "fromisoformat",
        "fromstring",
        "int",
        "ip_address",
        "ip_network",
        "literal_eval",
        "loads",
        "read_string",
        "standard_b64decode",
        "strptime",
        "unhexlify",
        "unquote",
        "unquote_plus",
        "urlparse",
        "urlsafe_b64decode",
        "urlsplit",
        "XML",
    )
)
"""Names, in the source, of the functions whose calls are logged as `parse`."""

_SAMPLES: dict[str, tuple[str, ...]] = {
    "int": ("0", "1", "7", "-1", "31"),
    "float": ("0", "1.5", "-2", "1e9", "nan", "inf"),
    "complex": ("1j",),
    "Decimal": ("0", "1.5", "-2", "1e9"),
    "Fraction": ("1/2", "3"),
    "uuid": ("12345678-1234-1678-9234-567812345678",),
    "ipaddress.ip_address": ("10.1.2.3", "1:2::3"),
    "ipaddress.ip_network": ("10.1.2.0/24", "1:2::/32"),
    "IPv4Address": ("10.1.2.3",),
    "IPv6Address": ("1:2::3",),
    "json.loads": ('{"a": 1}', "[1, 2]", "1", '"a"', "true", "null", "{}", "[]", "1.5"),
    "tomllib.loads": ("a = 1\n", '[a]\nb = "c"\n'),
    "ast.literal_eval": ("{'a': 1}", "[1, 2]", "'a'", "(1,)", "1.5"),
    "configparser.read_string": ("[a]\nb = 1\n",),
    "shlex.split": ("a b 'c d'",),
    "urllib.urlparse": ("http://a:b@c.d:80/e?f=g#h",),
    "urllib.urlsplit": ("http://a:b@c.d:80/e?f=g#h",),
    "xml.fromstring": ('<a b="1">c</a>', "<a><b>c</b></a>"),
    "date.fromisoformat": ("2024-01-02",),
    "datetime.fromisoformat": ("2024-01-02T03:04:05",),
    "time.fromisoformat": ("03:04:05",),
    "isalnum": ("a1", "A"),
    "isalpha": ("a", "Ab"),
    "isascii": ("a",),
    "isdecimal": ("7", "31"),
    "isdigit": ("7", "31"),
    "isidentifier": ("a", "_b1"),
    "islower": ("a", "ab"),
    "isnumeric": ("7", "31"),
    "isprintable": ("a",),
    "isspace": (" ", "\t\n"),
    "istitle": ("Ab",),
    "isupper": ("A", "AB"),
}

_DIRECTIVES = {
    "Y": "2024", "y": "24", "m": "01", "d": "02", "H": "03", "M": "04", "S": "05", "f": "6",
    "j": "033", "b": "Jan", "B": "January", "a": "Mon", "A": "Monday", "p": "AM", "I": "03",
    "z": "+0000", "Z": "UTC", "%": "%",
}  # fmt: skip


def samples(parser: tuple[str, Any], text: str | bytes) -> Iterator[str | bytes]:
    """Yield texts, of the type of `text`, that a parser should accept.

    Args:
        parser: its name and second argument, as in a `parse` event.
        text: the text that it was given.
    """
    name, detail = parser
    if name.startswith("is") and len(text) > 1:
        texts = [sample[0] * len(text) for sample in _SAMPLES.get(name, ())[:1]]
        texts.extend(_SAMPLES.get(name, ()))
    elif name == "datetime.strptime" and isinstance(detail, str):
        texts = [sample_time(detail)]
    elif name == "int" and detail == 16:
        texts = ["0", "1f", "12345", "-1"]
    else:
        texts = list(_SAMPLES.get(name, ()))
    for sample in texts:
        yield sample.encode() if isinstance(text, bytes) else sample


def sample_time(form: str) -> str:
    """Return a time that `strptime` accepts with this format."""
    texts, escaped = "", False
    for character in form:
        if escaped:
            texts += _DIRECTIVES.get(character, "1")
            escaped = False
        elif character == "%":
            escaped = True
        else:
            texts += character
    return texts
