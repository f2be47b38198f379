"""Types of messages between the driver and nodes."""

# No annotations from __future__ here: typing would compile each field's of a NamedTuple.

from typing import NamedTuple

from scriptest.run.options import Options


class RunSpec(NamedTuple):
    """The run that a node takes part in."""

    run: str
    """Its identity."""
    version: str
    """The version of scriptest; nodes need the same one."""
    folder: str
    """The folder in which the run was started, to which the paths are relative."""
    paths: tuple[str, ...]
    config: str
    """The settings file of all scripts; empty if they have their own."""
    recursive: bool
    dialect: str
    """The dialect that takes precedence over the settings; empty for none."""
    options: Options


class Order(NamedTuple):
    """One script to run."""

    name: str
    """Its name without the repetition."""
    number: int
    """The number of the repetition."""
    digest: str
    """Of its content; empty if the driver cannot read it."""


class Problem(NamedTuple):
    """The reason why a node cannot run a script."""

    message: str


class Interrupted(NamedTuple):
    """The answer for a script that did not begin, since the run was interrupted."""
