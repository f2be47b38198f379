from __future__ import annotations

import json
import os
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzzengine.ipc import messages
from fuzzengine.ipc.shared_memory import MEMORY_SIZE, SharedMemory, create_memory_file


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[tuple[SharedMemory, Path]]:
    descriptor, path = create_memory_file(str(tmp_path))
    shared = SharedMemory(descriptor, MEMORY_SIZE)
    yield shared, Path(path)
    shared.close()
    os.close(descriptor)


def test_the_header_is_gos(memory: tuple[SharedMemory, Path]) -> None:
    shared, path = memory
    shared.count = 7
    shared.random_state = ((1 << 64) - 1, 3)
    shared.raw = True
    shared.value = b"value"
    with path.open("rb") as file:
        header = file.read(45)
    assert int.from_bytes(header[0:8], "little") == 7
    assert int.from_bytes(header[8:16], "little") == 5
    assert int.from_bytes(header[16:24], "little") == (1 << 64) - 1
    assert int.from_bytes(header[24:32], "little") == 3
    assert header[32] == 1
    assert header[33:40] == bytes(7)
    assert header[40:] == b"value"
    assert path.stat().st_size == 40 + 104857600
    assert path.stat().st_blocks * 512 < 1 << 20, "the file is sparse"


def test_values_are_read_as_they_were_written(
    memory: tuple[SharedMemory, Path],
) -> None:
    shared, _ = memory
    for value in (b"", b"long" * 1000, b"short"):
        shared.value = value
        assert shared.value == value
    assert not shared.raw
    shared.raw = True
    assert shared.raw


def test_calls_are_gos_to_the_byte() -> None:
    assert messages.PING == b'{"Ping":{},"Fuzz":null,"Minimize":null}\n'
    assert messages.fuzz_call(100_000_000, 0, warmup=False, coverage=b"\0\1\xff") == (
        b'{"Ping":null,"Fuzz":{"Timeout":100000000,"Limit":0,"Warmup":false,'
        b'"CoverageData":"AAH/"},"Minimize":null}\n'
    )
    assert messages.minimize_call(5, 6, keep=None, index=1) == (
        b'{"Ping":null,"Fuzz":null,"Minimize":{"Timeout":5,"Limit":6,"KeepCoverage":null,'
        b'"Index":1}}\n'
    )


@given(st.integers(0, 1 << 62), st.integers(0, 1 << 62), st.booleans(), st.none() | st.binary())
def test_calls_are_read_as_they_were_written(
    timeout: int, limit: int, warmup: bool, coverage: bytes | None
) -> None:
    line = messages.fuzz_call(timeout, limit, warmup=warmup, coverage=coverage)
    assert messages.decode(line)["Fuzz"] == {
        "Timeout": timeout,
        "Limit": limit,
        "Warmup": warmup,
        "CoverageData": coverage,
    }
    assert json.loads(line)["Ping"] is None


@given(st.text(), st.none() | st.binary())
def test_answers_are_read_as_they_were_written(text: str, coverage: bytes | None) -> None:
    line = messages.encode({"Err": text, "CoverageData": coverage})
    assert line.count(b"\n") == 1
    assert messages.decode(line) == {"Err": text, "CoverageData": coverage}
    plain = None if coverage is None else b64encode(coverage).decode()
    assert json.loads(line)["CoverageData"] == plain


@given(st.binary(max_size=60))
def test_any_line_is_an_object_or_refused(line: bytes) -> None:
    try:
        fields = messages.decode(line)
    except messages.WireError:
        return
    assert isinstance(fields, dict)


def test_garbage_is_named_as_go_names_it() -> None:
    with pytest.raises(messages.WireError) as caught:
        messages.decode(b"!!")
    assert str(caught.value) == "invalid character '!' looking for beginning of value"
    assert messages.object_objection(b"") == messages.object_objection(b' {"') == ""
    assert "\\xff" in messages.object_objection(b"\xff")


def test_the_seed_of_a_go_worker_follows_the_seed() -> None:
    environment = messages.with_go_seed({"GODEBUG": "gctrace=0,fuzzseed=1"})
    messages.set_seed(environment, 7)
    messages.set_seed(environment, 8)
    assert environment["GODEBUG"] == "gctrace=0,fuzzseed=1,fuzzseed=8"
    assert environment[messages.SEED_VARIABLE] == "8"
    environment = messages.with_go_seed({})
    messages.set_seed(environment, 9)
    assert environment["GODEBUG"] == "fuzzseed=9"


def test_the_settings_of_go_are_left_alone_without_go_workers() -> None:
    environment = {"GODEBUG": "fuzzseed=1,fuzzdebug=1"}
    messages.set_seed(environment, 7)
    assert environment["GODEBUG"] == "fuzzseed=1,fuzzdebug=1"
