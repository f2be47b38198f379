"""A coordinator's view of a call agrees with what the worker really did."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from fuzzengine.base.failure import Failure
from fuzzengine.campaign.calls import MAX_UNSHRUNK, FuzzCall, InternalError, MinimizeCall
from fuzzengine.campaign.tasks import FuzzTask, MinimizeTask, WarmUpTask
from fuzzengine.corpus.encoding import marshal, unmarshal
from fuzzengine.corpus.entry import Entry
from fuzzengine.instrument.coverage import Coverage
from fuzzengine.ipc import messages
from fuzzengine.ipc.shared_memory import MEMORY_SIZE, SharedMemory, create_memory_file
from fuzzengine.mutation.mutator import Mutator
from fuzzengine.mutation.pcg import PCG
from fuzzengine.testing.fuzz import T
from fuzzengine.testing.target import Target
from fuzzengine.types.kinds import BYTES, INT, STRING
from fuzzengine.worker.executor import Execution
from fuzzengine.worker.harness import Harness
from fuzzengine.worker.server import CallPipe, SearchOptions, Server

KINDS = [BYTES, STRING, INT]


class Worker:
    """A worker's server in this process, its target, and what that was called with."""

    def __init__(self, folder: Path) -> None:
        self.file, _ = create_memory_file(str(folder))
        self.calls: list[list[object]] = []
        self.fails_when: set[int] = set()
        coverage = Coverage()
        coverage.register("m", 4)
        coverage.freeze()
        self.mask = bytes(coverage.size)
        self.pipe = os.pipe()

        def target(t: T, *values: object) -> None:
            self.calls.append(list(values))
            if len(self.calls) in self.fails_when:
                t.error("failing")

        self.memory = SharedMemory(self.file, MEMORY_SIZE)
        execution = Execution("FuzzIt", Target(target, KINDS, ()), coverage.reset)
        self.harness = Harness(execution, KINDS, coverage, SharedMemory(self.file, MEMORY_SIZE))
        pipe = CallPipe(*self.pipe)
        mutator = Mutator(PCG.seeded(5))
        self.server = Server(self.harness, pipe, lambda: mutator, SearchOptions())

    def serve(self, request: bytes) -> bytes:
        return self.server.answer(request)

    def close(self) -> None:
        self.memory.close()
        self.harness.memory.close()
        for descriptor in (self.file, *self.pipe):
            os.close(descriptor)


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[Worker]:
    started = Worker(tmp_path)
    yield started
    started.close()


def entry() -> Entry:
    data = marshal(KINDS, [b"some bytes", "some text", 5])
    return Entry("seed#0", data, is_seed=True)


def call_of(limit: int, *, warmup: bool = False) -> FuzzCall:
    task = WarmUpTask([entry()], timeout=0) if warmup else FuzzTask(entry(), limit=limit, timeout=0)
    return FuzzCall(task, mask=None)


def test_the_running_input_is_rebuilt_at_every_execution(worker: Worker) -> None:
    for limit in [*range(1, 13), 100, 101]:
        call = call_of(limit)
        request = call.next_request(worker.memory)
        assert request is not None
        assert call.next_request(worker.memory) is None
        worker.calls.clear()
        worker.serve(request)
        assert len(worker.calls) == worker.memory.count == limit
        lost = call.result_of_loss(worker.memory)
        assert lost.entry is not None
        assert unmarshal(lost.entry.load())[1] == worker.calls[-1]
        assert lost.entry.parent == "seed#0"
        assert not lost.entry.is_seed
        assert lost.count == limit


def test_a_failing_input_is_rebuilt(worker: Worker) -> None:
    worker.fails_when = {8}
    call = call_of(100)
    request = call.next_request(worker.memory)
    assert request is not None
    result = call.result_of_answer(messages.decode(worker.serve(request)), worker.memory)
    assert result.failure is not None
    assert "failing" in result.failure.text
    assert result.failure.kind == "failed"
    assert [file for file, _ in result.failure.frames] == [__file__]
    assert result.minimizable
    assert result.entry is not None
    assert unmarshal(result.entry.load())[1] == worker.calls[-1]
    assert result.count == len(worker.calls) == 8


@pytest.mark.parametrize(
    ("size", "solved", "minimizable"),
    [(5, False, True), (5, True, False), (2 * MAX_UNSHRUNK, True, True)],
)
def test_short_inputs_of_the_solver_are_not_minimized(
    worker: Worker, *, size: int, solved: bool, minimizable: bool
) -> None:
    call = call_of(100)
    call.next_request(worker.memory)
    worker.memory.value = marshal(KINDS, [bytes(size), "", 0])
    worker.memory.raw = True
    answer = {"CoverageData": b"\1", "Solved": solved}
    result = call.result_of_answer(answer, worker.memory)
    assert result.minimizable is minimizable


def test_warm_up_runs_the_input_as_it_is(worker: Worker) -> None:
    call = call_of(1, warmup=True)
    request = call.next_request(worker.memory)
    assert request is not None
    result = call.result_of_answer(messages.decode(worker.serve(request)), worker.memory)
    assert worker.calls == [[b"some bytes", "some text", 5]]
    assert (result.failure, result.coverage, result.count) == (None, None, 1)
    lost = call.result_of_loss(worker.memory).entry
    assert lost is not None
    assert (lost.load(), lost.is_seed) == (entry().load(), True)


def test_texts_of_internal_errors_are_gos(worker: Worker) -> None:
    call = call_of(5)
    request = call.next_request(worker.memory)
    assert request is not None
    worker.memory.count = 5
    with pytest.raises(
        InternalError, match=r"^mem.header\(\).count 5 already exceeds args.Limit 5$"
    ):
        call.result_of_answer(messages.decode(worker.serve(request)), worker.memory)
    short = messages.fuzz_call(0, 1, warmup=True, coverage=b"12")
    size = len(worker.mask)
    answer = messages.decode(worker.serve(short))
    assert answer["InternalErr"] == f"unexpected size for CoverageData: got 2, expected {size}"
    worker.memory.value = marshal([INT], [1])
    worker.memory.count = 0
    answer = messages.decode(worker.serve(messages.fuzz_call(0, 1, warmup=True, coverage=None)))
    assert answer["InternalErr"] == "wrong number of values in corpus entry: 1, want 3"


def test_a_call_of_nothing_is_refused(worker: Worker) -> None:
    with pytest.raises(messages.WireError, match="no arguments provided for any call"):
        worker.serve(b'{"Ping":null}\n')
    assert worker.serve(b'{"Ping": {}}\n') == worker.serve(messages.PING) == b"{}\n"


def test_every_bytes_and_text_argument_is_minimised(worker: Worker) -> None:
    worker.fails_when = set(range(1, 10_000))
    call = MinimizeCall(MinimizeTask(entry(), Failure("failing"), None))
    indexes = []
    while (request := call.next_request(worker.memory)) is not None:
        indexes.append(messages.decode(request)["Minimize"]["Index"])
        result = call.result_of_answer(messages.decode(worker.serve(request)), worker.memory)
    assert indexes == [0, 1]
    assert result.entry is not None
    _, values = unmarshal(result.entry.load())
    assert values == [b"0", "0", 5]
    assert result.count == len(worker.calls)


def test_a_candidate_that_kills_is_found_in_the_memory(worker: Worker) -> None:
    class Death(BaseException):
        pass

    call = MinimizeCall(MinimizeTask(entry(), Failure("failing"), None))
    request = call.next_request(worker.memory)
    assert request is not None
    worker.fails_when = {1, 2, 3}
    original = worker.harness.execution.run

    def run(values: list[object]) -> Failure | None:
        if len(worker.calls) == 3:
            worker.calls.append(values)
            raise Death
        return original(values)

    worker.harness.execution = type("Dying", (), {"run": staticmethod(run)})()
    with pytest.raises(Death):
        worker.serve(request)
    lost = call.result_of_loss(worker.memory).entry
    assert lost is not None
    assert unmarshal(lost.load())[1] == worker.calls[-1]
    assert worker.memory.raw


def test_an_interesting_input_outlives_a_failure_found_while_it_is_minimized(
    worker: Worker,
) -> None:
    keep = b"\1" + bytes(len(worker.mask) - 1)
    call = MinimizeCall(MinimizeTask(entry(), None, keep))
    assert call.next_request(worker.memory) is not None
    result = call.result_of_answer({"Err": "failing", "WroteToMem": False}, worker.memory)
    assert result.failure is not None
    (original,) = result.earlier
    assert (original.entry, original.coverage, original.failure) == (call.task.entry, keep, None)
    (original,) = call.result_of_loss(worker.memory).earlier
    assert (original.entry, original.coverage) == (call.task.entry, keep)


def test_the_coverage_of_a_minimized_input_is_not_that_of_another_candidate(
    worker: Worker,
) -> None:
    keep, other = b"\1" + bytes(9), b"\0\1" + bytes(8)
    for go_worker, expected in ((True, keep), (False, other)):
        call = MinimizeCall(MinimizeTask(entry(), None, keep), go_worker=go_worker)
        assert call.next_request(worker.memory) is not None
        result = call.result_of_answer({"CoverageData": other}, worker.memory)
        assert result.coverage == expected
