"""Plays a dialogue with programs on a terminal, step by step."""

from __future__ import annotations

from scriptest.base.duration import format_duration
from scriptest.base.errors import CheckFailed, ScriptError, reason_of
from scriptest.dialogue.session import (
    ENDED,
    FOUND,
    Exactly,
    Matching,
    Nothing,
    Search,
    Showing,
    TerminalSession,
)
from scriptest.dialogue.steps import (
    Action,
    Eof,
    Expect,
    ExpectStatus,
    OnScreen,
    Send,
    Size,
    Spawn,
    Step,
)
from scriptest.process import process
from scriptest.process.capture import Capture
from scriptest.process.process import Exit, Process
from scriptest.process.pty import StuckError, Terminal
from scriptest.process.which import not_found
from scriptest.sandbox.state import State
from scriptest.terminal.screen import Screen


def play(state: State, steps: list[Step], size: Size, seconds: float) -> None:
    """Play the steps of a dialogue; what the terminal showed is in the ttyout buffer afterwards.

    Args:
        state: where the programs run.
        steps: what is done.
        size: the terminal's, until a step changes it.
        seconds: how long a step may wait for a program.

    Raises:
        CheckFailed: a program did not do what a step wants.
        ScriptError: a step makes no sense where it stands, or the script ran out of time.
    """
    player = _Player(state, size, seconds)
    try:
        for step in steps:
            player.do(step)
        player.expect_success()
    finally:
        player.hang_up()
        state.set_buffers(b"", b"")
        state.buffers.set_terminal(player.output)


def start_at(state: State, terminal: Terminal, argv: tuple[str, ...], path: str) -> Process:
    """Start a program that has nothing but a terminal, in a script's environment for terminals.

    Args:
        state: where it runs.
        terminal: its terminal, from now on.
        argv: its arguments, its name first.
        path: the absolute path of what is run.

    Raises:
        OSError: it cannot be started.
    """
    env = dict(state.env)
    if env.get("TERM") in (None, "dumb"):
        env["TERM"] = "xterm"
    for name in ("COLUMNS", "LINES"):
        # The terminal itself knows its size, also when it changes.
        env.pop(name, None)
    program = process.Program(
        argv,
        path,
        state.cwd,
        env,
        redirects=process.Redirects(terminal.slave, terminal.slave, terminal.slave),
        fork_server=state.context.fork_servers.get(argv[0]),
        tag=state.context.tag,
    )
    running = process.start(program, Capture(""), Capture(""), terminal=terminal)
    terminal.close_slave()
    return running


class _TerminalProgram:
    """A program and the terminal it was given."""

    def __init__(
        self, name: str, running: Process, terminal: Terminal, session: TerminalSession
    ) -> None:
        self.name = name
        self.running = running
        self.terminal = terminal
        self.session = session
        self.end: Exit | None = None
        self.ended_by: Step | None = None


class _Player:
    def __init__(self, state: State, size: Size, seconds: float) -> None:
        self._state = state
        self._size = size
        self._seconds = seconds
        self._screen = Screen(*size)
        self._program: _TerminalProgram | None = None
        self.output: Capture = state.buffers.capture()

    def do(self, step: Step) -> None:
        """Do one step."""
        action: Action = step.action
        match action:
            case Spawn():
                self._spawn(step, action)
            case Send():
                self._type(step, action)
            case Expect(pattern, text):
                self._wait(step, Exactly(text) if pattern is None else Matching(pattern))
            case OnScreen(pattern):
                self._wait(step, Showing(pattern, self._screen))
            case Size():
                self._size = action
                self._screen.resize(*action)
                if self._program is not None and self._program.end is None:
                    self._program.terminal.resize(*action)
            case Eof():
                self._wait_for_end(step)
            case ExpectStatus(check_exit):
                self._wait_for_end(step).ended_by = None
                assert self._program is not None
                assert self._program.end is not None
                try:
                    check_exit(self._program.end)
                except CheckFailed as failure:
                    raise self._failure(step, f"{self._program.name}: {failure}") from None

    # --- steps -------------------------------------------------------------------------------

    def _spawn(self, step: Step, action: Spawn) -> None:
        self.expect_success()
        if self._program is not None and self._program.end is None:
            raise ScriptError(
                f"{self._program.name} still runs; wait for its `eof` before the next `spawn`",
                step.location,
            )
        state, name = self._state, action.argv[0]
        path = state.find_program(name)
        if path is None:
            raise self._failure(step, not_found(name, state.cwd))
        try:
            terminal = Terminal(*self._size)
        except OSError as error:
            raise self._failure(step, f"no terminal: {reason_of(error)}") from None
        try:
            running = start_at(state, terminal, action.argv, path)
        except OSError as error:
            terminal.close()
            raise self._failure(step, f"{name}: {reason_of(error)}") from None
        self._screen = Screen(*self._size)
        session = TerminalSession(terminal, self._screen, self.output)
        self._program = _TerminalProgram(name, running, terminal, session)
        state.jobs.track(running)
        running.run_in_background(state.limits.deadline, state.limits.grace)

    def _type(self, step: Step, action: Send) -> None:
        program = self._present(step)
        try:
            program.session.type(action.text, self._seconds)
        except StuckError:
            raise self._failure(step, f"{program.name} does not read what is typed") from None
        except OSError:
            raise self._failure(step, self._how_it_ended(step, program)) from None

    def _wait(self, step: Step, what: Search) -> None:
        program = self._present(step)
        outcome = program.session.wait_for(what, self._seconds)
        if outcome == FOUND:
            return
        if outcome == ENDED:
            reason = f"{self._how_it_ended(step, program)} before it came"
        else:
            reason = f"it did not come within {format_duration(self._seconds)}"
        raise self._failure(step, reason)

    def _wait_for_end(self, step: Step) -> _TerminalProgram:
        program = self._program
        if program is None:
            raise ScriptError("no program runs yet; begin with `spawn`", step.location)
        if program.end is None:
            outcome = program.session.wait_for(Nothing(), self._seconds)
            end = program.running.wait(self._state.limits.grace) if outcome == ENDED else None
            if end is None:
                limit = format_duration(self._seconds)
                raise self._failure(step, f"{program.name} still runs after {limit}")
            self._note_end(step, program, end)
            program.ended_by = step
            program.terminal.close()
        return program

    def _note_end(self, step: Step, program: _TerminalProgram, end: Exit) -> None:
        if end.timed_out:
            raise ScriptError(f"{program.name}: ran out of time and was ended", step.location)
        program.end = self._state.jobs.last_exit = end

    # --- what became of it -------------------------------------------------------------------

    def expect_success(self) -> None:
        """Fail if a program was seen to end otherwise, unless `status` has looked at that."""
        program = self._program
        if program is None or program.end is None or program.ended_by is None or program.end.ok:
            return
        reason = f"{program.name}: {program.end}; `status` instead of `eof` says what is wanted"
        raise self._failure(program.ended_by, reason)

    def hang_up(self) -> None:
        """Take the terminal away from a program that still runs, and see it end."""
        program = self._program
        if program is None:
            return
        program.terminal.close()
        if program.running.wait(0) is None:
            if program.running.wait(self._state.limits.grace) is None:
                program.running.kill()
                program.running.wait(self._state.limits.grace)
            self._state.log.write(f"[{program.name}: ended with the dialogue]")
        program.running.kill()

    def _present(self, step: Step) -> _TerminalProgram:
        program = self._program
        if program is None or program.end is not None:
            raise ScriptError("no program runs here; `spawn` one before this", step.location)
        return program

    def _how_it_ended(self, step: Step, program: _TerminalProgram) -> str:
        end = program.running.wait(self._state.limits.grace)
        if end is None:
            return f"{program.name} gave up its terminal"
        self._note_end(step, program, end)
        return f"{program.name} ended ({end})"

    def _failure(self, step: Step, reason: str) -> CheckFailed:
        message = f"{step.text}: {reason}"
        failure = CheckFailed(message, self._picture(), step.origin, shown=("ttyout",))
        failure.location = step.location
        return failure

    def _picture(self) -> str:
        screen = self._screen
        lines = screen.text().split("\n")
        title = (
            f"the screen ({screen.rows}x{screen.columns}, "
            f"cursor at row {screen.row + 1}, column {screen.column + 1}):"
        )
        return "\n".join([title, *(f"    |{line}" for line in lines)])
