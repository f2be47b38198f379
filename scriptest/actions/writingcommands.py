"""The commands that write scripts and archives: new, record, archive, extract."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scriptest.actions import archivecommand, newcommand, recordcommand

if TYPE_CHECKING:
    from argparse import _SubParsersAction

    from scriptest.actions.commandline import Parser

    Actions = _SubParsersAction[Parser]


def add(actions: Actions) -> None:
    """Declare the commands."""
    new = actions.add_parser(
        "new", help="begin a script", description="Write a small script to begin with."
    )
    new.set_defaults(action=newcommand.new)
    newcommand.add_arguments(new)
    record = actions.add_parser(
        "record",
        help="write a script from a real run",
        description="Run a program in a sandbox, and write the script that wants what it did.",
    )
    record.set_defaults(action=recordcommand.record)
    recordcommand.add_arguments(record)
    archive = actions.add_parser(
        "archive",
        help="put files into an archive",
        description="Put files into a txtar archive, byte for byte.",
    )
    archive.set_defaults(action=archivecommand.archive)
    archivecommand.add_archive_arguments(archive)
    extract = actions.add_parser(
        "extract", help="write an archive's files", description="Write a txtar archive's files."
    )
    extract.set_defaults(action=archivecommand.extract)
    archivecommand.add_extract_arguments(extract)
