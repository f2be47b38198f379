"""PyYAML, loaded before everything is instrumented; what is no YAML is skipped."""

import sys

import atheris
import yaml


def TestOneInput(data):
    try:
        yaml.safe_load(data)
    except yaml.YAMLError:
        return -1
    return 0


if __name__ == "__main__":
    atheris.instrument_all()
    atheris.Setup(sys.argv, TestOneInput)
    atheris.Fuzz()
