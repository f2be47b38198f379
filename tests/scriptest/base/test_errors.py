from __future__ import annotations

import pickle

import pytest

from scriptest.base.errors import CheckFailed, Location, ScriptError, ScriptSyntaxError, Skip, Stop


@pytest.mark.parametrize(
    ("location", "text"),
    [
        (Location("a.txtar", 3, 7), "a.txtar:3:7:"),
        (Location("a.txtar", 3), "a.txtar:3:"),
        (Location("a.txtar", 0), "a.txtar:"),
    ],
)
def test_location_prints_what_it_knows(location: Location, text: str) -> None:
    assert str(location) == text


def test_script_error_starts_with_its_place() -> None:
    assert str(ScriptSyntaxError("no", Location("f", 1, 2))) == "f:1:2: no"
    assert str(ScriptError("no")) == "no"


def test_location_may_be_known_later() -> None:
    error = ScriptError("no")
    error.location = Location("f", 4)
    assert str(error) == "f:4: no"


@pytest.mark.parametrize(
    "error",
    [
        ScriptSyntaxError("bad", Location("f", 1, 2)),
        CheckFailed("differs", "-a\n+b\n"),
        Stop("enough"),
        Skip("not here"),
    ],
)
def test_errors_survive_pickling(error: Exception) -> None:
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is type(error)
    assert vars(copy) == vars(error)
    assert str(copy) == str(error)
