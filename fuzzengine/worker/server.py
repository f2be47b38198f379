"""Serves the coordinator's calls inside a worker process (Go: workerServer)."""

from __future__ import annotations

import os
import time

from fuzzengine.ipc import messages
from fuzzengine.ipc.messages import CHAINED_MUTATIONS
from fuzzengine.worker.guard import is_from_engine
from fuzzengine.worker.harness import CallLimits

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from fuzzengine.base.failure import Failure
    from fuzzengine.findings.pump import Pump
    from fuzzengine.mutation.mutator import Mutator
    from fuzzengine.worker.harness import Harness
    from fuzzengine.worker.raw_loop import InputMutator, RawLoop
    from fuzzengine.worker.study import Study

_CHECK_INTERVAL = 50_000_000

# The code under test may replace what these names mean elsewhere.
_TRIES = 10
_any = BaseException
_read, _write, _stat = os.read, os.write, os.fstat
_clock = time.perf_counter_ns


class CallPipe:
    """The pipes for calls to a worker and for its answers."""

    __slots__ = ("_identities", "_in", "_out", "_pending")

    def __init__(self, fuzz_in: int, fuzz_out: int) -> None:
        self._in = fuzz_in
        self._out = fuzz_out
        self._identities = _identity(fuzz_in), _identity(fuzz_out)
        self._pending = b""

    def read_line(self) -> bytes:
        """Return the next call with its line end; b"" at the end of the pipe.

        Raises:
            OSError: the pipe is broken.
        """
        line, newline, self._pending = self._pending.partition(b"\n")
        while not newline:
            chunk = _read(self._in, 1 << 16)
            if not chunk:
                return b""
            line, newline, self._pending = (line + chunk).partition(b"\n")
        return line + newline

    def write(self, data: bytes) -> None:
        """Send an answer.

        Raises:
            OSError: the pipe is broken.
        """
        while data:
            data = data[_write(self._out, data) :]

    def check(self) -> None:
        """Check that both descriptors are still those of the coordinator.

        Raises:
            OSError: they are not: the code under test has closed or replaced them.
        """
        try:
            if self._identities == (_identity(self._in), _identity(self._out)):
                return
        except OSError:
            pass
        raise OSError("the target closed or replaced the descriptors of the engine")

    def hangup_check(self) -> Callable[[], bool]:
        """Return a function that returns True once the coordinator is gone, if the system can."""
        try:
            import select

            poll = select.poll()
        except (ImportError, AttributeError):
            return lambda: False
        poll.register(self._in, 0)
        return lambda: bool(poll.poll(0))


class SearchOptions:
    """Options of the search that Go does not have.

    Attributes:
        words: the dictionary, to be inserted into inputs.
        same_bucket: a minimized input must fail in the same way as the original.
        pump: makes inputs with repeated parts for a detector; None without that detector.
        own_mutator: returns the target's own mutator, given the default one; None without one.
        solving: inputs may also be made by the solver and by random changes beyond the mutator's.
    """

    __slots__ = ("own_mutator", "pump", "same_bucket", "solving", "words")

    def __init__(
        self,
        words: Sequence[bytes] = (),
        *,
        same_bucket: bool = False,
        pump: Pump | None = None,
        own_mutator: Callable[[Mutator], InputMutator] | None = None,
        solving: bool = True,
    ) -> None:
        self.own_mutator = own_mutator
        self.solving = solving
        self.words = words
        self.same_bucket = same_bucket
        self.pump = pump


class Server:
    """Answers Ping, Fuzz and Minimize until the coordinator closes its end (Go: workerServer)."""

    def __init__(
        self,
        harness: Harness,
        pipe: CallPipe,
        make_mutator: Callable[[], Mutator],
        options: SearchOptions,
    ) -> None:
        self._harness = harness
        self._pipe = pipe
        self._make_mutator = make_mutator
        self._mutator: Mutator | None = None
        self._options = options
        self._guard = harness.guard
        self._study: Study | None = None
        self._raw_loop: RawLoop | None = None

    def serve(self) -> None:
        """Answer calls until the end of the pipe.

        Raises:
            WireError: a message is not a call.
            OSError: a pipe is broken.
        """
        try:
            self._answer_calls()
        except _any as error:
            broken = error
        else:
            return
        tries = 0
        while tries < _TRIES:
            try:
                tries += 1
                if self._guard.can_blame(broken):
                    self._guard.end(broken)
                break
            except _any:
                # A timer of the target may raise here, too.
                continue
        raise broken

    def _answer_calls(self) -> None:
        pipe = self._pipe
        while line := pipe.read_line():
            pipe.write(self.answer(line))

    def answer(self, line: bytes) -> bytes:
        """Return the answer to a call.

        Raises:
            WireError: the message is not a call.
        """
        if line == messages.PING:
            return messages.PONG
        call = messages.decode(line)
        if call.get("Fuzz") is not None:
            return messages.encode(self._timed("TotalDuration", self._fuzz, call["Fuzz"]))
        if call.get("Minimize") is not None:
            return messages.encode(self._timed("Duration", self._minimize, call["Minimize"]))
        if call.get("Ping") is not None:
            return messages.PONG
        raise messages.WireError("no arguments provided for any call")

    def _timed(
        self, name: str, serve: Callable[[dict[str, Any]], dict[str, Any]], call: dict[str, Any]
    ) -> dict[str, Any]:
        self._guard.begin_call()
        started = _clock()
        answer = serve(call)
        answer[name] = _clock() - started
        self._guard.end_call()
        self._pipe.check()
        answer["Count"] = self._harness.memory.count
        return answer

    def _fuzz(self, call: dict[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = {
            "TotalDuration": 0,
            "InterestingDuration": 0,
            "Count": 0,
            "CoverageData": None,
            "Err": "",
            "InternalErr": "",
        }
        if self._mutator is None:
            self._mutator = self._make_mutator()
        memory = self._harness.memory
        memory.random_state = self._mutator.rng.save()
        try:
            self._harness.set_mask(call["CoverageData"])
            values = [] if call.get("Batch") else self._harness.unmarshal(memory.value)
            limit = call["Limit"]
            if 0 < limit <= memory.count:
                count = memory.count
                raise ValueError(f"mem.header().count {count} already exceeds args.Limit {limit}")
        except ValueError as error:
            if not is_from_engine(error):
                raise
            answer["InternalErr"] = str(error)
            return answer
        if self._options.pump is not None:
            self._options.pump.detector.enabled = call["Warmup"]
        if call.get("Batch"):
            self._run_batch(call, answer)
        elif call["Warmup"]:
            self._warm_up(values, answer)
        else:
            limits = self._limits_of(call)
            solve = bool(call.get("Solve"))
            if not self._try_proposals(values, limits, answer, solve=solve):
                before = memory.count
                self._explore(values, limits, answer)
                if self._study is not None:
                    self._study.earn(memory.count - before)
        return answer

    def _warm_up(self, values: list[object], answer: dict[str, Any]) -> None:
        harness = self._harness
        started = _clock()
        _put_failure(answer, harness.execute(values))
        answer["InterestingDuration"] = _clock() - started
        # A coordinator that never sent a mask may expect coverage of another size.
        if not answer["Err"] and harness.covering:
            answer["CoverageData"] = harness.coverage.snapshot()

    def _run_batch(self, call: dict[str, Any], answer: dict[str, Any]) -> None:
        """Execute several inputs unmodified until one fails or the call is over."""
        runs: list[tuple[int | None, int]] = []
        places: dict[bytes, int] = {}  # many inputs of a corpus have equal coverage
        should_stop = self._limits_of(call).should_stop
        value = self._harness.memory.value
        for start, end in call["Batch"]:
            try:
                values = self._harness.unmarshal(value[start:end])
            except ValueError as error:
                if not is_from_engine(error):
                    raise
                answer["InternalErr"] = str(error)
                return
            self._warm_up(values, answer)
            coverage = answer["CoverageData"]
            place = None if coverage is None else places.setdefault(coverage, len(places))
            runs.append((place, answer["InterestingDuration"]))
            if answer["Err"] or should_stop():
                break
        answer["Runs"], answer["Coverages"], answer["CoverageData"] = runs, list(places), None

    def _try_proposals(
        self, values: list[object], limits: CallLimits, answer: dict[str, Any], *, solve: bool
    ) -> bool:
        """Try proposals of the solver if the coordinator asks; return whether the call is over."""
        harness = self._harness
        new = solve and harness.covering and self._options.solving
        if self._study is None:
            if not new:
                return False
            self._guard.restore()
            from fuzzengine.worker.study import Study

            assert self._mutator is not None
            seed = self._mutator.rng.state
            self._study = Study(harness, self._options.words, seed, self._options.pump)
        found, more = self._study.run(values, limits, new=new)
        if found is not None:
            _put_failure(answer, found.failure)
            answer["Solved"] = found.solved
            answer["Words"] = [word.decode("latin-1") for word in found.words]
            if harness.structured and (found.failure is not None or found.coverage is not None):
                # The execution may have changed how a value is written.
                harness.memory.value = harness.marshal(found.values)
            if found.coverage is not None:
                answer["CoverageData"], answer["InterestingDuration"] = found.coverage, 1
        return not more

    def _explore(self, original: list[object], limits: CallLimits, answer: dict[str, Any]) -> None:
        """Try mutations of an input until one fails, one is interesting, or the call is over."""
        assert self._mutator is not None
        harness = self._harness
        if harness.structured or self._options.own_mutator is not None:
            self._explore_raw(original, limits, answer)
            return
        mutate, rng = self._mutator.mutate, self._mutator.rng
        run, is_new = harness.execution.run, harness.coverage.is_new
        kinds, capacity = harness.kinds, harness.memory.capacity
        counts, words = harness.memory.counts, harness.memory.words
        covering, should_stop, limit = harness.covering, limits.should_stop, limits.count
        values, count = original, counts[0]
        while not should_stop():
            starts_chain = not count % CHAINED_MUTATIONS
            if starts_chain:
                values = original[:]
                state, increment = rng.state, rng.inc
            mutate(values, kinds, capacity)
            if starts_chain:
                # Only now: until here, the last input can be rebuilt if the engine fails.
                words[2], words[3] = state, increment
            counts[0] = count = count + 1
            failure = run(values)
            if failure is not None:
                _put_failure(answer, failure)
                return
            if covering and is_new():
                answer["CoverageData"] = harness.coverage.snapshot()
                answer["InterestingDuration"] = 1
                return
            if count == limit:
                return

    def _explore_raw(
        self, original: list[object], limits: CallLimits, answer: dict[str, Any]
    ) -> None:
        if self._raw_loop is None:
            self._guard.restore()
            from fuzzengine.worker.raw_loop import RawLoop

            assert self._mutator is not None
            self._raw_loop = RawLoop(self._harness, self._input_mutator(self._mutator))
        failure, coverage = self._raw_loop.run(original, limits)
        _put_failure(answer, failure)
        if coverage is not None:
            answer["CoverageData"], answer["InterestingDuration"] = coverage, 1

    def _input_mutator(self, mutator: Mutator) -> InputMutator:
        if self._options.own_mutator is not None:
            return self._options.own_mutator(mutator)
        from fuzzengine.mutation.tree_mutator import TreeMutator

        return TreeMutator(mutator)

    def _minimize(self, call: dict[str, Any]) -> dict[str, Any]:
        self._guard.restore()
        from fuzzengine.worker.minimizer import Minimizer

        answer: dict[str, Any] = {
            "WroteToMem": False,
            "Err": "",
            "CoverageData": None,
            "Duration": 0,
            "Count": 0,
        }
        if self._options.pump is not None:
            self._options.pump.detector.enabled = True
        memory, limit = self._harness.memory, call["Limit"]
        out_of_time = self._limits_of(call).should_stop
        minimizer = Minimizer(
            self._harness,
            call["KeepCoverage"],
            lambda: 0 < limit <= memory.count or out_of_time(),
            same_bucket=self._options.same_bucket,
        )
        found = minimizer.shrink(self._harness.unmarshal(memory.value), call["Index"])
        if found is not None:
            memory.value = self._harness.marshal(found.values)
            memory.raw = False
            answer["WroteToMem"] = True
            _put_failure(answer, found.failure)
            answer["CoverageData"] = found.coverage
        return answer

    def _limits_of(self, call: dict[str, Any]) -> CallLimits:
        timeout = call["Timeout"]
        clock, interval, least = _clock, _CHECK_INTERVAL, min
        deadline = clock() + (timeout or 1 << 62)
        next_check = min(deadline, clock() + interval)
        hung_up = self._pipe.hangup_check()

        def should_stop() -> bool:
            nonlocal next_check
            now = clock()
            if now < next_check:
                return False
            next_check = least(deadline, now + interval)
            return now >= deadline or hung_up()

        return CallLimits(call["Limit"], timeout, should_stop)


def _put_failure(answer: dict[str, Any], failure: Failure | None) -> None:
    """Put a failure into an answer. Go's coordinator reads only `Err`."""
    if failure is not None:
        answer["Err"] = failure.text
        answer["Failure"] = {
            "Kind": failure.kind,
            "Frames": failure.frames,
            "Message": failure.message,
        }


def _identity(descriptor: int) -> tuple[int, int]:
    """Return the identity of the file or pipe behind a descriptor."""
    stat = _stat(descriptor)
    return stat.st_dev, stat.st_ino
