"""Failing inputs as Python: argument lines, and test functions that fail without a fuzzer."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from fuzzengine.corpus.encoding import marshal
from fuzzengine.findings.reproducer import Reproducer, path_as_given
from fuzzengine.testing.fuzz import T
from fuzzengine.testing.target import Target, target_of
from fuzzengine.types.kinds import Kind, float32, int8
from tests.fuzzengine.running import Package

pytestmark = pytest.mark.once


def target(function: object) -> Target:
    return target_of(function, (), T)


def shown(function: object, *values: object) -> Reproducer:
    return Reproducer("FuzzSizeOf", target(function))


def data_of(kinds: list[Kind], *values: object) -> bytes:
    return marshal(kinds, values)


def plain(t: T, data: bytes, text: str, number: int8, part: float32) -> None:
    # The reason is
    # explained here.
    if data:
        raise ValueError(text)


def failing_itself(t: T, data: bytes) -> None:
    t.log("trying", data)
    if len(data) > 9:
        t.skip()
    if data == b"a":
        t.fatal("bad", data)
    if data == b"b":
        t.error(data)
    t.fail()


def in_need_of_t(t: T, data: bytes) -> None:
    print(t.temp_dir(), data)


def with_lines(t: T, data: bytes) -> None:
    text = """
        indented
    """
    assert text == repr(data)


def test_arguments_are_python() -> None:
    kinds = target(plain).kinds
    data = data_of(kinds, b"\xff\n", "\U0001f600'", -3, float("nan"))
    assert shown(plain).arguments(data) == [
        r"data = b'\xff\n'",
        'text = "\U0001f600\'"',
        "number = -3",
        "part = float('nan')",
    ]


def test_long_arguments_are_cut_and_give_no_function() -> None:
    kinds = target(failing_itself).kinds
    data = data_of(kinds, b"x" * 100_000)
    (line,) = shown(failing_itself).arguments(data)
    assert line.endswith(" ... 99,603 more characters are in the file")
    assert len(line) < 500
    assert shown(failing_itself).function(data, "0123456789abcdef") == ""


def test_statements_are_copied_with_their_comments() -> None:
    data = data_of(target(plain).kinds, b"a", "b", 1, float("inf"))
    assert shown(plain).function(data, "0123456789abcdef") == (
        "def test_size_of_01234567():\n"
        "    data = b'a'\n"
        "    text = 'b'\n"
        "    number = 1\n"
        "    part = float('inf')\n"
        "    # The reason is\n"
        "    # explained here.\n"
        "    if data:\n"
        "        raise ValueError(text)\n"
    ).replace("    # The reason is\n    # explained here.\n", "")


@pytest.mark.parametrize(
    ("data", "outcome", "message"),
    [
        (b"a", pytest.fail.Exception, "bad b'a'"),
        (b"b", pytest.fail.Exception, "b'b'"),
        (b"c", pytest.fail.Exception, ""),
        (b"c" * 10, pytest.skip.Exception, ""),
    ],
)
def test_functions_with_a_t_use_pytest(
    data: bytes,
    outcome: type[BaseException],
    message: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    entry = data_of(target(failing_itself).kinds, data)
    text = shown(failing_itself).function(entry, "0123456789abcdef")
    namespace: dict[str, Callable[[], None]] = {}
    exec(f"import pytest\n{text}", namespace)
    with pytest.raises(outcome) as caught:
        namespace["test_size_of_01234567"]()
    assert str(caught.value) == message
    assert capsys.readouterr().out == f"trying {data!r}\n"


def test_no_function_without_its_surroundings() -> None:
    outer = b"a"

    def closing(t: T, data: bytes) -> None:
        assert data != outer

    entry = data_of(target(in_need_of_t).kinds, b"a")
    assert shown(in_need_of_t).function(entry, "0" * 16) == ""
    assert shown(closing).function(entry, "0" * 16) == ""
    assert shown(closing).arguments(entry) == ["data = b'a'"]


def test_texts_of_several_lines_stay_the_same() -> None:
    entry = data_of(target(with_lines).kinds, b"a")
    assert "'\\n        indented\\n    '" in shown(with_lines).function(entry, "0" * 16)


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ("", "x_test.py"),
        ("./tests", "./tests/x_test.py"),
        ("a/y_test.py a/x_test.py", "a/x_test.py"),
        ("a/y_test.py", "a/x_test.py"),
    ],
)
def test_the_path_of_the_test_file(given: str, path: str) -> None:
    assert path_as_given("/somewhere/x_test.py", given) == path


CART = """
    import enum
    from dataclasses import dataclass

    class State(enum.Enum):
        OPEN = 1
        PAID = 2

    @dataclass
    class Cart:
        items: list[str]
        state: State

    def check(cart):
        if cart.state is State.PAID:
            error = ValueError("not paid")
            error.add_note("see ticket 12")
            raise error
"""

CART_TEST = """
    from cart import Cart, check

    def FuzzCart(f):
        @f.fuzz
        def _(t, cart: Cart):
            check(cart)
"""


@pytest.mark.process
def test_a_report_can_be_pasted(package: Package) -> None:
    package.write("cart.py", CART)
    package.write("cart_test.py", CART_TEST)
    done = package.run("test", "-fuzz=FuzzCart", "-parallel=1", "-seed=1", "-run=NONE")
    (entry,) = package.recorded()
    name = entry.rpartition("/")[2]
    assert "ValueError: not paid\n            see ticket 12\n" in done.stdout
    assert (
        "    \n    Failing input:\n"
        "        cart = Cart(items=[], state=State.PAID)\n"
        f"    Failing input written to testdata/fuzz/{entry}\n"
        "    To re-run:\n"
        f"    fuzzengine test -run={entry}\n"
        f"    pytest 'cart_test.py::FuzzCart[{name}]'\n"
        f"    To debug:\n    fuzzengine test -pdb -run={entry}\n"
        "    As a test for pytest, in cart_test.py:\n"
        "        from cart import State\n"
    ) in done.stdout
    function = done.stdout.partition("in cart_test.py:\n")[2].partition("FAIL\n")[0]
    lines = [line.removeprefix("    ").removeprefix("    ") for line in function.splitlines()]
    test_file = package.folder / "cart_test.py"
    test_file.write_text(test_file.read_text() + "\n".join(lines))
    pasted = package.pytest("-q", f"cart_test.py::test_cart_{name[:8]}")
    assert "ValueError: not paid" in pasted.stdout
    assert "1 failed" in pasted.stdout


@pytest.mark.process
def test_a_recorded_failure_is_called_known(package: Package) -> None:
    package.write("x_test.py", "def FuzzX(f):\n    @f.fuzz\n    def _(t, n: int):\n        n / n\n")
    assert package.run("test", "-fuzz=FuzzX", "-run=NONE").returncode == 1
    (entry,) = package.recorded()
    again = package.run("test", "-fuzz=FuzzX", "-run=NONE")
    assert (
        "    \n    Failing input:\n        n = 0\n"
        f"    Known failing input: testdata/fuzz/{entry}\n"
        "    No search begins while it fails; -keepgoing goes on.\n"
        f"    To re-run:\n    fuzzengine test -run={entry}\n"
    ) in again.stdout
    assert "written" not in again.stdout
    assert again.returncode == 1
    going = package.run("test", "-fuzz=FuzzX", "-run=NONE", "-keepgoing", "-fuzztime=10x")
    assert "fuzz: known bucket: ZeroDivisionError at x_test.py:4\n" in going.stdout
    assert f"  ZeroDivisionError at x_test.py:4  {entry}  known\n" in going.stdout
    as_go = package.run("test", "-fuzz=FuzzX", "-run=NONE", FUZZENGINE_COMMAND="go test")
    assert "nown failing" not in as_go.stdout, "Go says less"


@pytest.mark.process
@pytest.mark.once
def test_no_function_is_offered_that_would_end_pytest(package: Package) -> None:
    package.write(
        "x_test.py",
        """
        import os

        def FuzzX(f):
            @f.fuzz
            def _(t, data: bytes):
                os._exit(3)
        """,
    )
    done = package.run("test", "-fuzz=FuzzX", "-run=NONE", "-fuzztime=60s")
    assert "    Failing input written to testdata/fuzz/FuzzX/" in done.stdout
    assert "As a test for pytest" not in done.stdout
