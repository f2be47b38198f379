"""Detects dangerous use of inputs while a fuzz target runs (-detect), by Python's audit events.

A finding is raised in the dangerous call, which then does not happen. The input fails even if the
code under test catches the finding. Go has no counterpart.

Text comes from the input if it equals an argument of the fuzz function, or shares four characters
in a row with one. Constants of the running functions do not come from the input, nor does text
that was seen before with an input that does not hold it.
"""

from __future__ import annotations

import os
import sys

from fuzzengine.base.frames import is_engine_code
from fuzzengine.findings.finding import (
    CodeInjection,
    CommandInjection,
    Connection,
    DeepRecursion,
    Finding,
    OutsideFolder,
    UnsafeLoad,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import FrameType
    from typing import Any

    from fuzzengine.testing.target import Target

SUPERLINEAR = "superlinear"
"""The name of the detector in superlinear.py."""

_RUN = 4
_EXAMINED = 4096
_REMEMBERED = 1000
_MORE_CALLS = 300
_TOO_DEEP = f"more than {_MORE_CALLS} nested calls, which -detect=recursion does not allow"
_SHELLS = ("sh", "bash", "dash", "zsh", "cmd.exe", "cmd")


class AuditHook:
    """The audit hook of a process; it checks events while the fuzz target runs.

    Attributes:
        finding: the first finding of the current execution.
    """

    def __init__(self, detectors: Sequence[str]) -> None:
        self.finding: Finding | None = None
        self._inputs: list[str] = []
        self._enabled = self._busy = False
        self._own: set[str] = set()
        self._folder = os.path.realpath(os.getcwd())
        self._checks: dict[str, Callable[..., Finding | None]] = {}
        for name in detectors:
            for event in DETECTORS[name][0]:
                self._checks[event] = getattr(self, f"_check_{name}")
        sys.addaudithook(self._hook)

    def begin(self, values: Sequence[object]) -> None:
        """Start checking: the target runs with these arguments."""
        self._inputs = _texts(values)
        self.finding = None
        self._enabled = True

    def end(self) -> None:
        """Stop checking."""
        self._enabled = False

    def _hook(self, event: str, arguments: tuple[object, ...]) -> None:
        check = self._checks.get(event)
        if check is None or not self._enabled or self._busy:
            return
        self._busy = True
        try:
            finding = check(event, *arguments)
        finally:
            self._busy = False
        if finding is not None:
            self.finding = self.finding or finding
            raise finding

    def _controlled(self, text: str) -> bool:
        """Return whether text comes from the input."""
        text = text[:_EXAMINED]
        if text in self._own:
            return False
        whole = text.strip()
        runs = [text[start : start + _RUN] for start in range(len(text) - _RUN + 1)]
        constants = _constants()
        pieces = {run for run in runs if not any(run in constant for constant in constants)}
        for value in self._inputs:
            if whole and whole == value.strip() and not any(whole in one for one in constants):
                return True
            if any(piece in value for piece in pieces):
                return True
        if len(self._own) < _REMEMBERED:
            self._own.add(text)
        return False

    def _check_command(self, event: str, *arguments: object) -> Finding | None:
        if event == "os.system":
            dangerous = [_text(arguments[0])]
        else:
            executable, given = arguments[0], arguments[1]
            words = [_text(word) for word in given] if isinstance(given, list | tuple) else []
            shell = bool(words) and os.path.basename(words[0]).lower() in _SHELLS
            dangerous = words[1:] if shell else [_text(given) if not words else words[0]]
            dangerous.append(_text(executable or ""))
        for text in dangerous:
            if text and self._controlled(text):
                return CommandInjection(f"{event} with text of the input: {_shown(text)}")
        return None

    def _check_code(self, _event: str, source: object, filename: object) -> Finding | None:
        # Imports compile modules, too.
        if source is None or os.path.isabs(_text(filename or "")):
            return None
        text = _text(source).rstrip("\0")
        if self._controlled(text):
            return CodeInjection(f"compiled as Python: {_shown(text)}")
        return None

    def _check_load(self, event: str, *arguments: object) -> Finding | None:
        if event == "marshal.loads":
            text = _text(arguments[0])
            if len(text) >= 2 and any(text in value for value in self._inputs):
                return UnsafeLoad(f"marshal.loads of the input: {_shown(text)}")
            return None
        module, name = map(_text, arguments[:2])
        if any(module in value and name in value for value in self._inputs):
            return UnsafeLoad(f"pickle of the input names {module}.{name}")
        return None

    def _check_path(self, event: str, *arguments: object) -> Finding | None:
        if not isinstance(arguments[0], str | bytes | os.PathLike):
            return None
        path = _text(os.fspath(arguments[0]))
        inside = os.path.abspath(path).startswith(self._folder + os.sep)
        if inside or not self._controlled(path):
            return None
        climbs = ".." in path.replace("\\", "/").split("/")
        given = any((climbs and ".." in value) or _begins(path, value) for value in self._inputs)
        return OutsideFolder(f"{event}: {_shown(path)}") if given else None

    def _check_connect(self, event: str, *arguments: object) -> Finding | None:
        address = arguments[-1] if event == "socket.connect" else arguments[0]
        if event == "socket.connect" and not isinstance(address, tuple):
            return None
        host = _text(address[0] if isinstance(address, tuple) else address or "")
        local = host in ("", "localhost", "::1") or host.startswith("127.")
        if local and not self._controlled(host):
            return None
        return Connection(f"{event}: {_shown(host)}")


DETECTORS: dict[str, tuple[tuple[str, ...], tuple[bytes, ...]]] = {
    "command": (
        ("os.system", "subprocess.Popen", "os.exec", "os.posix_spawn", "os.spawn"),
        (b";id;", b"$(id)"),
    ),
    "code": (("compile",), (b"__import__('os')",)),
    "load": (("pickle.find_class", "marshal.loads"), (b"cos\nsystem\n.",)),
    "path": (("open", "os.remove", "os.rename", "os.mkdir", "os.listdir"), (b"../../x", b"/etc/x")),
    "connect": (("socket.connect", "socket.getaddrinfo"), (b"http://h.test/",)),
    "recursion": ((), (b"((((((((", b"[[[[[[[[")),
    SUPERLINEAR: ((), ()),
}
"""Every detector: the audit events it checks, and words to try in inputs."""


def read_detectors(text: str) -> tuple[str, ...]:
    """Parse `all` or a list of detectors such as `code,path` (for -detect).

    Raises:
        ValueError: a name is not that of a detector.
    """
    if text == "all":
        return tuple(DETECTORS)
    names = tuple(name for name in text.split(",") if name)
    for name in names:
        if name not in DETECTORS:
            raise ValueError(f"unknown detector {name}; use all, {', '.join(DETECTORS)}")
    return names


def dictionary_words(detectors: Sequence[str]) -> list[bytes]:
    """Return words for the mutator's dictionary that are likely to lead to findings."""
    return [word for name in detectors for word in DETECTORS[name][1]]


def with_detectors(target: Target, detectors: Sequence[str]) -> Target:
    """Return a target that calls the given one, and also fails if a detector finds something."""
    if not detectors:
        return target
    call: Callable[..., object] = _WatchedTarget(target.function, AuditHook(detectors))
    if "recursion" in detectors:
        call = _ShallowTarget(call, target.allow)
    if SUPERLINEAR in detectors:
        from fuzzengine.findings.superlinear import ComplexityDetector

        return target.calling(ComplexityDetector(call))
    return target.calling(call)


class _WatchedTarget:
    """A fuzz target that also fails if the audit hook has found something."""

    def __init__(self, function: Callable[..., object], hook: AuditHook) -> None:
        self._function = function
        self._hook = hook

    def __call__(self, test: object, *values: object) -> None:
        """Call the target."""
        hook = self._hook
        hook.begin(values)
        try:
            self._function(test, *values)
        except BaseException:
            if hook.finding is not None:
                raise hook.finding from None
            raise
        finally:
            hook.end()
        if hook.finding is not None:
            raise hook.finding


class _ShallowTarget:
    """A fuzz target that fails with DeepRecursion if it nests too many calls.

    An input that fails under the low limit runs without it, too, since the target may also turn a
    RecursionError into another exception: the limit is never reported as the target's failure.
    """

    def __init__(self, call: Callable[..., object], allow: tuple[type[BaseException], ...]) -> None:
        self._call = call
        self._allow = allow

    def __call__(self, test: Any, *values: object) -> None:
        """Call the target."""
        try:
            self._call_shallow(test, values)
            return
        except Exception as error:
            decided = test.failed() or isinstance(error, self._allow)
            if decided or not _comes_from_recursion(error):
                raise
        self._call(test, *values)
        try:
            self._call_shallow(test, values)
        except Exception as error:
            # Calls that happen only once, such as imports, would have been deep the first time.
            if not _comes_from_recursion(error):
                raise
            raise DeepRecursion(_TOO_DEEP).with_traceback(error.__traceback__) from None

    def _call_shallow(self, test: object, values: Sequence[object]) -> None:
        limit = sys.getrecursionlimit()
        sys.setrecursionlimit(min(limit, _depth() + _MORE_CALLS))
        try:
            self._call(test, *values)
        finally:
            sys.setrecursionlimit(limit)


def _comes_from_recursion(error: BaseException) -> bool:
    """Return whether an exception is a RecursionError, or was raised because of one."""
    seen: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and not any(cause is one for one in seen):
        if isinstance(cause, RecursionError):
            return True
        seen.append(cause)
        cause = cause.__cause__ or cause.__context__
    return False


def _constants() -> list[str]:
    """Return the text constants of the running functions, up to the fuzz target."""
    found: list[str] = []
    frame: FrameType | None = sys._getframe(1)
    inside = False
    while frame is not None:
        if not is_engine_code(frame.f_code):
            inside = True
            found += [_text(c) for c in frame.f_code.co_consts if isinstance(c, str | bytes)]
        elif inside:
            return found
        frame = frame.f_back
    return found


def _depth() -> int:
    frame, depth = sys._getframe(), 0
    while frame.f_back is not None:
        frame, depth = frame.f_back, depth + 1
    return depth


def _text(value: object) -> str:
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).decode("utf-8", "surrogateescape")
    return str(value)


def _texts(values: Sequence[object]) -> list[str]:
    """Return the texts among values and inside structured values, which are tuples here."""
    found: list[str] = []
    for value in values:
        if isinstance(value, bytes | str):
            found.append(_text(value))
        elif isinstance(value, tuple):
            found += _texts(value)
    return found


def _begins(path: str, value: str) -> bool:
    return os.path.isabs(path) and len(path) >= _RUN and path[:_RUN] in value


def _shown(text: str) -> str:
    return repr(text if len(text) <= 80 else text[:80] + "...")
