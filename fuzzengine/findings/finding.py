"""The kinds of findings, raised by detectors out of the code under test."""

from __future__ import annotations


class Finding(BaseException):
    """An input reached something it must not reach."""


class CommandInjection(Finding):
    """Text of the input in a shell command, or as the program that is started."""


class CodeInjection(Finding):
    """Text of the input compiled as Python: eval, exec, compile."""


class UnsafeLoad(Finding):
    """Pickle or marshal data out of the input that can run code."""


class OutsideFolder(Finding):
    """A path of the input that leads out of the folder."""


class Connection(Finding):
    """A connection to another machine, or to an address of the input."""


class SuperLinear(Finding):
    """The cost of an input grows much faster than its length."""


for _kind in (
    CommandInjection,
    CodeInjection,
    UnsafeLoad,
    OutsideFolder,
    Connection,
    SuperLinear,
):
    # Reports and lists of suppressions name a finding: its name must not follow this file.
    _kind.__module__ = "fuzzengine"
