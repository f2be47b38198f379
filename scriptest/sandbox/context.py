"""Settings and values that a run and a suite give to a script."""

from __future__ import annotations

import os
from types import MappingProxyType
from typing import TYPE_CHECKING

from scriptest.base.errors import Location
from scriptest.base.process_tags import UNTAGGED
from scriptest.language.dialect import SCRIPTEST, Dialect
from scriptest.process.preloaded import Preloaded
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
        archived: The files that came from archives, by their paths: the place of the marker line,
            and the content.
    """

    __slots__ = ("archived", "folder", "including", "name")

    def __init__(self, name: str = "", path: str = "") -> None:
        self.name = name
        self.folder = os.path.dirname(path)
        self.including = [path]
        self.archived: dict[str, tuple[Location, bytes]] = {}

    def place_of(self, path: str, data: bytes) -> Location | None:
        """Return the place of the line before the first one of a file, in the archive it is from.

        Args:
            path: the absolute path of the file.
            data: its content now. If that of the archive is another one, there is no such place,
                unless `unquote` made the difference.
        """
        marker, stored = self.archived.get(os.path.normpath(path), (None, b""))
        if marker is None or stored == data:
            return marker
        is_unquoted = stored.startswith(b">") and stored.replace(b"\n>", b"\n")[1:] == data
        return marker if is_unquoted else None


class Context:
    """The settings and values of a run and a suite that a script may use.

    Attributes:
        dialect: The meaning of a script where engines disagree.
        flags: Options of the run: `short`, `verbose`, `offline`.
        shared: Values that the scripts of one suite share.
        redactions: Patterns of golden files, by name.
        fixtures: The fixtures of pytest that the script's header asks for.
        fork_servers: Start the entry points that are commands, by name.
        preloaded: Starts the entry points of commands of other packages.
        tag: What marks the processes of the script; see `process_tags`.
    """

    __slots__ = (
        "dialect",
        "fixtures",
        "flags",
        "fork_servers",
        "preloaded",
        "redactions",
        "shared",
        "tag",
    )

    def __init__(
        self,
        *,
        dialect: Dialect = SCRIPTEST,
        flags: frozenset[str] = frozenset(),
        shared: Shared | None = None,
        redactions: Mapping[str, str] = MappingProxyType({}),
        fixtures: Mapping[str, object] = _NOTHING,
        fork_servers: Mapping[str, ForkServer] = MappingProxyType({}),
        preloaded: Preloaded | None = None,
        tag: int = UNTAGGED,
    ) -> None:
        self.dialect = dialect
        self.flags = flags
        self.shared = shared or Shared(flags=flags)
        self.redactions = redactions
        self.fixtures = fixtures
        self.fork_servers = fork_servers
        self.preloaded = preloaded or Preloaded()
        self.tag = tag
