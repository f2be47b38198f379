"""Records what a user asks for: one program, or the lines that are typed."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator
from typing import NamedTuple

from scriptest.authoring import pack
from scriptest.authoring.pack import Packed, PackError, Source
from scriptest.authoring.probe import Feed, LineError, Listener, Observation
from scriptest.authoring.record import Recorded, Recorder
from scriptest.base import platform
from scriptest.base.errors import ScriptError, UnknownCommand, reason_of
from scriptest.language import parser
from scriptest.language.encoding import storable
from scriptest.language.parser import Line, Word, quote_word
from scriptest.language.txtar import File
from scriptest.run.executor import Bench
from scriptest.run.options import Options
from scriptest.sandbox.state import State
from scriptest.suite.suite import Finder, Selected

_LARGEST = 1 << 20


class Wanted(NamedTuple):
    """What is to be recorded."""

    command: tuple[str, ...]
    """A program and its arguments; empty for lines from the standard input."""
    files: tuple[str, ...] = ()
    """Files and folders that are taken along."""
    stdin: str = ""
    """A file that the program reads; `-` for the standard input, empty for nothing."""
    detect: bool = True
    """Whether files are taken along that an argument names."""
    timeout: float | None = None
    """Seconds that one run may take; None for what the settings say."""
    tty: bool = False
    """Whether the user talks to the program at the terminal."""


class Session:
    """One recording."""

    def __init__(self, wanted: Wanted, folder: str, config: str, path: str) -> None:
        """Prepare to record.

        Args:
            wanted: what.
            folder: where the suite's scripts are.
            config: settings to use instead of those there.
            path: where the script will be; empty if it is only printed.

        Raises:
            SuiteError: the settings are wrong.
        """
        suite = Finder(config).suite(folder)
        self._listener = Listener(suite.vocabulary)
        suite.vocabulary = self._listener
        name = path or os.path.join(folder, "recorded.txt")
        self._selected = Selected(os.path.normpath(name), name, suite)
        self._own = suite.config.commands
        self._wanted = wanted
        self._sources: dict[str, Source] = {}
        self._lines: list[str] = []
        self._typed = ""

    def record(self) -> Recorded:
        """Return the script.

        Raises:
            LineError: a line cannot be recorded.
            PackError: a file cannot be taken along.
            RecordError: no script was found that passes.
            SuiteError: the host's folder for temporary files cannot be written.
        """
        for path in self._wanted.files:
            self._sources |= {each.name: each for each in pack.sources(path, hidden=True)}
        if not self._wanted.command:
            self._listen()
        if self._wanted.tty:
            return self._talk()
        packed = pack.pack(self._sources.values(), quote=True)
        if self._wanted.command:
            packed = self._prepare(packed)
        title = os.path.splitext(os.path.basename(self._selected.name))[0].replace("_", " ")
        bench = Bench(Options(timeout=self._wanted.timeout))
        try:
            recorder = Recorder(bench, self._selected, self._listener)
            return recorder.record(title, self._lines, packed)
        finally:
            bench.close()

    # --- one program -------------------------------------------------------------------------

    def _prepare(self, packed: Packed) -> Packed:
        """Write the lines for the program; return the files it needs."""
        argv = self._wanted.command
        if any("\n" in word for word in argv):
            raise LineError("an argument has a line end, which no script line can hold")
        for word in argv:
            self._take_along(word)
        packed = pack.pack(self._sources.values(), quote=True)
        if self._wanted.stdin:
            packed = self._with_input(packed)
        words = argv if argv[0] in self._own else ("exec", *argv)
        self._lines.append(" ".join(map(quote_word, words)))
        return packed

    def _with_input(self, packed: Packed) -> Packed:
        path = self._wanted.stdin
        try:
            if path == "-":
                content = sys.stdin.buffer.read()
            else:
                with open(path, "rb") as file:
                    content = file.read()
        except OSError as error:
            raise PackError([f"{path}: {reason_of(error)}"]) from None
        name = "input"
        while name in self._sources:
            name += "_"
        stored, edits = storable(content, encode=True)
        self._lines.append(f"stdin {name}")
        lines = [*packed.lines, *(f"{edit} {name}" for edit in edits)]
        return Packed([*packed.files, File(name, stored)], lines)

    def _take_along(self, word: str) -> Source | None:
        """Take a file along if a word names one below the current folder."""
        parts = os.path.normpath(word).split(os.sep)
        if not self._wanted.detect or not word or os.path.isabs(word) or ".." in parts:
            return None
        try:
            status = os.stat(word)
        except (OSError, ValueError):
            return None
        source = Source("/".join(parts), os.path.realpath(word))
        if not stat.S_ISREG(status.st_mode) or status.st_size > _LARGEST:
            return None
        if source.name not in self._sources:
            self._sources[source.name] = source
            _say(f"taking along {source.name}")
        return source

    def _talk(self) -> Recorded:
        if not platform.POSIX:
            raise LineError("--tty: terminals are not supported on this system")
        from scriptest.authoring import record_tty

        argv = self._wanted.command
        packed = self._prepare(pack.pack(self._sources.values(), quote=True))
        bench = Bench(Options(timeout=self._wanted.timeout))
        try:
            return record_tty.record(bench, self._selected, self._listener, packed, argv)
        finally:
            bench.close()

    # --- lines -------------------------------------------------------------------------------

    def _listen(self) -> None:
        """Run lines as they come, and remember those that are good."""
        packed = pack.pack(self._sources.values(), quote=True)
        # Nobody is hurried who types.
        bench = Bench(Options(timeout=0.0))
        refused = self._refused if sys.stdin.isatty() else None
        feed = Feed(self._read(), self._before, self._after, refused)
        try:
            Recorder(bench, self._selected, self._listener).observe(packed, feed)
        finally:
            bench.close()
        if not any(_is_command(line) for line in self._lines):
            raise LineError("no line was recorded")

    def _read(self) -> Iterator[str]:
        asking = sys.stdin.isatty()
        if asking:
            _say("Write script lines, `exec` may be left out. Ctrl-D ends, Ctrl-C gives up.")
        while True:
            if asking:
                print("> ", end="", file=sys.stderr, flush=True)
            data = sys.stdin.buffer.readline()
            if not data:
                break
            text = data.decode("utf-8", "surrogateescape").rstrip("\r\n")
            if not _is_command(text):
                self._lines.append(text)
                continue
            self._typed = self._completed(text)
            yield self._typed
        if asking:
            _say("")

    def _completed(self, text: str) -> str:
        """Return a line with the `exec` that its writer has left out."""
        try:
            (line,) = parser.parse(text, "line").lines()
            self._listener.command(line.words[0].raw)
        except UnknownCommand:
            column = line.words[0].column - 1
            return f"{text[:column]}exec {text[column:]}"
        except ScriptError:
            # The line is reported when it runs.
            return text
        return text

    def _before(self, line: Line, state: State) -> None:
        for word in line.words:
            _refuse_double_quotes(word)
            source = self._take_along(word.raw) if state.cwd.startswith(state.work) else None
            path = state.path(word.raw)
            if source is not None and not os.path.lexists(path):
                _copy(source.path, path)

    def _after(self, observation: Observation) -> None:
        self._lines.append(self._typed)
        if not sys.stdin.isatty():
            return
        for data in (observation.stdout, observation.stderr):
            if data:
                _say(data.decode("utf-8", "replace").removesuffix("\n"))
        if observation.judged and not observation.exit.ok:
            _say(f"[{observation.exit}]")
        if observation.changes:
            _say(f"[changed: {' '.join(observation.changes)}]")

    def _refused(self, error: LineError) -> None:
        _say(f"{error} (left out)")


def _is_command(text: str) -> bool:
    return bool(text.strip()) and not text.lstrip().startswith("#")


def _refuse_double_quotes(word: Word) -> None:
    first = word.fragments[0]
    if not first.quoted and first.text.startswith('"'):
        raise LineError(f"{word.raw}: scripts quote with ', not with \"")


def _copy(source: str, target: str) -> None:
    try:
        with open(source, "rb") as file:
            content = file.read()
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(target, "wb") as file:
            file.write(content)
        os.chmod(target, stat.S_IMODE(os.stat(source).st_mode))
    except OSError as error:
        raise LineError(f"{source}: {reason_of(error)}") from None


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
