"""The limits for minimizing an input, whatever the number of workers."""

from __future__ import annotations

import pytest

from fuzzengine.campaign.options import Options
from fuzzengine.campaign.tasks import INTERESTING_COUNT, Executions, MinimizeQueue
from fuzzengine.corpus.entry import Entry
from fuzzengine.types.kinds import BYTES


@pytest.mark.once
@pytest.mark.parametrize("parallel", [1, 2, 8])
def test_executions_limit_the_minimizing_of_interesting_inputs(parallel: int) -> None:
    options = Options([BYTES], "testdata", "cache")
    options.parallel = parallel
    queue = MinimizeQueue(options, Executions(0, parallel))
    queue.add_interesting(Entry("e"), b"\1")
    task = queue.next()
    assert task is not None
    assert task.limit == INTERESTING_COUNT
