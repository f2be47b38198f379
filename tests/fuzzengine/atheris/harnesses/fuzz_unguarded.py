"""No guard, another name, nothing asked to be instrumented."""

import sys

import atheris
import shop


def fuzz_size(input_bytes):
    shop.size(input_bytes.decode("latin-1"))


atheris.Setup(sys.argv, fuzz_size)
atheris.Fuzz()
