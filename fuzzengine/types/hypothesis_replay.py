"""Gives Hypothesis's strategies the choices of an input, fitted to what they ask for."""

from __future__ import annotations

from random import Random

from hypothesis.internal.conjecture.choice import choice_from_index, choice_permitted
from hypothesis.internal.conjecture.data import ConjectureData
from hypothesis.internal.conjecture.providers import BytestringProvider, HypothesisProvider

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from fuzzengine.types.choices import Choice

PADDING = bytes(1024)
"""Appended to bytes, so that a strategy can draw a value from too few of them."""

_LOOK_AHEAD = 4
"""Choices among which the next one of a wanted type is looked for: others were inserted."""


class _Replay(HypothesisProvider):
    """Makes given choices as far as they fit, and after them random or the simplest ones.

    Args:
        data: the data of the execution.
        choices: the choices to be made.
    """

    def __init__(self, data: Any, /, *, choices: Sequence[Choice]) -> None:
        super().__init__(data)
        self._choices = choices
        self._next = 0
        self._generating = False
        self._made: list[Choice] = []

    @property
    def made(self) -> tuple[Choice, ...]:
        """The choices that were made."""
        return tuple(self._made)

    def draw_boolean(self, p: float = 0.5) -> bool:
        """Return a bool; p is the probability of True."""
        if self._generating:
            return bool(super().draw_boolean(p))
        value = self._take(bool)
        if value is None:
            value = self._generated("boolean", {"p": p})
        made: bool = self._note(p >= 1 or (p > 0 and bool(value)))
        return made

    def draw_integer(self, *arguments: Any, **constraints: Any) -> int:
        """Return an integer."""
        if arguments:
            constraints |= zip(("min_value", "max_value"), arguments, strict=False)
        if self._generating:
            return int(super().draw_integer(**constraints))
        value = self._take(int)
        low, high = constraints.get("min_value"), constraints.get("max_value")
        if value is None:
            value = self._generated("integer", constraints)
        elif low is not None and high is not None and not low <= value <= high:
            value = low + (value - low) % (high - low + 1)
        elif low is not None and value < low:
            value = low + (low - value)
        elif high is not None and value > high:
            value = high - (value - high)
        made: int = self._note(value)
        return made

    def draw_float(self, **constraints: Any) -> float:
        """Return a float."""
        if self._generating:
            return float(super().draw_float(**constraints))
        value = self._take(float)
        if value is None:
            value = self._generated("float", constraints)
        elif not choice_permitted(value, constraints):  # type: ignore[arg-type]
            value = min(max(value, constraints["min_value"]), constraints["max_value"])
            if not choice_permitted(value, constraints):  # type: ignore[arg-type]
                value = choice_from_index(0, "float", constraints)  # type: ignore[arg-type]
        made: float = self._note(value)
        return made

    def draw_string(self, intervals: Any, **sizes: Any) -> str:
        """Return a text of characters in some intervals."""
        if self._generating:
            return str(super().draw_string(intervals, **sizes))
        value = self._take(str)
        if value is None:
            value = self._generated("string", {"intervals": intervals, **sizes})
        else:
            low, high = sizes.get("min_size", 0), sizes.get("max_size")
            value = "".join(char for char in value if ord(char) in intervals)[:high]
            if len(value) < low:
                value += intervals.char_in_shrink_order(0) * (low - len(value))
        made: str = self._note(value)
        return made

    def draw_bytes(self, min_size: int = 0, max_size: int | None = None) -> bytes:
        """Return bytes."""
        sizes: dict[str, Any] = {"min_size": min_size}
        if max_size is not None:
            sizes["max_size"] = max_size
        if self._generating:
            return bytes(super().draw_bytes(**sizes))
        value = self._take(bytes)
        if value is None:
            value = self._generated("bytes", sizes)
        made: bytes = self._note(value[:max_size].ljust(min_size, b"\0"))
        return made

    def _note(self, value: Any) -> Any:
        self._made.append(value)
        return value

    def _take(self, wanted: type) -> Any:
        """Return the next choice of a type, or None."""
        choices = self._choices
        for place in range(self._next, min(self._next + _LOOK_AHEAD, len(choices))):
            if type(choices[place]) is wanted:
                self._next = place + 1
                return choices[place]
        return None

    def _generated(self, kind: str, constraints: dict[str, Any]) -> Any:
        """Return a new choice: with a seed Hypothesis's own generator makes it."""
        if self._random is None:
            full = {**_DEFAULTS[kind], **constraints}
            return choice_from_index(0, kind, full)  # type: ignore[arg-type]
        self._generating = True
        try:
            return getattr(super(), f"draw_{kind}")(**constraints)
        finally:
            self._generating = False


_DEFAULTS: dict[str, dict[str, Any]] = {
    "boolean": {},
    "integer": {"min_value": None, "max_value": None, "weights": None, "shrink_towards": 0},
    "float": {},
    "string": {"min_size": 0, "max_size": 1 << 30},
    "bytes": {"min_size": 0, "max_size": 1 << 30},
}


def data_of(seed: int | bytes | None, choices: Sequence[Choice]) -> Any:
    """Return Hypothesis's data for one execution.

    Args:
        seed: the seed of choices after the given ones; bytes make all of them. With None the
            choices are all, with those that Hypothesis forces.
        choices: the first choices.
    """
    if seed is None:
        return ConjectureData.for_choices(choices)
    if isinstance(seed, bytes):
        return ConjectureData(
            random=None, provider=BytestringProvider, provider_kw={"bytestring": seed + PADDING}
        )
    return ConjectureData(
        random=Random(seed) if seed else None,
        provider=_Replay,
        provider_kw={"choices": choices},
    )


def choices_made(data: Any) -> tuple[Choice, ...]:
    """Return the choices of an execution without those that Hypothesis forced."""
    if isinstance(data.provider, _Replay):
        return data.provider.made
    return tuple(node.value for node in data.nodes if not node.was_forced)


def choices_of_values(state: Any, values: Sequence[object]) -> tuple[Choice, ...] | None:
    """Execute a test with some values, and return the choices that make them.

    Args:
        state: Hypothesis's state of a test.
        values: the arguments that strategies make, in the order of `@given`.

    Returns:
        The choices; None if a strategy cannot tell them, as with older versions of Hypothesis.
    """
    try:
        from hypothesis.internal.conjecture.choice import ValueHole
    except ImportError:
        return None
    data = ConjectureData.for_choices([ValueHole(value) for value in values])
    try:
        state.execute_once(data)
    except KeyboardInterrupt:
        raise
    except BaseException:
        # The test may refuse the values, or fail: the choices are known by then.
        pass
    return choices_made(data) if data.misaligned_at is None else None
