"""Exceptions whose text is large, slow, or cannot be made."""

from __future__ import annotations

import os
import sys
import threading
from typing import Any, NoReturn


class Raises(Exception):
    def __str__(self) -> str:
        raise ValueError("in __str__")


class Recurses(Exception):
    def __str__(self) -> str:
        return str(self)


class Exits(Exception):
    def __str__(self) -> NoReturn:
        sys.exit(0)


class Interrupts(Exception):
    def __str__(self) -> str:
        raise KeyboardInterrupt


class OutOfMemory(Exception):
    def __str__(self) -> str:
        raise MemoryError


class Number(Exception):
    def __str__(self) -> Any:
        return 5


class Text(str):
    def __getattribute__(self, name: str) -> Any:
        raise ValueError(f"in {name}")

    def __format__(self, spec: str) -> str:
        raise ValueError("in __format__")


class Subclass(Exception):
    def __str__(self) -> str:
        return Text("a text")


class Untraceable(Exception):
    __module__ = "untraceable"

    def __getattribute__(self, name: str) -> Any:
        raise ValueError(f"in {name}")


class _Meta(type):
    def __getattribute__(cls, name: str) -> Any:
        if name == "__subclasses__":
            # Dask asks all exception classes for theirs when it is imported.
            return list
        raise ValueError(f"in {name}")


class Nameless(Exception, metaclass=_Meta):
    pass


class Impostor(Exception):
    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        from fuzzengine.base.outcomes import Skip

        return Skip


class Outside(BaseException):
    pass


class EndsProcess(Exception):
    def __str__(self) -> str:
        os._exit(0)


class EndsWorker(Exception):
    def __str__(self) -> str:
        os._exit(70)


class Hangs(Exception):
    def __str__(self) -> str:
        threading.Event().wait()
        return ""


def long() -> Exception:
    return ValueError("x" * (100 << 20))


def lines() -> Exception:
    return ValueError("\n" * 3_000_000)


UNPRINTABLE = ("Raises", "Recurses", "Exits", "Interrupts", "OutOfMemory", "Number")
LARGE = ("long", "lines")
ODD = ("Untraceable", "Subclass", "Nameless", "Impostor", "Outside")
ENDING = ("EndsProcess", "EndsWorker", "Hangs")
MAKERS: dict[str, Any] = {name: globals()[name] for name in UNPRINTABLE + LARGE + ODD + ENDING}


def fail(name: str) -> NoReturn:
    """Raise the exception with a name."""
    raise MAKERS[name]()
