"""Everything that is loaded is to be instrumented, also optional hooks."""

import sys

import atheris
import shop


def TestOneInput(data: bytes) -> None:
    if len(data) > 3:
        shop.size(data.decode("latin-1"))


if __name__ == "__main__":
    atheris.enabled_hooks.add("str")
    atheris.instrument_all()
    atheris.Setup(sys.argv, TestOneInput, enable_python_coverage=True)
    atheris.Fuzz()
