"""What a campaign does differently if its workers are test programs of Go."""

from __future__ import annotations

from pathlib import Path

import pytest

from fuzzengine.campaign.campaign import Campaign
from fuzzengine.campaign.options import Options
from fuzzengine.types.kinds import BYTES


@pytest.mark.once
@pytest.mark.parametrize("go_workers", [False, True])
def test_only_workers_of_fuzzengine_solve_comparisons(tmp_path: Path, *, go_workers: bool) -> None:
    options = Options([BYTES], str(tmp_path / "testdata"), str(tmp_path / "cache"))
    options.coverage_size, options.go_workers = 8, go_workers
    task = Campaign(options, lambda _: None).next_input()
    assert task is not None
    assert task.solve is not go_workers
