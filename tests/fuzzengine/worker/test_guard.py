"""Targets that break the interpreter under the engine: a named failure, or the campaign goes on."""

from __future__ import annotations

import re

import pytest

from fuzzengine.base.frames import ENGINE_FOLDER
from tests.fuzzengine.running import Package, processes_of

pytestmark = pytest.mark.process

TARGETS = """
    import builtins
    import gc
    import os
    import signal
    import sys
    import threading
    import time
    import warnings

    def raise_it(*_):
        raise ValueError("from a hook")

    def remove_modules(*packages):
        for name in list(sys.modules):
            if name.startswith(packages):
                del sys.modules[name]

    def dup2(*targets):
        null = os.open(os.devnull, os.O_RDWR)
        for number in targets:
            os.dup2(null, number)

    def timer():
        signal.signal(signal.SIGALRM, raise_it)
        signal.setitimer(signal.ITIMER_REAL, 0.0005, 0.0005)

    def recursion_limit():
        sys.setrecursionlimit(60)

    def failing_with_a_limit():
        sys.setrecursionlimit(60)
        raise ValueError("with a limit")

    def failing_without_builtins():
        builtins.__dict__.clear()
        undefined

    def collector():
        gc.callbacks.append(raise_it)
        gc.set_threshold(1)

    def replace(module, *names):
        for name in names:
            setattr(module, name, None)

    ACTIONS = {
        "exec": lambda: os.execv("/bin/sleep", ["sleep", "3600"]),
        "exec-itself": lambda: os.execv(sys.executable, sys.orig_argv),
        "exec-ends": lambda: os.execv("/bin/true", ["true"]),
        "modules": lambda: remove_modules("fuzzengine", "scriptest"),
        "all-modules": sys.modules.clear,
        "clear-builtins": builtins.__dict__.clear,
        "recursion-limit": recursion_limit,
        "failing-with-a-limit": failing_with_a_limit,
        "failing-without-builtins": failing_without_builtins,
        "timer": timer,
        "close": lambda: os.closerange(3, 100),
        "close-and-hang": lambda: (os.closerange(3, 100), time.sleep(3600)),
        "dup2": lambda: dup2(3, 4, 5, 6),
        "dup2-in": lambda: dup2(3),
        "dup2-out": lambda: dup2(4),
        "switch-interval": lambda: sys.setswitchinterval(1000),
        "collector": collector,
        "settrace": lambda: sys.settrace(raise_it),
        "setprofile": lambda: sys.setprofile(raise_it),
        "threading-settrace": lambda: threading.settrace(raise_it),
        "warnings": lambda: warnings.simplefilter("error"),
        "os": lambda: replace(os, "read", "write", "fstat", "_exit"),
        "time": lambda: replace(time, "perf_counter", "perf_counter_ns"),
        "json": lambda: replace(__import__("json"), "loads", "dumps"),
        "meta-path": sys.meta_path.clear,
        "digits": lambda: sys.set_int_max_str_digits(640),
    }

    def FuzzBreaks(f):
        name = os.environ.get("ACTION", "")
        action = ACTIONS.get(name) or (lambda: replace(builtins, name))

        @f.fuzz
        def _(t, data: bytes):
            if len(data) > 3:
                action()
"""

BROKE = "the fuzz target broke the worker: "
HUNG = "fuzzing process hung or terminated unexpectedly: "
CLOSED = f"{BROKE}OSError .*the target closed or replaced the descriptors of the engine"

RECORDED = {
    "exec": r"replaced the worker by another program: sleep 3600\n    signal: interrupt",
    "exec-itself": f"{HUNG}exit status 2\n    the worker has no descriptors of a coordinator",
    "exec-ends": r"replaced the worker by another program: true\n|" + f"{HUNG}exit status 0",
    "failing-with-a-limit": r"_test.py:\d+: ValueError: with a limit",
    "failing-without-builtins": r"_test.py:\d+: NameError: name 'undefined' is not defined",
    "timer": f"{BROKE}ValueError in .*: from a hook; .* maybe one of an earlier input\n",
    "close": CLOSED,
    "close-and-hang": f"{HUNG}it closed its pipe",
    "dup2": CLOSED,
    "dup2-in": CLOSED,
    "dup2-out": CLOSED,
    "settrace": f"{BROKE}ValueError in .*: from a hook",
    "setprofile": r"ValueError(: | in .*: )from a hook",
    "clear-builtins": f"{BROKE}NameError .*; the target has replaced builtins",
    "len": f"{BROKE}TypeError in .*; the target has replaced builtins.len\n",
}
"""What is certain to be recorded, and the text of the failure."""

GOES_ON = (
    *("modules", "all-modules", "recursion-limit", "switch-interval", "collector"),
    *("threading-settrace", "warnings", "os", "digits", "open", "print"),
)

EITHER = (
    *("isinstance", "__import__", "range", "str", "bytes", "min", "BaseException"),
    *("time", "json", "meta-path"),
)
"""The engine fails, or has undone the change before it noticed."""


def run(package: Package, action: str, limit: int = 2000) -> tuple[int, str]:
    package.write("breaks_test.py", TARGETS)
    flags = (f"-fuzztime={limit}x", "-seed=3", "-parallel=1", "-run=NONE", "-fuzzminimizetime=20x")
    done = package.run("test", "-fuzz=FuzzBreaks", *flags, ACTION=action)
    assert "internal failure" not in done.stdout
    assert ENGINE_FOLDER not in done.stdout
    assert done.stderr == ""
    assert len(package.recorded()) == done.returncode, done.stdout
    assert package.leftovers() == []
    assert processes_of(package) == []
    return done.returncode, done.stdout


@pytest.mark.parametrize("action", RECORDED)
def test_what_breaks_the_worker_is_recorded_by_name(package: Package, action: str) -> None:
    status, output = run(package, action)
    assert status == 1
    assert re.search(RECORDED[action], output), output


@pytest.mark.parametrize("action", GOES_ON)
def test_what_can_be_undone_does_not_end_the_campaign(package: Package, action: str) -> None:
    # Each time that the collector calls a failing callback, the interpreter prints a traceback.
    status, output = run(package, action, 200)
    assert status == 0, output
    assert ", execs: 200 (" in output


@pytest.mark.parametrize("action", EITHER)
def test_the_engine_goes_on_or_names_the_change(package: Package, action: str) -> None:
    status, output = run(package, action)
    if status:
        assert BROKE in output
    else:
        assert ", execs: 2000 (" in output


def test_the_input_that_broke_the_engine_is_the_one_recorded(package: Package) -> None:
    package.write(
        "chain_test.py",
        """
        import builtins

        def FuzzChain(f):
            calls = 0

            @f.fuzz
            def _(t, data: bytes, text: str):
                nonlocal calls
                calls += 1
                if calls == 100:
                    with open("seen", "w", encoding="utf-8", errors="surrogateescape") as file:
                        file.write(repr((data, text)))
                    builtins.len = None
                elif calls == 1:
                    try:
                        with open("seen", encoding="utf-8", errors="surrogateescape") as file:
                            assert file.read() != repr((data, text)), "found again"
                    except OSError:
                        return
        """,
    )
    done = package.run("test", "-fuzz=FuzzChain", "-parallel=1", "-nocover=all")
    (recorded,) = package.recorded()
    assert BROKE in done.stdout
    again = package.run("test", f"-run={recorded}")
    assert "found again" in again.stdout
