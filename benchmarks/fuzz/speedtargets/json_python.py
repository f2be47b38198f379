"""The JSON parser of the standard library, as it is where it has no C scanner."""

import json.decoder
import json.scanner

json.decoder.scanstring = json.decoder.py_scanstring  # type: ignore[assignment]
decoder = json.decoder.JSONDecoder()
decoder.parse_string = json.decoder.py_scanstring
decoder.scan_once = json.scanner.py_make_scanner(decoder)  # type: ignore[attr-defined]


def run(data: bytes) -> None:
    try:
        decoder.decode(data.decode("latin-1"))
    except (ValueError, RecursionError):
        return
