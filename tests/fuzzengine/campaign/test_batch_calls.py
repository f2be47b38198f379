"""The inputs of a corpus are run as they are, several in one call, each exactly once."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzzengine.campaign.batch_calls import CheckCall, WarmUpCall
from fuzzengine.campaign.calls import InternalError
from fuzzengine.campaign.campaign import Campaign
from fuzzengine.campaign.options import Options
from fuzzengine.campaign.survey import Survey
from fuzzengine.campaign.tasks import CheckTask, Result, WarmUpTask
from fuzzengine.corpus.encoding import marshal
from fuzzengine.corpus.entry import Entry
from fuzzengine.ipc import messages
from fuzzengine.schedule.stability import RUNS
from scriptest.base.duration import SECOND
from tests.fuzzengine.campaign.test_calls import KINDS, Worker
from tests.fuzzengine.running import Package


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[Worker]:
    started = Worker(tmp_path)
    yield started
    started.close()


def entries(number: int, size: int = 0) -> list[Entry]:
    return [
        Entry(f"seed#{one}", marshal(KINDS, [b"x" * size, "", one]), is_seed=one == 1)
        for one in range(number)
    ]


def task_of(inputs: list[Entry]) -> WarmUpTask:
    return WarmUpTask(inputs, timeout=10 * SECOND)


def call_of(inputs: list[Entry], mask: bytes | None = None) -> WarmUpCall:
    return WarmUpCall(task_of(inputs), mask=mask, kinds=KINDS)


def run(worker: Worker, call: WarmUpCall | CheckCall) -> Result:
    request = call.next_request(worker.memory)
    assert request is not None
    return call.result_of_answer(messages.decode(worker.serve(request)), worker.memory)


def numbers(worker: Worker) -> list[object]:
    return [values[2] for values in worker.calls]


def test_every_input_is_run_once_in_its_turn(worker: Worker) -> None:
    inputs = entries(5)
    call = call_of(inputs, worker.mask)
    last = run(worker, call)
    assert numbers(worker) == [0, 1, 2, 3, 4]
    results = [*last.earlier, last]
    assert [one.entry for one in results] == inputs
    assert {(one.count, one.limit, one.failure, one.warmup) for one in results} == {
        (1, 1, None, True)
    }
    assert {one.coverage for one in results} == {worker.mask}
    assert all(one.duration > 0 for one in results)
    assert (last.unrun, call.next_request(worker.memory)) == ([], None)


def test_without_a_mask_there_is_no_coverage(worker: Worker) -> None:
    last = run(worker, call_of(entries(2)))
    assert [one.coverage for one in (*last.earlier, last)] == [None, None]


def test_a_failing_input_ends_the_call(worker: Worker) -> None:
    inputs = entries(4)
    worker.fails_when = {2}
    last = run(worker, call_of(inputs, worker.mask))
    assert last.failure is not None
    assert "failing" in last.failure.text
    assert last.entry is not None
    assert (last.entry.data, last.entry.parent) == (inputs[1].data, "seed#1")
    assert last.entry.is_seed
    assert last.minimizable
    assert [one.entry for one in last.earlier] == inputs[:1]
    assert last.unrun == inputs[2:]


@pytest.mark.parametrize("running", [0, 1, 3, 4])
def test_the_running_input_is_to_blame_for_a_lost_worker(
    worker: Worker,
    running: int,
) -> None:
    inputs = entries(4)
    call = call_of(inputs)
    assert call.next_request(worker.memory) is not None
    worker.memory.count = running
    lost = call.result_of_loss(worker.memory)
    place = max(running - 1, 0)
    assert lost.entry is not None
    assert lost.entry.data == inputs[place].data
    assert lost.entry.is_seed == (place == 1)
    assert lost.count == min(running, 1)
    assert lost.unrun == [one for one in inputs if one is not inputs[place]]


def test_time_ends_a_call_after_an_input(worker: Worker) -> None:
    inputs = entries(3)
    task = task_of(inputs)
    task.timeout = 1
    last = run(worker, WarmUpCall(task, mask=None, kinds=KINDS))
    assert numbers(worker) == [0]
    assert last.unrun == inputs[1:]


def test_large_inputs_go_one_by_one(worker: Worker) -> None:
    inputs = entries(3, size=700_000)
    last = run(worker, call_of(inputs))
    assert numbers(worker) == [0]
    assert last.unrun == inputs[1:]


def test_what_a_worker_cannot_read_is_no_ones_fault(worker: Worker) -> None:
    inputs = [*entries(1), Entry("bad", b"go test fuzz v1\nint(1)\n")]
    with pytest.raises(InternalError, match="wrong number of values in corpus entry: 1, want 3"):
        run(worker, call_of(inputs))


@pytest.mark.parametrize(
    "fields",
    [{}, {"Runs": [], "Coverages": []}, {"Runs": [[0, 1]], "Coverages": []}, {"Runs": [1, 2]}],
)
def test_an_answer_that_is_none_is_refused(
    worker: Worker,
    fields: dict[str, object],
) -> None:
    call = call_of(entries(2))
    call.next_request(worker.memory)
    with pytest.raises(InternalError, match="lists 0 of 0 executions"):
        call.result_of_answer(fields, worker.memory)


def test_an_input_is_checked_in_one_call(worker: Worker) -> None:
    task = CheckTask(entries(1)[0], timeout=10 * SECOND)
    call = CheckCall(task, mask=worker.mask, kinds=KINDS)
    result = run(worker, call)
    assert (result.count, len(worker.calls)) == (RUNS, RUNS)
    assert result.unstable_bits == bytes(len(worker.mask))
    assert not result.warmup
    assert call.next_request(worker.memory) is None


def test_a_check_goes_on_after_a_slow_run(worker: Worker) -> None:
    task = CheckTask(entries(1)[0], timeout=1)
    call = CheckCall(task, mask=worker.mask, kinds=KINDS)
    counts = [run(worker, call).count for _ in range(RUNS)]
    assert counts == [1, 2, 3, 4]
    assert call.next_request(worker.memory) is None


@given(st.lists(st.tuples(st.integers(0, 1 << 30), st.integers(0, 1 << 30)), max_size=4))
def test_places_are_read_as_they_were_written(ranges: list[tuple[int, int]]) -> None:
    line = messages.fuzz_call(1, 2, warmup=True, coverage=b"\1", batch=ranges)
    assert messages.decode(line)["Fuzz"].get("Batch", []) == [list(one) for one in ranges]


def test_coverages_are_read_as_they_were_written() -> None:
    line = messages.encode({"Coverages": [b"\0\xff", b""], "Runs": [(0, 5), (None, 6)]})
    assert json.loads(line)["Coverages"] == ["AP8=", ""]
    assert messages.decode(line) == {"Coverages": [b"\0\xff", b""], "Runs": [[0, 5], [None, 6]]}


def campaign_of(tmp_path: Path, number: int, **more: object) -> Campaign:
    options = Options(KINDS, "testdata", str(tmp_path / "cache"))
    options.seeds = entries(number)
    options.coverage_size = 4
    for name, value in more.items():
        setattr(options, name, value)
    return Campaign(options, lambda text: None)


def handed_out(campaign: Campaign) -> list[Entry]:
    task = campaign.next_input()
    assert isinstance(task, WarmUpTask)
    assert task.limit == 1 + len(task.more)
    return [task.entry, *task.more]


def test_workers_share_the_inputs(tmp_path: Path) -> None:
    campaign = campaign_of(tmp_path, 10, parallel=2)
    assert [len(handed_out(campaign)) for _ in range(4)] == [5, 3, 1, 1]
    assert campaign.next_input() is None


def test_a_worker_of_go_gets_one_at_a_time(tmp_path: Path) -> None:
    assert len(handed_out(campaign_of(tmp_path, 10, go_workers=True))) == 1


def test_no_more_are_run_than_wanted(tmp_path: Path) -> None:
    campaign = campaign_of(tmp_path, 10, limit=3)
    assert len(handed_out(campaign)) == 3
    assert campaign.next_input() is None


def test_what_was_not_run_is_next(tmp_path: Path) -> None:
    campaign = campaign_of(tmp_path, 4)
    inputs = handed_out(campaign)
    results = [Result(one, limit=1, count=1) for one in inputs[:2]]
    for result in results:
        result.warmup, result.coverage = True, b"\1\0\0\0"
    results[1].earlier, results[1].unrun = results[:1], inputs[2:]
    campaign.handle_result(results[1])
    assert campaign.executions.count == 2
    assert campaign.warming_up
    assert handed_out(campaign) == inputs[2:]


def test_a_survey_takes_all_of_a_call(tmp_path: Path) -> None:
    options = Options(KINDS, "testdata", str(tmp_path / "cache"))
    options.seeds, options.coverage_size = entries(4), 4
    survey = Survey(options)
    inputs = handed_out(survey)
    results = [Result(one, limit=1, count=1) for one in inputs[:3]]
    results[2].earlier, results[2].unrun = results[:2], inputs[3:]
    survey.handle_result(results[2])
    assert not survey.complete
    assert handed_out(survey) == inputs[3:]
    survey.handle_result(Result(inputs[3], limit=1, count=1))
    assert survey.complete
    assert [one.path for one in survey.measured] == [one.path for one in inputs]


@pytest.mark.parametrize(("inputs", "workers"), [(0, 1), (2, 2), (9, 4)])
def test_a_survey_has_no_more_workers_than_inputs(
    tmp_path: Path, inputs: int, workers: int
) -> None:
    options = Options(KINDS, "testdata", str(tmp_path / "cache"))
    options.seeds, options.coverage_size, options.parallel = entries(inputs), 4, 4
    Survey(options)
    assert options.parallel == workers


KILLED = """
    import os
    from fuzzengine import in_worker

    def FuzzIt(f):
        for number in range(20):
            f.add(number)

        @f.fuzz
        def _(t, number: int):
            with open("trace", "a") as file:
                print(number, file=file)
            if number == 7:
                os._exit(3)
            if number == 9:
                raise ValueError("nine")
"""


def test_others_are_run_again_after_a_lost_worker(package: Package) -> None:
    package.write("killed_test.py", KILLED)
    flags = ("-keepgoing", "-parallel=1", "-seed=1", "-fuzztime=20x", "-fuzzminimizetime=0x")
    done = package.run("test", "-fuzz=FuzzIt", *flags)
    assert re.search(r"baseline coverage: 20/20 completed", done.stdout)
    assert "exit status 3" in done.stdout
    assert "ValueError: nine" in done.stdout
    trace = [int(line) for line in (package.folder / "trace").read_text().split()]
    assert trace[:8] == list(range(8))
    assert set(trace) == set(range(20))
    assert trace.count(19) == 1


def test_the_seed_that_kills_a_worker_is_named(package: Package) -> None:
    package.write("killed_test.py", KILLED)
    done = package.run("test", "-fuzz=FuzzIt", "-parallel=1")
    assert "failure while testing seed corpus entry: FuzzIt/seed#7\n" in done.stdout
    assert package.recorded() == []
