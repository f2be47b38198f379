from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzzengine.program.flags import PROGRAM_FLAGS, FlagError, ProgramFlags, parse, read_size


def test_all_forms_of_a_flag() -> None:
    forms = (["-run=X"], ["--run=X"], ["-run", "X"], ["-test.run=X"], ["--test.run", "X"])
    for form in forms:
        assert parse(form, PROGRAM_FLAGS) == ({"run": "X"}, [])


def test_truth_values() -> None:
    assert parse(["-v", "-short=false"], PROGRAM_FLAGS)[0] == {"v": True, "short": False}
    with pytest.raises(
        FlagError, match='invalid boolean value "maybe" for flag -v: want true or false'
    ):
        parse(["-v=maybe"], PROGRAM_FLAGS)


def test_arguments_end_the_flags_unless_interspersed() -> None:
    line = ["-v", "folder", "-short"]
    assert parse(line, PROGRAM_FLAGS) == ({"v": True}, ["folder", "-short"])
    both = {"v": True, "short": True}
    assert parse(line, PROGRAM_FLAGS, interspersed=True) == (both, ["folder"])
    assert parse(["-v", "--", "-x"], PROGRAM_FLAGS, interspersed=True) == ({"v": True}, ["-x"])


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["-nope"], "flag provided but not defined: -nope"),
        (["-run"], "flag needs an argument: -run"),
        (["---v"], "bad flag syntax: ---v"),
        (["-=v"], "bad flag syntax: -=v"),
        (["-fuzztime=0x"], 'invalid value "0x" for flag -fuzztime: invalid count'),
        (["-fuzztime=-1s"], 'invalid value "-1s" for flag -fuzztime: invalid duration'),
        (["-test.fuzztime=-1s"], 'invalid value "-1s" for flag -test.fuzztime: invalid duration'),
        (
            ["-fuzzminimizetime=-1x"],
            'invalid value "-1x" for flag -fuzzminimizetime: invalid count',
        ),
        (["-count=two"], 'invalid value "two" for flag -count: want a whole number'),
        (["-memlimit=much"], 'invalid value "much" for flag -memlimit: want a size such as 512M'),
    ],
)
def test_mistakes(arguments: list[str], text: str) -> None:
    with pytest.raises(FlagError) as caught:
        parse(arguments, PROGRAM_FLAGS)
    assert str(caught.value).startswith(text)


def test_budgets() -> None:
    values, _ = parse(["-fuzztime=10x", "-fuzzminimizetime=0s"], PROGRAM_FLAGS)
    flags = ProgramFlags(values)
    assert (flags.fuzztime.count, flags.fuzztime.duration) == (10, 0)
    assert (flags.fuzzminimizetime.count, flags.fuzzminimizetime.duration) == (0, 0)
    assert ProgramFlags({}).fuzzminimizetime.duration == 60_000_000_000


@pytest.mark.parametrize(
    ("text", "size"), [("7", 7), ("7B", 7), ("2K", 2048), ("3MiB", 3 << 20), ("1GB", 1 << 30)]
)
def test_sizes(text: str, size: int) -> None:
    assert read_size(text) == size


@given(st.lists(st.text(alphabet="-=.x0testrunfuzimv ", max_size=12), max_size=6))
def test_any_command_line_is_read_or_refused(arguments: list[str]) -> None:
    try:
        values, rest = parse(arguments, PROGRAM_FLAGS, interspersed=True)
    except FlagError:
        return
    assert set(values) <= set(PROGRAM_FLAGS)
    assert all(word in arguments for word in rest)
