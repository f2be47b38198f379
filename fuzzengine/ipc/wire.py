"""The worker protocol: calls, answers and the shared memory; Go's to the byte.

A call is one line of JSON with exactly one of Ping, Fuzz and Minimize; the answer is one line.
Durations are nanoseconds, bytes are base64. The input travels in shared memory: a header of 40
bytes, native byte order, then the value.

    0 count (int64)   8 value length (int64)   16 random state   24 random increment   32 raw flag
    33 importing flag, of our workers only: padding in Go
"""

from __future__ import annotations

import mmap
import os

TYPE_CHECKING = False  # importing typing costs more than the rest of a worker's start
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

HEADER_SIZE = 40
VALUE_SIZE = 100 << 20
PING = b'{"Ping":{},"Fuzz":null,"Minimize":null}\n'
PONG = b"{}\n"
CHAINED_MUTATIONS = 5
"""So many mutations are applied on top of each other before starting again from the input."""

SEED_VARIABLE = "FUZZENGINE_SEED"
"""The seed of a worker's random numbers."""

TABLE_VARIABLE = "FUZZENGINE_COVERAGE"
"""What each byte of coverage means, as Coverage.freeze returned it."""

_COUNT, _LENGTH, _STATE, _INC, _RAW, _IMPORTING = 0, 1, 2, 3, 32, 33


class WireError(Exception):
    """What came over a pipe is no call and no answer; the text is that of Go's JSON decoder."""


class SharedMemory:
    """The memory that a coordinator and one worker share (Go: sharedMem).

    Attributes:
        counts: a view of the header as signed words; `counts[0]` is the number of calls so far.
        words: the same as unsigned words; `words[2]` and `words[3]` hold the random state.
    """

    __slots__ = ("_map", "capacity", "counts", "words")

    def __init__(self, descriptor: int, size: int) -> None:
        self._map = mmap.mmap(descriptor, size)
        self.capacity = size - HEADER_SIZE
        view = memoryview(self._map)[:32]
        self.counts = view.cast("q")
        self.words = view.cast("Q")
        view.release()

    def close(self) -> None:
        """Unmap the memory."""
        self.counts.release()
        self.words.release()
        self._map.close()

    @property
    def count(self) -> int:
        """How often the worker called the fuzz target in this call."""
        return self.counts[_COUNT]

    @count.setter
    def count(self, count: int) -> None:
        self.counts[_COUNT] = count

    @property
    def raw(self) -> bool:
        """Whether the value is itself what runs.

        While minimising it is then the bare bytes of one argument, otherwise an input that the
        solver proposed.
        """
        return self._map[_RAW] != 0

    @raw.setter
    def raw(self, raw: bool) -> None:
        self._map[_RAW] = 1 if raw else 0

    @property
    def importing(self) -> bool:
        """Whether the worker is importing the test files; see `note_import`."""
        return self._map[_IMPORTING] != 0

    @importing.setter
    def importing(self, importing: bool) -> None:
        self._map[_IMPORTING] = 1 if importing else 0

    @property
    def random_state(self) -> tuple[int, int]:
        """State and increment of the worker's generator where the current chain began."""
        return self.words[_STATE], self.words[_INC]

    @random_state.setter
    def random_state(self, state: tuple[int, int]) -> None:
        self.words[_STATE], self.words[_INC] = state

    @property
    def value(self) -> bytes:
        """A copy of the value."""
        return self._map[HEADER_SIZE : HEADER_SIZE + self.counts[_LENGTH]]

    @value.setter
    def value(self, value: bytes) -> None:
        """Write a value.

        Raises:
            WireError: it does not fit.
        """
        length = len(value)
        if length > self.capacity:
            raise WireError(
                f"value length {length} larger than shared memory capacity {self.capacity}"
            )
        self.counts[_LENGTH] = length
        self._map[HEADER_SIZE : HEADER_SIZE + length] = value


def note_import(descriptor: int, *, importing: bool) -> None:
    """Set the importing flag in the memory behind a descriptor, where the system can do that.

    A worker does so long before it maps the memory: a coordinator that waits for its first answer
    in vain can tell a slow import from a fuzz test that does not call f.fuzz.
    """
    if SEED_VARIABLE not in os.environ or not hasattr(os, "pwrite"):
        # Not our coordinator: the descriptor may be anything.
        return
    try:
        os.pwrite(descriptor, b"\1" if importing else b"\0", _IMPORTING)
    except OSError:
        return


def create_memory(folder: str) -> tuple[int, str]:
    """Create what is behind a SharedMemory; return descriptor and path.

    Where the system has files without a folder, the path is empty: writing to a memory whose file
    is on a full disk would end the process.
    """
    if not hasattr(os, "memfd_create"):
        return create_memory_file(folder)
    descriptor = os.memfd_create("fuzzengine")
    os.ftruncate(descriptor, HEADER_SIZE + VALUE_SIZE)
    return descriptor, ""


def create_memory_file(folder: str) -> tuple[int, str]:
    """Create the sparse file behind a SharedMemory; return descriptor and path."""
    path = os.path.join(folder, f"fuzz-{os.getpid()}-{os.urandom(6).hex()}")
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    descriptor = os.open(path, flags, 0o600)
    try:
        os.ftruncate(descriptor, HEADER_SIZE + VALUE_SIZE)
    except BaseException:
        os.close(descriptor)
        os.unlink(path)
        raise
    return descriptor, path


def fuzz_call(
    timeout: int,
    limit: int,
    *,
    warmup: bool,
    coverage: bytes | None,
    solve: bool = False,
    batch: Sequence[tuple[int, int]] = (),
) -> bytes:
    """Encode a Fuzz call. No coverage means: as in the call before.

    Two fields are for workers of fuzzengine only. `solve`: the input is to be studied by the
    solver (study.py). `batch`: the value is not one input but some to be run as they are, which
    are at these places in it; the answer has Runs instead: which of Coverages, and nanoseconds.
    """
    fields: dict[str, object] = {
        "Timeout": timeout,
        "Limit": limit,
        "Warmup": warmup,
        "CoverageData": coverage,
    }
    if solve:
        fields["Solve"] = True
    if batch:
        fields["Batch"] = batch
    return encode({"Ping": None, "Fuzz": fields, "Minimize": None})


def minimize_call(timeout: int, limit: int, *, keep: bytes | None, index: int) -> bytes:
    """Encode a Minimize call for the argument with an index."""
    fields = {"Timeout": timeout, "Limit": limit, "KeepCoverage": keep, "Index": index}
    return encode({"Ping": None, "Fuzz": None, "Minimize": fields})


def decode(line: bytes) -> dict[str, Any]:
    """Decode a call or an answer; CoverageData, KeepCoverage and Coverages become bytes or None.

    Raises:
        WireError: the line is no JSON object.
    """
    objection = object_objection(line)
    if objection:
        raise WireError(objection)
    import json

    try:
        fields: dict[str, Any] = json.loads(line)
        for value in [fields, *fields.values()]:
            _decode_coverage(value)
    except ValueError as error:
        raise WireError(f"invalid JSON: {error}") from None
    return fields


def encode(fields: Mapping[str, object]) -> bytes:
    """Encode a call or an answer; bytes become base64."""
    import json

    text = json.dumps(fields, separators=(",", ":"), default=_base64)
    return text.encode("ascii") + b"\n"


def object_objection(data: bytes) -> str:
    """Say why the beginning of a message cannot be a JSON object; "" if it can."""
    start = data.lstrip(b" \t\r\n")[:1]
    if start in (b"", b"{"):
        return ""
    shown = start.decode("latin-1")
    if not shown.isascii() or not shown.isprintable():
        shown = f"\\x{start[0]:02x}"
    return f"invalid character '{shown}' looking for beginning of value"


def _decode_coverage(value: object) -> None:
    if not isinstance(value, dict):
        return
    from binascii import a2b_base64

    for key in ("CoverageData", "KeepCoverage"):
        if isinstance(value.get(key), str):
            value[key] = a2b_base64(value[key])
    if isinstance(value.get("Coverages"), list):
        value["Coverages"] = [
            a2b_base64(one) if isinstance(one, str) else None for one in value["Coverages"]
        ]


def _base64(data: bytes) -> str:
    from binascii import b2a_base64

    return b2a_base64(data, newline=False).decode("ascii")
