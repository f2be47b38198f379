"""The state of one running script: folders, environment, buffers, jobs and log."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from scriptest.base import regular_files
from scriptest.base.errors import CheckFailed, FileError, ScriptError, Skip, Stop
from scriptest.base.files import open_unnamed
from scriptest.process import process, which
from scriptest.sandbox.buffers import BUFFERS, Buffers
from scriptest.sandbox.confined import ConfinedFolder
from scriptest.sandbox.context import Context, ScriptSource
from scriptest.sandbox.environment import PSEUDO
from scriptest.sandbox.jobs import Jobs
from scriptest.sandbox.limits import Limits
from scriptest.sandbox.log import Log

if TYPE_CHECKING:
    from scriptest.compare.goldens import Goldens
    from scriptest.language.dialect import Dialect
    from scriptest.process.auto_typer import AutoTyper
    from scriptest.process.capture import Capture
    from scriptest.process.fork_server import ForkServer
    from scriptest.sandbox.shared import Shared


class ProgramInput:
    """Input for the next program, prepared by `stdin` or `ttyin`.

    Attributes:
        stdin: All it can read from its standard input.
        typed: The text typed at a new terminal; empty for no terminal.
        types_stdin: Whether that terminal is its standard input, too.
    """

    __slots__ = ("stdin", "typed", "types_stdin")

    def __init__(self, stdin: bytes = b"", typed: bytes = b"", types_stdin: bool = False) -> None:
        self.stdin = stdin
        self.typed = typed
        self.types_stdin = types_stdin


class State:
    """Everything a script can change while it runs; no other script shares any of it.

    The functions of a project may use the part of it that is `commands.public.State`.

    Attributes:
        work: The real path of the work folder.
        files: The work folder, as commands write to it.
        cwd: The absolute path of the current folder.
        env: The environment; programs get it, and lines expand it.
        context: Settings and values of the run and the suite.
        source: The script file.
        limits: The time limits.
        log: The log of the run, for reports.
        buffers: The output of the last program.
        jobs: The programs that were started.
        next_input: Input for the next program.
        goldens: The golden files to update; None if the run does not update any.
        deferred: The commands of `defer`: their text, and a function that runs them.
    """

    def __init__(
        self,
        work: str,
        env: dict[str, str],
        *,
        context: Context | None = None,
        source: ScriptSource | None = None,
        limits: Limits | None = None,
    ) -> None:
        """Begin in an existing work folder.

        Args:
            work: the real path of the work folder; files without a name are created beside it.
            env: the environment; the state changes it.
            context: settings and values of the run and the suite.
            source: the script file.
            limits: the time limits.
        """
        self.work = work
        self.files = ConfinedFolder(work)
        self.cwd = work
        self.env = env
        self.context = context or Context()
        self.source = source or ScriptSource()
        self.limits = limits or Limits()
        self.log = Log()
        self.buffers = Buffers(os.path.dirname(work), self.log)
        must_end = self.context.dialect.jobs_must_end
        self.jobs = Jobs(self.limits, self.buffers, self.log, must_end=must_end)
        self.next_input = ProgramInput()
        self.goldens: Goldens | None = None
        self.deferred: list[tuple[str, Callable[[], None]]] = []

    @property
    def dialect(self) -> Dialect:
        """The meaning of the script where engines disagree."""
        return self.context.dialect

    @property
    def flags(self) -> frozenset[str]:
        """Options of the run: `short`, `verbose`, `offline`."""
        return self.context.flags

    @property
    def shared(self) -> Shared:
        """Values that the scripts of one suite share."""
        return self.context.shared

    @property
    def fixtures(self) -> Mapping[str, object]:
        """The fixtures of pytest that the script's header asks for, by name."""
        return self.context.fixtures

    # --- names -------------------------------------------------------------------------------

    def path(self, name: str) -> str:
        """Return the absolute path that a script means by name."""
        return os.path.join(self.cwd, name)

    def lookup(self, name: str) -> str:
        """Return the value of a variable in a script line; unset ones are empty."""
        value = self.env.get(name)
        if value is None:
            value = PSEUDO.get(name, "")
        return value

    def chdir(self, name: str) -> None:
        """Make a folder the current one.

        Raises:
            FileError: there is no such folder.
        """
        path = os.path.normpath(self.path(name))
        if not os.path.isdir(path):
            what = "is not a folder" if os.path.exists(path) else "does not exist"
            raise FileError(f"{name} {what}")
        self.cwd = path
        self.env["PWD"] = path

    def find_program(self, name: str) -> str | None:
        """Return the path of the program that name means here, or None.

        For an entry point of the settings it is that of the interpreter.
        """
        if name in self.context.fork_servers:
            return sys.executable
        extensions = self.env.get("PATHEXT", "") if os.name == "nt" else ""
        return which.find_program(name, self.env.get("PATH", ""), self.cwd, extensions)

    # --- buffers -----------------------------------------------------------------------------

    def buffer(self, name: str) -> bytes:
        """Return the content of the buffer `stdout`, `stderr` or `ttyout`."""
        return self.buffers.read(name)

    def set_buffers(
        self, stdout: bytes | str | Capture, stderr: bytes | str | Capture = b""
    ) -> None:
        """Replace the stdout and stderr buffers, and log them."""
        self.buffers.set(_encoded(stdout), _encoded(stderr))

    def read(self, name: str) -> bytes:
        """Return the content of a buffer or file.

        Raises:
            OSError: there is no such file, it cannot be read, or is not a regular file.
        """
        if name in BUFFERS:
            return self.buffers.read(name)
        return self.read_file(name)

    def read_file(self, name: str) -> bytes:
        """Return the content of a file, even if it has the name of a buffer.

        Raises:
            OSError: there is no such file, it cannot be read, or is not a regular file.
        """
        path = self.path(name)
        if self.goldens is not None:
            updated = self.goldens.content_beside(path)
            if updated is not None:
                return updated
        return regular_files.read_file(path, self.check_time)

    def write(self, name: str, data: bytes, *, append: bool = False) -> None:
        """Write a file of the work folder, or add to it.

        Raises:
            CheckFailed: it is outside the work folder, by its name or through a link.
            OSError: it cannot be written, or is not a regular file.
        """
        descriptor = self.files.open_to_write(self.path(name), name, append=append)
        regular_files.write_all(descriptor, data)

    def create(self, name: str, data: bytes) -> None:
        """Create a file of the work folder, and the folders above it.

        Raises:
            CheckFailed: it is outside the work folder, by its name or through a link.
            OSError: it cannot be created, or exists.
        """
        regular_files.write_all(self.files.create(self.path(name), name), data)

    # --- programs ----------------------------------------------------------------------------

    def start(
        self,
        argv: Sequence[str],
        executable: str,
        *,
        given: ProgramInput | None = None,
        redirects: process.Redirects = process.NO_REDIRECTS,
        env: dict[str, str] | None = None,
        entry_point: str = "",
    ) -> process.Process:
        """Start a program here, in the script's environment.

        Args:
            argv: its name and its arguments; an entry point goes by its name alone.
            executable: the absolute path of the file that runs.
            given: its input; the terminal of scriptest itself is never passed on.
            redirects: files that it reads or writes instead; their descriptors stay open.
            env: an environment other than the script's.
            entry_point: the function that the program calls, `module:function`, if a fork server
                of the run is to start it.

        Raises:
            OSError: it cannot be started.
            ScriptError: a variable of its environment contains a NUL character.
        """
        for name, value in (self.env if env is None else env).items():
            if "\0" in value:
                raise ScriptError(f"the variable {name} contains a NUL character")
        self.files.open()
        given = given or ProgramInput()
        auto_typer = self._auto_typer(given.typed)
        stdin, own = redirects.stdin, -1
        if stdin < 0:
            stdin = own = self._open_input(given, auto_typer)
        program = process.Program(
            argv,
            executable,
            self.cwd,
            self.env if env is None else env,
            redirects=redirects._replace(stdin=stdin),
            fork_server=self._fork_server(argv[0], executable, entry_point),
            tag=self.context.tag,
        )
        stdout, stderr = self.buffers.capture(), self.buffers.capture()
        try:
            started = process.start(program, stdout, stderr, auto_typer=auto_typer)
        except BaseException:
            if auto_typer is not None:
                auto_typer.terminal.close()
            raise
        finally:
            if own >= 0:
                os.close(own)
        self.jobs.track(started)
        return started

    def _fork_server(self, name: str, executable: str, entry_point: str) -> ForkServer | None:
        if entry_point:
            return self.context.preloaded.server(entry_point)
        return self.context.fork_servers.get(name) if executable == sys.executable else None

    def _auto_typer(self, text: bytes) -> AutoTyper | None:
        """Return an auto-typer for a text, at a new terminal; None if there is no text."""
        if not text:
            return None
        from scriptest.process.auto_typer import AutoTyper
        from scriptest.process.pty import Terminal

        return AutoTyper(Terminal(), text, self.buffers.capture())

    def _open_input(self, given: ProgramInput, auto_typer: AutoTyper | None) -> int:
        """Return a descriptor to read from: the terminal, or a file of data; -1 for nothing."""
        if auto_typer is not None and given.types_stdin:
            return os.dup(auto_typer.terminal.slave)
        if not given.stdin:
            return -1
        descriptor = open_unnamed(os.path.dirname(self.work))
        try:
            with open(descriptor, "wb", closefd=False) as file:
                file.write(given.stdin)
            os.lseek(descriptor, 0, os.SEEK_SET)
        except BaseException:
            os.close(descriptor)
            raise
        return descriptor

    # --- the end -----------------------------------------------------------------------------

    def note(self, text: str) -> None:
        """Add lines to the log."""
        self.log.write(text)

    def defer(self, action: Callable[[], object], text: str = "") -> None:
        """Call a function when the script ends, however it ends; the last one is called first.

        Args:
            action: the function; an exception fails the script.
            text: its name in the log.
        """
        name = text or getattr(action, "__qualname__", repr(action))

        def run() -> None:
            try:
                action()
            except (ScriptError, CheckFailed, Skip, Stop):
                raise
            except Exception as error:
                from scriptest.config.loader import one_line

                raise ScriptError(f"deferred {name}: {one_line(error)}") from error

        self.deferred.append((name, run))

    def check_time(self) -> None:
        """Return if the script may go on; commands that take long call it now and then.

        Raises:
            Stop: the run was interrupted.
            ScriptError: the script ran out of time.
        """
        if self.jobs.interrupted:
            raise Stop("interrupted")
        if self.limits.expired:
            raise ScriptError("the script ran out of time")

    def pause(self, seconds: float) -> None:
        """Exclude some seconds, in which the script was held, from its limits and durations."""
        self.limits.pause(seconds)
        self.log.pause(seconds)

    def close(self) -> None:
        """End what is left of every process group, and close files."""
        self.jobs.kill_all()
        self.buffers.close()
        self.files.close()


def _encoded(content: bytes | str | Capture) -> bytes | Capture:
    return content.encode("utf-8", "surrogateescape") if isinstance(content, str) else content
