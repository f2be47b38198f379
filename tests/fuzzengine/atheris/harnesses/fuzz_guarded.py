#!/usr/bin/python3
"""The most common shape: a guard, TestOneInput, instrumented imports."""

import sys

import atheris

with atheris.instrument_imports():
    import shop


def TestOneInput(data):
    try:
        shop.size(data.decode("utf-8"))
    except UnicodeDecodeError:
        return


def main():
    atheris.Setup(sys.argv, TestOneInput)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
