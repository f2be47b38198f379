"""Exceptions of detectors: one class for each kind of finding."""

from __future__ import annotations


class Finding(BaseException):
    """An input caused something dangerous; a detector raises it in the code under test."""


class CommandInjection(Finding):
    """Text of the input is part of a shell command, or names the program that is started."""


class CodeInjection(Finding):
    """Text of the input is compiled as Python: eval, exec, compile."""


class UnsafeLoad(Finding):
    """The input is loaded by pickle or marshal in a way that can run code."""


class OutsideFolder(Finding):
    """A path from the input leads out of the current folder."""


class Connection(Finding):
    """The target connects to another machine, or to an address from the input."""


class DeepRecursion(Finding):
    """The target nests more calls than the detector allows, and fewer than Python does."""

    outermost_frames = True


class SuperLinear(Finding):
    """The cost of an input grows much faster than its length."""


for _kind in (
    CommandInjection,
    CodeInjection,
    UnsafeLoad,
    OutsideFolder,
    Connection,
    DeepRecursion,
    SuperLinear,
):
    # Reports and suppressions name a finding; its name must not depend on this module.
    _kind.__module__ = "fuzzengine"
