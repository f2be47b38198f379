"""Writes a script from an interactive session at the user's terminal."""

from __future__ import annotations

import time
from collections.abc import Sequence

from scriptest.authoring.pack import Packed
from scriptest.authoring.probe import RecordingVocabulary
from scriptest.authoring.record import Recorded, RecordError, failure_reason
from scriptest.base import regexp
from scriptest.base.errors import CheckFailed
from scriptest.commands.base import Call
from scriptest.compare import stabilize
from scriptest.compare.stabilize import ANY, WORK, Window
from scriptest.dialogue import passthrough, transcript
from scriptest.dialogue.passthrough import TerminalRecording
from scriptest.dialogue.transcript import StepLine
from scriptest.engine.result import Result, Status
from scriptest.language import encoding, txtar
from scriptest.language.txtar import Archive, File
from scriptest.process.process import Exit
from scriptest.run.executor import Executor
from scriptest.run.options import Options
from scriptest.suite.suite import Selected, variants

_NAME = "session"
_USUAL_SIZE = (24, 80)


def record(
    executor: Executor,
    selected: Selected,
    vocabulary: RecordingVocabulary,
    packed: Packed,
    argv: tuple[str, ...],
) -> Recorded:
    """Run a program interactively, and return a script with the same dialogue.

    The dialogue is replayed until it succeeds twice; steps that wait for output that does not
    occur again, such as a process id, are removed.

    Args:
        executor: replays the dialogue.
        selected: the future script.
        vocabulary: the vocabulary of its suite.
        packed: the initial files of the script.
        argv: the program and its arguments.

    Raises:
        RecordError: the dialogue cannot be replayed.
    """
    start = time.time()
    # The user may take any time to type.
    live = Executor(Options(timeout=0.0))
    try:
        seen, work = _watched(live, selected, vocabulary, packed, argv)
    finally:
        live.close()
    turns = transcript.turns(seen.events)
    window = Window(start, time.time())
    steps = [_stable(step, work, window) for step in transcript.steps(argv, turns)]
    steps.append(_end(seen.exit))
    if seen.size != _USUAL_SIZE:
        steps.insert(0, transcript.size(*seen.size))
    draft = _DialogueDraft(packed, selected)
    notes = draft.prune(executor, steps, max(3.0, 2 * seen.longest_wait))
    hidden = [turn for turn in turns if turn.hidden]
    if hidden:
        notes.append(f"the script contains input that was typed without echo: {len(hidden)} times")
    return Recorded(draft.script(steps), notes)


def _watched(
    executor: Executor,
    selected: Selected,
    vocabulary: RecordingVocabulary,
    packed: Packed,
    argv: tuple[str, ...],
) -> tuple[TerminalRecording, str]:
    found: list[tuple[TerminalRecording, str]] = []
    problems: list[str] = []

    def run(call: Call) -> None:
        try:
            found.append((passthrough.watch(call.state, argv), call.state.work))
        except CheckFailed as failure:
            problems.append(str(failure))

    vocabulary.run = run
    lines = [*packed.lines, f"'{vocabulary.name}'"]
    result = executor.attempt(selected, data=_archive(lines, packed.files)).result
    if problems:
        raise RecordError(problems[0])
    if not found or result.status is not Status.PASSED:
        raise RecordError(failure_reason(result))
    return found[0]


def _archive(lines: Sequence[str], files: Sequence[File]) -> bytes:
    comment = "".join(line + "\n" for line in lines) + "\n"
    data = comment.encode("utf-8", "surrogateescape")
    return txtar.format_archive(Archive(data, tuple(files)))


def _stable(step: StepLine, work: str, window: Window) -> StepLine:
    """Return a step that does not depend on the time and the path of the work folder."""
    if step.expected is None:
        return step
    text = step.expected.replace(work, WORK)
    parts = stabilize.mask_times(text, window).split(ANY)
    if len(parts) == 1:
        exact = "$WORK".join(_quoted(part) for part in text.split(WORK))
        return step._replace(arguments=f"-exact {exact}")
    pattern = ".*".join(
        "${WORK@R}".join(_quoted(regexp.quote(piece)) for piece in part.split(WORK))
        for part in parts
    )
    return StepLine("expect", pattern.replace("'.*'", ".*"))


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'" if text else ""


def _end(ended: Exit) -> StepLine:
    if ended.ok:
        return StepLine("eof")
    if ended.timed_out:
        raise RecordError("the program timed out")
    if not ended.signal:
        return StepLine("status", str(ended.code))
    from signal import Signals

    return StepLine("status", Signals(ended.signal).name)


class _DialogueDraft:
    """A draft of a script with a dialogue."""

    def __init__(self, packed: Packed, selected: Selected) -> None:
        self._packed = packed
        self._selected = selected
        self._name = _NAME
        while any(file.name == self._name for file in packed.files):
            self._name += "_"
        title = selected.name.replace("\\", "/").rpartition("/")[2]
        self._title = title.rpartition(".")[0].replace("_", " ")

    def script(self, steps: Sequence[StepLine], timeout: str = "") -> bytes:
        """Return the script whose dialogue has these steps."""
        content = "".join(f"{step}\n" for step in steps).encode("utf-8", "surrogateescape")
        stored, edits = encoding.encode(content, binary=True)
        lines = [
            f"# {self._title}",
            "[!tty] skip 'this system has no terminals'",
            *self._packed.lines,
            *(f"{edit} {self._name}" for edit in edits),
            f"tty {timeout}{self._name}",
        ]
        return _archive(lines, [*self._packed.files, File(self._name, stored)])

    def prune(self, executor: Executor, steps: list[StepLine], seconds: float) -> list[str]:
        """Remove steps that wait in vain, until the dialogue succeeds twice.

        Args:
            executor: replays the dialogue.
            steps: the steps of the dialogue, changed in place.
            seconds: the time limit of a step.

        Returns:
            Notes for the user about the removed steps.

        Raises:
            RecordError: another step fails.
        """
        notes: list[str] = []
        successes = 0
        while successes < 2:
            script = self.script(steps, f"-timeout={seconds:.1f}s ")
            problem = executor.first_failure(variants(self._selected), script, (Status.PASSED,))
            if problem is None:
                successes += 1
                continue
            successes = 0
            index = self._failed_step(problem)
            if index is None or steps[index].verb not in ("expect", "screen"):
                raise RecordError(f"the dialogue cannot be replayed: {failure_reason(problem)}")
            notes.append(f"removed, because it did not occur again: {steps.pop(index)}")
        return notes

    def _failed_step(self, problem: Result) -> int | None:
        origin = problem.failure.origin if problem.failure else None
        return origin.line - 1 if origin and origin.file == self._name else None
