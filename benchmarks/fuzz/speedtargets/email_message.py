"""A mail, taken apart into headers and parts."""

import email.parser
import email.utils


def run(data: bytes) -> None:
    # Some messages make the library raise TypeError; a run that ends there measures nothing.
    try:
        message = email.parser.BytesParser().parsebytes(data)
        for part in message.walk():
            part.get_content_type()
            email.utils.parseaddr(str(part.get("from", "")))
    except (TypeError, ValueError):
        return
