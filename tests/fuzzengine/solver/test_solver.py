"""The solver finds the faults of benchmarks/fuzz, and every search is repeatable."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from fuzzengine.cmplog.log import RIGHT_LITERAL, ComparisonLog
from fuzzengine.corpus.encoding import marshal, unmarshal
from fuzzengine.solver.progress import SMALL_STEPS, Progress
from fuzzengine.solver.solver import SLICE, Solver
from fuzzengine.types.kinds import BYTES, FLOAT32, INT8, STRING
from tests.waiting import PATIENCE

ROOT = Path(__file__).resolve().parents[3]


def search(*arguments: str, seed: str = "random") -> str:
    done = subprocess.run(
        [sys.executable, str(ROOT / "benchmarks" / "fuzz" / "guidance.py"), *arguments],
        env={**os.environ, "PYTHONHASHSEED": seed},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert done.stderr == ""
    return done.stdout


FAULTS = [
    "nested_bytes", "and_chain", "text_ends", "two_magics", "key_value", "png_like", "version",
    "machine", "machine_of_words", "encoded", "xored", "linear", "document", "matching",
    "word_list", "floats", "header", "table", "checksum", "mixed", "escaped", "quadratic", "hexed",
    "frames", "command_line", "dispatch", "dates", "floating_text", "rolling", "nested_lists",
    "one_by_one", "digest", "records", "ranges", "packed_fields", "adler", "xor_check", "inflated",
    "opcodes", "shapes", "lock", "arguments", "arithmetic", "generated", "in_the_middle", "utf16",
    "vlq", "bits", "rounded", "wrapped", "query", "extensions", "log_line", "maze", "parenthesised",
    "headers", "padded", "price", "address", "identifier", "settings", "sheet", "order", "release",
    "keyed", "calculator", "doors", "palindrome", "counted", "token", "stack_machine", "network",
    "request", "secret", "ini", "link", "factors", "project", "command", "chunks", "identity",
    "template", "clock", "tokens",
]  # fmt: skip
PARTS = 8


@pytest.mark.once
@pytest.mark.process
@pytest.mark.parametrize("part", range(PARTS))
def test_the_faults_are_found_within_2000_executions(part: int) -> None:
    names = FAULTS[part::PARTS]
    # As in workers; with another seed, sets are looked through in another order.
    lines = search("-seeds", "1", "-limit", "2000", *names, seed="0").splitlines()
    found = {line.split()[0]: line.split()[1] for line in lines}
    assert found == dict.fromkeys(names, "1/1")


@pytest.mark.process
def test_bytes_are_changed_without_breaking_a_checksum() -> None:
    arguments = ("-seeds", "1", "-limit", "8000", "byte_sum", "two_sums")
    lines = search(*arguments, seed="0").splitlines()
    assert [line.split()[1] for line in lines] == ["1/1", "1/1"]


@pytest.mark.process
def test_a_blind_search_does_not_find_them() -> None:
    assert " 0/1 " in search("-seeds", "1", "-limit", "2000", "-nosolver", "png_like")


@pytest.mark.process
def test_one_seed_gives_one_search_whatever_the_hashes() -> None:
    arguments = (
        "-seeds",
        "1",
        "machine",
        "word_list",
        "dispatch",
        "nested_lists",
        "-limit",
        "2000",
    )
    first, second = (
        [line.split("worst")[0] for line in search(*arguments, seed=seed).splitlines()]
        for seed in ("1", "2")
    )
    assert first == second


def asked(solver: Solver, log: ComparisonLog, compare: Any) -> list[list[Any]]:
    """Return all inputs of a solver, with a function that logs events for each."""
    made = []
    while (values := solver.next()) is not None:
        made.append(values)
        log.events.extend(compare(values))
        assert len(made) < 5000
    return made


def test_an_entry_is_studied_once() -> None:
    log = ComparisonLog()
    log.add_sites([0])
    solver = Solver([INT8], log=log)
    solver.add([5])
    first = asked(solver, log, lambda values: [(0, "==", values[0], 77)])
    assert first[0] == [5]
    assert [77] in first
    solver.add([5])
    assert solver.next() is None
    solver.add([6])
    assert solver.next() == [6]


def test_values_that_do_not_fit_the_type_are_not_tried() -> None:
    log = ComparisonLog()
    log.add_sites([0])
    solver = Solver([INT8], log=log)
    solver.add([5])
    made = asked(solver, log, lambda values: [(0, "==", values[0], 1000)])
    assert all(isinstance(one[0], int) and -128 <= one[0] <= 127 for one in made)


def test_candidates_equal_their_recorded_form() -> None:
    log = ComparisonLog()
    log.add_sites([0])
    solver = Solver([FLOAT32, STRING], log=log)
    solver.add([0.5, "a"])
    for values in asked(solver, log, lambda values: [(0, "==", values[0], 0.1)]):
        _, recorded = unmarshal(marshal(solver.kinds, values))
        assert repr(values) == repr(recorded)


def test_an_empty_value_is_tried_in_several_lengths() -> None:
    solver = Solver([BYTES], log=ComparisonLog())
    solver.add([b""])
    assert {len(values[0]) for values in asked(solver, ComparisonLog(), lambda _: [])} >= {
        0,
        1,
        2,
        4,
        64,
    }


def test_more_true_comparisons_in_one_execution_are_progress() -> None:
    progress = Progress()
    one, other = (0, "in", "a", ("a",)), (1, "in", "a", ("a",))
    for event in (one, other):
        progress.learn([event])
    assert progress.learn([one, other])
    assert not progress.learn([one, other])


def test_the_first_filling_of_an_empty_text_is_progress() -> None:
    progress = Progress()
    assert progress.learn([(0, "==", "", "ftp")])
    assert not progress.learn([(0, "==", "", "ftp")])
    assert progress.learn([(0, "==", "http", "ftp")])
    assert not progress.learn([(0, "==", "gopher", "ftp")])
    # A site that had both outcomes makes no such progress.
    progress.learn([(1, "==", "", "a"), (1, "==", "a", "a")])
    assert not progress.learn([(1, "==", "bcdefg", "a")])


def test_small_steps_are_progress_for_a_while() -> None:
    progress = Progress()
    made = [progress.learn([(0, "==", 10**6 - gap, 10**6)]) for gap in range(9000, 8900, -1)]
    assert sum(made) == 1 + SMALL_STEPS


def test_up_to_four_parts_of_a_text_are_progress() -> None:
    progress = Progress()
    made = [progress.learn([(0, "parts", count, 4)]) for count in (1, 2, 2, 4, 3, 5, 9)]
    assert made == [True, True, False, True, False, False, False]


def test_studies_alternate() -> None:
    log = ComparisonLog()
    log.add_sites([RIGHT_LITERAL] * 10)
    solver = Solver([STRING], log=log)
    solver.add(["a" * 8])
    solver.add(["b" * 8])
    choices = [tuple(f"{site}{number}" for number in range(32)) for site in range(10)]
    order = asked(
        solver, log, lambda values: [(site, "in", values[0], choices[site]) for site in range(10)]
    )
    assert order.index(["a" * 8]) < 4 * SLICE


def test_a_new_study_takes_the_place_of_the_oldest() -> None:
    log = ComparisonLog()
    log.add_sites([RIGHT_LITERAL] * 101)
    solver = Solver([STRING], log=log)
    solver.add(["a"])
    sites = iter(range(100))

    def compare(values: list[Any]) -> list[Any]:
        site = next(sites, 100)  # each new site is progress, so each execution is studied
        if site == 99:
            return [(site, "==", values[0], "needle")]
        return [(site, "==", values[0], f"word {site}")] if site < 99 else []

    order: list[list[Any]] = []
    while (values := solver.next()) is not None and len(order) < 110:
        order.append(values)
        log.events.extend(compare(values))
    assert ["needle"] in order


def test_progress_is_a_new_outcome_or_a_smaller_distance() -> None:
    progress = Progress()
    assert progress.learn([(0, "==", 10, 100)])
    assert not progress.learn([(0, "==", 9, 100)])
    assert progress.learn([(0, "==", 60, 100)])
    assert progress.learn([(0, "==", 100, 100)])
    assert not progress.learn([(0, "==", 100, 100)])
    assert progress.learn([(0, "==", 101, 101)])
    assert progress.learn([(1, "in", "a", ("b",))])
    assert not progress.learn([(1, "in", "c", ("b",))])
    assert progress.learn([(1, "in", "c", ("b",)), (1, "in", "d", ("b",))])
    assert not progress.learn([(1, "in", "c", ("b",)), (1, "in", "d", ("b",))])
