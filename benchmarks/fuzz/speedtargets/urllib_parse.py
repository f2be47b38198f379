"""URLs and queries, taken apart."""

import urllib.parse


def run(data: bytes) -> None:
    text = data.decode("latin-1")
    try:
        parts = urllib.parse.urlsplit(text)
        urllib.parse.parse_qsl(parts.query)
        urllib.parse.urljoin("http://example.org/a/b?c=d", text)
    except ValueError:
        return
