"""Describes values and exceptions of the code under test, whatever their methods do.

`__str__`, `__repr__` and the attributes of an exception are code under test: they may raise,
recurse without end or return huge texts. None of that escapes from here, only a placeholder.
"""

from __future__ import annotations

from fuzzengine.base.bounded import shorten
from fuzzengine.base.failure import kind_of
from fuzzengine.base.frames import exception_stack, innermost_location, release_locals

_MOST_NOTES = 20


def describe_value(value: object) -> str:
    """Return str(value), or a placeholder if it cannot be made."""
    try:
        return _exact(str(value))
    except BaseException as error:
        return f"<{kind_of(value)} whose text cannot be shown: {kind_of(error)}>"


def describe_values(values: tuple[object, ...]) -> str:
    """Return the descriptions of values, separated by spaces, shortened as a whole."""
    return shorten(" ".join(map(describe_value, values)))


def describe_exception(error: BaseException, title: str = "") -> tuple[str, str, str]:
    """Return the place where an exception was raised (`file.py:21`), its title and its stack.

    The stack is without the frames of fuzzengine; both texts are shortened.

    Args:
        error: the exception.
        title: by default the type, the message and the notes of the exception.
    """
    try:
        return _location(error), title or _title(error), _stack(error)
    except MemoryError:
        # Free the memory that the code under test still holds; then there is enough for this.
        release_locals(error)
        title = f"{kind_of(error)}: there was not enough memory for its message"
        return _location(error), title, ""


def _title(error: BaseException) -> str:
    text = describe_value(error)
    title = f"{kind_of(error)}: {text}" if text else kind_of(error)
    return shorten("\n".join((title, *_notes(error))))


def _notes(error: BaseException) -> list[str]:
    """Return the notes of an exception (`add_note`), if that is not impossible."""
    try:
        notes = error.__notes__
        return [describe_value(note) for note in notes[:_MOST_NOTES]]
    except BaseException:
        # Either it has no notes, or `__notes__` is code under test or not a list.
        return []


def _location(error: BaseException) -> str:
    try:
        return innermost_location(error.__traceback__)
    except BaseException:
        # `__traceback__` is a property of the code under test.
        return innermost_location(None)


def _stack(error: BaseException) -> str:
    try:
        return shorten(exception_stack(error))
    except MemoryError:
        raise
    except BaseException as problem:
        return f"(its stack cannot be shown: {kind_of(problem)})"


def _exact(text: str) -> str:
    """Return a text as a plain str: a subclass may override its methods."""
    return str.__getitem__(text, slice(None))
