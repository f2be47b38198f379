"""`fuzzengine env` prints the installation and the folders that it uses."""

from __future__ import annotations

import json
import platform
import sys

import scriptest
from tests.fuzzengine.running import Package


def test_all_facts(package: Package) -> None:
    done = package.run("env", "-json")
    assert done.stderr == ""
    facts = json.loads(done.stdout)
    assert facts.pop("compiled") in (True, False)
    inputs = facts.pop("inputs")
    assert facts == {
        "version": scriptest.__version__,
        "python": platform.python_version(),
        "executable": sys.executable,
        "cache": str(package.cache),
        "code": str(package.cache / "code"),
    }
    assert inputs == str(package.inputs("FuzzX").parent)
    lines = package.run("env").stdout.splitlines()
    assert [line.split()[0] for line in lines] == [
        *("version", "python", "executable", "compiled", "cache", "inputs", "code")
    ]
    assert lines[5].split()[1] == inputs


def test_the_inputs_of_another_folder(package: Package) -> None:
    here = json.loads(package.run("env", "-json").stdout)["inputs"]
    package.write("below/some.py", "")
    below = json.loads(package.run("env", "-json", "below").stdout)["inputs"]
    assert here != below
    assert json.loads(package.run("env", "-json", "below/..").stdout)["inputs"] == here


def test_without_a_home_folder(package: Package) -> None:
    variables = {"HOME": "/none", "XDG_CACHE_HOME": "", "FUZZENGINE_CACHE": ""}
    facts = json.loads(package.run("env", "-json", **variables).stdout)
    assert (facts["cache"], facts["inputs"], facts["code"]) == (None, None, None)
    assert (
        "cache       none, since there is no home folder\n"
        in package.run("env", **variables).stdout
    )


def test_mistakes(package: Package) -> None:
    done = package.run("env", "nosuch")
    assert (done.returncode, done.stderr) == (2, "fuzzengine env: nosuch: no such folder\n")
    done = package.run("env", "one", "two")
    assert done.returncode == 2
    assert done.stderr.startswith("fuzzengine env: name one folder only\nusage: ")
    done = package.run("env", "-nosuch")
    assert done.returncode == 2
    assert done.stderr.startswith("flag provided but not defined: -nosuch\nusage: ")
