"""Seed mode of `f.fuzz`: collects and checks the seeds, and runs each as a plain test."""

from __future__ import annotations

import os

from fuzzengine.base.chdir import WorkingDirectory
from fuzzengine.base.frames import code_location
from fuzzengine.base.interpreter import InterpreterState
from fuzzengine.base.outcomes import FailNow
from fuzzengine.base.paths import CORPUS_FOLDER
from fuzzengine.corpus.encoding import CorpusError
from fuzzengine.corpus.entry import CorpusReadError, Entry, read_directory
from fuzzengine.program.variables import is_go_test
from fuzzengine.testing.fuzz import T, run_test
from fuzzengine.types.kinds import kind_of_value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import NoReturn

    from fuzzengine.corpus.entry import Entry
    from fuzzengine.testing.fuzz import F, Seed
    from fuzzengine.testing.match import Matcher
    from fuzzengine.testing.target import Target
    from fuzzengine.types.kinds import Kind


def collect(f: F, target: Target) -> list[Entry]:
    """Return the seeds from `f.add` and from testdata.

    Raises:
        FailNow: a seed does not fit the target; the log names it.
    """
    entries = [
        Entry(f"seed#{number}", values=_checked(f, seed, target.kinds), is_seed=True)
        for number, seed in enumerate(f.seeds)
    ]
    folder = os.path.join(CORPUS_FOLDER, f.name())
    try:
        with WorkingDirectory(f.folder):
            found = read_directory(folder, target.kinds)
    except (CorpusError, CorpusReadError) as error:
        refuse(f, code_location(target.function), str(error))
    for entry in found:
        entry.is_seed = True
    return entries + found


def _checked(f: F, seed: Seed, kinds: list[Kind]) -> list[object]:
    found = [kind_of_value(value) for value in seed.values]
    structured = any(kind.is_structured for kind in kinds) or None in found
    types = [kind.python_type for kind in kinds]
    if structured or (list(map(type, seed.values)) != types and not is_go_test()):
        from fuzzengine.types.convert import SeedError, trees_of

        try:
            return trees_of(seed.values, kinds)
        except SeedError as error:
            refuse(f, seed.where, str(error))
    if len(found) != len(kinds):
        text = f"wrong number of values in corpus entry: {len(found)}, want {len(kinds)}"
        refuse(f, seed.where, text)
    pairs = list(zip(seed.values, kinds, strict=True))
    if any(type(value) is not kind.python_type for value, kind in pairs):
        names = " ".join(kind.name for kind in found if kind is not None)
        wanted = " ".join(kind.name for kind in kinds)
        text = f"mismatched types in corpus entry: [{names}], want [{wanted}]"
        refuse(f, seed.where, text)
    for value, kind in pairs:
        objection = kind.objection(value)
        if objection is not None:
            refuse(f, seed.where, f"f.add: {objection}")
    return [kind.coerce(value) for value, kind in pairs]


def refuse(f: F, where: str, text: str) -> NoReturn:
    """Fail a fuzz test with a log line that names a place, such as `file.py:21`.

    Raises:
        FailNow: always.
    """
    f._log_at(where, text)
    f._fail()
    raise FailNow


def seed_driver(
    matcher: Matcher,
    deadline: float | None,
    detectors: Sequence[str] = (),
    *,
    test_type: type[T] = T,
) -> Callable[[F, Target], None]:
    """Return the driver of `f.fuzz` that runs every selected seed as a test of its own.

    Args:
        matcher: selects the seeds.
        deadline: the deadline that their tests report, in seconds since the epoch.
        detectors: the names of the detectors that watch the target.
        test_type: the class of their tests.
    """

    def drive(f: F, target: Target) -> None:
        entries = collect(f, target)
        if detectors:
            from fuzzengine.findings.detectors import with_detectors

            target = with_detectors(target, detectors)
        # Of the fuzz test's own changes to the interpreter none is undone after a seed.
        before, f._printer.state = f._printer.state, InterpreterState()
        try:
            for entry in entries:
                name = f"{f.name()}/{entry.name}"
                if matcher.matches(name):
                    test = test_type(name, f._printer, f, matcher=matcher, deadline=deadline)
                    _run(f, target, entry, test)
                    f._printer.state.restore()
        finally:
            f._printer.state = before

    return drive


def _run(f: F, target: Target, entry: Entry, test: T) -> None:
    def call() -> None:
        try:
            target.function(test, *(entry.values or ()))
        except target.allow:
            return

    f.in_target = True
    try:
        run_test(test, call)
    finally:
        f.in_target = False
