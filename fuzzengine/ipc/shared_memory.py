"""The memory that a coordinator shares with one worker, laid out as in Go.

A header of 40 bytes in native byte order, then the input:

    0 count (int64)   8 value length (int64)   16 random state   24 random increment   32 raw flag
    33 importing flag   34 failing flag   35 broken flag   36 message length (uint32)

The last four are of our workers only, padding in Go. The message is at the end of the memory.
"""

from __future__ import annotations

import mmap
import os

from fuzzengine.ipc.messages import SEED_VARIABLE, WireError

HEADER_SIZE = 40
MEMORY_SIZE = HEADER_SIZE + (100 << 20)

_COUNT, _LENGTH, _STATE, _INC, _RAW, _IMPORTING, _FAILING = 0, 1, 2, 3, 32, 33, 34
_BROKEN, _MESSAGE_LENGTH = 35, slice(36, 40)
_SMALLEST = _STATE


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

    def begin_call(self, value: bytes) -> None:
        """Prepare for a call with an input.

        Raises:
            WireError: the input does not fit.
        """
        self.value = value
        self.count = 0
        self.raw = self.failing = False

    def begin_process(self) -> None:
        """Prepare for a worker process that is about to be started."""
        self.importing = self.broken = False
        self._map[_MESSAGE_LENGTH] = bytes(4)

    @property
    def smallest(self) -> int:
        """The size of the smallest input that a call to minimize has found, in bytes; 0 if unknown.

        It is in the place of the random state, which only calls to fuzz need.
        """
        return self.words[_SMALLEST]

    @smallest.setter
    def smallest(self, size: int) -> None:
        self.words[_SMALLEST] = size

    @property
    def importing(self) -> bool:
        """Whether the worker is importing the test files; see `note_import`."""
        return self._map[_IMPORTING] != 0

    @importing.setter
    def importing(self, importing: bool) -> None:
        self._map[_IMPORTING] = 1 if importing else 0

    @property
    def failing(self) -> bool:
        """Whether the execution has failed, so that the input is a crash even without a report.

        The worker sets it before it formats anything; it need not live to send its answer.
        """
        return self._map[_FAILING] != 0

    @failing.setter
    def failing(self, failing: bool) -> None:
        self._map[_FAILING] = 1 if failing else 0

    def set_failing(self) -> None:
        """Set the failing flag."""
        self.failing = True

    @property
    def broken(self) -> bool:
        """Whether the engine failed in the worker because of what a target did."""
        return self._map[_BROKEN] != 0

    @broken.setter
    def broken(self, broken: bool) -> None:
        self._map[_BROKEN] = 1 if broken else 0

    @property
    def message(self) -> str:
        """How the engine failed, or "" if the worker could not tell."""
        length = int.from_bytes(self._map[_MESSAGE_LENGTH], "little")
        return self._map[len(self._map) - length :].decode("utf-8", "replace")

    @message.setter
    def message(self, message: str) -> None:
        data = message.encode("utf-8", "backslashreplace")
        if self.counts[_LENGTH] + len(data) <= self.capacity:
            self._map[len(self._map) - len(data) :] = data
            self._map[_MESSAGE_LENGTH] = len(data).to_bytes(4, "little")

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
    """Set the importing flag in the file of a shared memory, if the system can.

    A worker does that before it maps the memory, so that a coordinator without a first answer can
    distinguish a slow import from a fuzz test that does not call f.fuzz.
    """
    if SEED_VARIABLE not in os.environ or not hasattr(os, "pwrite"):
        # The coordinator is not ours, and the descriptor may be any file.
        return
    try:
        os.pwrite(descriptor, b"\1" if importing else b"\0", _IMPORTING)
    except OSError:
        return


def create_memory(folder: str) -> tuple[int, str]:
    """Create the file of a SharedMemory; return descriptor and path.

    It is an anonymous file with an empty path if the system has them: writing to memory whose file
    is on a full disk would kill the process.
    """
    if not hasattr(os, "memfd_create"):
        return create_memory_file(folder)
    descriptor = os.memfd_create("fuzzengine")
    os.ftruncate(descriptor, MEMORY_SIZE)
    return descriptor, ""


def create_memory_file(folder: str) -> tuple[int, str]:
    """Create a sparse file for a SharedMemory; return descriptor and path."""
    path = os.path.join(folder, f"fuzz-{os.getpid()}-{os.urandom(6).hex()}")
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    descriptor = os.open(path, flags, 0o600)
    try:
        os.ftruncate(descriptor, MEMORY_SIZE)
    except BaseException:
        os.close(descriptor)
        os.unlink(path)
        raise
    return descriptor, path
