"""Executes the corpus of a fuzz test and stores what it reaches, for `fuzzengine cover`."""

from __future__ import annotations

import json
import os

from fuzzengine.campaign.event_data import inputs_of
from fuzzengine.campaign.reached import ReachingInputs
from fuzzengine.instrument.coverage import ranges_of
from fuzzengine.instrument.reach_log import FACTS, LOG
from fuzzengine.program import variables
from fuzzengine.program.measure import measure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from fuzzengine.campaign.options import Options, WorkerProgram


def store_reach(name: str, options: Options, program: WorkerProgram, folder: str) -> None:
    """Execute the corpus of a fuzz test once; store what it reaches.

    Args:
        name: the fuzz test.
        options: those of its campaigns.
        program: starts the workers.
        folder: the folder for the files.

    Raises:
        CorpusCommandError: the corpus cannot be executed, or no code is instrumented.
        OSError: the files cannot be written.
    """
    os.environ[variables.REACH] = os.path.join(folder, name + LOG)
    survey = measure(
        name,
        options,
        program,
        consequence="nothing is reported",
        of_failing="what it reached until then counts",
    )
    inputs = ReachingInputs(options.coverage_size)
    entries = {entry.path: entry for entry in survey.queue.entries}
    for one in survey.measured:
        coverage = one.features.to_bytes(options.coverage_size, "little")
        inputs.add(one.path, entries[one.path].load(), coverage)
    seeds = [path for path, entry in entries.items() if entry.is_seed]
    added = sum(path.startswith("seed#") for path in seeds)
    facts: dict[str, Any] = {
        "Added": added,
        "Testdata": len(seeds) - added,
        "Cached": len(survey.measured) - len(seeds),
        "Failing": len(survey.failing),
        "Modules": {
            module: inputs_of(inputs, part) for module, part in ranges_of(options.table).items()
        },
    }
    with open(os.path.join(folder, name + FACTS), "w", encoding="utf-8") as file:
        json.dump(facts, file)
