"""Settings and values that a run and a suite give to a script."""

from __future__ import annotations

import os
from types import MappingProxyType
from typing import TYPE_CHECKING

from scriptest.base.process_tags import UNTAGGED
from scriptest.language.dialect import SCRIPTEST, Dialect
from scriptest.sandbox.shared import Shared

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scriptest.process.fork_server import ForkServer

_NOTHING: Mapping[str, object] = MappingProxyType({})


class ScriptSource:
    """The script file that runs.

    Attributes:
        name: Its name in reports.
        folder: Its real folder; `include` may read what is there.
        including: Its real path, and those of the archives that are being included.
    """

    __slots__ = ("folder", "including", "name")

    def __init__(self, name: str = "", path: str = "") -> None:
        self.name = name
        self.folder = os.path.dirname(path)
        self.including = [path]


class Context:
    """The settings and values of a run and a suite that a script may use.

    Attributes:
        dialect: The meaning of a script where engines disagree.
        flags: Options of the run: `short`, `verbose`, `offline`.
        shared: Values that the scripts of one suite share.
        redactions: Patterns of golden files, by name.
        fixtures: The fixtures of pytest that the script's header asks for.
        fork_servers: Start the entry points that are commands, by name.
        tag: What marks the processes of the script; see `process_tags`.
    """

    __slots__ = ("dialect", "fixtures", "flags", "fork_servers", "redactions", "shared", "tag")

    def __init__(
        self,
        *,
        dialect: Dialect = SCRIPTEST,
        flags: frozenset[str] = frozenset(),
        shared: Shared | None = None,
        redactions: Mapping[str, str] = MappingProxyType({}),
        fixtures: Mapping[str, object] = _NOTHING,
        fork_servers: Mapping[str, ForkServer] = MappingProxyType({}),
        tag: int = UNTAGGED,
    ) -> None:
        self.dialect = dialect
        self.flags = flags
        self.shared = shared or Shared(flags=flags)
        self.redactions = redactions
        self.fixtures = fixtures
        self.fork_servers = fork_servers
        self.tag = tag
