"""-merge=1 and -minimize_crash=1 of a harness."""

from __future__ import annotations

import os

from fuzzengine.atheris.job import FAILED, log
from fuzzengine.atheris.raw_files import RawCorpus, decoded, encoded, name_of, write_input
from fuzzengine.campaign.loop import WorkerPool
from fuzzengine.campaign.tasks import CampaignError
from fuzzengine.corpus.entry import Entry
from scriptest.base.duration import SECOND
from scriptest.base.regular_files import read_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from fuzzengine.atheris.job import Job
    from fuzzengine.campaign.survey import Survey

_MINIMIZE_SECONDS = 600


class _Given:
    """Inputs that were read already."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._entries = entries

    def read(self) -> Iterator[Entry]:
        """Yield the inputs."""
        return iter(self._entries)

    def write(self, _entry: Entry) -> str:
        """Keep nothing."""
        return ""


def merge(job: Job) -> int:
    """Copy to the first folder the inputs of the others that add coverage; return the status."""
    if len(job.folders) < 2:
        log("ERROR: -merge=1 needs two folders or more: the first one gets the inputs\n")
        return FAILED
    first, *others = job.folders
    initial = list(RawCorpus([first], log, job.flags.max_len).read())
    new = list(RawCorpus(others, log, job.flags.max_len).read())
    log(f"MERGE-OUTER: {len(initial) + len(new)} files, {len(initial)} in the initial corpus\n")
    survey = _measured(job, [*initial, *new])
    if survey is None:
        return FAILED
    failing = set(survey.failing)
    for path in survey.failing:
        log(f"MERGE-OUTER: not used, since it fails: {path}\n")
    data = {entry.path: decoded(entry.load()) for entry in new}
    features = {one.path: one.features for one in survey.measured if one.path not in failing}
    reached = 0
    for entry in initial:
        reached |= features.get(entry.path, 0)
    before, added = reached.bit_count(), 0
    for path in sorted(features.keys() & data, key=lambda path: (len(data[path]), path)):
        if features[path] & ~reached:
            reached |= features[path]
            write_input(first, data[path])
            added += 1
    log(f"MERGE-OUTER: {added} new files with {reached.bit_count() - before} new features added\n")
    return 0


def _measured(job: Job, entries: Sequence[Entry]) -> Survey | None:
    """Execute inputs once each to measure their coverage; None, after a message, if that fails."""
    from fuzzengine.campaign.survey import Survey

    options = job.options()
    options.timeout = options.limit = options.minimize_timeout = 0
    options.inputs = _Given(entries)
    survey = Survey(options)
    WorkerPool(survey, job.program(options), lambda _: None).run()
    if survey.failure is None and survey.complete:
        return survey
    log(f"ERROR: {survey.failure or 'interrupted'}; nothing was merged\n")
    return None


def minimize_crash(job: Job) -> int:
    """Write the smallest input that fails as the given one does; return the exit status."""
    from fuzzengine.campaign.minimize_crash import MinimizeCrash

    files = [path for path in job.flags.inputs if os.path.isfile(path)]
    if len(files) != 1:
        log("ERROR: -minimize_crash should be given one input file\n")
        return FAILED
    original = read_file(files[0])
    options = job.options()
    options.timeout = options.limit = 0
    options.corpus_only = False
    options.parallel = 1
    options.minimize_timeout = (job.flags.max_total_time or _MINIMIZE_SECONDS) * SECOND
    options.minimize_limit = max(job.flags.runs, 0)
    options.seeds = [Entry(files[0], encoded(original), is_seed=True)]
    campaign = MinimizeCrash(options)
    WorkerPool(campaign, job.program(options), lambda _: None).run()
    failure = campaign.finish()
    if isinstance(failure, CampaignError):
        log(f"ERROR: {failure}\n")
        return FAILED
    if failure is None:
        log(f"ERROR: the input {files[0]} did not crash\n")
        return FAILED
    data = decoded(failure.entry.load())
    log(f"CRASH_MIN: '{files[0]}' ({len(original)} bytes) minimized to {len(data)} bytes\n")
    if failure.failure.ended_worker:
        log("CRASH_MIN: an input that ends its worker is not minimized\n")
    log(job.artifacts.write_named(f"minimized-from-{name_of(original)}", data))
    return 0
