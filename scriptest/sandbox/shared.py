"""Values that the scripts of one suite share during a run."""

from __future__ import annotations


class Shared:
    """Made once a run; `suite_setup` fills it, every script's setup and commands may read it.

    Attributes:
        folder: The absolute path of the folder that holds the suite's settings.
        work: An absolute path; a folder that lives as long as the run. Empty without
            `suite_setup`.
        env: Variables added to every script's environment.
        flags: Options of the run: `short`, `verbose`, `offline`.
        values: Values that the project's own functions pass to each other.
    """

    __slots__ = ("env", "flags", "folder", "values", "work")

    def __init__(self, folder: str = "", work: str = "", flags: frozenset[str] = frozenset()):
        self.folder = folder
        self.work = work
        self.env: dict[str, str] = {}
        self.flags = flags
        self.values: dict[str, object] = {}
