"""Executes a fuzz target in a worker, with little overhead for each input."""

from __future__ import annotations

import os
import time

from fuzzengine.base.outcomes import Skip
from fuzzengine.testing.common import Printer
from fuzzengine.testing.fuzz import T

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from fuzzengine.base.failure import Failure
    from fuzzengine.testing.target import Target

# The code under test may replace the builtins.
_any, _type = BaseException, type


class _Page:
    """Collects the report of one execution."""

    def __init__(self) -> None:
        self.text = ""

    def write(self, text: str) -> None:
        self.text += text

    def flush(self) -> None:
        """Do nothing: a page has no buffer."""


class Execution:
    """Executes a fuzz target (Go: the function `run` in F.Fuzz).

    It reuses one T until an execution changes its state.
    """

    __slots__ = (
        "_allow",
        "_before",
        "_forked",
        "_function",
        "_name",
        "_on_failure",
        "_page",
        "_restore",
        "_test",
    )

    def __init__(
        self,
        name: str,
        target: Target,
        before: Callable[[], object],
        on_failure: Callable[[], object] = bool,
        restore: Callable[[], object] = bool,
    ) -> None:
        """Prepare the target.

        Args:
            name: the name of the fuzz test.
            target: the fuzz target.
            before: called before each execution.
            on_failure: called when an execution fails, before its report is made.
            restore: called when the target raises an exception: undoes what it did to the
                interpreter.
        """
        self._name = name
        self._on_failure = on_failure
        self._restore = restore
        self._function = target.function
        self._allow = target.allow
        self._before = before
        self._page = _Page()
        self._test = self._new_test()
        self._forked = False
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._note_fork)

    def run(self, values: Sequence[object]) -> Failure | None:
        """Call the target with the values of an input; return its failure, or None.

        `before` is called first, so that only the target is measured.
        """
        test = self._test
        self._before()
        try:
            self._function(test, *values)
        except self._allow:
            pass
        except _any as error:
            if _type(error) is not Skip:
                self._restore()
            test._record_exception(error)
        return self._conclude(test) if test._used else None

    def _note_fork(self) -> None:
        """Have this process, a copy of the worker, end where the target does.

        It must not go on as a second worker with the same pipes and the same memory.
        """
        self._forked = True
        self._test._used = True

    def _conclude(self, test: T) -> Failure | None:
        if self._forked:
            os._exit(1 if test._failed else 0)
        test._finish(time.perf_counter())
        test._report()
        failure = test._failure
        if failure is not None:
            failure.text = self._page.text
        self._test = self._new_test()
        return failure

    def _new_test(self) -> T:
        self._page.text = ""
        return T(self._name, Printer(self._page, verbose=False, on_failure=self._note_failure))

    def _note_failure(self, _name: str) -> None:
        # A forked child shares the worker's memory, but not its input.
        if not self._forked:
            self._on_failure()
