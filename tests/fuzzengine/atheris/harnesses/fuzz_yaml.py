"""PyYAML, loaded before everything is instrumented; inputs that are not YAML are skipped."""

import os.path
import sys

import atheris
import yaml

assert os.path.isabs(__file__)


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
