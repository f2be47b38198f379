"""Kinds and frames of failures, from what Go 1.27 has printed."""

from __future__ import annotations

from pathlib import Path

import pytest

from fuzzengine.golang.traces import FAILED, GOEXIT, PANIC, GoTraces

ROOT = "/usr/lib/go"
PANICKED = """\
--- FAIL: FuzzSize (0.00s)
    testing.go:2078: panic: {message}
        goroutine 24 [running]:
        runtime/debug.Stack()
        \t/usr/lib/go/src/runtime/debug/stack.go:26 +0x9b
        testing.tRunner.func1()
        \t/usr/lib/go/src/testing/testing.go:2078 +0x1b0
        panic({{0x85ed08?, 0x3af5c71d0048?}})
        \t/usr/lib/go/src/runtime/panic.go:859 +0x125
        example.com/shop.Parse(...)
        \t/home/me/shop/size.go:24
        example.com/shop.FuzzSize.func1(0x3af5c71d4488, {{0x3af5c71b21f1, 0x1}})
        \t/home/me/shop/size_test.go:13 +0x5a
        reflect.Value.Call({{0x82c558?, 0x86dd80?, 0x55d5a8?}})
        \t/usr/lib/go/src/reflect/value.go:369 +0xb9
        created by testing.(*F).Fuzz.func1 in goroutine 3
        \t/usr/lib/go/src/testing/fuzz.go:328 +0x678

"""
FRAMES = [("/home/me/shop/size.go", 24), ("/home/me/shop/size_test.go", 13)]
DIED = """\
output of the test
runtime: goroutine stack exceeds 1000000000-byte limit
fatal error: stack overflow

runtime stack:
runtime.throw({0x649f9b?, 0x7f00?})
\t/usr/lib/go/src/runtime/panic.go:1101 +0x48

goroutine 5 [chan receive]:
testing.(*F).Fuzz.func1({0x79bf00, 0x1})
\t/usr/lib/go/src/testing/fuzz.go:329 +0x6c1
example.com/shop.FuzzDeep(0x1)
\t/home/me/shop/deep_test.go:8 +0x2a

goroutine 7 [running]:
example.com/shop.deep(0x1)
\t/home/me/shop/deep.go:5 +0x3a
strings.Map(0x1)
\t/usr/lib/go/src/strings/strings.go:9 +0x1
example.com/shop.FuzzDeep.func1(0x1)
\t/home/me/shop/deep_test.go:9 +0x5a fp=0x29 sp=0x28 pc=0x49
testing.(*F).Fuzz.func1.1(0x3af5c71d4488?)
\t/usr/lib/go/src/testing/fuzz.go:341 +0x312

goroutine 1 [chan receive]:
main.main()
\t_testmain.go:49 +0x9b
"""


@pytest.fixture
def traces(tmp_path: Path) -> GoTraces:
    (tmp_path / "size_test.go").write_text("package shop\n")
    return GoTraces(str(tmp_path), ROOT)


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("runtime error: index out of range [5] with length 3", "index out of range"),
        ("runtime error: slice bounds out of range [:7] with capacity 2", None),
        ("runtime error: integer divide by zero", "integer divide by zero"),
        (
            "runtime error: invalid memory address or nil pointer dereference",
            "invalid memory address or nil pointer dereference",
        ),
    ],
)
def test_runtime_errors_have_kinds_without_figures(
    traces: GoTraces, message: str, kind: str | None
) -> None:
    expected = f"runtime error: {kind or 'slice bounds out of range'}"
    assert traces.failure(PANICKED.format(message=message)) == (
        expected,
        FRAMES,
        f"panic: {message}",
    )


def test_messages_of_other_panics_do_not_count(traces: GoTraces) -> None:
    text = PANICKED.format(message='bad "text"')
    assert traces.failure(text) == (PANIC, FRAMES, 'panic: bad "text"')


def test_a_failed_test_is_where_it_logged_last(traces: GoTraces, tmp_path: Path) -> None:
    text = (
        "--- FAIL: FuzzSize (0.00s)\n"
        "    size_test.go:3: first\n"
        "    size_test.go:5: second\n"
        "        other.go:9: a second line of the message\n"
        "    elsewhere.go:7: last: of all\n"
    )
    assert traces.failure(text) == (FAILED, [("elsewhere.go", 7)], "last: of all")
    text = text.replace("    elsewhere.go:7: last: of all\n", "")
    assert traces.failure(text) == (FAILED, [(str(tmp_path / "size_test.go"), 5)], "second")
    assert traces.failure("--- FAIL: FuzzSize (0.00s)\n") == (FAILED, [], "")
    assert traces.failure("no report") == (FAILED, [], "")


def test_the_innermost_subtest_counts(traces: GoTraces, tmp_path: Path) -> None:
    text = (
        "--- FAIL: FuzzSize (0.00s)\n"
        "    size_test.go:3: outer\n"
        "    --- FAIL: FuzzSize/inner (0.00s)\n"
        "        size_test.go:8: inner\n"
    )
    assert traces.failure(text) == (FAILED, [(str(tmp_path / "size_test.go"), 8)], "inner")


def test_goexit(traces: GoTraces) -> None:
    message = "test executed panic(nil) or runtime.Goexit: subtest may have called FailNow"
    text = PANICKED.replace("panic: {message}", message).format()
    assert traces.failure(text)[0] == GOEXIT


def test_a_dead_process_shows_the_goroutine_of_the_target(traces: GoTraces) -> None:
    excerpt = traces.excerpt(DIED)
    assert excerpt == (
        "fatal error: stack overflow\n"
        "goroutine 7 [running]:\n"
        "example.com/shop.deep(0x1)\n"
        "\t/home/me/shop/deep.go:5 +0x3a\n"
        "example.com/shop.FuzzDeep.func1(0x1)\n"
        "\t/home/me/shop/deep_test.go:9 +0x5a fp=0x29 sp=0x28 pc=0x49\n"
    )
    frames = [("/home/me/shop/deep.go", 5), ("/home/me/shop/deep_test.go", 9)]
    assert traces.death(excerpt) == ("fatal error: stack overflow", frames)


def test_a_process_that_ended_itself_has_no_trace(traces: GoTraces) -> None:
    assert traces.excerpt("bye\n") == "bye\n"
    assert traces.death("bye\n") == ("", [])
    assert traces.death("panic: deadlocked! [x]\n\ngoroutine 5 [running]:\n") == (PANIC, [])
