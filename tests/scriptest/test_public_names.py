"""Tests of the names that the package exports."""

import subprocess
import sys

import pytest

import scriptest


@pytest.mark.parametrize("name", scriptest.__all__)
def test_public_name_is_exported(name: str) -> None:
    assert getattr(scriptest, name).__name__ == name
    assert name in dir(scriptest)


def test_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'scriptest' has no attribute 'commnd'"):
        scriptest.commnd  # noqa: B018


@pytest.mark.process
def test_importing_the_package_loads_no_other_module() -> None:
    code = "import sys; known = {*sys.modules}; import scriptest; print({*sys.modules} - known)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "{'scriptest'}\n"
