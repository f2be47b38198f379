"""`fuzzengine cover` reports what corpora reach, as coverage.py would."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest
from coverage import CoverageData

from fuzzengine.cli import cover
from fuzzengine.corpus.encoding import marshal
from fuzzengine.types.kinds import BYTES
from tests.fuzzengine.running import Package
from tests.waiting import PATIENCE

SHAPES = '''
    """Statements of many kinds.

    This docstring has several lines.
    """

    import asyncio
    import contextlib
    import functools
    import os
    import threading


    def pairs(count):
        for number in range(count):
            yield number
            if number == 2:
                return
        else:
            yield -1
        yield from (x for x in range(count) if x)


    @contextlib.contextmanager
    def opened(name):
        try:
            yield name
        finally:
            name = ""


    @functools.lru_cache
    @functools.wraps(pairs)
    def cached(data):
        @functools.wraps(pairs)
        def inner():
            return data

        return (
            inner()
            if data
            else None
        )


    async def step(count):
        await asyncio.sleep(0)
        async for x in numbers(count):
            if x:
                return x
        return 0


    async def numbers(count):
        for x in range(count):
            yield x


    class Shape:
        """A class."""

        size: int = 3

        def area(self, data: bytes = b"") -> int:
            return (lambda: self.size * len(data))()

        def never(self):
            pass


    def shapes(data: bytes) -> int:
        """Run what the first byte says."""
        global last
        last = data
        kind = data[:1]
        if kind == b"g":
            return sum(x for x in pairs(len(data)) if x > 0)
        elif kind == b"w" and len(data) > 2 or (
            kind == b"W"
            and data[1:2] == b"W"
        ):
            with opened("x") as one, opened("y"):
                if data[-1:] == b"r":
                    return len(one)
                data += b"w"
        elif kind == b"t":
            try:
                try:
                    return int(data[1:])
                except TypeError:
                    return -1
                finally:
                    last = b""
            except ValueError as error:
                if data[1:2] == b"!":
                    raise KeyError from error
            else:
                return 7
        while data:
            if data[:1] == b"b":
                break
            data = data[1:]
            if data[:1] == b"c":
                continue
        else:
            data = b"whiled"
        match [*data]:
            case [98, 98, *_]:
                return 5
            case [98, x] if x > 98:
                return 6
            case []:
                pass
        if kind == b"a":
            return asyncio.run(step(len(data)))
        if kind == b"h":
            thread = threading.Thread(target=Shape().area)
            thread.start()
            thread.join()
        assert data, "empty"
        del kind
        return Shape().area(data) + len(cached(data)
                                        or b"")
'''

TESTS = """
    from shapes import shapes

    def FuzzShapes(f):
        f.add(b"")

        @f.fuzz
        def _(t, data: bytes):
            shapes(data)
"""
INPUTS = ("g", "gggg", "w", "www", "wwr", "WW", "Wx", "t1", "tx", "t!", "bb", "bc", "b", "a", "h")

RUN = """
import sys, threading
sys.path.insert(0, ".")
from shapes import shapes
for data in sys.argv[1:]:
    try:
        shapes(data.encode())
    except Exception:
        pass
"""


def seed(package: Package, fuzz_test: str, *inputs: str) -> None:
    for number, data in enumerate(inputs):
        entry = marshal([BYTES], [data.encode()]).decode()
        package.write(f"testdata/fuzz/{fuzz_test}/{number}", entry)


def coverage_py(folder: Path, *arguments: str) -> None:
    command = [sys.executable, "-m", "coverage", *arguments]
    subprocess.run(command, cwd=folder, check=True, timeout=PATIENCE, stdout=subprocess.DEVNULL)


def of_shapes(folder: Path, data: str) -> dict[str, Any]:
    coverage_py(folder, "json", f"--data-file={data}", "--include=shapes.py", "-o", f"{data}.json")
    report: dict[str, Any] = json.loads((folder / f"{data}.json").read_text())
    found = report["files"]["shapes.py"]
    names = ("executed_lines", "missing_lines", "executed_branches", "missing_branches")
    return {name: found[name] for name in names}


@pytest.mark.process
def test_the_data_file_is_that_of_coverage_py(package: Package) -> None:
    package.write("shapes.py", SHAPES)
    package.write("shapes_test.py", TESTS)
    package.write("run.py", RUN)
    seed(package, "FuzzShapes", *INPUTS)
    done = package.run("cover", "-coverage=ours", "-parallel=2")
    assert "FuzzShapes: 16 inputs: 1 of f.add, 15 of testdata; 1 failed\n" in done.stdout
    assert done.returncode == 0
    coverage_py(package.folder, "run", "--branch", "--data-file=theirs", "run.py", "", *INPUTS)
    ours, theirs = of_shapes(package.folder, "ours"), of_shapes(package.folder, "theirs")
    assert ours == theirs
    assert theirs["missing_lines"]
    assert theirs["missing_branches"]
    row = next(line for line in done.stdout.splitlines() if line.startswith("shapes.py"))
    executed = len(theirs["executed_lines"])
    assert row.split()[1] == f"{executed}/{executed + len(theirs['missing_lines'])}"


PLAIN = """
    import os
    import sys

    def run(data):
        if data == b"late":
            import late
            return late.late()
        if data == b"exit":
            value = 1
            os._exit(3)
            return value
        if data == b"trace":
            sys.settrace(None)
            value = 2
        if data == b"close":
            os.closerange(6, 100)
            value = 3
        return data
"""
PLAIN_TESTS = """
    from plain import run

    def FuzzOne(f):
        @f.fuzz
        def _(t, data: bytes):
            run(data)

    def FuzzTwo(f):
        @f.fuzz
        def _(t, data: bytes):
            if data:
                run(data)

    def FuzzEmpty(f):
        @f.fuzz
        def _(t, data: bytes):
            pass
"""


@pytest.fixture
def plain(package: Package) -> Package:
    package.write("plain.py", PLAIN)
    package.write("late.py", "def late():\n    return 1\n\ndef never():\n    return 2\n")
    package.write("plain_test.py", PLAIN_TESTS)
    return package


@pytest.mark.process
def test_inputs_that_end_their_worker_count(plain: Package) -> None:
    seed(plain, "FuzzOne", "exit", "trace", "close", "other")
    done = plain.run("cover", "-fuzz=FuzzOne")
    assert "FuzzOne: testdata/fuzz/FuzzOne/0 fails; what it reached until then counts\n" in (
        done.stdout
    )
    # After `sys.settrace(None)` nothing is traced until the next input.
    row = next(line for line in done.stdout.splitlines() if line.startswith("plain.py"))
    assert row.endswith("7-8, 12, 15")


@pytest.mark.process
def test_modules_that_a_target_imports(plain: Package) -> None:
    seed(plain, "FuzzOne", "late")
    done = plain.run("cover", "-fuzz=FuzzOne")
    row = next(line for line in done.stdout.splitlines() if line.startswith("late.py"))
    assert row.split() == ["late.py", "3/4", "75%", "1/2", "50%", "5"]


@pytest.mark.process
def test_cached_inputs_and_several_fuzz_tests(plain: Package) -> None:
    seed(plain, "FuzzOne", "other")
    plain.inputs("FuzzTwo").mkdir(parents=True)
    for name in ("a", "b"):
        (plain.inputs("FuzzTwo") / name).write_bytes(marshal([BYTES], [name.encode()]))
    done = plain.run("cover", "-coverage=.coverage", "-html=page.html")
    assert done.stdout.startswith(
        "FuzzEmpty: 0 inputs\nFuzzOne: 1 input: 1 of testdata\nFuzzTwo: 2 inputs: 2 of the cache\n"
    )
    data = CoverageData(str(plain.folder / ".coverage"))
    data.read()
    assert data.measured_contexts() == {"FuzzOne", "FuzzTwo"}
    lines = (plain.folder / "plain_test.py").read_text().splitlines()
    number = lines.index("        if data:") + 1
    contexts = data.contexts_by_lineno(str(plain.folder / "plain_test.py"))
    assert contexts[number] == ["FuzzTwo"]
    page = (plain.folder / "page.html").read_text()
    assert "<li>FuzzTwo: 2 inputs: 2 of the cache</li>" in page
    assert '<span class="miss"><i>7</i><s></s>        import late</span>' in page
    # The block is reached, this line of it is not.
    assert 'title="2 inputs reach this line' in page


@pytest.mark.process
def test_installed_packages_are_left_out_unless_an_input_reaches_them(plain: Package) -> None:
    plain.write(
        "plain_test.py",
        """
        import iniconfig
        import markupsafe

        def FuzzOne(f):
            @f.fuzz
            def _(t, data: bytes):
                iniconfig.IniConfig("x", data="[a]")
        """,
    )
    seed(plain, "FuzzOne", "x")
    done = plain.run("cover")
    assert "\niniconfig/__init__.py " in done.stdout
    assert "\nplain_test.py " in done.stdout
    assert "markupsafe" not in done.stdout
    named = plain.run("cover", "-cover=markupsafe", "-coverage=.coverage")
    assert "\nmarkupsafe/__init__.py " in named.stdout
    data = CoverageData(str(plain.folder / ".coverage"))
    data.read()
    files = {Path(file).parent.name for file in data.measured_files()}
    assert files == {plain.folder.name, "iniconfig", "markupsafe"}


@pytest.mark.process
def test_a_line_that_a_raised_exception_leaves_out(package: Package) -> None:
    package.write("raising.py", "def run(data):\n    int(data)\n    return 1\n")
    package.write(
        "raising_test.py",
        """
        from raising import run

        def FuzzIt(f):
            f.add(b"x")

            @f.fuzz
            def _(t, data: bytes):
                try:
                    run(data)
                except ValueError:
                    pass
        """,
    )
    done = package.run("cover", "-html=page.html")
    row = next(line for line in done.stdout.splitlines() if line.startswith("raising.py"))
    assert row.split() == ["raising.py", "2/3", "66%", "1/1", "100%", "3"]
    page = (package.folder / "page.html").read_text()
    assert '<span class="miss"><i>3</i>' in page
    assert '<span class="hit"><i>2</i>' in page


@pytest.mark.process
@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["-fuzz=FuzzEmpty"], 2, "fuzzengine cover: the corpus is empty, so nothing was run\n"),
        (["-fuzz=Nothing"], 2, "fuzzengine cover: no fuzz test matches -fuzz=Nothing\n"),
        (["-nocover=all", "-fuzz=FuzzOne"], 1, "FuzzOne: no code is instrumented"),
        (["-html=no/such/page.html"], 2, "-html no/such/page.html: there is no folder "),
        (["late.py"], 2, "fuzzengine cover: "),
        (["-fuzz"], 2, "flag needs an argument: -fuzz\nusage: fuzzengine cover [flags] [folder]\n"),
        (["nosuch"], 2, "fuzzengine cover: "),
    ],
)
def test_mistakes(plain: Package, arguments: list[str], status: int, said: str) -> None:
    seed(plain, "FuzzOne", "other")
    done = plain.run("cover", *arguments)
    assert said in done.stdout + done.stderr
    assert done.returncode == status


def test_coverage_py_is_needed_for_its_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "coverage", None)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x_test.py").write_text(textwrap.dedent(TESTS))
    assert cover.run(["-coverage=.coverage"]) == 2
    assert capsys.readouterr().err == (
        "fuzzengine cover: -coverage .coverage: "
        "coverage.py is missing: pip install scriptest[coverage]\n"
    )
