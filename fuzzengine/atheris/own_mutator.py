"""The custom mutator and the custom crossover of a harness, as one mutator of a worker."""

from __future__ import annotations

import os
import sys

from fuzzengine.atheris import stand_in
from fuzzengine.base.describe import describe_exception
from fuzzengine.types.kinds import BYTES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, MutableSequence, Sequence
    from typing import Any

    from fuzzengine.atheris.stand_in import SetupCall
    from fuzzengine.mutation.mutator import Mutator
    from fuzzengine.types.kinds import Kind

_MAX_LEN = 4096
_POOL_SIZE = 256
_ENCODING_RESERVE = 100
_INTERNAL_FAILURE = 70


class OwnMutator:
    """Makes inputs with the functions that a harness gave to `Setup`.

    As in libFuzzer, the default mutator is used only if the harness has no custom mutator.
    """

    def __init__(self, setup: SetupCall, mutator: Mutator, max_len: int) -> None:
        """Prepare to make inputs.

        Args:
            setup: the harness's call of `Setup`.
            mutator: the default mutator, and the source of random numbers.
            max_len: the length that inputs may have; 0 for the default.
        """
        self._mutator = mutator
        self._max_len = max_len
        self._pool: list[bytes] = []
        self._ways: list[Callable[[bytes, int], object]] = []
        if setup.custom_mutator is not None:
            custom = setup.custom_mutator
            self._ways.append(lambda data, size: custom(data, size, self._seed()))
        else:
            self._ways.append(self.default)
        if setup.custom_crossover is not None:
            crossover = setup.custom_crossover
            self._ways.append(lambda data, size: crossover(data, self._other(), size, self._seed()))
        stand_in.State.mutate = self.default

    def remember(self, values: Sequence[Any], _kinds: Sequence[Kind]) -> None:
        """Store an input for the crossover, in place of a random other one if there are many."""
        if values[0] not in self._pool:
            if len(self._pool) >= _POOL_SIZE:
                self._pool.pop(self._mutator.rng.intn(_POOL_SIZE))
            self._pool.append(values[0])

    def mutate(self, values: MutableSequence[Any], _kinds: Sequence[Kind], _max_bytes: int) -> None:
        """Replace the input by another one.

        An exception of the harness's function ends the process: no input is to blame for it.
        """
        data = values[0]
        size = self._max_len or max(_MAX_LEN, len(data))
        way = self._ways[self._mutator.rng.intn(len(self._ways))]
        try:
            made = way(data, size)
            if not isinstance(made, (bytes, bytearray)):
                raise TypeError(f"a custom mutator returned {type(made).__name__}, not bytes")
        except BaseException as error:
            _, title, stack = describe_exception(error)
            sys.stderr.write(f"a custom mutator failed: {title}\n{stack}\n")
            sys.stderr.flush()
            os._exit(_INTERNAL_FAILURE)
        values[0] = bytes(made[:size])

    def default(self, data: bytes, max_size: int) -> bytes:
        """Return an input that the default mutator made from another one (`atheris.Mutate`)."""
        values: list[object] = [bytes(data)]
        self._mutator.mutate(values, [BYTES], max(max_size, len(data) + 1) + _ENCODING_RESERVE)
        made = values[0]
        assert isinstance(made, bytes)
        return made[:max_size]

    def _seed(self) -> int:
        return self._mutator.rng.intn(1 << 31)

    def _other(self) -> bytes:
        return self._pool[self._mutator.rng.intn(len(self._pool))]
