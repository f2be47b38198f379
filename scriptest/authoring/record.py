"""Writes a script that expects the behaviour observed in real runs."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from typing import NamedTuple

from scriptest.authoring import probe
from scriptest.authoring.pack import Packed
from scriptest.authoring.probe import Feed, Observation, RecordingVocabulary, Run
from scriptest.authoring.snapshot import Entry
from scriptest.compare import stabilize
from scriptest.compare.stabilize import WORK, Window
from scriptest.engine.result import Result, Status
from scriptest.language import encoding, txtar
from scriptest.language.txtar import Archive, File
from scriptest.run.executor import Executor
from scriptest.suite.suite import Selected, variants

_LARGEST = 1 << 20
_TRIES = 4
_NAME = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")


class RecordError(Exception):
    """A run cannot be recorded; the message says why."""


class Recorded(NamedTuple):
    """A recorded script, which passes."""

    data: bytes
    notes: list[str]
    """Notes for the user, one line each."""


class Recorder:
    """Records scripts from lines that run in a sandbox."""

    def __init__(
        self, executor: Executor, selected: Selected, vocabulary: RecordingVocabulary
    ) -> None:
        """Set up a recorder.

        Args:
            executor: runs the lines.
            selected: the future script; its file need not exist.
            vocabulary: must be `selected.suite.vocabulary`.
        """
        self._executor = executor
        self._selected = selected
        self._vocabulary = vocabulary

    def observe(self, packed: Packed, feed: Feed, goldens: Sequence[File] = ()) -> Run:
        """Run lines once.

        Raises:
            UnrecordableError: a line cannot be recorded, and the feed has no callback for that.
            RecordError: the run failed.
        """
        files = (*packed.files, *goldens)
        lines = packed.lines
        run = probe.observe(self._executor, self._selected, self._vocabulary, files, lines, feed)
        if run.result.status is not Status.PASSED:
            raise RecordError(failure_reason(run.result))
        return run

    def record(self, title: str, lines: Sequence[str], packed: Packed) -> Recorded:
        """Return a passing script with these lines.

        The lines are run twice, and differences become wildcards. Then the script is run. If it
        fails, something else varies, or a program also sees the script's golden files; it is
        tried again with more samples, or with these files present.

        Args:
            title: the title of the script's section.
            lines: script lines, including comments and blank lines.
            packed: the initial files of the script.

        Raises:
            UnrecordableError: a line cannot be recorded.
            RecordError: no passing script was found.
        """
        start = time.time()
        goldens: tuple[File, ...] = ()
        runs: list[Run] = []
        taken = {file.name for file in packed.files}
        for _ in range(_TRIES):
            while len(runs) < 2:
                runs.append(self.observe(packed, Feed(lines), goldens))
            taken |= set().union(*(run.names for run in runs)) - {file.name for file in goldens}
            draft = _ScriptDraft(packed, runs, Window(start, time.time()), taken)
            data = draft.script(title, lines)
            problem = self._executor.first_failure(variants(self._selected), data, (Status.PASSED,))
            if problem is None:
                return Recorded(data, draft.notes)
            if [file.name for file in draft.goldens] != [file.name for file in goldens]:
                goldens, runs = tuple(draft.goldens), []
            else:
                goldens = tuple(draft.goldens)
                runs.append(self.observe(packed, Feed(lines), goldens))
        raise RecordError(f"the recorded script does not pass: {failure_reason(problem)}")


def failure_reason(result: Result | None) -> str:
    """Return the reason why a script did not pass, for an error message."""
    if result is None or result.failure is None:
        return result.reason or result.status.name.lower() if result else ""
    lines = (result.failure.message, *result.failure.detail.split("\n")[:12])
    return "\n    ".join(line for line in lines if line)


# --- the text --------------------------------------------------------------------------------


class _ScriptDraft:
    """A draft of a script.

    Attributes:
        goldens: The golden files, as stored in the archive.
        notes: Notes for the user.
    """

    def __init__(
        self, packed: Packed, runs: Sequence[Run], window: Window, taken: set[str]
    ) -> None:
        self.goldens: list[File] = []
        self.notes: list[str] = []
        self._packed = packed
        self._runs = runs
        self._window = window
        self._edits: list[str] = []
        self._taken = set(taken)

    def script(self, title: str, lines: Sequence[str]) -> bytes:
        """Return the script's text."""
        count = len(self._runs[0].observations)
        if any(len(run.observations) != count for run in self._runs):
            raise RecordError("the runs did not all reach the same line")
        looked_at = [len(each.silent) < 2 for each in self._runs[0].observations]
        body: list[str] = [] if lines and lines[0].startswith("#") else [f"# {title}"]
        number = 0
        for text in lines:
            if not text.strip() or text.lstrip().startswith("#"):
                body.append(text)
                continue
            samples = [run.observations[number] for run in self._runs]
            number += 1
            count = sum(looked_at[:number])
            body += self._line(samples, str(count) if sum(looked_at) > 1 else "")
        head = [*self._packed.lines, *self._edits]
        if head:
            body[1:1] = head
        text = "".join(line + "\n" for line in body) + "\n"
        archive = Archive(
            text.encode("utf-8", "surrogateescape"), (*self._packed.files, *self.goldens)
        )
        try:
            return txtar.format_archive(archive)
        except ValueError as error:
            raise RecordError(str(error)) from None

    def _line(self, samples: Sequence[Observation], number: str) -> list[str]:
        first = samples[0]
        found = [first.text]
        if first.ran_program:
            exits = dict.fromkeys(sample.exit for sample in samples)
            if len(exits) > 1:
                ways = ", ".join(map(str, exits))
                raise RecordError(f"{first.text}: the exit status varies: {ways}")
            if not first.exit.ok:
                found = [f"! {first.text}", f"status {_status(first)}"]
        for stream, suffix in (("stdout", ""), ("stderr", "-stderr")):
            if stream not in first.silent:
                texts = [getattr(sample, stream) for sample in samples]
                found += self._stream(stream, f"want{number}{suffix}", texts, first)
        for name in first.changes:
            found += self._change(name, samples, number)
        self._note_others(samples)
        return found

    def _stream(
        self, stream: str, name: str, contents: list[bytes], observation: Observation
    ) -> list[str]:
        if not any(contents):
            return [f"! {stream} ."]
        if max(map(len, contents)) > _LARGEST:
            raise RecordError(f"{observation.text}: {stream} is larger than {_LARGEST:,} bytes")
        command, file = self._golden(name, contents)
        return [f"{command} {stream} {self._reference(file, observation)}"]

    def _change(self, name: str, samples: Sequence[Observation], number: str) -> list[str]:
        """Return the lines for a new, changed or removed file."""
        entries = [sample.changes.get(name, Entry("same")) for sample in samples]
        word = self._reference(name, samples[0], below_work=True)
        kinds = {None if entry is None else entry.kind for entry in entries}
        if "same" in kinds:
            return []
        if "\n" in name or len(kinds) > 1:
            self.notes.append(f"{name!r} is not checked")
            return []
        entry = entries[0]
        if entry is None:
            return [f"! exists {word}"]
        if entry.kind == "link":
            return [f"exists -link {word}"]
        contents = [each.content for each in entries if each and each.content is not None]
        if entry.kind != "file" or len(contents) < len(entries):
            return [f"exists {word}"]
        stem, suffix = os.path.splitext(os.path.basename(name))
        command, file = self._golden(f"want{number}-{_plain(stem)}{_plain(suffix)}", contents)
        return [f"{command} {word} {self._reference(file, samples[0])}"]

    def _note_others(self, samples: Sequence[Observation]) -> None:
        """Add notes about files that did not change in every run, so that they are not checked."""
        every = set.intersection(*(set(sample.changes) for sample in samples))
        for name in samples[0].changes.keys() - every:
            self.notes.append(f"{name} did not change in every run, so it is not checked")

    def _golden(self, name: str, contents: Sequence[bytes]) -> tuple[str, str]:
        """Add a golden file; return the comparison command and the file's name."""
        texts = [
            content.decode("utf-8", "surrogateescape").replace(run.work, WORK)
            for content, run in zip(contents, self._runs, strict=True)
        ]
        golden = stabilize.golden(texts, self._window)
        stem, suffix = os.path.splitext(name)
        count = 1
        while name in self._taken:
            count += 1
            name = f"{stem}-{count}{suffix}"
        self._taken.add(name)
        content = golden.text.encode("utf-8", "surrogateescape")
        stored, edits = encoding.encode(content, binary=True)
        self.goldens.append(File(name, stored))
        self._edits += [f"{edit} {encoding.script_word(name)}" for edit in edits]
        return golden.command, name

    def _reference(self, name: str, observation: Observation, *, below_work: bool = False) -> str:
        """Return a file's name as written in a line after the observed one."""
        start = "." if below_work else self._runs[0].start
        path = os.path.relpath(os.path.join(start, name), observation.cwd).replace(os.sep, "/")
        return encoding.script_word(path) if "$" not in path else _quoted(path)


def _status(observation: Observation) -> str:
    if not observation.exit.signal:
        return str(observation.exit.code)
    from signal import Signals

    try:
        return Signals(observation.exit.signal).name
    except ValueError:
        raise RecordError(f"{observation.text}: {observation.exit}") from None


def _plain(name: str) -> str:
    return "".join(char if char in _NAME else "_" for char in name)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
