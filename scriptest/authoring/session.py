"""Records a script for the user: from one program, or from typed lines."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator
from typing import NamedTuple

from scriptest.authoring import pack
from scriptest.authoring.pack import Packed, PackError, Source
from scriptest.authoring.probe import Feed, Observation, RecordingVocabulary, UnrecordableError
from scriptest.authoring.record import Recorded, Recorder
from scriptest.base import platform, regular_files
from scriptest.base.errors import CheckFailed, ScriptError, UnknownCommand, reason_of
from scriptest.base.visible import visible
from scriptest.language import encoding, parser
from scriptest.language.parser import Line, Word, quote_word
from scriptest.language.txtar import File
from scriptest.run.executor import Executor
from scriptest.run.options import Options
from scriptest.sandbox.state import State
from scriptest.suite.suite import Finder, Selected

_LARGEST = 1 << 20


class RecordingRequest(NamedTuple):
    """The arguments of a recording."""

    command: tuple[str, ...]
    """A program and its arguments; empty for lines from the standard input."""
    files: tuple[str, ...] = ()
    """Files and folders to include."""
    stdin: str = ""
    """The file for the program's standard input; `-` for that of scriptest, empty for none."""
    detect: bool = True
    """Whether to include files that are named in arguments."""
    timeout: float | None = None
    """The time limit of one run in seconds; None for that of the settings."""
    tty: bool = False
    """Whether the user interacts with the program at the terminal."""


class RecordingSession:
    """One recording."""

    def __init__(self, request: RecordingRequest, folder: str, config: str, path: str) -> None:
        """Set up a recording.

        Args:
            request: the arguments of the recording.
            folder: the folder of the suite's scripts.
            config: settings to use instead of those in the folder.
            path: the path of the future script; empty if it is only printed.

        Raises:
            SuiteError: the settings are wrong.
        """
        suite = Finder(config).suite(folder)
        self._vocabulary = RecordingVocabulary(suite.vocabulary)
        suite.vocabulary = self._vocabulary
        name = path or os.path.join(folder, "recorded.txt")
        self._selected = Selected(os.path.normpath(name), name, suite)
        self._own = suite.config.commands
        self._request = request
        self._sources: dict[str, Source] = {}
        self._lines: list[str] = []
        self._typed = ""

    def record(self) -> Recorded:
        """Return the script.

        Raises:
            UnrecordableError: a line cannot be recorded.
            PackError: a file cannot be included.
            RecordError: no passing script was found.
            SuiteError: the folder for temporary files is not writable.
        """
        for path in self._request.files:
            self._sources |= {each.name: each for each in pack.sources(path, hidden=True)}
        if not self._request.command:
            self._record_lines()
        if self._request.tty:
            return self._record_dialogue()
        packed = pack.pack(self._sources.values(), quote=True)
        if self._request.command:
            packed = self._prepare(packed)
        title = os.path.splitext(os.path.basename(self._selected.name))[0].replace("_", " ")
        executor = Executor(Options(timeout=self._request.timeout))
        try:
            recorder = Recorder(executor, self._selected, self._vocabulary)
            return recorder.record(title, self._lines, packed)
        finally:
            executor.close()

    # --- one program -------------------------------------------------------------------------

    def _prepare(self, packed: Packed) -> Packed:
        """Add the lines for the program; return the files that it needs."""
        argv = self._request.command
        if any("\n" in word for word in argv):
            raise UnrecordableError(
                "an argument contains a line break, which a script line cannot contain"
            )
        for word in argv:
            self._include_file(word)
        packed = pack.pack(self._sources.values(), quote=True)
        if self._request.stdin:
            packed = self._with_input(packed)
        words = argv if argv[0] in self._own else ("exec", *argv)
        self._lines.append(" ".join(map(quote_word, words)))
        return packed

    def _with_input(self, packed: Packed) -> Packed:
        path = self._request.stdin
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
        stored, edits = encoding.encode(content, binary=True)
        self._lines.append(f"stdin {name}")
        lines = [*packed.lines, *(f"{edit} {name}" for edit in edits)]
        return Packed([*packed.files, File(name, stored)], lines)

    def _include_file(self, word: str) -> Source | None:
        """Include a file if a word names one below the current folder."""
        parts = os.path.normpath(word).split(os.sep)
        if not self._request.detect or not word or os.path.isabs(word) or ".." in parts:
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
            _print(f"including {source.name}")
        return source

    def _record_dialogue(self) -> Recorded:
        if not platform.POSIX:
            raise UnrecordableError("--tty: terminals are not supported on this system")
        from scriptest.authoring import record_tty

        argv = self._request.command
        packed = self._prepare(pack.pack(self._sources.values(), quote=True))
        executor = Executor(Options(timeout=self._request.timeout))
        try:
            return record_tty.record(executor, self._selected, self._vocabulary, packed, argv)
        finally:
            executor.close()

    # --- lines -------------------------------------------------------------------------------

    def _record_lines(self) -> None:
        """Run lines as they are read, and keep those that can be recorded."""
        packed = pack.pack(self._sources.values(), quote=True)
        # The user may take any time to type.
        executor = Executor(Options(timeout=0.0))
        refused = self._refused if sys.stdin.isatty() else None
        feed = Feed(self._read(), self._before, self._after, refused)
        try:
            Recorder(executor, self._selected, self._vocabulary).observe(packed, feed)
        finally:
            executor.close()
        if not any(_is_command(line) for line in self._lines):
            raise UnrecordableError("no line was recorded")

    def _read(self) -> Iterator[str]:
        asking = sys.stdin.isatty()
        if asking:
            _print("Type script lines; `exec` is optional. Ctrl-D finishes, Ctrl-C cancels.")
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
            _print("")

    def _completed(self, text: str) -> str:
        """Return a line, with `exec` added if its first word is not a command."""
        try:
            (line,) = parser.parse(text, "line").lines()
            self._vocabulary.command(line.words[0].raw)
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
            source = self._include_file(word.raw) if state.cwd.startswith(state.work) else None
            path = state.path(word.raw)
            if source is not None and not os.path.lexists(path):
                _copy(source, state, path)

    def _after(self, observation: Observation) -> None:
        self._lines.append(self._typed)
        if not sys.stdin.isatty():
            return
        for data in (observation.stdout, observation.stderr):
            if data:
                _print(data.decode("utf-8", "surrogateescape").removesuffix("\n"))
        if observation.ran_program and not observation.exit.ok:
            _print(f"[{observation.exit}]")
        if observation.changes:
            _print(f"[changed: {' '.join(observation.changes)}]")

    def _refused(self, error: UnrecordableError) -> None:
        _print(f"{error} (not recorded)")


def _is_command(text: str) -> bool:
    return bool(text.strip()) and not text.lstrip().startswith("#")


def _refuse_double_quotes(word: Word) -> None:
    first = word.fragments[0]
    if not first.quoted and first.text.startswith('"'):
        raise UnrecordableError(f"{word.raw}: quote with ', not with \"")


def _copy(source: Source, state: State, path: str) -> None:
    """Copy a file of the user to a path of the work folder where nothing is."""
    try:
        content = regular_files.read_file(source.path)
        regular_files.write_all(state.files.create(path, source.name), content)
        mode = stat.S_IMODE(os.stat(source.path).st_mode)
        state.files.chmod(path, source.name, mode)
    except CheckFailed as error:
        raise UnrecordableError(str(error)) from None
    except OSError as error:
        raise UnrecordableError(f"{source.path}: {reason_of(error)}") from None


def _print(text: str) -> None:
    print(visible(text), file=sys.stderr, flush=True)
