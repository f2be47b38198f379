"""Only code in C is tested."""

import hashlib
import sys

import atheris

DIGEST = "1e5aa0a92cff2a57d00861642c594a96fcf9c739881877b4d88a6d8ae2aa545d"


def TestOneInput(data):
    if hashlib.sha256(data).hexdigest() == DIGEST:
        raise AssertionError("a rare input")


atheris.instrument_func(TestOneInput)
atheris.Setup(sys.argv, TestOneInput)
atheris.Fuzz()
