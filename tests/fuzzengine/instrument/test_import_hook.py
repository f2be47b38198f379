"""The import hook in separate processes: which modules are instrumented, and that they work."""

# ruff: noqa: E501 - a program a line

from __future__ import annotations

import json
import os
import py_compile
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from fuzzengine.instrument.code_cache import CodeCache
from fuzzengine.instrument.coverage import Coverage
from fuzzengine.instrument.import_hook import Instrumentation
from tests.waiting import PATIENCE

ROOT = Path(__file__).resolve().parents[3]


def python(code: str, *arguments: str, cwd: Path = ROOT) -> Any:
    """Run a program that writes nothing to stderr; return its last line, parsed as JSON."""
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": f"{ROOT}", "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert done.stderr == ""
    assert done.returncode == 0
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize(
    ("module", "cover", "nocover", "wanted"),
    [
        ("mine", (), (), True),
        ("mine.sub", (), (), True),
        ("json", (), (), False),
        ("json.decoder", ("json",), (), True),
        ("jsonx", (), ("json",), True),
        ("fuzzengine.worker.server", (), (), False),
        ("_pytest.python", (), (), False),
        ("hypothesis", ("hypothesis",), (), True),
        ("mine.sub", (), ("mine.sub",), False),
        ("mine.sub.more", (), ("mine",), False),
        ("mine.sub.more", ("mine.sub",), ("mine",), True),
        ("mine.sub", ("mine",), ("mine",), False),
    ],
)
def test_which_modules_are_instrumented(
    module: str, cover: tuple[str, ...], nocover: tuple[str, ...], wanted: bool
) -> None:
    assert Instrumentation(Coverage(), cover, nocover).wants(module) == wanted


PACKAGE = {
    "pkg/__init__.py": "from .a import f\n",
    "pkg/a.py": "'doc'\nfrom . import b\ndef f(x):\n if x:\n  return b.g(x)\n return __file__\n",
    "pkg/b.py": "def g(x):\n return [i for i in range(x)]\n",
}


@pytest.fixture
def package(tmp_path: Path) -> Path:
    for name, text in PACKAGE.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    return tmp_path


def test_imported_modules_are_counted(package: Path) -> None:
    program = """
import sys, json, inspect; sys.path.insert(0, "")
from fuzzengine.instrument.import_hook import install
from fuzzengine.instrument.coverage import COVERAGE
install()
import pkg, pkg.a, string
a = pkg.f(0), sum(COVERAGE.counters); COVERAGE.reset()
b = pkg.f(3), list(COVERAGE.counters)
names = [n for n in vars(pkg.a) if "fuzz" in n]
print(json.dumps([a, b, names, COVERAGE.modules(), inspect.getsource(pkg.a.b),
  type(pkg.a.__loader__).__name__]))
"""
    path = package / "pkg" / "a.py"
    first, second, names, modules, source, loader = python(program, cwd=package)
    assert first == [f"{path}", 2]
    assert second == [[0, 1, 2], [1, 1, 0, 1, 3]]
    assert names == []
    assert modules == ["pkg", "pkg.a", "pkg.b"]
    assert source == PACKAGE["pkg/b.py"]
    assert loader == "CountingLoader"
    assert not list(package.rglob("*.pyc"))


@pytest.mark.process
def test_a_covered_module_is_loaded_again_and_the_engine_keeps_its_own() -> None:
    program = """
import sys, json, json.decoder, urllib.parse
from fuzzengine.instrument.import_hook import install
from fuzzengine.instrument.coverage import COVERAGE
plain = json, json.decoder, urllib.parse
install(["json", "urllib"], ["urllib.request"])
import json, urllib.parse, urllib.request
COVERAGE.reset()
plain[0].loads("[1, 2]"); plain[2].urlsplit("http://a/b")
quiet = sum(COVERAGE.counters)
json.loads("[1, 2]")
print(json.dumps([plain[1] is not json.decoder, quiet, sum(COVERAGE.counters) > 0,
  sorted(COVERAGE.modules())]))
"""
    fresh, quiet, counted, modules = python(program)
    assert fresh
    assert quiet == 0
    assert counted
    assert {"json", "json.decoder", "urllib", "urllib.parse"} <= set(modules)
    assert "urllib.request" not in modules


def test_the_order_of_imports_does_not_change_the_wire(package: Path) -> None:
    program = """
import sys, json; sys.path.insert(0, "")
from fuzzengine.instrument.import_hook import install
from fuzzengine.instrument.coverage import COVERAGE
install()
for name in sys.argv[1].split(): __import__(name)
table = COVERAGE.freeze(sys.argv[2] if len(sys.argv) > 2 else "")
COVERAGE.reset()
import pkg; pkg.f(3)
print(json.dumps([table, COVERAGE.size, COVERAGE.snapshot().hex()]))
"""
    (package / "alone.py").write_text("def f():\n pass\n")
    table, size, snapshot = python(program, "alone pkg", cwd=package)
    assert python(program, "pkg alone", cwd=package) == [table, size, snapshot]
    assert python(program, "pkg", table, cwd=package) == [table, size, snapshot]
    assert python(program, "pkg", cwd=package)[1] != size


def test_code_without_source_is_loaded_and_its_lines_count_once(package: Path) -> None:
    for path in (package / "pkg").glob("*.py"):
        py_compile.compile(f"{path}", cfile=f"{path}c", doraise=True)
        path.unlink()
    program = """
import sys, json; sys.path.insert(0, "")
from fuzzengine.instrument.import_hook import install
from fuzzengine.instrument.coverage import COVERAGE
install()
import pkg
states = []
for x in (0, 0, 3, 3):
    COVERAGE.reset(); pkg.f(x); states.append(list(COVERAGE.counters))
print(json.dumps([pkg.f(2), states, COVERAGE.modules()]))
"""
    result, states, modules = python(program, cwd=package)
    assert result == [0, 1]
    if sys.version_info >= (3, 12):
        assert modules == ["pkg", "pkg.a", "pkg.b"]
        first, again, other, last = states
        assert any(first)
        assert not any(again)
        assert any(other)
        assert not any(last)
    else:
        assert modules == []


WORK = {
    "json": """
import json
def work():
    text = '{"a": [1, 2.5e3, null, true, "\\\\u00e9\\\\n"], "b": {}, "c": []}'
    dec = json.JSONDecoder()
    dec.parse_object, dec.parse_array = json.decoder.JSONObject, json.decoder.JSONArray
    dec.parse_string = json.decoder.py_scanstring
    dec.scan_once = json.scanner.py_make_scanner(dec)
    for cut in range(len(text) + 1):
        try: yield dec.decode(text[:cut])
        except ValueError as e: yield str(e)
    json.encoder.c_make_encoder = None
    yield json.dumps(dec.decode(text), indent=1)
""",
    "urllib": """
import urllib.parse as u
def work():
    for url in ("http://u:p@h:80/p;x?q=1&q=%41#f", "//[::1]/", "mailto:a@b", "a b", "http://[/"):
        try: yield [u.urlsplit(url), u.urljoin("http://x/y/z", url), u.quote(url), u.parse_qsl(url)]
        except ValueError as e: yield str(e)
""",
    "email": """
import email, email.policy
def work():
    text = "From: =?utf-8?q?J=C3=B6?= <j@x.org>\\nDate: Mon, 1 Jan 2024 10:00:00 +0100\\n" \\
        "Content-Type: multipart/mixed; boundary=x\\n\\n--x\\n\\nhi\\n--x--\\n"
    for policy in (email.policy.default, email.policy.compat32):
        m = email.message_from_string(text, policy=policy)
        yield [m.as_string(), str(m["from"]), str(m["date"]), [p.get_payload() for p in m.walk() if not p.is_multipart()]]
""",
    "html": """
import html.parser, html
def work():
    class P(html.parser.HTMLParser):
        def __init__(self): super().__init__(); self.seen = []
        def handle_starttag(self, *a): self.seen.append(a)
        def handle_data(self, *a): self.seen.append(a)
    p = P(); p.feed("<a href='x&amp;y' b>t &lt;<!-- c --><br/></a><?p?><!D>"); p.close()
    yield [p.seen, html.unescape("&#65;&notit;")]
""",
    "tokenize": """
import tokenize, io
def work():
    source = "def f(x):\\n  return f'{x!r}' + \\\\\\n   1_0\\n# c\\nclass A: pass\\n"
    yield [list(t) for t in tokenize.generate_tokens(io.StringIO(source).readline)]
    yield tokenize.untokenize(tokenize.generate_tokens(io.StringIO(source).readline))
""",
    "dataclasses": """
import dataclasses
def work():
    @dataclasses.dataclass(order=True, frozen=True, slots=True)
    class A:
        x: int
        y: list = dataclasses.field(default_factory=list, compare=False)
    a = A(1)
    yield [repr(a), dataclasses.asdict(dataclasses.replace(a, x=2)), a < A(2)]
    try: a.x = 3
    except dataclasses.FrozenInstanceError as e: yield str(e)
""",
    "argparse": """
import argparse
def work():
    p = argparse.ArgumentParser(prog="p", exit_on_error=False)
    p.add_argument("--a", type=int, choices=(1, 2)); p.add_argument("b", nargs="*")
    sub = argparse.ArgumentParser(prog="q", parents=[], add_help=False)
    for words in (["--a", "1", "x"], ["--a", "9"], ["--a"], ["x", "y"]):
        try: yield sorted(vars(p.parse_args(words)).items())
        except argparse.ArgumentError as e: yield str(e)
    yield p.format_help()
""",
    "textwrap": """
import textwrap, difflib, shlex
def work():
    yield textwrap.wrap("the quick brown fox " * 5, 17) + list(difflib.ndiff(["a", "b"], ["a", "c"]))
    yield shlex.split("a 'b c' \\"d\\" e\\\\ f")
""",
    "contextlib": """
import contextlib
def work():
    @contextlib.contextmanager
    def c(x):
        try: yield x
        except KeyError: pass
    with c(1) as x, contextlib.suppress(ValueError), contextlib.ExitStack() as s:
        s.callback(int, 1); raise KeyError(x)
    yield x
""",
}  # fmt: skip

RUN = """
import sys, json as plain
from fuzzengine.instrument.import_hook import install
from fuzzengine.instrument.coverage import COVERAGE
if sys.argv[2]: install(sys.argv[2].split(",")).compile("", "x", "x")
names = {}
exec(sys.argv[1], names)
got = list(names["work"]())
print(plain.dumps([repr(got), sum(map(bool, COVERAGE.counters))]))
"""


@pytest.mark.process
@pytest.mark.parametrize("name", WORK)
def test_instrumented_modules_of_the_standard_library_behave_the_same(name: str) -> None:
    covered = f"{name},textwrap,difflib,shlex" if name == "textwrap" else name
    plain, none = python(RUN, WORK[name], "")
    got, counted = python(RUN, WORK[name], covered)
    assert got == plain
    assert none == 0
    assert counted > 10


@pytest.mark.process
def test_code_at_the_end_of_the_process_finds_its_counters(tmp_path: Path) -> None:
    (tmp_path / "late.py").write_text(
        "import os\nclass A:\n def __del__(self):\n  if self:\n   os.write(1, b'[1]')\nkept = A()\nkept.me = kept\n"
    )
    program = "import sys; sys.path.insert(0, '')\n"
    program += "from fuzzengine.instrument.import_hook import install; install(); import late"
    assert python(program, cwd=tmp_path) == [1]


def test_code_is_cached(tmp_path: Path) -> None:
    source, folder = b"def f(x):\n return x and 1\n", tmp_path / "made" / "here"

    def compiled() -> tuple[Coverage, object]:
        cover = Coverage()
        return cover, Instrumentation(cover, cache_dir=f"{folder}").compile(source, "f.py", "f")

    first, code = compiled()
    (kept,) = folder.iterdir()
    before = kept.stat().st_mtime_ns
    second, again = compiled()
    assert again == code
    assert len(first.counters) == len(second.counters) == 2
    assert kept.stat().st_mtime_ns == before
    kept.write_bytes(kept.read_bytes()[:-5])
    assert compiled()[1] == code
    assert [path.name for path in folder.iterdir()] == [kept.name]


def test_another_source_or_key_misses_the_cache(tmp_path: Path) -> None:
    cache = CodeCache(f"{tmp_path}")
    code = compile("1", "f", "exec")
    cache.store(b"1", "f 0", code, 3)
    assert cache.load(b"1", "f 0") == (code, 3)
    assert cache.load("1", "f 0") == (code, 3)
    assert cache.load(b"2", "f 0") is None
    assert cache.load(b"1", "g 0") is None
    assert cache.load(b"1", "f 1") is None


def test_an_unusable_cache_folder_is_ignored(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    instrumentation = Instrumentation(Coverage(), cache_dir=f"{tmp_path / 'file' / 'x'}")
    exec(instrumentation.compile("x = 1", "f.py", "f"), {})


def test_a_changed_source_gets_new_counters() -> None:
    cover = Coverage()
    instrumentation = Instrumentation(cover)
    instrumentation.compile("def f():\n pass\n", "f.py", "f")
    instrumentation.compile("def g():\n pass\n", "g.py", "g")
    instrumentation.compile("def f():\n pass\ndef h():\n pass\n", "f.py", "f")
    assert cover.base_of("f") == 2
    assert len(cover.counters) == 4
