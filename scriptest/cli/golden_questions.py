"""Asks about each change of a golden file: `scriptest run --update=ask`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scriptest.report.console import Console
    from scriptest.run.update import GoldenChange

_ANSWERS = {"y": True, "yes": True, "n": False, "no": False, "q": None, "quit": None}
_HELP = "y: yes, n: no, a: yes to this and all others, q: no, and end the run"


class GoldenQuestions:
    """Shows the changes of golden files one by one, and asks whether to write them."""

    def __init__(self, console: Console) -> None:
        """Store the console, which prints each change."""
        self._console = console
        self._accepts_all = False

    def __call__(self, change: GoldenChange) -> bool | None:
        """Return whether to write a change; None to write nothing more and end the run."""
        if self._accepts_all:
            return True
        self._console.clear()
        self._console.say_detail(f"\n{change.script}: {change.name}", change.diff)
        while True:
            answer = self._read(f"Update {change.name}? [y/n/a/q] ")
            if answer in ("a", "all"):
                self._accepts_all = True
                return True
            if answer in _ANSWERS:
                return _ANSWERS[answer]
            self._console.say(_HELP)

    def _read(self, prompt: str) -> str:
        try:
            return input(prompt).strip().lower()
        except EOFError:
            self._console.say("")
            return "q"
