"""The watch over executions: what counts as too long."""

from __future__ import annotations

import os

import pytest

from fuzzengine.base.processor import processor_wait
from fuzzengine.campaign import worker
from fuzzengine.campaign.options import Limits
from fuzzengine.campaign.worker import _ExecutionWatch
from scriptest.base.duration import SECOND


def test_an_execution_is_too_long_from_the_limit_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "processor_wait", lambda _pid: 0)
    watch = _ExecutionWatch(Limits(0, 3 * SECOND))
    now = watch.begin()
    found = [
        watch.exceeded(now + seconds * SECOND, count, 1, failing=False)
        for seconds, count in ((1, 1), (3, 1), (4, 2), (6, 2), (7, 2))
    ]
    assert found == ["", "", "", "", "timeout"]


def test_waiting_for_a_processor_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    waited = iter([40 * SECOND, 45 * SECOND, 49 * SECOND, 49 * SECOND])
    monkeypatch.setattr(worker, "processor_wait", lambda _pid: next(waited))
    watch = _ExecutionWatch(Limits(0, 3 * SECOND))
    now = watch.begin()
    found = [
        watch.exceeded(now + seconds * SECOND, 1, 1, failing=False) for seconds in (0, 7, 8, 12)
    ]
    assert found == ["", "", "", "timeout"]


def test_a_report_may_wait_for_a_processor_too(monkeypatch: pytest.MonkeyPatch) -> None:
    waited = iter([0, 0, 5 * SECOND, 5 * SECOND])
    monkeypatch.setattr(worker, "processor_wait", lambda _pid: next(waited))
    watch = _ExecutionWatch(Limits(0, 0))
    now = watch.begin()
    found = [
        watch.exceeded(now + seconds * SECOND, 1, 1, failing=True) for seconds in (0, 12, 14, 15)
    ]
    assert found == ["", "", "", "report"]


def test_a_process_that_is_not_there_waits_for_nothing() -> None:
    assert processor_wait(os.getpid()) >= 0
    assert processor_wait(1 << 30) == 0
