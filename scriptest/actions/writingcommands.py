"""The commands that write scripts and archives: new, record, archive, extract."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scriptest.actions import archivecommand, newcommand, recordcommand

if TYPE_CHECKING:
    from scriptest.actions.commandline import Commands


def add(commands: Commands) -> None:
    """Declare the commands."""
    commands.add(
        "new",
        "begin a script",
        "Write a small script to begin with.",
        newcommand.new,
        newcommand.add_arguments,
    )
    commands.add(
        "record",
        "write a script from a real run",
        "Run a program in a sandbox, and write the script that wants what it did.",
        recordcommand.record,
        recordcommand.add_arguments,
    )
    commands.add(
        "archive",
        "put files into an archive",
        "Put files into a txtar archive, byte for byte.",
        archivecommand.archive,
        archivecommand.add_archive_arguments,
    )
    commands.add(
        "extract",
        "write an archive's files",
        "Write a txtar archive's files.",
        archivecommand.extract,
        archivecommand.add_extract_arguments,
    )
