"""Packages run as plain tests: selection, output, misuse, the command line."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fuzzengine.running import Package, processes_of
from tests.waiting import LIMITS, PATIENCE, wait_until

pytestmark = pytest.mark.process

FOO = """
    def FuzzFoo(f):
        f.add("this is fine")

        @f.fuzz
        def _(t, s: str):
            if s == "fails":
                t.error("error here")
"""


@pytest.fixture
def foo(package: Package) -> Package:
    package.write("x_test.py", FOO)
    package.write("testdata/fuzz/FuzzFoo/thisfails", 'go test fuzz v1\nstring("fails")\n')
    package.write("testdata/fuzz/FuzzFoo/thispasses", 'go test fuzz v1\nstring("passes")\n')
    return package


def timeless(text: str) -> str:
    return re.sub(r"\d+\.\d+s", "TIME", text)


def test_a_failing_seed_as_a_test(foo: Package) -> None:
    done = foo.run("test")
    assert timeless(done.stdout) == (
        "--- FAIL: FuzzFoo (TIME)\n"
        "    --- FAIL: FuzzFoo/thisfails (TIME)\n"
        "        x_test.py:8: error here\n"
        "FAIL\nexit status 1\nFAIL\tm\tTIME\n"
    )
    assert done.returncode == 1


def test_the_verbose_form(foo: Package) -> None:
    done = foo.run("test", "-v")
    assert timeless(done.stdout) == (
        "=== RUN   FuzzFoo\n"
        "=== RUN   FuzzFoo/seed#0\n"
        "=== RUN   FuzzFoo/thisfails\n"
        "    x_test.py:8: error here\n"
        "=== RUN   FuzzFoo/thispasses\n"
        "--- FAIL: FuzzFoo (TIME)\n"
        "    --- PASS: FuzzFoo/seed#0 (TIME)\n"
        "    --- FAIL: FuzzFoo/thisfails (TIME)\n"
        "    --- PASS: FuzzFoo/thispasses (TIME)\n"
        "FAIL\nexit status 1\nFAIL\tm\tTIME\n"
    )


@pytest.mark.parametrize("pattern", ["FuzzFoo/thispasses", "/thispasses", "F/^thisp", "FuzzFoo/no"])
def test_selecting_a_seed(foo: Package, pattern: str) -> None:
    done = foo.run("test", "-run", pattern)
    assert timeless(done.stdout) == "PASS\nok  \tm\tTIME\n"


def test_selecting_nothing(foo: Package) -> None:
    done = foo.run("test", "-run=ThisWillNotMatch")
    assert timeless(done.stdout) == (
        "testing: warning: no tests to run\nPASS\nok  \tm\tTIME [no tests to run]\n"
    )


def test_skipping_a_seed(foo: Package) -> None:
    assert foo.run("test", "-skip=/thisfails").returncode == 0
    assert foo.run("test", "-skip=FuzzFoo").stdout.endswith("[no tests to run]\n")


def test_fuzzing_several_is_refused(package: Package) -> None:
    package.write(
        "two_test.py",
        """
        def FuzzOne(f):
            f.fuzz(target)

        def FuzzTwo(f):
            f.fuzz(target)

        def target(t, data: bytes):
            pass
        """,
    )
    done = package.run("test", "-gocompat", "-fuzz=Fuzz")
    assert timeless(done.stdout) == (
        "testing: will not fuzz, -fuzz matches more than one fuzz test: [FuzzOne FuzzTwo]\n"
        "FAIL\nexit status 2\nFAIL\tm\tTIME\n"
    )


def test_a_failing_test_prevents_fuzzing(foo: Package) -> None:
    foo.write("t_test.py", "def TestIt(t):\n    t.fatal('not now')\n")
    done = foo.run("test", "-fuzz=FuzzFoo")
    assert "t_test.py:2: not now\n" in done.stdout
    assert "fuzz: " not in done.stdout
    assert done.returncode == 1


def test_a_list_of_tests(foo: Package) -> None:
    foo.write("a_test.py", "def TestB(t): ...\ndef TestA(t): ...\ndef Testify(t): ...\n")
    done = foo.run("test", "-list=.")
    assert timeless(done.stdout) == "TestB\nTestA\nFuzzFoo\nok  \tm\tTIME\n"
    assert "TestA\nok" in foo.run("test", "-list", "A$").stdout


def test_named_folders_are_quiet_unless_they_fail(foo: Package) -> None:
    foo.write("good/g_test.py", "def test_it():\n    print('noise')\n")
    (foo.folder / "none").mkdir()
    done = foo.run("test", "./good", "none", ".")
    assert timeless(done.stdout) == (
        "ok  \tgood\tTIME\n"
        "?   \tnone\t[no test files]\n"
        "--- FAIL: FuzzFoo (TIME)\n"
        "    --- FAIL: FuzzFoo/thisfails (TIME)\n"
        "        x_test.py:8: error here\n"
        "FAIL\nexit status 1\nFAIL\tm\tTIME\n"
    )
    assert done.returncode == 1


def test_all_folders_below_one(foo: Package) -> None:
    foo.write("pyproject.toml", '[project]\nname = "example"\n')
    foo.write("a/b/b_test.py", "def TestB(t): ...\n")
    foo.write("testdata/c_test.py", "def TestC(t): t.fail()\n")
    done = foo.run("test", "-run=TestB", "./...")
    assert timeless(done.stdout) == (
        "ok  \texample\tTIME [no tests to run]\nok  \texample/a/b\tTIME\n"
    )


def test_single_files_can_be_named(foo: Package) -> None:
    foo.write("good_test.py", "def TestGood(t): ...\n")
    done = foo.run("test", "good_test.py")
    assert timeless(done.stdout) == "ok  \tcommand-line-arguments\tTIME\n"


def test_tests_of_other_runners(package: Package) -> None:
    package.write(
        "test_other.py",
        """
        import pytest

        def test_plain():
            assert 1 + 1 == 2

        def test_fixture(tmp_path):
            raise AssertionError

        def test_wrong():
            assert 1 + 1 == 3

        def test_t(t):
            assert t.run("inner", lambda t: None)
            assert not t.run("inner", lambda t: t.fail())
        """.replace("import pytest", ""),
    )
    done = package.run("test", "-v")
    assert "--- PASS: test_plain" in done.stdout
    assert "--- SKIP: test_fixture" in done.stdout
    assert "its parameters (tmp_path) are for another test runner" in done.stdout
    assert "test_other.py:11: AssertionError\n" in done.stdout
    assert "--- FAIL: test_t (" in done.stdout
    assert "    --- PASS: test_t/inner (" in done.stdout
    assert "    --- FAIL: test_t/inner#01 (" in done.stdout


def test_a_syntax_error_is_one_line(package: Package) -> None:
    package.write("bad_test.py", "def FuzzIt(f):\n    return return\n")
    done = package.run("test")
    assert timeless(done.stdout) == (
        "bad_test.py:2: invalid syntax\nexit status 3\nFAIL\tm\tTIME\n"
    )


def test_an_import_error_names_the_line(package: Package) -> None:
    package.write("bad_test.py", "import os\nimport no_such_module_anywhere\n")
    done = package.run("test")
    assert done.stdout.startswith(
        "bad_test.py:2: importing bad_test.py: "
        "ModuleNotFoundError: No module named 'no_such_module_anywhere'\n"
    )
    assert "fuzzengine" not in done.stdout
    assert done.returncode == 3


def test_several_packages_end_with_the_gravest_status(package: Package) -> None:
    package.write("broken/x_test.py", "import no_such_module_anywhere\n")
    package.write("passing/x_test.py", "def TestIt(t):\n    pass\n")
    assert package.run("test", "./passing", "./broken", "./passing").returncode == 3
    package.write("failing/x_test.py", "def TestIt(t):\n    t.fail()\n")
    assert package.run("test", "./failing", "./broken").returncode == 1


def test_listing_a_package_that_is_named(package: Package) -> None:
    package.write("x_test.py", "def TestIt(t):\n    pass\n")
    done = package.run("test", "-list=.", ".")
    assert timeless(done.stdout) == "TestIt\nok  \tm\tTIME\n"


def test_a_test_cannot_choose_the_exit_status(package: Package) -> None:
    package.write("x_test.py", "import os\ndef TestIt(t):\n    os._exit(3)\n")
    done = package.run("test")
    assert "exit status 3\n" in done.stdout
    assert done.returncode == 1


def test_tests_that_take_too_long(package: Package) -> None:
    package.write("slow_test.py", "import time\ndef TestSlow(t):\n    time.sleep(3600)\n")
    for limit in LIMITS:
        done = package.run("test", f"-timeout={limit}s")
        if "running tests:" in done.stdout:
            break
    assert f"panic: test timed out after {limit}s\n\trunning tests:\n\t\tTestSlow\n" in done.stdout
    assert 'slow_test.py", line 3 in TestSlow' in done.stdout
    assert "exit status 2\nFAIL\tm\t" in done.stdout
    assert done.returncode == 1


MISUSES = {
    "f.fuzz(target); f.fuzz(target)": "testing: f.fuzz called more than once",
    "f.fuzz(1)": "testing: f.fuzz must receive a function",
    "f.fuzz(lambda: None)": "testing: fuzz target must receive at least two arguments, "
    "where the first argument is a T",
    "f.fuzz(only_data)": "testing: fuzz target must receive at least two arguments, "
    "where the first argument is a T",
    "f.fuzz(returns)": "testing: fuzz target must not return a value",
    "f.fuzz(unknown)": "testing: unsupported type for fuzzing list of argument 'data'; use ",
    "f.fuzz(bare)": "testing: fuzz target argument 'data' needs an annotation: ",
    "f.add([1]); f.fuzz(target)": "testing: unsupported type to f.add: list",
    "f.add(1j)": "testing: unsupported type to f.add: complex",
    "f.add(1, b''); f.fuzz(target)": "f.add: got 2 values, but the fuzz target takes 1",
    "f.add('text'); f.fuzz(target)": "f.add: argument 1: str is not bytes; write b'text'",
    "f.add(300); f.fuzz(small)": "f.add: 300 is out of the range of int8, -128 to 127",
    "pass": "returned without calling f.fuzz, f.fail, or f.skip",
    "f.fuzz(allow=())": "f.fuzz(...) got no fuzz target: write `@f.fuzz(...)` above its `def`",
    "f.add(b''); f.fuzz(uses_f(f, 'error'))": "testing: f.error was called inside the fuzz "
    "target, use t.error instead",
    "f.add(b''); f.fuzz(uses_f(f, 'temp_dir'))": "testing: f.temp_dir was called inside the fuzz "
    "target, use t.temp_dir instead",
    "f.fuzz(target, allow=(1,))": "testing: f.fuzz: allow must hold exception classes, not 1",
}


@pytest.mark.parametrize("line", MISUSES)
def test_misuse_is_one_line_with_its_place(package: Package, line: str) -> None:
    package.write(
        "misuse_test.py",
        f"""
        from fuzzengine import T, int8

        def target(t: T, data: bytes): ...
        def only_data(data: bytes): ...
        def returns(t: T, data: bytes) -> int: ...
        def unknown(t: T, data: list): ...
        def bare(t, data): ...
        def small(t, n: int8): ...

        def uses_f(f, method):
            def inner(t: T, data: bytes):
                getattr(f, method)()
            return inner

        def FuzzIt(f):
            {line}
        """,
    )
    done = package.run("test")
    assert done.returncode == 1
    assert "Traceback" not in done.stdout
    place = re.escape(MISUSES[line])
    lines = "13" if "uses_f" in line else "16" if line in {"pass", "f.fuzz(allow=())"} else "17"
    assert re.search(rf"misuse_test\.py:({lines}): (panic: )?{place}", done.stdout), done.stdout


@pytest.mark.parametrize(
    ("flags", "status", "text"),
    [
        (
            ["-timeout=5"],
            2,
            'invalid value "5" for flag -timeout: want a time such as 30s\nusage: ',
        ),
        (["-nonsense"], 2, "flag provided but not defined: -nonsense\n"),
        (["-run=("], 2, 'invalid regexp for element 0 of -run ("("): not a valid pattern: '),
        (["-parallel=0"], 2, 'invalid value "0" for flag -parallel: want 1 or more\n'),
        (["-seed=abc"], 2, '"abc" for flag -seed: want a whole number such as 42\n'),
        (["-fuzz=A", "-html=no/x"], 2, "fuzzengine test: -html no/x: there is no folder "),
        (["m_test.txt"], 2, "m_test.txt: want a folder, or test files with names that end in "),
        (["-fuzz=A", ".", "./sub"], 2, "cannot use -fuzz flag with multiple packages\n"),
        (["-fuzz=A", "-trace=x"], 2, "cannot use -trace flag with -fuzz flag\n"),
        (["nowhere"], 2, "nowhere: no such file or folder\n"),
    ],
)
def test_mistakes_on_the_command_line(
    foo: Package, flags: list[str], status: int, text: str
) -> None:
    (foo.folder / "sub").mkdir()
    (foo.folder / "m_test.txt").touch()
    done = foo.run("test", *flags)
    assert done.returncode == status
    assert text in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("flags", "name", "reason"),
    [
        (["-fuzztime=0x"], "fuzztime", "invalid count"),
        (["-fuzztime=5"], "fuzztime", "invalid duration"),
        (["-fuzzminimizetime=-1x"], "fuzzminimizetime", "invalid count"),
        (["-fuzzminimizetime", "-1ms"], "fuzzminimizetime", "invalid duration"),
    ],
)
def test_mistakes_that_only_the_program_sees(
    foo: Package, flags: list[str], name: str, reason: str
) -> None:
    done = foo.run("test", *flags, FUZZENGINE_COMMAND="go test")
    value = flags[-1].rpartition("=")[2]
    text = f'invalid value "{value}" for flag -test.{name}: {reason}\nUsage of '
    assert done.stdout.startswith(text)
    assert re.search(r"\nexit status 2\nFAIL\tm\t[\d.]+s\n$", done.stdout)
    assert (done.returncode, done.stderr) == (1, "")


def test_mistakes_that_are_seen_before_the_program_starts(foo: Package) -> None:
    done = foo.run("test", "-fuzztime=5")
    assert done.stderr.splitlines()[0] == (
        'invalid value "5" for flag -fuzztime: invalid duration; '
        "write a time such as 30s or a number of executions such as 1000x"
    )
    assert (done.returncode, done.stdout) == (2, "")
    done = foo.run("test", "FuzzFoo")
    assert done.stderr.endswith("no such file or folder; did you mean -run=FuzzFoo?\n")


@pytest.mark.parametrize(
    ("header", "status"),
    [
        ("def FuzzX():", 1),
        ("def FuzzX(f, g):", 1),
        ("def FuzzX(f, g=1):", 0),
        ("def FuzzX(*all):\n    f = all[0]", 0),
    ],
)
def test_a_fuzz_test_takes_one_argument(tmp_path: Path, header: str, status: int) -> None:
    package = Package(tmp_path, "m")
    body = "f.skip()" if status == 0 else "pass"
    package.write("x_test.py", f"\n{header}\n    {body}\n")
    done = package.run("test")
    assert done.returncode == status
    wrong = "    x_test.py:2: a fuzz test takes one argument, f\n"
    assert (wrong in done.stdout) == (status == 1)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no such device")
@pytest.mark.parametrize(
    ("where", "status", "said"),
    [
        (">&-", 0, ""),
        (">/dev/full", 3, "fuzzengine: the output cannot be written: no space left on device\n"),
    ],
)
def test_output_that_goes_nowhere(foo: Package, where: str, status: int, said: str) -> None:
    command = ["sh", "-c", f'"$0" -m fuzzengine test -run=NONE {where}', sys.executable]
    done = subprocess.run(
        command,
        cwd=foo.folder,
        env=foo.environment(),
        stderr=subprocess.PIPE,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert (done.returncode, done.stderr) == (status, said)


def test_mistakes_of_the_program(foo: Package) -> None:
    go_test = {"FUZZENGINE_COMMAND": "go test"}
    done = foo.run("test", "-run=(", **go_test)
    assert timeless(done.stdout) == (
        'testing: invalid regexp for element 0 of -test.run ("("): '
        "not a valid pattern: missing ): `(`\nexit status 1\nFAIL\tm\tTIME\n"
    )
    done = foo.run("test", "-parallel=0", **go_test)
    assert "testing: -parallel can only be given a positive integer\n" in done.stdout
    assert done.returncode == 1
    foo.write("broken_test.py", "import no_such_module_anywhere\n")
    assert foo.run("test", **go_test).returncode == 1
    assert foo.run("test", "nowhere", **go_test).returncode == 1


def run_program(package: Package, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(package.base / "it.test"), *arguments],
        cwd=package.base,
        env=package.environment(PYTHONPATH=""),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


@pytest.mark.skipif(os.name == "nt", reason="a script with an interpreter line")
def test_a_test_program_of_its_own(foo: Package) -> None:
    assert foo.run("test", "-c", "-o", str(foo.base / "it.test")).stdout == ""
    done = run_program(foo, "-test.v")
    assert "--- PASS: FuzzFoo/seed#0" in done.stdout
    assert "thisfails" not in done.stdout, "testdata belongs to the folder it runs in"
    done = run_program(foo, "-test.fuzz=FuzzFoo")
    assert done.stderr == "testing: -test.fuzzcachedir must be set if -test.fuzz is set\n"
    assert done.returncode == 2
    done = run_program(foo, "-test.fuzztime=0x")
    assert done.stderr.startswith(
        'invalid value "0x" for flag -test.fuzztime: invalid count\nUsage of '
    )
    cache = f"-test.fuzzcachedir={foo.cache}"
    done = run_program(foo, "-test.fuzz=FuzzFoo", cache, "-test.fuzztime=1x")
    assert done.returncode == 0
    assert done.stdout == "PASS\n"


def test_environment_and_folders_of_a_test(package: Package) -> None:
    package.write(
        "env_test.py",
        """
        import os

        def TestFirst(t):
            t.setenv("FUZZENGINE_PROBE", "1")
            with open("folder", "w") as file:
                file.write(t.temp_dir())
            assert t.temp_dir() != t.temp_dir()
            order = []
            t.cleanup(lambda: print(order))
            t.cleanup(lambda: order.append("last first"))
            assert t.deadline() is not None

        def TestSecond(t):
            assert "FUZZENGINE_PROBE" not in os.environ
            assert not os.path.exists(open("folder").read())

        def TestCleanupFails(t):
            def broken():
                raise ValueError("in cleanup")
            t.cleanup(broken)
        """,
    )
    done = package.run("test")
    assert "['last first']\n" in done.stdout
    assert re.findall(r"--- FAIL: (\w+)", done.stdout) == ["TestCleanupFails"]
    assert "ValueError: in cleanup" in done.stdout
    assert package.leftovers() == []


def test_helpers_are_left_out_of_locations(package: Package) -> None:
    package.write(
        "helper_test.py",
        """
        def check(t, value):
            t.helper()
            if not value:
                t.error("wrong", value)

        def TestHelper(t):
            check(t, True)
            check(t, None)
        """,
    )
    assert "helper_test.py:9: wrong None\n" in package.run("test").stdout


def test_allowed_exceptions(package: Package) -> None:
    package.write(
        "allow_test.py",
        """
        def FuzzAllowed(f):
            f.add("x")

            @f.fuzz(allow=(ValueError,))
            def _(t, text: str):
                int(text)

        def FuzzOther(f):
            f.add("x")

            @f.fuzz(allow=KeyError)
            def _(t, text: str):
                int(text)
        """,
    )
    done = package.run("test")
    assert re.findall(r"--- FAIL: (\w+) ", done.stdout) == ["FuzzOther"]
    done = package.run("test", "-run=NONE", "-fuzz=FuzzAllowed", "-fuzztime=200x")
    assert done.returncode == 0


def test_setenv_of_a_fuzz_test_reaches_the_workers(package: Package) -> None:
    package.write(
        "setenv_test.py",
        """
        import os
        from fuzzengine import in_worker

        def FuzzA(f):
            if not in_worker():
                f.setenv("PROBE", "from the coordinator")

            @f.fuzz
            def _(t, data: bytes):
                if os.environ.get("PROBE") != "from the coordinator":
                    t.error("not set")

        def FuzzB(f):
            f.add(b"")

            @f.fuzz
            def _(t, data: bytes):
                if "PROBE" in os.environ:
                    t.error("still set")
        """,
    )
    done = package.run("test", "-fuzz=FuzzA", "-fuzztime=10x")
    assert done.returncode == 0, done.stdout


SLEEPY = """
    import os
    import subprocess
    import time

    def TestSleepy(t):
        folder = t.temp_dir()
        subprocess.Popen(["sleep", "3600"])
        open("running", "w").close()
        time.sleep(3600)

    def TestNext(t):
        open("next", "w").close()
"""


@pytest.mark.parametrize(
    ("number", "text"), [(signal.SIGINT, "interrupt"), (signal.SIGTERM, "terminated")]
)
def test_a_signal_ends_plain_tests_and_leaves_nothing(
    package: Package, number: signal.Signals, text: str
) -> None:
    package.write("sleepy_test.py", SLEEPY)
    process = package.start("test")
    wait_until((package.folder / "running").exists, "the test")
    process.send_signal(number)
    output, _ = process.communicate(timeout=PATIENCE)
    assert f"signal: {text}\nFAIL\tm\t" in output
    assert process.returncode == 1
    assert not (package.folder / "next").exists()
    assert processes_of(package) == []
    assert package.leftovers() == []


def test_a_process_left_behind_by_a_test_is_ended(package: Package) -> None:
    package.write(
        "leaves_test.py",
        """
        import os
        import subprocess

        def TestLeaves(t):
            subprocess.Popen(["sleep", "3600"])
            subprocess.Popen(["sleep", "3600"], start_new_session=True)
        """,
    )
    done = package.run("test")
    assert "PASS\nok  \tm\t" in done.stdout
    assert processes_of(package) == []


def test_a_closed_reader_is_not_an_error(foo: Package) -> None:
    process = foo.start("test", "-v")
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    process.wait(timeout=PATIENCE)
    assert process.stderr.read() == ""
    process.stderr.close()


def test_a_thread_left_running_does_not_keep_the_program(package: Package) -> None:
    package.write(
        "thread_test.py",
        """
        import atexit
        import threading

        def TestThread(t):
            threading.Thread(target=threading.Event().wait).start()
            atexit.register(print, "at exit")
        """,
    )
    done = package.run("test")
    assert "PASS\nat exit\nok  \tm\t" in done.stdout


WANDERING = """
    import os

    def TestLeaves(t):
        os.chdir(t.temp_dir())

    def TestIsBack(t):
        assert os.path.exists("x_test.py")

    def TestReturns(t):
        t.run("away", lambda t: t.chdir(".."))
        assert os.path.exists("x_test.py")

    def FuzzAway(f):
        os.chdir(f.temp_dir())
        f.add("seed")

        @f.fuzz
        def _(t, text: str):
            with open("text", "w", encoding="utf-8", errors="replace") as file:
                file.write(text)
            assert not text.startswith("magic")
            assert not os.path.exists("x_test.py")
"""


def test_tests_that_change_the_folder_leave_the_others_and_the_corpus_alone(
    package: Package,
) -> None:
    package.write("x_test.py", WANDERING)
    assert package.run("test").returncode == 0
    done = package.run("test", "-fuzz=FuzzAway", "-fuzztime=100000x", "-parallel=2")
    assert "Failing input written to testdata/fuzz/FuzzAway/" in done.stdout
    assert len(package.recorded()) == 1
    assert package.run("test").returncode == 1
