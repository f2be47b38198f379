"""What somebody reads who types the command line wrongly: one line that says what is meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from scriptest.cli import main as cli

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["rnu"], "scriptest: unknown command rnu; did you mean run?"),
        (["--colour"], "scriptest: unknown option --colour; see scriptest --help"),
        (["run", "--upadte"], "scriptest run: unknown option --upadte; did you mean --update?"),
        (["run", "--foo"], "scriptest run: unknown option --foo; see scriptest run --help"),
        (["run", "--sharrd=1/2", "x"], "unknown option --sharrd; did you mean --shard?"),
        (
            ["vet", "x", "--zzz"],
            "scriptest vet: unknown option --zzz; see scriptest vet --help",
        ),
        (["run", "--update=dif"], "cannot have the value 'dif'; see scriptest run --help"),
        (["run", "-j", "x"], "-j/--jobs: not a whole number: 'x'; see scriptest run --help"),
        (["run", "-e"], "-e/--env: expected one argument; see scriptest run --help"),
        (
            ["completion"],
            "the following arguments are required: shell; see scriptest completion --help",
        ),
        (["new", "a", "b"], "scriptest new: unexpected argument b; see scriptest new --help"),
    ],
)
def test_mistakes_are_one_line(
    arguments: list[str], line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(arguments)
    assert ended.value.code == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.endswith(line + "\n")
    assert said.err.count("\n") == 1


def test_an_interrupt_while_arguments_are_read_is_silent(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(arguments: list[str]) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "_options", interrupted)
    assert cli.main(["run"]) == 130
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("name", [row[0] for row in cli.COMMANDS])
def test_every_command_has_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main([name, "--help"])
    assert ended.value.code == 0
    assert f"usage: scriptest {name} [-h]" in capsys.readouterr().out


def test_no_command_shows_all_of_them(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main([])
    assert ended.value.code == 2
    assert "run scripts" in capsys.readouterr().err


def test_an_unknown_command_names_the_known_ones(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["frobnicate"])
    assert (
        "unknown command frobnicate; the commands are run, watch, merge" in capsys.readouterr().err
    )


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (
            ["vet"],
            "testdata/script: no such folder; there are scripts in .: `scriptest vet .`",
        ),
        (["vet", "greet"], "scriptest: greet: no such script or folder; did you mean g"),
        (["vet", "zzz"], "scriptest: zzz: no such script or folder\n"),
        (
            ["vet", "old"],
            "old/scriptest.yml: settings are only read from scriptest.yaml; rename it",
        ),
    ],
)
def test_paths_that_are_not_what_was_meant(
    arguments: list[str],
    line: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "greet.txt").write_text("echo hello\n")
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "a.txt").write_text("echo hello\n")
    (tmp_path / "old" / "scriptest.yml").write_text("timeout: 5s\n")
    assert cli.main(arguments) == 2
    said = capsys.readouterr().err
    assert line in said
    assert said.count("\n") == 1


def test_options_may_stand_between_paths(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text("stpo\n")
    assert cli.main(["vet", "a.txt", "--format", "editor", "b.txt", "-r"]) == 1
    assert "b.txt:1:1: error: unknown command" in capsys.readouterr().out


@pytest.mark.parametrize("path", ["hello", "hello.txt"])
def test_a_script_in_the_default_folder_is_suggested(
    path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.main(["new", "hello"]) == 0
    capsys.readouterr()
    assert cli.main(["vet", path]) == 2
    assert "hello.txt?" in (said := capsys.readouterr().err)
    assert said.startswith(f"scriptest: {path}: no such script or folder; did you mean testdata")
