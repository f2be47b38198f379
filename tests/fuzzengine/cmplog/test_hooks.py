"""Comparison-logging code behaves like the original and logs its operands."""

# ruff: noqa: E501 - a snippet a line

from __future__ import annotations

import builtins
import gc
import importlib.util
import zlib
from collections.abc import Callable
from pathlib import Path
from types import FunctionType
from typing import Any

import pytest

from fuzzengine.cmplog import hooks
from fuzzengine.cmplog.log import EVENTS_PER_SITE, LOG, loggable
from fuzzengine.cmplog.rewrite import instrument_with_cmplog
from fuzzengine.cmplog.switch import CodeSwitch
from fuzzengine.instrument import rewrite
from fuzzengine.instrument.coverage import Coverage
from fuzzengine.instrument.import_hook import Instrumentation
from tests.fuzzengine.instrument.test_rewrite import SNIPPETS, install_builtins, run

COMPILED = pytest.mark.skipif(
    importlib.util.find_spec("fuzzengine.instrument._counters") is None, reason="not built here"
)


@pytest.fixture(autouse=True)
def helpers(monkeypatch: pytest.MonkeyPatch) -> None:
    install_builtins(monkeypatch, bytearray(500))
    for name, value in hooks.BUILTINS.items():
        monkeypatch.setattr(builtins, name, value, raising=False)


def logged(source: str, *arguments: object) -> list[Any]:
    """Return the events of `f(*arguments)`, whose result must be that of the original code."""
    code, site_flags = instrument_with_cmplog(source, "<f>", 0, len(LOG.site_flags))
    LOG.add_sites(site_flags)
    LOG.clear()
    got = run(code, *arguments)
    events = [event[1:] for event in LOG.events]
    assert got == run(compile(source, "<f>", "exec", dont_inherit=True), *arguments)
    return events


ZIPPED = zlib.compress(b"x")
MORE = {
    "enum": ("import enum\nclass E(enum.Enum):\n A = 1\n B = 'b'\ndef f(x):\n return E(x).name, E(value=x).name\n", [(1,), ("b",), (3,)]),
    "decode": ("def f(x):\n return x.decode('utf-16-le'), x.decode(), x.decode(encoding='latin-1')\n", [(b"ab",), (b"\xff",)]),
    "class patterns": (
        "class P:\n __match_args__ = ('x', 'y')\n def __init__(self, x): self.x = x\n @property\n def y(self): return 1 // self.x\n"
        "class S:\n __slots__ = ('z',)\n"
        "def f(x):\n match P(x):\n  case S(z=3): return 0\n  case P(2, 0): return 1\n  case P(x=-3): return 2\n  case _: return 3\n",
        [(2,), (-3,), (0,)],
    ),
    "stars": ("def f(x):\n match x:\n  case [1, *_, 'b', 2]: return 1\n  case ['a', *r]: return r\n", [([1, 2],), ([1, "b", 2],), (["a"],), ([],)]),
    "configparser": (
        "import configparser\ndef f(x):\n p = configparser.ConfigParser()\n p.read_string(x)\n"
        " return p.has_section('a'), p.get('a', 'b', fallback=3), p.has_option('a', 'c')\n",
        [("[a]\nb=1",), ("[x]",), ("x",)],
    ),
    "chain": ("def f(x):\n return 0 < x <= 5 < 9, x in (1, 2) in [(1, 2)] \n", [(0,), (5,), (9,)]),
    "chain that raises": ("def f(x):\n return 0 < x < 'a'\n", [(0,), (1,)]),
    "is": ("def f(x):\n return x is None, x is not None is not False\n", [(None,), (3,)]),
    "methods": (
        "def f(x):\n return (x.startswith(('a', 'b')), x.find('c', 1), x.split(sep='b', maxsplit=1),\n"
        "  x.partition('b'), x.removesuffix('c'), x.replace('a', 'b'), x.index('z'))\n",
        [("abc",), ("z",)],
    ),
    "parsers": ("def f(x):\n return int(x), int(x, base=16), float(x)\n", [("12",), ("x",), (3.5,)]),
    "dict": ("def f(x):\n d = {'a': 1}\n return d.get(x), x in d, d[x], d.pop(x, 2)\n", [("a",), ("b",), ([],)]),
    "other containers": ("def f(x):\n return [1, 2, 3][x], x in {1, 2}, x in range(3), 'abc'[-1], 'abc'[x:]\n", [(1,), (5,)]),
    "own objects": (
        "class A:\n def __init__(self, n): self.n = n\n def __eq__(self, o): return self.n == o.n\n"
        " def __lt__(self, o): return 'less'\n def get(self, k): return k\n def __getitem__(self, k): return k\n"
        " def __contains__(self, k): return k == 1\n"
        "def f(x):\n a = A(x)\n return a == A(1), a < a, a.get(x), a[x], 1 in a, 2 not in a\n",
        [(1,), (2,)],
    ),
    "regexps": ("import re\nP = re.compile('a+')\ndef f(x):\n return bool(P.match(x)), re.findall('b', x), re.sub('a', 'c', x)\n", [("aab",), ("b",)]),
    "struct": ("import struct\nS = struct.Struct('>H')\ndef f(x):\n return S.unpack(x), struct.unpack('<H', x), struct.unpack_from('<H', x)\n", [(b"ab",), (b"a",)]),
    "bytearray": ("def f(x):\n b = bytearray(x)\n r = b == b'ab'\n b[0] = 0\n return r, b.find(b'b')\n", [(b"ab",)]),
}  # fmt: skip


@pytest.mark.parametrize("name", [*SNIPPETS, *MORE])
def test_logging_code_behaves_like_the_original(name: str) -> None:
    snippets: dict[str, Any] = {**SNIPPETS, **MORE}
    source, calls = snippets[name]
    for arguments in calls:
        original = run(compile(source, "<f>", "exec", dont_inherit=True), *arguments)
        code, site_flags = instrument_with_cmplog(source, "<f>", 0, len(LOG.site_flags))
        LOG.add_sites(site_flags)
        LOG.clear()
        got = run(code, *arguments)
        assert got[0] == original[0]
        if original[0] == "returned":
            assert got == original
        else:  # limit=-1 shows the innermost frame, which may be a hook's
            assert str(got[1]).splitlines()[-1] == str(original[1]).splitlines()[-1]


@pytest.mark.parametrize(
    ("body", "argument", "events"),
    [
        ("x == 3", 2, [("==", 2, 3)]),
        ("x != 'a'", "b", [("!=", "b", "a")]),
        ("1 < x <= 5", 3, [("<", 1, 3), ("<=", 3, 5)]),
        ("1 < x <= 5", 0, [("<", 1, 0)]),
        ("x in b'abc'", 98, [("in", 98, b"abc")]),
        ("x not in (1, 2)", 98, [("in", 98, (1, 2))]),
        ("x in {'k': 1}", "a", [("key", "a", ("k",))]),
        ("{'k': 1}.get(x)", "a", [("key", "a", ("k",))]),
        ("{'k': 1}[x]", "k", [("key", "k", ("k",))]),
        ("x.startswith('ab')", "a", [("prefix", "a", "ab")]),
        ("x.endswith(('a', 'b'))", "c", [("suffix", "c", "a"), ("suffix", "c", "b")]),
        ("x.split(',')", "c", [("in", ",", "c"), ("parts", 1, 4)]),
        ("x.split()", "c d", [("in", " ", "c d"), ("parts", 2, 4)]),
        ("x.splitlines()", b"c", [("in", b"\n", b"c"), ("parts", 1, 4)]),
        ("x.decode('utf-16')", b"cd", [("parse", ("decode", "utf-16"), b"cd")]),
        ("__import__('re').compile('a').search(x)", "b", [("regex", ("a", 32, "search"), "b")]),
        (
            "__import__('zlib').decompress(x)",
            ZIPPED,
            [("parse", ("zlib.decompress", ""), ZIPPED), ("parsed", "zlib.decompress", "")],
        ),
        ("[[0, 1], [2, 3]][x][x - 1]", 1, [("index", 1, 0), ("index", 0, 0)]),
        ("[5, 6][x]", 1, []),
        ("__import__('signal').Signals(x)", 2, []),
        ("{x, 1} == {2, 3}", 4, [("==", (1, 4), (2, 3))]),
        ("x.isdigit()", "c", [("parse", ("isdigit", ""), "c")]),
        ("int(x)", "7", [("parse", ("int", ""), "7"), ("parsed", "int", "")]),
        ("int(x, 16)", "7", [("parse", ("int", 16), "7"), ("parsed", "int", "")]),
        ("isinstance(x, (dict, str))", 1, [("type", 1, "dict"), ("type", 1, "str")]),
        ("isinstance(x, dict)", None, []),
        ("__import__('hmac').compare_digest(x, b'k')", b"a", [("==", b"a", b"k")]),
        ("x is None", 1, []),
        ("x == None", 1, []),
    ],
)
def test_an_event_has_the_operands(
    body: str, argument: object, events: list[tuple[object, ...]]
) -> None:
    assert logged(f"def f(x):\n return {body}\n", argument) == events


REGEX_CALLS = [
    (f"{call}", method)
    for method in ("match", "search", "fullmatch", "findall", "finditer", "split")
    for call in (
        f"P.{method}(x)", f"P.{method}(string=x)", f"re.{method}(P, x)", f"re.{method}('a+', x)",
        f"re.{method}('a+', string=x)", f"type(P).{method}(P, x)", f"re.Pattern.{method}(P, x)",
    )
]  # fmt: skip
REGEX_CALLS += [
    (f"{call}", method)
    for method in ("sub", "subn")
    for call in (
        f"P.{method}('b', x)", f"P.{method}('b', string=x, count=1)", f"re.{method}(P, 'b', x)",
        f"re.{method}('a+', 'b', x, count=1)", f"type(P).{method}(P, 'b', x)",
    )
]  # fmt: skip
REGEX_CALLS += [
    ("P.scanner(x).match()", "scanner"),
    ("matches(x)", "match"),
    ("found(x)", "search"),
    ("found_by_name(x)", "search"),
    ("sub('a+', 'b', x)", "sub"),
]


@pytest.mark.parametrize(("body", "method"), REGEX_CALLS)
def test_every_way_to_use_a_regular_expression_is_logged(body: str, method: str) -> None:
    source = (
        "import re\nfrom re import sub\nP = re.compile('a+')\nmatches = P.match\n"
        "def found(y, search_in=P.search): return search_in(y)\n"
        "def found_by_name(y, *, search_in=P.search): return search_in(y)\n"
        f"def f(x):\n {body}\n"
    )
    assert [(op, left[0], left[2], text) for op, left, text in logged(source, "xaab")] == [
        ("regex", "a+", method, "xaab")
    ]


def test_flags_of_a_regular_expression_are_logged() -> None:
    calls = "re.compile('a', re.I).search(x), re.search('a', x, re.I), re.split('a', x, flags=re.I)"
    events = logged(f"import re\ndef f(x):\n return len(({calls}))\n", "b")
    assert [left[1] & 2 for _, left, _ in events] == [2, 2, 2]


def test_a_match_logs_the_literals_of_its_patterns() -> None:
    source = (
        "def f(x):\n match x:\n  case ['go', ('n' | 's')]: return 1\n  case {'k': 5}: return 2\n"
        "  case 'text' as t: return 3\n"
    )
    assert logged(source, ("go", "x")) == [
        ("==", "go", "go"), ("==", "x", "n"), ("==", "x", "s"), ("==", ("go", "x"), "text"),
    ]  # fmt: skip
    assert logged(source, ["go"])[:3] == [
        ("==", 1, 2), ("==", ("go",), ("go", "n")), ("==", "go", "go"),
    ]  # fmt: skip
    assert logged(source, {"k": 4}) == [("key", "k", ("k",)), ("==", 4, 5)]
    assert logged(source, "a") == [
        ("type", "a", "list"), ("type", "a", "dict"), ("==", "a", "text"),
    ]  # fmt: skip


def test_only_small_operands_of_builtin_types_are_logged() -> None:
    class Number(int):
        pass

    class Text(str):
        def __eq__(self, other: object) -> bool:
            raise AssertionError("called")

        __hash__ = str.__hash__

    body = "def f(x, y):\n x in y\n"
    assert logged(body, 5, [1, 2]) == [("in", 5, (1, 2))]
    assert logged(body, 5, frozenset((3, 1, 2))) == [("in", 5, (1, 2, 3))]
    assert logged(body, 5, [object(), 1, None]) == [("in", 5, (1,))]
    assert logged(body, 990, dict.fromkeys(range(1000)))[0][2][-1] == 990
    assert logged(body, 5, dict.fromkeys(range(10, 1000)))[0][2][-1] == 25
    assert loggable(Number(5)) == 5
    assert type(loggable(Number(5))) is int
    assert type(loggable(Text("a"))) is str
    assert loggable([1, "a", (2.5, b"b")]) == (1, "a", (2.5, b"b"))
    for much in (1 << 600, "a" * 20_000, bytearray(20_000), [0] * 100, [object()], object(), True):
        assert loggable(much) is None


def test_a_site_in_a_loop_has_a_quota() -> None:
    events = logged("def f(x):\n for i in range(x):\n  i == -1\n return x == 3\n", 1000)
    assert len(events) == EVENTS_PER_SITE + 1


def test_a_bytearray_is_logged_as_a_copy() -> None:
    source = "def f(x):\n b = bytearray(x)\n r = b == b'ab'\n b[0] = 0\n return r\n"
    assert logged(source, b"ab") == [("==", b"ab", b"ab")]


def switched(source: str) -> tuple[dict[str, Any], CodeSwitch]:
    instrumentation = Instrumentation(Coverage())
    names: dict[str, Any] = {}
    exec(instrumentation.compile(source, "<f>", "m"), names)
    return names, CodeSwitch(instrumentation)


def events_of(function: Callable[..., object], *arguments: object) -> int:
    LOG.clear()
    function(*arguments)
    return len(LOG.events)


def test_functions_hidden_from_the_collector_are_switched() -> None:
    names, code_switch = switched("def f(x): return x == 1\ndef g():\n return lambda x: x == 2\n")
    code_switch.switch(True)
    assert not any(one is names["f"] for one in gc.get_objects())
    made_while_on = names["g"]()
    for times, functions in ((0, [names["f"], made_while_on]), (1, [names["f"], made_while_on])):
        code_switch.switch(bool(times))
        assert [events_of(function, 1) for function in functions] == [times, times]
    code_switch.switch(False)
    other = CodeSwitch(code_switch._instrumentation)
    other.switch(True)
    assert events_of(names["f"], 1) == 1
    other.switch(False)
    assert events_of(names["f"], 1) == 0


def test_functions_stay_the_same_objects_when_their_code_is_switched() -> None:
    names, code_switch = switched(
        "def outer(n, *, d=4):\n 'doc'\n kept = n\n def inner(x):\n  return x == kept == d\n return inner\n"
        "class A:\n @staticmethod\n def m(x): return x == 3\n @property\n def p(self): return self == 3\n"
        "g = lambda x: x == 1\n"
    )
    outer, closure, lambda_ = names["outer"], names["outer"](5), names["g"]
    kept: list[tuple[FunctionType, tuple[object, ...]]] = [
        (closure, (5,)),
        (lambda_, (1,)),
        (names["A"].m, (3,)),
    ]
    outer.mark = 1
    for _ in range(2):
        assert [events_of(function, *arguments) for function, arguments in kept] == [0, 0, 0]
        code_switch.switch(True)
        assert [events_of(function, *arguments) for function, arguments in kept] == [2, 1, 1]
        made = outer(7, d=7)
        assert events_of(made, 7) == 2
        code_switch.switch(False)
        assert events_of(made, 7) == 0
        assert (closure(5), closure(4), outer.mark, outer.__doc__) == (False, False, 1, "doc")
        assert events_of(lambda: names["A"]().p) == 0


@pytest.mark.parametrize("compiled", [False, pytest.param(True, marks=COMPILED)])
def test_both_kinds_of_code_use_the_same_counters(
    monkeypatch: pytest.MonkeyPatch, compiled: bool
) -> None:
    for source, calls in SNIPPETS.values():
        states = []
        cells = bytearray(500)
        install_builtins(monkeypatch, cells)
        counting, blocks = rewrite.instrument(source, "<f>", 0, compiled=compiled)
        code, site_flags = instrument_with_cmplog(
            source, "<f>", 0, len(LOG.site_flags), compiled=compiled
        )
        LOG.add_sites(site_flags)
        for one in (counting, code):
            cells[:] = bytes(500)
            LOG.clear()
            run(one, *calls[-1])
            states.append(bytes(cells))
        assert states[0] == states[1]
        assert any(states[0]) == bool(blocks)


def test_logging_code_is_cached(tmp_path: Path) -> None:
    def switched_on() -> list[Any]:
        instrumentation = Instrumentation(Coverage(), cache_dir=f"{tmp_path}")
        names: dict[str, Any] = {}
        source = "def f(x):\n return x == len('abc') or 3 == x\n"
        exec(instrumentation.compile(source, "<f>", "m"), names)
        LOG.site_flags.clear()
        LOG.quota.clear()
        CodeSwitch(instrumentation).switch(True)
        assert events_of(names["f"], 4) == 2
        return [*LOG.site_flags, *LOG.events]

    first = switched_on()
    before = {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    assert len(before) == 2
    assert switched_on() == first
    assert {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()} == before


def test_the_lookup_in_an_enum_is_logged() -> None:
    source = (
        "import enum\nclass Kind(enum.Enum):\n A = 1\n B = 7\ndef f(x):\n return Kind(x).value\n"
    )
    assert logged(source, 7) == [("in", 7, (1, 7))]


def test_attributes_in_a_class_pattern_are_found() -> None:
    source = (
        "class P:\n __match_args__ = ('x',)\n def __init__(self, x, y): self.x, self.y = x, y\n"
        "def f(x):\n match P(x, 4):\n  case P(3, y=-5): return 1\n"
    )
    assert logged(source, 2) == [("==", 2, 3), ("==", 4, -5)]
