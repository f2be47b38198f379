"""Executes every input of a corpus once, in workers, to measure what it reaches."""

from __future__ import annotations

import sys

from fuzzengine.campaign.loop import WorkerPool
from fuzzengine.campaign.survey import Survey
from fuzzengine.corpus.entry import CorpusReadError
from fuzzengine.corpus.files import CorpusCommandError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from fuzzengine.campaign.options import Options, WorkerProgram


def measure(
    name: str, options: Options, program: WorkerProgram, *, consequence: str, of_failing: str
) -> Survey:
    """Execute the inputs of a fuzz test; print a line for each that fails.

    Args:
        name: the fuzz test.
        options: the inputs, as the seeds or the cache of a campaign.
        program: starts the workers.
        consequence: what it means that the inputs cannot be executed, for the error.
        of_failing: what happens to an input that fails, for its line.

    Raises:
        CorpusCommandError: the inputs cannot be executed, or no code is instrumented.
    """
    options.timeout = options.limit = options.minimize_timeout = options.minimize_limit = 0
    options.valid_text = False
    if not options.coverage_size:
        raise _uninstrumented(name)
    try:
        survey = Survey(options)
        WorkerPool(survey, program, lambda _: None).run()
    except (OSError, CorpusReadError) as error:
        raise CorpusCommandError(str(error)) from None
    if survey.failure is not None or not survey.complete:
        raise CorpusCommandError(f"{name}: {survey.failure or 'interrupted'}; {consequence}")
    for path in survey.failing:
        sys.stdout.write(f"{name}: {path} fails; {of_failing}\n")
    if survey.measured and not any(entry.features for entry in survey.measured):
        raise _uninstrumented(name)
    return survey


def _uninstrumented(name: str) -> CorpusCommandError:
    return CorpusCommandError(
        f"{name}: no code is instrumented, so coverage is unknown; name packages with -cover"
    )
