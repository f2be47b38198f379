"""What a script can change while it runs: folder, environment, buffers, jobs and log."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from scriptest.base.errors import CheckFailed
from scriptest.language.dialect import SCRIPTEST, Dialect
from scriptest.process import process, which
from scriptest.process.capture import Capture
from scriptest.sandbox import workdir
from scriptest.sandbox.environment import PSEUDO
from scriptest.sandbox.log import EXCERPT, Log
from scriptest.sandbox.shared import Shared

if TYPE_CHECKING:
    from scriptest.compare.goldens import Goldens
    from scriptest.process.auto_typer import AutoTyper
    from scriptest.process.fork_server import ForkServer
    from scriptest.sandbox.jobs import Job, Running

BUFFERS = ("stdout", "stderr", "ttyout")
"""Names that mean what the last program wrote where a command expects a file."""


class State:
    """One script's world; nothing in it is shared with another script."""

    def __init__(
        self,
        work: str,
        private: str,
        env: dict[str, str],
        *,
        deadline: float | None = None,
        grace: float = 1.0,
        flags: frozenset[str] = frozenset(),
        script: str = "",
        source: str = "",
        dialect: Dialect = SCRIPTEST,
        shared: Shared | None = None,
    ) -> None:
        """Start a world in an existing work folder.

        Args:
            work: the real path of the work folder.
            private: a folder beside it for large outputs; made when first needed.
            env: the environment; the state changes it.
            deadline: time.monotonic() when the script has to be over; None for never.
            grace: seconds between asking a program to end and killing it.
            flags: what the run was asked for: `short`, `verbose`, `offline`.
            script: what reports call the script.
            source: the script's real path; `include` may read what is in its folder.
            dialect: what the script means where engines disagree.
            shared: what the scripts of one suite share.
        """
        self.work = work
        self.cwd = work
        self.env = env
        self.deadline = deadline
        self.grace = grace
        self.flags = flags
        self.dialect = dialect
        self.shared = shared or Shared(flags=flags)
        self.goldens: Goldens | None = None
        self.log = Log()
        self.jobs: list[Job] = []
        self.job_names: set[str] = set()
        self.deferred: list[tuple[str, Callable[[], None]]] = []
        self.redactions: Mapping[str, str] = {}
        self.fixtures: Mapping[str, object] = {}
        self.programs: Mapping[str, ForkServer] = {}
        self.script = script
        self.folder = os.path.dirname(source)
        self.including = [source]
        self.last_exit: process.Exit | None = None
        self.stdin = b""
        self.typed = b""
        self.types_stdin = False
        self.interrupted = False
        self.paused = 0.0
        self._private = private
        self._buffers: dict[str, bytes | Capture] = {}
        self._captures: set[Capture] = set()
        self._streams = 0
        self._running: list[Running] = []

    # --- names -------------------------------------------------------------------------------

    def path(self, name: str) -> str:
        """Return the absolute path that a script means by name."""
        return os.path.join(self.cwd, name)

    def writable(self, name: str) -> str:
        """Return the absolute path of a file that a command is about to write.

        Raises:
            CheckFailed: it lies outside the work folder, by its name or through a link.
        """
        try:
            return workdir.confine(self.work, self.path(name), name)
        except workdir.EscapeError as error:
            raise CheckFailed(str(error)) from None

    def open_to_write(self, name: str, *, mode: int = 0o666, append: bool = False) -> int:
        """Return a descriptor of a file that a command writes; every such write goes through here.

        Args:
            name: what the script calls it.
            mode: the permissions of a new file, before the umask.
            append: whether its content stays.

        Raises:
            CheckFailed: it lies outside the work folder, by its name or through a link.
            OSError: it cannot be opened.
        """
        try:
            return workdir.open_to_write(self.work, self.path(name), name, mode=mode, append=append)
        except workdir.EscapeError as error:
            raise CheckFailed(str(error)) from None

    def lookup(self, name: str) -> str:
        """Return the value of a variable in a script line; unset ones are empty."""
        value = self.env.get(name)
        if value is None:
            value = PSEUDO.get(name, "")
        return value

    def chdir(self, path: str) -> None:
        """Make an existing folder the current one."""
        self.cwd = path
        self.env["PWD"] = path

    def find_program(self, name: str) -> str | None:
        """Return the path of the program that name means here, or None.

        For an entry point of the settings it is that of the interpreter.
        """
        if name in self.programs:
            return sys.executable
        extensions = self.env.get("PATHEXT", "") if os.name == "nt" else ""
        return which.find_program(name, self.env.get("PATH", ""), self.cwd, extensions)

    # --- buffers -----------------------------------------------------------------------------

    def buffer(self, name: str) -> bytes:
        """Return what the last program wrote to the stream of that name."""
        content = self._buffers.get(name, b"")
        return content if isinstance(content, bytes) else content.read()

    def copy_buffer(self, name: str, descriptor: int) -> None:
        """Write what `buffer` returns to a file, without holding it all in memory.

        Raises:
            OSError: the file cannot be written.
        """
        content = self._buffers.get(name, b"")
        chunks = (content,) if isinstance(content, bytes) else content.chunks()
        with open(descriptor, "wb", closefd=False) as file:
            for chunk in chunks:
                file.write(chunk)

    def set_buffers(self, stdout: bytes | Capture, stderr: bytes | Capture) -> None:
        """Replace what the next assertions look at, and log it."""
        for name, content in (("stdout", stdout), ("stderr", stderr)):
            before = self._buffers.get(name)
            self._buffers[name] = content
            if isinstance(before, Capture) and before not in (stdout, stderr):
                self.release(before)
        for name, content in (("stdout", stdout), ("stderr", stderr)):
            self.log.output(
                name, content if isinstance(content, bytes) else content.excerpt(EXCERPT)
            )

    def set_terminal_buffer(self, shown: Capture) -> None:
        """Replace what `ttyout` looks at, and log it as plain text."""
        before = self._buffers.get("ttyout")
        self._buffers["ttyout"] = shown
        if isinstance(before, Capture):
            self.release(before)
        excerpt = shown.excerpt(EXCERPT)
        if b"\x1b" in excerpt:
            from scriptest.terminal.screen import plain

            excerpt = plain(excerpt)
        self.log.output("ttyout", excerpt)

    def read(self, name: str) -> bytes:
        """Return the content of a buffer or file.

        Raises:
            OSError: there is no such file, or it cannot be read.
        """
        if name in BUFFERS:
            return self.buffer(name)
        with open(self.path(name), "rb", buffering=0) as file:
            return file.read()

    # --- programs ----------------------------------------------------------------------------

    def capture(self) -> Capture:
        """Return an empty place for one stream of a program."""
        self._streams += 1
        capture = Capture(f"{self._private}{os.sep}stream{self._streams}")
        self._captures.add(capture)
        return capture

    def release(self, capture: Capture) -> None:
        """Give back what a capture holds: nothing reads it any more."""
        capture.close()
        self._captures.discard(capture)

    def start(
        self,
        argv: Sequence[str],
        executable: str,
        *,
        stdin: bytes = b"",
        redirects: process.Redirects = process.NO_REDIRECTS,
        env: dict[str, str] | None = None,
    ) -> process.Process:
        """Start a program here, in the script's environment.

        Args:
            argv: its arguments, its name first; an entry point goes by its name alone.
            executable: the absolute path of what is run.
            stdin: all it can read; the script's terminal is never passed on.
            redirects: files that it reads or writes instead; their descriptors stay open.
            env: an environment other than the script's.

        Raises:
            OSError: it cannot be started.
        """
        auto_typer = self._auto_typer()
        source, own = redirects.stdin, -1
        if source < 0:
            source = own = self._input(stdin, auto_typer)
        self.typed, self.types_stdin = b"", False
        try:
            program = process.Program(
                argv,
                executable,
                self.cwd,
                self.env if env is None else env,
                redirects=redirects._replace(stdin=source),
                fork_server=self.programs.get(argv[0]) if executable == sys.executable else None,
            )
            started = process.start(program, self.capture(), self.capture(), auto_typer=auto_typer)
        except BaseException:
            if auto_typer is not None:
                auto_typer.terminal.close()
            raise
        finally:
            if own >= 0:
                os.close(own)
        self.track(started)
        return started

    def _auto_typer(self) -> AutoTyper | None:
        """Return who types what `ttyin` prepared, at a new terminal, if it prepared anything."""
        if not self.typed:
            return None
        from scriptest.process.auto_typer import AutoTyper
        from scriptest.process.pty import Terminal

        return AutoTyper(Terminal(), self.typed, self.capture())

    def track(self, running: Running) -> None:
        """Remember what runs, so that it ends when the script does."""
        self._running.append(running)
        if self.interrupted:
            running.kill()

    def _input(self, data: bytes, auto_typer: AutoTyper | None) -> int:
        """Return a descriptor to read from: the terminal, or a file of data; -1 for nothing."""
        if auto_typer is not None and self.types_stdin:
            return os.dup(auto_typer.terminal.slave)
        if not data:
            return -1
        path = os.path.join(self._private, f"stdin{len(self._running)}")
        os.makedirs(self._private, exist_ok=True)
        with open(path, "wb") as file:
            file.write(data)
        descriptor = os.open(path, os.O_RDONLY)
        if os.name == "posix":
            os.unlink(path)
        return descriptor

    def pause(self, seconds: float) -> None:
        """Leave a time out of account in which somebody only looked at the script."""
        self.paused += seconds
        if self.deadline is not None:
            self.deadline += seconds
        if self.log.sections:
            self.log.sections[-1].started += seconds

    def interrupt(self) -> None:
        """End everything at once: somebody wants the run to be over."""
        self.interrupted = True
        for running in list(self._running):
            running.kill()

    def close(self) -> None:
        """End what is left of every process group, and give files back."""
        for running in self._running:
            running.kill()
        for capture in self._captures:
            capture.close()
