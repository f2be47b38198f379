"""Help goes to standard output and lists every flag; misspelt names get a suggestion."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import scriptest
from fuzzengine.cli import main as cli
from fuzzengine.program.flags import (
    PROGRAM_FLAGS,
    Flag,
    FlagError,
    HelpWanted,
    help_lines,
    parse,
)
from tests.fuzzengine.running import Package


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        cli.main(arguments)
    shown = capsys.readouterr()
    assert isinstance(ended.value.code, int)
    return ended.value.code, shown.out, shown.err


@pytest.mark.parametrize("flag", ["-h", "-help", "--help"])
@pytest.mark.parametrize(
    ("command", "line"),
    [
        (
            ["test"],
            "  -fuzztime D          fuzz for a time or number of executions D (30s, 1000x); else",
        ),
        (["corpus"], "  migrate [FOLDER]      rewrite entries for the current arguments"),
        (["corpus", "import"], "  -arg N            use the bytes of argument N, counted from 1"),
        (["clean"], "  -cache      remove instrumented code"),
        ([], "    fuzzengine corpus <command> [flags] [files or folders]"),
    ],
)
def test_help_flags_print_help(
    capsys: pytest.CaptureFixture[str], command: list[str], line: str, flag: str
) -> None:
    status, out, err = printed(capsys, *command, flag)
    assert (status, err) == (0, "")
    assert line in out
    if flag == "-h" and command:
        assert printed(capsys, "help", *command) == (0, out, "")


def test_every_flag_for_users_has_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = printed(capsys, "help", "test")
    rows = [line.split()[0] for line in out.splitlines() if line.startswith("  -")]
    assert rows == sorted(rows)
    wanted = {f"-{name}" for name, flag in PROGRAM_FLAGS.items() if not flag.internal}
    assert wanted <= set(rows)
    assert "-fuzzworker" not in rows
    assert all(len(line) <= 100 for line in out.splitlines())


def test_the_version_is_that_of_scriptest(capsys: pytest.CaptureFixture[str]) -> None:
    for argument in ("--version", "version"):
        assert printed(capsys, argument) == (0, f"fuzzengine {scriptest.__version__}\n", "")


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["tset"], "fuzzengine tset: unknown command (did you mean test?)\n"),
        (["test", "-fuztime=3s"], "not defined: -fuztime (did you mean -fuzztime?)\n"),
        (["test", "--keep-going"], "not defined: -keep-going (did you mean -keepgoing?)\n"),
        (["test", "-fuzzworkr"], "not defined: -fuzzworkr\n"),
        (["help", "tset"], "fuzzengine tset: unknown command (did you mean test?)\n"),
        (["corpus", "minimise"], "unknown command minimise (did you mean minimize?)\n"),
        (["corpus", "show", "-zzz"], "flag provided but not defined: -zzz\n"),
    ],
)
def test_the_nearest_name_is_named(
    capsys: pytest.CaptureFixture[str], arguments: list[str], text: str
) -> None:
    status, out, err = printed(capsys, *arguments)
    assert (status, out) == (2, "")
    assert text in err


def test_a_test_program_prints_its_own_flags(package: Package) -> None:
    package.write("some_test.py", "def TestIt(t): pass\n")
    assert package.run("test", "-c", "-o", "some").returncode == 0
    import subprocess
    import sys

    done = subprocess.run(
        [sys.executable, str(package.folder / "some"), "-h"],
        cwd=package.folder,
        env=package.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0
    assert "\n  -test.fuzz RE " in done.stdout + done.stderr


@given(st.sampled_from(["h", "help", "test.h"]), st.booleans())
def test_a_flag_named_h_prints_no_help(name: str, is_bool: bool) -> None:
    with pytest.raises(HelpWanted):
        parse([f"-{name}"], {})
    table = {"h": Flag(str, "", "", is_bool=is_bool), "help": Flag(str, "", "", is_bool=is_bool)}
    parse([f"-{name}=1"], table)


@given(st.text("abcdefghijkl", min_size=1, max_size=8))
def test_any_unknown_flag_is_refused(name: str) -> None:
    with pytest.raises(FlagError):
        parse([f"-{name}"], {})


@given(st.dictionaries(st.text("abc", min_size=1), st.text("ab `", max_size=9)))
def test_a_flag_has_a_line(texts: dict[str, str]) -> None:
    table = {name: Flag(str, "", text) for name, text in texts.items()}
    assert len(help_lines(table)) == len(texts)
