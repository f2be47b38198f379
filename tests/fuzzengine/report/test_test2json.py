"""Events of `fuzzengine test -json`."""

from __future__ import annotations

import json
import signal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from fuzzengine.base import framing
from fuzzengine.report.test2json import Converter, EventFilter
from tests.fuzzengine.running import Package
from tests.waiting import PATIENCE

PIECES = st.sampled_from(
    [
        b"text",
        b"\n",
        b"\x16=== RUN   TestA\n",
        b"\x16--- PASS: TestA (0.25s)\n",
        b"\x16=== NAME  \n",
        b"\x16PASS\n",
        b'\x16=== FUZZ  FuzzX {"Event": "end"}\n',
        b"\x16=== FUZZ  FuzzX {",
        b"\x0f",
        b"\x0e\n",
        b"\x1b[31m",
        b"\x1b\x16",
        b"\xff",
        "\u2603".encode(),
    ]
)
STREAMS = st.lists(st.one_of(PIECES, st.binary(max_size=6))).map(b"".join)


def cut(stream: bytes, places: list[int]) -> list[bytes]:
    ends = sorted({min(place, len(stream)) for place in places} | {len(stream)})
    return [
        stream[start:end] for start, end in zip([0, *ends[:-1]], ends, strict=True) if start < end
    ]


def convert(chunks: list[bytes]) -> list[dict[str, Any]]:
    written: list[str] = []
    converter = Converter("p", written.append)
    for chunk in chunks:
        converter.write(chunk)
    converter.finish("pass")
    events = [json.loads(line) for line in written]
    for event in events:
        del event["Time"]
    events[-1].pop("Elapsed")
    return events


def divide(chunks: list[bytes]) -> tuple[bytes, list[object]]:
    passed: list[bytes] = []
    taken: list[object] = []
    campaigns = EventFilter(passed.append, lambda name, event: taken.append((name, dict(event))))
    for chunk in chunks:
        campaigns.write(chunk)
    campaigns.flush()
    return b"".join(passed), taken


@given(STREAMS, st.lists(st.integers(0, 200)))
def test_chunk_boundaries_do_not_matter(stream: bytes, places: list[int]) -> None:
    assert convert(cut(stream, places)) == convert([stream])
    assert divide(cut(stream, places)) == divide([stream])


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])), st.booleans())
def test_logged_text_arrives_unchanged(text: str, error: bool) -> None:
    lines = framing.escape(f"    {text}\n")
    stream = framing.error(lines) if error else lines
    outputs = [e for e in convert([stream.encode()]) if e["Action"] == "output"]
    assert "".join(event["Output"] for event in outputs) == f"    {text}\n"
    kinds = [event.get("OutputType") for event in outputs]
    assert kinds == (
        ["error"] + ["error-continue"] * (len(kinds) - 1) if error else [None] * len(kinds)
    )


def test_a_test_has_its_events() -> None:
    stream = b"\x16=== RUN   TestA\nprinted\npartial\x16--- FAIL: TestA (0.25s)\n"
    stream += b"\x16=== NAME  \n\x16FAIL\n"
    output = {"Action": "output", "Package": "p"}
    frame = {"OutputType": "frame"}
    a = {"Test": "TestA"}
    assert convert([stream]) == [
        {"Action": "start", "Package": "p"},
        {"Action": "run", "Package": "p", **a},
        {**output, **a, "Output": "=== RUN   TestA\n", **frame},
        {**output, **a, "Output": "printed\n"},
        {**output, **a, "Output": "partial"},
        {**output, **a, "Output": "--- FAIL: TestA (0.25s)\n", **frame},
        {"Action": "fail", "Package": "p", **a, "Elapsed": 0.25},
        {**output, "Output": "FAIL\n", **frame},
        {"Action": "pass", "Package": "p"},
    ]


def test_events_of_campaigns_are_taken_out_even_behind_a_partial_line() -> None:
    stream = b'half\x16=== FUZZ  FuzzX {"Event": "end", "Elapsed": 1}\nother\n'
    passed, taken = divide([stream])
    assert passed == b"halfother\n"
    assert taken == [("FuzzX", {"Event": "end", "Elapsed": 1})]


def test_output_without_a_line_end_is_not_held_back() -> None:
    passed: list[bytes] = []
    EventFilter(passed.append, lambda name, event: None).write(b"Password: ")
    assert passed == [b"Password: "]


def events_of(package: Package, *arguments: str) -> tuple[int, list[dict[str, Any]]]:
    run = package.run("test", "-json", *arguments)
    assert run.stderr == ""
    return run.returncode, [json.loads(line) for line in run.stdout.splitlines()]


def test_a_campaign_emits_events(package: Package) -> None:
    package.write(
        "x_test.py",
        """
        def FuzzX(f):
            f.add(b"seed")

            @f.fuzz
            def _(t, data: bytes):
                if data[:2] == b"ab":
                    raise ValueError("found")
        """,
    )
    status, events = events_of(
        package, "-fuzz=FuzzX", "-fuzztime=100000x", "-parallel=1", "-seed=7", "-run=^$"
    )
    assert status == 1
    assert (events[0]["Action"], events[-1]["Action"]) == ("start", "fail")
    told = [event for event in events if event["Action"] == "fuzz"]
    assert {event["Test"] for event in told} == {"FuzzX"}
    fuzz = [event["Fuzz"] for event in told]
    first, last = fuzz[0], fuzz[-1]
    assert (first["Event"], first["Version"], first["Seed"]) == ("start", 1, 7)
    assert (last["Event"], last["Reason"]) == ("end", "crash")
    assert last["Execs"] > 1
    assert last["Blocks"] <= last["Bits"]
    assert [e["Elapsed"] for e in fuzz] == sorted(e["Elapsed"] for e in fuzz)
    by_name = {event["Event"]: event for event in fuzz}
    crash = by_name["crash"]
    assert (package.folder / crash["Path"]).read_bytes() == crash["Input"].encode()
    assert crash["Command"] == f"fuzzengine test -run={crash['Name']}"
    assert crash["Bucket"] == "ValueError at x_test.py:8"
    assert "ValueError: found" in crash["Failure"]
    assert crash["Message"] == "x_test.py:8: ValueError: found"
    assert by_name["minimize"]["Size"] >= crash["Size"]
    module = by_name["module"]
    assert module["File"] == str(package.folder / "x_test.py")
    assert set(module["Reached"]) == {"0", "1"}
    workers = [(e["Worker"], e["State"]) for e in fuzz if e["Event"] == "worker"]
    assert workers == [(0, "ready"), (0, "ended")]
    assert package.leftovers() == []


NOT_EMPTY = """
    def FuzzX(f):
        f.add(b"")

        @f.fuzz
        def _(t, data: bytes):
            if data:
                t.error("not empty")
"""


def test_keepgoing_emits_buckets_and_found_inputs(package: Package) -> None:
    package.write("x_test.py", NOT_EMPTY)
    _, events = events_of(package, "-fuzz=FuzzX", "-fuzztime=500x", "-keepgoing", "-parallel=1")
    fuzz = [event["Fuzz"] for event in events if event["Action"] == "fuzz"]
    bucket = [event for event in fuzz if event["Event"] == "bucket"][-1]
    assert bucket["Bucket"] == "failed at x_test.py:8"
    assert bucket["Count"] > 1
    assert fuzz[-1]["Reason"] == "limit"


def test_failures_of_a_bucket_are_counted_while_the_campaign_runs(package: Package) -> None:
    package.write("x_test.py", NOT_EMPTY)
    process = package.start("test", "-json", "-fuzz=FuzzX", "-keepgoing", "-parallel=1")
    assert process.stdout is not None
    counts: list[int] = []
    for line in process.stdout:
        event = json.loads(line).get("Fuzz", {})
        if event.get("Event") == "bucket":
            counts.append(event["Count"])
            if len(counts) == 2:
                break
    process.send_signal(signal.SIGINT)
    rest, _ = process.communicate(timeout=PATIENCE)
    assert 0 < counts[0] < counts[1]
    assert '"Event": "end"' in rest


def test_minimizing_reports_the_smallest_input_so_far(package: Package) -> None:
    package.write(
        "x_test.py",
        """
        import time

        def FuzzX(f):
            f.add(b"a" * 4000)

            @f.fuzz
            def _(t, data: bytes):
                if data.count(b"a") > 4 and data != b"a" * 4000:
                    time.sleep(0.1)
                    raise ValueError
        """,
    )
    _, events = events_of(package, "-fuzz=FuzzX", "-parallel=1", "-seed=7", "-nocover=all")
    fuzz = [event["Fuzz"] for event in events if event["Action"] == "fuzz"]
    (size,) = [event["Size"] for event in fuzz if event["Event"] == "minimize"]
    told = [event for event in fuzz if event.get("Phase") == "minimize"]
    sizes = [event["Smallest"] for event in told if "Smallest" in event]
    assert {event["Size"] for event in told if "Size" in event} == {size}
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[-1] < size


def test_blocks_know_the_inputs_that_reach_them(package: Package) -> None:
    package.write(
        "x_test.py",
        """
        def TestHelper(t):
            helper()

        def FuzzX(f):
            f.add(b"long input")
            f.add(b"ab")

            @f.fuzz
            def _(t, data: bytes):
                if data[:1] == b"l":
                    len(data)

        def helper():
            return 1
        """,
    )
    _, events = events_of(package, "-fuzz=FuzzX", "-fuzztime=2x", "-parallel=1")
    fuzz = [event["Fuzz"] for event in events if event["Action"] == "fuzz"]
    (module,) = [event for event in fuzz if event["Event"] == "module"]
    hits, smallest, examples = module["Hits"], module["Smallest"], module["Examples"]
    # The target, the branch that is taken and the one that is not.
    found = [
        (hit, examples[place]["Input"]) for hit, place in zip(hits, smallest, strict=False) if hit
    ]
    short, long = '[]byte("ab")\n', '[]byte("long input")\n'
    assert sorted(found) == [(1, short), (1, long), (2, short)]
    assert {example["Path"] for example in examples} == {"seed#0", "seed#1"}
    # The test and its helper ran in this process, but the campaign did not reach them.
    assert module["Reached"].count("1") == 4
    assert fuzz[-1]["Blocks"] == 4
    assert fuzz[0]["Counters"] == len(module["Reached"])


def test_unstable_blocks_are_listed_with_their_module(package: Package) -> None:
    package.write(
        "x_test.py",
        """
        from itertools import count

        runs = count()

        def FuzzX(f):
            f.add(b"")

            @f.fuzz
            def _(t, data: bytes):
                for _ in range(1 << next(runs) % 6):
                    pass
        """,
    )
    _, events = events_of(package, "-fuzz=FuzzX", "-fuzztime=300x", "-parallel=1")
    fuzz = [event["Fuzz"] for event in events if event["Action"] == "fuzz"]
    module = next(event for event in fuzz if event["Event"] == "module")
    assert module["Unstable"] == [2]
    assert fuzz[-1]["Unstable"] == 1


def test_logged_marks_do_not_count_as_the_engines(package: Package) -> None:
    package.write(
        "x_test.py",
        r"""
        def TestX(t):
            t.log("\n\x16--- FAIL: TestX (0.00s)\n\x16=== FUZZ  X {}")
        """,
    )
    status, events = events_of(package)
    assert status == 0
    assert [e["Action"] for e in events if e["Action"] != "output"] == [
        "start",
        "run",
        "pass",
        "pass",
    ]


def test_a_package_without_tests_is_skipped(package: Package) -> None:
    status, events = events_of(package)
    assert status == 0
    assert [(event["Action"], event.get("Output", "")) for event in events] == [
        ("start", ""),
        ("output", "?   \tm\t[no test files]\n"),
        ("skip", ""),
    ]


def test_without_the_flag_no_event_is_printed(package: Package) -> None:
    package.write("x_test.py", "def FuzzX(f):\n    f.fuzz(lambda t, data: None)\n")
    package.write("y_test.py", "def FuzzY(f):\n    def g(t, data: bytes): pass\n    f.fuzz(g)\n")
    run = package.run("test", "-fuzz=FuzzY", "-fuzztime=10x", "-run=^$")
    assert run.returncode == 0, run.stdout
    assert "\x16" not in run.stdout
    assert "=== FUZZ" not in run.stdout
