"""The record of campaigns, and the live block that shows it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzzengine.report.live_block import block
from fuzzengine.report.record import RunRecord

START: dict[str, Any] = {
    "Event": "start", "Elapsed": 0.0, "Version": 1, "Seed": 7, "Workers": 2, "Counters": 40,
    "Tests": 1,
}  # fmt: skip
READY = {"Event": "worker", "Elapsed": 0.1, "Worker": 0, "State": "ready", "Pid": 5}


def progress(elapsed: float, phase: str = "fuzz", **more: object) -> dict[str, Any]:
    figures = {"Execs": 1000, "NewInputs": 3, "Inputs": 5, "Total": 8, "Blocks": 12, "Bits": 20}
    event = {"Event": "progress", "Elapsed": elapsed, "Phase": phase, "Rate": 250.0, "Solving": 0}
    return {**event, **figures, **more}


def found(elapsed: float) -> dict[str, Any]:
    return {**progress(elapsed), "Event": "interesting", "Path": "x", "Size": 3}


def crash(bucket: str) -> dict[str, Any]:
    return {
        "Event": "crash", "Elapsed": 1.0, "Name": "FuzzX/1", "Path": "p", "Bucket": bucket,
        "Failure": "f", "Input": "i", "Size": 1, "Command": "c",
    }  # fmt: skip


def end(elapsed: float, reason: str = "limit") -> dict[str, Any]:
    return {**progress(elapsed), "Event": "end", "Reason": reason, "Error": ""}


def recorded(*events: dict[str, Any], name: str = "FuzzX") -> RunRecord:
    record = RunRecord()
    for event in events:
        record.add(name, event)
    return record


def lines(record: RunRecord, width: int = 80, height: int = 24, *, colour: bool = False) -> str:
    return "\n".join(block(record, width=width, height=height, colour=colour)).strip("\n")


@pytest.mark.parametrize(
    ("events", "activity"),
    [
        ([], "starting workers"),
        ([READY, progress(1, "warmup")], "warming up: 5 of 8 inputs"),
        ([READY, progress(1)], "fuzzing"),
        ([READY, progress(1, Solving=1)], "solving comparisons (1 of 2 workers)"),
        (
            [READY, progress(1, "minimize", Size=34995, Smallest=118)],
            "minimizing 34,995 to 118 bytes",
        ),
        ([READY, progress(1, "minimize")], "minimizing"),
        ([READY, found(2), progress(11.9)], "fuzzing"),
        ([READY, found(2), progress(42)], "flat since 40s"),
        ([READY, progress(90)], "flat since 1m30s"),
        ([READY, end(3, "crash")], "an input failed"),
        ([READY, end(3, "interrupted")], "interrupted"),
    ],
)
def test_a_campaign_tells_what_it_does(events: list[dict[str, Any]], activity: str) -> None:
    assert recorded(START, *events).campaigns["FuzzX"].activity == activity


def test_the_block_shows_every_figure() -> None:
    record = recorded(START, READY, found(2), crash("ValueError at x.py:1"), progress(5))
    assert lines(record) == (
        "FuzzX  5s, 2 workers, seed 7\n"
        "  executions  1,000 (250/s)\n"
        "  coverage    12 of 40 blocks\n"
        "  corpus      5 inputs, 3 new, last find 3s ago\n"
        "  failures    1 kind\n"
        "  now         fuzzing"
    )


def test_the_block_shows_the_limits() -> None:
    record = recorded({**START, "Limit": 20_000}, READY, progress(5, Left=61))
    shown = lines(record)
    assert shown.startswith("FuzzX  5s, 1m01s left, 2 workers, seed 7\n")
    assert "  executions  1,000 of 20,000 (250/s)\n" in shown


def node(name: str, state: str) -> dict[str, Any]:
    return {"Event": "node", "Elapsed": 1.0, "Node": name, "State": state, "Slots": 1}


def on_cluster(*nodes: dict[str, Any]) -> RunRecord:
    rates = {"a:1": 200.0, "b:1": 1500.0}
    return recorded(
        {**START, "Cluster": "tls://head:8786", "Workers": 0},
        *nodes,
        progress(5, Leases=3, Nodes=2, Rates=rates),
    )


def test_the_block_shows_the_nodes_of_a_cluster() -> None:
    record = on_cluster(
        node("a:1", "joined"), node("b:1", "joined"), node("c:1", "joined"), node("c:1", "lost")
    )
    assert lines(record).startswith(
        "FuzzX  5s, tls://head:8786, seed 7\n"
        "  executions  1,000 (250/s)\n"
        "  nodes       2, 3 leases finished, 1 lost\n"
        "              b:1  1,500/s\n"
        "              a:1  200/s\n"
        "  coverage "
    )


def test_the_block_names_only_the_fastest_nodes() -> None:
    shown = lines(on_cluster(*(node(f"{name}:1", "joined") for name in "abcdefgh")))
    assert "b:1  1,500/s" in shown
    assert "and 2 more\n" in shown


def test_a_cluster_without_nodes_waits_for_them() -> None:
    assert on_cluster().campaigns["FuzzX"].activity == "waiting for nodes"
    lost = on_cluster(node("a:1", "joined"), node("a:1", "lost"))
    assert lost.campaigns["FuzzX"].activity == "waiting for nodes"


def test_muted_failures_do_not_count() -> None:
    bucket = {"Event": "bucket", "Elapsed": 2.0, "Bucket": "b", "Count": 3, "Name": "",
              "Flaky": False, "Muted": True}  # fmt: skip
    record = recorded(START, READY, bucket, crash("other"), progress(3))
    assert record.kinds == 1
    assert "  failures    1 kind\n" in lines(record)


def test_shares_count_failures_together() -> None:
    bucket = {"Event": "bucket", "Elapsed": 2.0, "Bucket": "b", "Count": 7, "Name": "",
              "Flaky": False, "Muted": False}  # fmt: skip
    share = ({**START, "Tests": 2}, crash("b"), bucket, bucket, end(3))
    record = recorded(*share, *share)
    assert record.campaigns["FuzzX"].failures == 14
    assert len(record.campaigns["FuzzX"].crashes) == 1


def test_the_final_count_of_executions_is_that_of_the_end() -> None:
    record = recorded(START, READY, progress(1, Execs=2000), progress(2, Execs=1500))
    assert record.execs == 2000
    record.add("FuzzX", {**end(3, "interrupted"), "Execs": 1900})
    assert record.execs == 1900


def test_failures_are_counted_as_they_come() -> None:
    bucket = {"Event": "bucket", "Elapsed": 2.0, "Bucket": "b", "Count": 1203, "Name": "",
              "Flaky": False, "Muted": False}  # fmt: skip
    record = recorded(START, READY, crash("b"), crash("other"), bucket, progress(3))
    assert "  failures    1,203 of 2 kinds\n" in lines(record)


def several() -> RunRecord:
    record = RunRecord()
    for name in ("FuzzLeft", "FuzzRight"):
        record.add(name, {**START, "Tests": 3})
        record.add(name, READY)
        record.add(name, progress(2))
    record.add("FuzzLeft", crash("b"))
    record.add("FuzzLeft", end(3))
    return record


def test_several_fuzz_tests_have_a_row_each() -> None:
    assert lines(several(), 100) == (
        "fuzz test  execs  per second  blocks  corpus  new  failures  now\n"
        "FuzzLeft   1,000         250   12/40       5    3         1  waiting\n"
        "FuzzRight  1,000         250   12/40       5    3         0  fuzzing"
    )


def test_narrow_terminals_lose_columns_not_what_matters() -> None:
    assert lines(several(), 40) == (
        "fuzz test  execs  blocks  now\n"
        "FuzzLeft   1,000   12/40  waiting\n"
        "FuzzRight  1,000   12/40  fuzzing"
    )


def test_more_rows_than_lines_are_counted() -> None:
    record = RunRecord()
    for number in range(30):
        record.add(f"Fuzz{number}", {**START, "Tests": 30})
        record.add(f"Fuzz{number}", end(1))
    record.add("Fuzz20", {**START, "Tests": 30})
    shown = lines(record, height=10).splitlines()
    assert len(shown) == 9
    assert any(line.startswith("Fuzz20 ") for line in shown)
    assert shown[-1] == "and 23 more fuzz tests"


NAMES = st.text(st.characters(codec="utf-8"), min_size=1, max_size=60)


@given(NAMES, st.integers(1, 250), st.integers(1, 60), st.booleans(), st.integers(1, 2))
def test_the_block_fits(name: str, width: int, height: int, colour: bool, tests: int) -> None:
    record = recorded({**START, "Tests": tests}, READY, progress(1e6, Execs=10**15), name=name)
    drawn = block(record, width=width, height=height, colour=colour)
    assert len(drawn) <= max(height - 1, 1)
    for line in drawn:
        text = re.sub(r"\x1b\[\d*m", "", line)
        assert "\x1b" not in text
        assert "\n" not in text
        assert len(text) <= max(width - 1, 1)


def test_colours_are_optional_and_end() -> None:
    record = recorded(START, READY, crash("b"), progress(1))
    assert "\x1b" not in lines(record)
    for line in block(record, width=80, height=24, colour=True):
        assert line.count("\x1b[m") * 2 == line.count("\x1b")
