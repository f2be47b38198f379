"""Serves the coordinator's calls inside a worker process (Go: workerServer)."""

from __future__ import annotations

import os
import time

from fuzzengine.ipc import messages
from fuzzengine.ipc.messages import CHAINED_MUTATIONS
from fuzzengine.ipc.shared_memory import SharedMemory

TYPE_CHECKING = False  # importing typing costs more than the rest of a worker's start
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from fuzzengine.base.failure import Failure
    from fuzzengine.findings.pump import Pump
    from fuzzengine.instrument.coverage import Coverage
    from fuzzengine.mutation.mutator import Mutator
    from fuzzengine.types.kinds import Kind
    from fuzzengine.worker.executor import Execution
    from fuzzengine.worker.study import Study
    from fuzzengine.worker.tree_loop import Explorer

_CHECK_INTERVAL = 50_000_000


class Server:
    """Answers Ping, Fuzz and Minimize until the coordinator closes its end (Go: workerServer).

    Attributes:
        same_bucket: an input made smaller must fail in the same way; otherwise, as in Go, in any.
        pump: inputs with much repeated parts are tried, too, as a detector wants.
    """

    def __init__(
        self,
        execution: Execution,
        kinds: list[Kind],
        coverage: Coverage,
        make_mutator: Callable[[], Mutator],
        descriptors: tuple[int, int, int],
        words: Sequence[bytes] = (),
    ) -> None:
        self._execution = execution
        self._kinds = kinds
        self._coverage = coverage
        self._make_mutator = make_mutator
        self._mutator: Mutator | None = None
        self._words = words
        self.same_bucket = False
        self.pump: Pump | None = None
        self._in, self._out, memory = descriptors
        self._pipe = _identity(self._out)
        self._memory = SharedMemory(memory, os.fstat(memory).st_size)
        self._masked = False
        self._study: Study | None = None
        self._structured = any(kind.is_structured for kind in kinds)
        self._explorer: Explorer | None = None

    def serve(self) -> None:
        """Answer calls one by one; return when there are no more.

        Raises:
            WireError: a call is none of the three.
            OSError: a pipe is broken, or the code under test has closed it.
        """
        pending = b""
        while True:
            line, newline, pending = pending.partition(b"\n")
            while not newline:
                chunk = os.read(self._in, 1 << 16)
                if not chunk:
                    return
                line, newline, pending = (line + chunk).partition(b"\n")
            self._send(self._answer(line + newline))

    def _answer(self, line: bytes) -> bytes:
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

    def _send(self, data: bytes) -> None:
        if _identity(self._out) != self._pipe:
            raise OSError("the code under test has closed its descriptor")
        while data:
            data = data[os.write(self._out, data) :]

    def _timed(
        self, name: str, serve: Callable[[dict[str, Any]], dict[str, Any]], call: dict[str, Any]
    ) -> dict[str, Any]:
        started = time.perf_counter_ns()
        answer = serve(call)
        answer[name] = time.perf_counter_ns() - started
        answer["Count"] = self._memory.count
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
        memory = self._memory
        memory.random_state = self._mutator.rng.save()
        try:
            self._take_mask(call["CoverageData"])
            values = [] if call.get("Batch") else self._input()
            limit = call["Limit"]
            if 0 < limit <= memory.count:
                count = memory.count
                raise ValueError(f"mem.header().count {count} already exceeds args.Limit {limit}")
        except ValueError as error:
            answer["InternalErr"] = str(error)
            return answer
        if self.pump is not None:
            self.pump.detector.enabled = call["Warmup"]
        if call.get("Batch"):
            self._run_batch(call, answer)
        elif call["Warmup"]:
            self._warm_up(values, answer)
        else:
            should_stop = self._stopper(call["Timeout"])
            if not self._try_proposals(values, call, should_stop, answer):
                before = memory.count
                self._explore(values, limit, should_stop, answer)
                if self._study is not None:
                    self._study.earn(memory.count - before)
        return answer

    def _warm_up(self, values: list[object], answer: dict[str, Any]) -> None:
        self._memory.count += 1
        started = time.perf_counter_ns()
        _put_failure(answer, self._execution.run(values))
        answer["InterestingDuration"] = time.perf_counter_ns() - started
        # A coordinator that never sent a mask cannot take coverage of our size.
        if not answer["Err"] and self._masked:
            answer["CoverageData"] = self._coverage.snapshot()

    def _run_batch(self, call: dict[str, Any], answer: dict[str, Any]) -> None:
        """Run several inputs as they are, until one fails or it is time to stop."""
        runs: list[tuple[int | None, int]] = []
        places: dict[bytes, int] = {}  # most inputs of a corpus reach the same as some other
        should_stop = self._stopper(call["Timeout"])
        value = self._memory.value
        for start, end in call["Batch"]:
            try:
                values = self._values(value[start:end])
            except ValueError as error:
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
        self,
        values: list[object],
        call: dict[str, Any],
        should_stop: Callable[[], bool],
        answer: dict[str, Any],
    ) -> bool:
        """Try what the solver proposes, if the coordinator asks; tell whether the call is over."""
        new = bool(call.get("Solve")) and self._masked
        if self._study is None:
            if not new:
                return False
            from fuzzengine.worker.study import Study

            assert self._mutator is not None
            self._study = Study(
                self._kinds, self._execution, self._coverage, self._memory, CHAINED_MUTATIONS
            )
            self._study.pump = self.pump
            self._study.prepare(self._mutator.rng.state, self._words)
        found, more = self._study.explore(values, new, call["Limit"], call["Timeout"], should_stop)
        if found is not None:
            _put_failure(answer, found.failure)
            answer["Solved"] = found.solved
            answer["Words"] = [word.decode("latin-1") for word in found.words]
            if found.failure and self._structured:
                # By now a value may have learned how to show itself.
                self._memory.value = self._marshal(found.values)
            if found.coverage is not None:
                answer["CoverageData"], answer["InterestingDuration"] = found.coverage, 1
        return not more

    def _explore(
        self,
        original: list[object],
        limit: int,
        should_stop: Callable[[], bool],
        answer: dict[str, Any],
    ) -> None:
        """Try mutations of an input until one fails, one is new, or it is time to stop."""
        assert self._mutator is not None
        if self._structured:
            self._explore_structured(original, limit, should_stop, answer)
            return
        mutate, rng = self._mutator.mutate, self._mutator.rng
        run, is_new = self._execution.run, self._coverage.is_new
        kinds, capacity = self._kinds, self._memory.capacity
        counts, words = self._memory.counts, self._memory.words
        masked = self._masked
        values, count = original, counts[0]
        while not should_stop():
            if not count % CHAINED_MUTATIONS:
                values = original[:]
                words[2] = rng.state
                words[3] = rng.inc
            mutate(values, kinds, capacity)
            counts[0] = count = count + 1
            failure = run(values)
            if failure is not None:
                _put_failure(answer, failure)
                return
            if masked and is_new():
                answer["CoverageData"] = self._coverage.snapshot()
                answer["InterestingDuration"] = 1
                return
            if count == limit:
                return

    def _explore_structured(
        self,
        original: list[object],
        limit: int,
        should_stop: Callable[[], bool],
        answer: dict[str, Any],
    ) -> None:
        if self._explorer is None:
            from fuzzengine.worker.tree_loop import Explorer

            assert self._mutator is not None
            self._explorer = Explorer(
                self._execution, self._kinds, self._coverage, self._memory, self._mutator
            )
        failure, coverage = self._explorer.explore(
            original, CHAINED_MUTATIONS, limit, should_stop, covering=self._masked
        )
        _put_failure(answer, failure)
        if coverage is not None:
            answer["CoverageData"], answer["InterestingDuration"] = coverage, 1

    def _minimize(self, call: dict[str, Any]) -> dict[str, Any]:
        from fuzzengine.worker.minimizer import shrink

        answer: dict[str, Any] = {
            "WroteToMem": False,
            "Err": "",
            "CoverageData": None,
            "Duration": 0,
            "Count": 0,
        }
        if self.pump is not None:
            self.pump.detector.enabled = True
        memory, limit = self._memory, call["Limit"]
        out_of_time = self._stopper(call["Timeout"])
        found = shrink(
            self._execution.run,
            self._coverage,
            memory,
            self._input(),
            call["Index"],
            call["KeepCoverage"],
            lambda: 0 < limit <= memory.count or out_of_time(),
            self._kinds[call["Index"]],
            self.same_bucket,
        )
        if found is not None:
            memory.value = self._marshal(found.values)
            memory.raw = False
            answer["WroteToMem"] = True
            _put_failure(answer, found.failure)
            answer["CoverageData"] = found.coverage
        return answer

    def _input(self) -> list[object]:
        return self._values(self._memory.value)

    def _values(self, data: bytes) -> list[object]:
        from fuzzengine.corpus import entry as corpus

        kinds, values = corpus.unmarshal(data, self._kinds)
        corpus.check(kinds, self._kinds)
        return values

    def _marshal(self, values: list[object]) -> bytes:
        from fuzzengine.corpus import entry as corpus

        return corpus.marshal(self._kinds, values)

    def _take_mask(self, mask: bytes | None) -> None:
        if mask is not None:
            self._coverage.set_mask(mask)
            self._masked = True

    def _stopper(self, timeout: int) -> Callable[[], bool]:
        """Return what tells whether `timeout` nanoseconds are over or the coordinator is gone."""
        clock = time.perf_counter_ns
        deadline = clock() + (timeout or 1 << 62)
        next_check = min(deadline, clock() + _CHECK_INTERVAL)
        hung_up = _hangup_check(self._in)

        def should_stop() -> bool:
            nonlocal next_check
            now = clock()
            if now < next_check:
                return False
            next_check = min(deadline, now + _CHECK_INTERVAL)
            return now >= deadline or hung_up()

        return should_stop


def _put_failure(answer: dict[str, Any], failure: Failure | None) -> None:
    """Put a failure into an answer: Go's coordinator reads Err only."""
    if failure is not None:
        answer["Err"] = failure.text
        answer["Failure"] = {"Kind": failure.kind, "Frames": failure.frames}


def _identity(descriptor: int) -> tuple[int, int]:
    """Return what tells whether a descriptor still stands for the same file or pipe."""
    stat = os.fstat(descriptor)
    return stat.st_dev, stat.st_ino


def _hangup_check(descriptor: int) -> Callable[[], bool]:
    """Return what tells whether the other end of a pipe is closed, where the system can say so."""
    try:
        import select

        poll = select.poll()
    except (ImportError, AttributeError):
        return lambda: False
    poll.register(descriptor, 0)
    return lambda: bool(poll.poll(0))
