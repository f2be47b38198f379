"""Instrumented code behaves like the original, and its counters say which blocks ran."""

# ruff: noqa: E501 - a snippet a line

from __future__ import annotations

import builtins
import sys
import traceback
from functools import partial
from types import CodeType
from typing import Any

import pytest

from fuzzengine.instrument import rewrite
from fuzzengine.instrument.counters import counting_builtins


@pytest.fixture(autouse=True, params=["python", "compiled"])
def compiled(request: pytest.FixtureRequest) -> bool:
    """Return whether to count with the compiled module; skip if it was not built."""
    if request.param == "compiled":
        pytest.importorskip("fuzzengine.instrument._counters", reason="not built here")
    return bool(request.param == "compiled")


@pytest.fixture
def counters(monkeypatch: pytest.MonkeyPatch, compiled: bool) -> bytearray:
    cells = bytearray(200)
    install_builtins(monkeypatch, cells)
    monkeypatch.setattr(rewrite, "instrument", partial(rewrite.instrument, compiled=compiled))
    return cells


def install_builtins(monkeypatch: pytest.MonkeyPatch, cells: bytearray) -> None:
    for name, value in counting_builtins(cells).items():
        monkeypatch.setattr(builtins, name, value, raising=False)


def run(code: CodeType, *arguments: object) -> tuple[str, object]:
    """Return the result of `f(*arguments)` in a module, or the text of the exception."""
    names: dict[str, Any] = {"__name__": "m"}
    exec(code, names)
    try:
        return "returned", names["f"](*arguments)
    except Exception:
        return "raised", traceback.format_exc(limit=-1)


def both(source: str, *arguments: object) -> object:
    """Run original and instrumented code; return the result, which must be the same."""
    plain = run(compile(source, "<f>", "exec", dont_inherit=True), *arguments)
    code, _ = rewrite.instrument(source, "<f>", 0)
    assert run(code, *arguments) == plain
    return plain[1]


SNIPPETS: dict[str, tuple[str, list[tuple[object, ...]]]] = {
    "if": (
        "def f(x):\n if x > 1:\n  return 1\n elif x:\n  y = 2\n else:\n  y = 3\n return y\n",
        [(0,), (1,), (2,)],
    ),
    "and or": ("def f(a, b, c):\n return (a and b or c, not a or b and c)\n", [(0, 1, 2), (3, 0, "")]),
    "ternary": ("def f(a):\n return 'y' if a else 0 if a == '' else None\n", [(0,), (1,), ("",)]),
    "loops": (
        "def f(n):\n out = []\n for i in range(n):\n  if i == 3: break\n  out.append(i)\n"
        " else:\n  out.append('e')\n while n:\n  n -= 1\n  if n == 7: break\n else:\n"
        "  out.append('w')\n return out\n",
        [(0,), (2,), (9,)],
    ),
    "try": (
        "def f(x):\n try:\n  y = 1 / x\n except ZeroDivisionError as e:\n  return str(e)\n"
        " except (TypeError,):\n  raise KeyError(x)\n else:\n  y += 1\n finally:\n  x = 0\n return y\n",
        [(0,), (1,), ("a",)],
    ),
    "except star": (
        "def f(x):\n out = []\n try:\n  raise ExceptionGroup('g', [ValueError(1), KeyError(2)])\n"
        " except* ValueError as e:\n  out.append(len(e.exceptions))\n except* KeyError:\n"
        "  out.append('k')\n return out\n",
        [(0,)],
    ),
    "match": (
        "def f(x):\n match x:\n  case {'a': 1, **rest} if rest or x.get('b'):\n   return rest\n"
        "  case [1, *more] | (2, *more):\n   return more\n  case str() as s:\n   return s\n"
        "  case int(real=r) if r and r > 3:\n   return r\n return 'none'\n",
        [({"a": 1, "b": 2},), ({"a": 1},), ([1, 2, 3],), ("s",), (2,), (4,), (None,)],
    ),
    "match all": ("def f(x):\n match x:\n  case 1:\n   return 'one'\n  case y:\n   return y\n", [(1,), (2,)]),
    "comprehensions": (
        "def f(x):\n return ([i for i in x if i and i > 1], {i: j for i in x for j in x if j},\n"
        "  {i % 2 for i in x}, sum(i for i in x), [[(k := i + j) for i in x] for j in x], k)\n",
        [([0, 1, 2, 3],), ([5],)],
    ),
    "assert": ("def f(x):\n assert x and x != 3, 'no %r' % x\n return x\n", [(0,), (1,), (3,)]),
    "lambda": (
        "g = lambda a, b=lambda: 4: a or b()\ndef f(x):\n return sorted(x, key=lambda v: -v), g(0), g(1)\n",
        [([1, 3, 2],)],
    ),
    "docstring": ("def f(x):\n 'doc'\n return f.__doc__\n", [(0,)]),
    "only a docstring": ("def f(x):\n 'doc'\n", [(0,)]),
    "generator": (
        "def g(n):\n 'd'\n for i in range(n):\n  got = (yield i) or 5\n  if got and (yield -got):\n"
        "   return got\ndef f(n):\n return list(g(n)), [*(yield_ for yield_ in g(2))]\n",
        [(3,)],
    ),
    "async": (
        "import asyncio\nasync def a(n):\n async for i in b(n):\n  if i: return i\nasync def b(n):\n"
        " for i in range(n):\n  await asyncio.sleep(0)\n  yield i\ndef f(n):\n return asyncio.run(a(n))\n",
        [(3,), (0,)],
    ),
    "scopes": (
        "z = 1\ndef f(x):\n global z\n y = 2\n def g():\n  nonlocal y\n  y += 1\n  return locals()\n"
        " z += x\n g()\n return y, z, sorted(locals()), g()\n",
        [(1,)],
    ),
    "class": (
        "def f(x):\n class A:\n  'doc'\n  __slots__ = ('a',)\n  n = 1 if x else 2\n"
        "  def m(self):\n   return __class__, super().__repr__() is not None\n"
        "  __private = [i for i in range(3) if i]\n  def p(self): return self.__private\n"
        " return A.__doc__, A.n, A().m()[1], A().p(), sorted(vars(A))\n",
        [(0,), (1,)],
    ),
    "enum": (
        "import enum\ndef f(x):\n class E(enum.Enum):\n  A = 1\n  B = A or 2\n  def m(self):\n"
        "   return self.value and 'v'\n return [e.m() for e in E], E(x).name\n",
        [(1,), (9,)],
    ),
    "annotations": (
        "from __future__ import annotations\nimport typing\nclass A:\n x: int = 3 or 4\n"
        "def f(x: undefined = 1) -> 'nothing':\n y: alsoundefined = x and 5\n return y, f.__annotations__\n",
        [(1,)],
    ),
    "decorators": (
        "def d(v):\n def w(g):\n  g.v = v\n  return g\n return w\n@d(v=1 and 2)\ndef f(x):\n"
        " @d(lambda: x or 3)\n def h(): pass\n return f.v, h.v()\n",
        [(0,), (1,)],
    ),
    "traceback": (
        "def g(x):\n if x:\n  y = (x and\n   x.missing)\n return [1 // i\n  for i in (1, 0)]\n"
        "def f(x):\n\n return g(x)\n",
        [(0,), (1,)],
    ),
    "walrus": ("def f(x):\n if (n := len(x)) and n > 1 and (m := n) > 2:\n  return m\n return n\n", [("",), ("abc",)]),
    "f-string": ("def f(x):\n return f'{x or 1!r:>{x and 4 or 5}} {[i for i in range(x)]}'\n", [(0,), (3,)]),
    "starred": ("def f(x):\n a, *b = (*x, 1)\n del x\n return max(*b, key=lambda v: v and -v), {**{'a': a}}\n", [([1, 2],)]),
    "future division": ("'doc'\nfrom __future__ import division\ndef f(x):\n return __doc__, 1 / x\n", [(2,), (0,)]),
}  # fmt: skip


@pytest.mark.parametrize("name", SNIPPETS)
@pytest.mark.usefixtures("counters")
def test_instrumented_code_behaves_like_the_original(name: str) -> None:
    source, calls = SNIPPETS[name]
    for arguments in calls:
        both(source, *arguments)


@pytest.mark.skipif(sys.version_info < (3, 12), reason="the syntax is 3.12's")
@pytest.mark.usefixtures("counters")
def test_type_parameters_and_aliases_survive() -> None:
    source = (
        "type A[T] = list[T] if T else None\nclass C[T: (int, str)]:\n def m[S](self, s: S) -> S:\n"
        "  return s or T\ndef f[T](x: T) -> T:\n type B = dict[str, T]\n return B.__name__, C().m(x)\n"
    )
    assert both(source, 3) == ("B", 3)


@pytest.mark.usefixtures("counters")
def test_line_numbers_are_those_of_the_source() -> None:
    source = (
        "def f(x):\n  'doc'\n  if x and (\n     x > 1):\n    return 2\n  return [i for i in x]\n"
    )

    def lines(code: CodeType) -> set[int]:
        found = {line for _, _, line in code.co_lines() if line}
        for const in code.co_consts:
            if isinstance(const, CodeType):
                found |= lines(const)
        return found

    code, _ = rewrite.instrument(source, "<f>", 0)
    assert lines(code) == lines(compile(source, "<f>", "exec"))


@pytest.mark.usefixtures("counters")
def test_no_name_is_added_to_the_module() -> None:
    code, blocks = rewrite.instrument("def f(x):\n return x and 1\n", "<f>", 0)
    names: dict[str, Any] = {}
    exec(code, names)
    names["f"](1)
    assert set(names) == {"f", "__builtins__"}
    assert blocks == 2


def counts(counters: bytearray, source: str, *arguments: object) -> bytes:
    code, blocks = rewrite.instrument(source, "<f>", 0)
    counters[:] = bytes(len(counters))
    run(code, *arguments)
    assert not any(counters[blocks:])
    return bytes(counters[:blocks])


BLOCKS: dict[str, tuple[str, list[tuple[object, ...]]]] = {
    "if body, missing else": ("def f(x):\n if x:\n  pass\n", [(0,), (1,)]),
    "else": ("def f(x):\n if x:\n  pass\n else:\n  pass\n", [(0,), (1,)]),
    "elif": ("def f(x):\n if x == 1:\n  pass\n elif x == 2:\n  pass\n", [(0,), (1,), (2,)]),
    "and": ("def f(x):\n return x and x > 1 and x > 2\n", [(0,), (1,), (2,)]),
    "or": ("def f(x):\n return x == 1 or x == 2 or x == 3\n", [(1,), (2,), (3,)]),
    "ternary": ("def f(x):\n return 1 if x else 2\n", [(0,), (1,)]),
    "while": ("def f(x):\n while x:\n  x -= 1\n", [(0,), (1,), (2,), (200,)]),
    "while else": ("def f(x):\n while x:\n  break\n else:\n  pass\n", [(0,), (1,)]),
    "for else": ("def f(x):\n for i in range(x):\n  if i: break\n else:\n  pass\n", [(0,), (1,), (2,)]),
    "handler": ("def f(x):\n try: 1/x\n except TypeError: pass\n except Exception: pass\n else: pass\n", [(0,), (1,), ("",)]),
    "comprehension": ("def f(x):\n return [i for i in range(9) if i < x]\n", [(0,), (1,), (2,)]),
    "condition of a comprehension": ("def f(x):\n return [i for i in [1] if x and x > 1 and i > 3]\n", [(0,), (1,), (2,)]),
    "generator": ("def f(x):\n return sum(1 for _ in range(x))\n", [(0,), (1,), (2,)]),
    "dict": ("def f(x):\n return {i: 0 for i in range(x)}\n", [(0,), (1,), (2,)]),
    "case": ("def f(x):\n match x:\n  case 1: pass\n  case 2: pass\n", [(0,), (1,), (2,)]),
    "guard": ("def f(x):\n match x:\n  case int() if x and x > 3: pass\n", [("",), (0,), (1,), (4,)]),
    "lambda": ("def f(x):\n g = lambda: x\n if x == x: pass\n return x < 2 or g()\n", [(1,), (2,)]),
    "message": ("def f(x):\n try:\n  assert x, 'm'\n except AssertionError: pass\n", [(0,), (1,)]),
}  # fmt: skip


@pytest.mark.parametrize("name", BLOCKS)
def test_inputs_on_another_path_have_other_counters(counters: bytearray, name: str) -> None:
    source, calls = BLOCKS[name]
    assert len({counts(counters, source, *call) for call in calls}) == len(calls)


def test_a_counter_stops_at_255(counters: bytearray) -> None:
    source = "def f(x):\n for i in range(x):\n  pass\n return [0 for i in range(x)]\n"
    assert counts(counters, source, 254) == bytes([1, 254, 254])
    assert counts(counters, source, 255) == bytes([1, 255, 255])
    assert counts(counters, source, 1000) == bytes([1, 255, 255])


def test_counters_start_at_the_base(counters: bytearray) -> None:
    code, blocks = rewrite.instrument("def f():\n pass\n", "<f>", 7)
    run(code)
    assert (blocks, counters[7], sum(counters)) == (1, 1, 1)


@pytest.mark.usefixtures("counters")
def test_code_that_nests_too_deeply_is_not_instrumented() -> None:
    source = "def f(x):\n return " + "x + " * 900 + "x\n"
    code, blocks = rewrite.instrument(source, "<f>", 0)
    assert run(code, 1) == ("returned", 901)
    assert blocks in (0, 1)


@pytest.mark.usefixtures("counters")
def test_a_long_chain_of_elif_is_counted() -> None:
    source = "def f(x):\n if x == -1:\n  return 0\n"
    source += "".join(f" elif x == {i}:\n  return {i}\n" for i in range(60))
    _, blocks = rewrite.instrument(source, "<f>", 0)
    assert blocks == 63


def test_errors_in_the_source_are_those_of_compile() -> None:
    with pytest.raises(SyntaxError, match="expected ':'"):
        rewrite.instrument("def f()\n", "<f>", 0)
