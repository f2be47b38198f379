"""Our coordinator drives Go's workers over the worker protocol; skipped where there is no Go."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from queue import SimpleQueue
from typing import Any, TypeVar

import pytest

from fuzzengine.base.failure import Failure
from fuzzengine.campaign.calls import FuzzCall, MinimizeCall
from fuzzengine.campaign.campaign import Campaign
from fuzzengine.campaign.loop import WorkerPool
from fuzzengine.campaign.options import Limits, Options, WorkerProgram
from fuzzengine.campaign.tasks import (
    CampaignError,
    Crash,
    FuzzTask,
    MinimizeTask,
    Result,
    WarmUpTask,
)
from fuzzengine.campaign.worker_process import Answer, Ended, Event, WorkerProcess
from fuzzengine.corpus.encoding import marshal, unmarshal
from fuzzengine.corpus.entry import Entry
from fuzzengine.ipc import messages
from fuzzengine.ipc.exit_status import ExitStatus
from fuzzengine.types.kinds import BYTES, STRING, Kind
from scriptest.base.duration import SECOND
from tests.waiting import PATIENCE

Happened = TypeVar("Happened", bound=Event)


def command(program: Path, name: str) -> list[str]:
    return [str(program), "-test.fuzzworker", f"-test.fuzz={name}$", "-test.fuzzcachedir=."]


class GoWorker:
    """One Go worker, spoken to call by call."""

    def __init__(self, program: Path, name: str) -> None:
        self.events: SimpleQueue[Event | str] = SimpleQueue()
        environment = {**os.environ, "GODEBUG": "fuzzseed=5"}
        self.client = WorkerProcess(0, command(program, name), environment, self.events)
        self.client.start()

    def next_event(self, kind: type[Happened]) -> Happened:
        while True:
            event = self.events.get(timeout=PATIENCE)
            if isinstance(event, kind):
                return event
            assert not isinstance(event, Ended), f"{event.status}: {self.client.stderr_tail()}"

    def call(self, request: bytes | None) -> dict[str, Any]:
        assert request is not None
        self.client.send(request)
        return messages.decode(self.next_event(Answer).line)

    def fuzz(self, values: list[object], *, mask: bytes | None, warmup: bool = False) -> Result:
        data = marshal([BYTES], values)
        entry, timeout = Entry("x", data), PATIENCE * SECOND
        task: FuzzTask | WarmUpTask = FuzzTask(entry, limit=100_000, timeout=timeout)
        if warmup:
            task = WarmUpTask([entry], timeout=timeout)
        call = FuzzCall(task, mask=mask, go_scratch_bug=True)
        answer = self.call(call.next_request(self.client.memory))
        return call.result_of_answer(answer, self.client.memory)

    def minimize(self, values: list[object], keep: bytes | None) -> Result:
        data = marshal([BYTES], values)
        failure = Failure("long") if keep is None else None
        call = MinimizeCall(MinimizeTask(Entry("x", data), failure, keep))
        answer = self.call(call.next_request(self.client.memory))
        return call.result_of_answer(answer, self.client.memory)

    def end(self) -> ExitStatus:
        self.client.close_calls()
        status = self.next_event(Ended).status
        self.client.close()
        return status


@pytest.fixture
def worker(go_program: Path) -> Iterator[GoWorker]:
    started = GoWorker(go_program, "FuzzLong")
    yield started
    # 70 once the target has failed: Go takes that for a failure of the worker itself.
    assert str(started.end()) in ("exit status 0", "exit status 70")


def value_of(result: Result) -> bytes:
    assert result.entry is not None
    _, (value,) = unmarshal(result.entry.load())
    assert isinstance(value, bytes)
    return value


def test_every_call_of_the_protocol(worker: GoWorker) -> None:
    assert worker.call(messages.PING) == {}
    # warm-up: one execution as it is, and the size of Go's coverage
    warm = worker.fuzz([b"seed"], mask=None, warmup=True)
    assert (warm.count, warm.failure) == (1, None)
    assert warm.coverage is not None
    assert any(warm.coverage)
    # a failure while fuzzing: the mutations are made again here
    found = worker.fuzz([b"\xff" * 30], mask=warm.coverage)
    while found.failure is None:
        assert found.coverage is not None
        found = worker.fuzz([b"\xff" * 30], mask=b"\xff" * len(warm.coverage))
    assert "long" in found.failure.text
    failing = value_of(found)
    assert len(failing) > 6
    assert failing[0] > 128
    # minimisation of a failure, and of coverage
    small = worker.minimize([failing], None)
    assert small.failure is not None
    assert "long" in small.failure.text
    assert len(value_of(small)) == 7
    keep = worker.fuzz([b"longer than it must be"], mask=None, warmup=True).coverage
    assert keep is not None
    kept = worker.minimize([b"longer than it must be"], keep)
    assert kept.failure is None
    assert kept.coverage is not None
    assert len(value_of(kept)) < len(b"longer than it must be")


def test_a_mask_of_another_size_is_refused_by_go(worker: GoWorker) -> None:
    warm = worker.fuzz([b"seed"], mask=None, warmup=True)
    assert warm.coverage is not None
    worker.fuzz([b"seed"], mask=warm.coverage, warmup=True)
    request = messages.fuzz_call(0, 1, warmup=True, coverage=warm.coverage + b"\0")
    answer = worker.call(request)
    size = len(warm.coverage)
    expected = f"unexpected size for CoverageData: got {size + 1}, expected {size}"
    assert answer["InternalErr"] == expected


def coverage_size(program: Path, name: str, kinds: list[Kind]) -> int:
    """Ask a Go worker how many counters it has."""
    started = GoWorker(program, name)
    memory = started.client.memory
    memory.value = marshal(kinds, [kind.zero() for kind in kinds])
    answer = started.call(messages.fuzz_call(0, 1, warmup=True, coverage=None))
    assert str(started.end()) == "exit status 0"
    coverage = answer["CoverageData"]
    assert isinstance(coverage, bytes)
    return len(coverage)


def campaign_of(
    program: Path, folder: Path, name: str, kinds: list[Kind]
) -> tuple[Campaign, CampaignError | Crash | None, str]:
    options = Options(kinds, str(folder / "testdata"), str(folder / "cache"))
    options.parallel = 2
    options.timeout = PATIENCE * SECOND
    options.minimize_timeout = 5 * SECOND
    options.go_workers = True
    if name != "FuzzFail":
        options.coverage_size = coverage_size(program, name, kinds)
    log: list[str] = []
    campaign = Campaign(options, log.append)
    limits = Limits(PATIENCE * SECOND, PATIENCE * SECOND)
    WorkerPool(campaign, WorkerProgram(command(program, name), limits), log.append).run()
    return campaign, campaign.finish(), "".join(log)


@pytest.mark.parametrize(
    ("name", "text", "size"),
    [
        ("FuzzLong", "long", 7),
        ("FuzzPanic", "panic: too long", 7),
        ("FuzzLetters", "abc", 3),
        ("FuzzExit", "fuzzing process hung or terminated unexpectedly", 0),
    ],
)
def test_a_campaign_to_a_crash(
    go_program: Path, tmp_path: Path, name: str, text: str, size: int
) -> None:
    campaign, failure, log = campaign_of(go_program, tmp_path, name, [BYTES])
    assert isinstance(failure, Crash), log
    assert text in failure.failure.text
    _, (data,) = unmarshal(failure.entry.load())
    assert isinstance(data, bytes)
    if size:
        assert len(data) == size, "it was not made smaller"
        assert "fuzz: minimizing " in log
    if name == "FuzzLetters":
        assert data == b"abc"
        assert campaign.interesting >= 3
        assert len(list((tmp_path / "cache").iterdir())) == campaign.interesting
    else:
        assert len(data) > 6
        assert data[0] > 128


def test_the_killing_input_is_rebuilt_bit_for_bit(
    go_program: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    note = tmp_path / "note"
    monkeypatch.setenv("NOTE", str(note))
    kinds = [BYTES, BYTES, STRING]
    _, failure, log = campaign_of(go_program, tmp_path, "FuzzNote", kinds)
    assert isinstance(failure, Crash), log
    lost = "fuzzing process hung or terminated unexpectedly: exit status 7"
    assert failure.failure.text.startswith(lost)
    assert failure.failure.kind == "exit status 7"
    _, values = unmarshal(failure.entry.load())
    raw = [v.encode("utf-8", "surrogateescape") if isinstance(v, str) else v for v in values]
    assert ",".join(value.hex() for value in raw if isinstance(value, bytes)) == note.read_text()


def test_a_worker_that_fails_before_it_fuzzes(go_program: Path, tmp_path: Path) -> None:
    _, failure, _ = campaign_of(go_program, tmp_path, "FuzzFail", [BYTES])
    assert str(failure).startswith("fuzzing process terminated without fuzzing: EOF")
    assert isinstance(failure, CampaignError)
