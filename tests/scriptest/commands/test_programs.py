"""Programs in scripts: sizes, streams, signals, and what is left afterwards."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from scriptest.engine.result import Result, Status
from scriptest.sandbox.buffers import Buffers
from scriptest.sandbox.log import Log
from tests.scriptest.conftest import RunText
from tests.waiting import LIMITS

pytestmark = pytest.mark.process

MEGABYTES = 100

# Runs a script in a process of its own and prints the most memory it ever had, in KiB.
# On Linux, ru_maxrss includes the process it was forked from; VmHWM does not.
MEASURE = """
import resource, sys
from scriptest.cli.main import main
status = main(["run", sys.argv[1]])
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
if sys.platform == "linux":
    fields = dict(line.split(":", 1) for line in open("/proc/self/status"))
    peak = int(fields["VmHWM"].split()[0])
print("peak", peak)
sys.exit(status)
"""

FLOOD = f"""
import sys
block = b"x" * 1023 + b"\\n"
for _ in range({MEGABYTES} * 1024):
    sys.stdout.buffer.write(block)
"""


def log(result: Result) -> str:
    return "\n".join(phase.log for phase in result.phases)


@pytest.mark.skipif(os.name != "posix", reason="resource is POSIX's")
@pytest.mark.parametrize(
    "lines",
    [
        "exec python3 flood.py\ncp stdout file\n",
        "exec -out=file python3 flood.py\n",
        "exec -merge -out=file python3 flood.py &\nwait\n",
        "exec python3 flood.py &job&\nwaitfor job x\nwait job\ncp stdout file\n",
        "exec python3 flood.py &\nexec echo more &\nwait\ncp stdout file\n",
    ],
)
def test_large_output_is_bounded_in_memory_and_whole_in_a_file(tmp_path: Path, lines: str) -> None:
    script = tmp_path / "large.txt"
    check = "exec python3 size.py\n"
    size = "import os; size = os.path.getsize('file'); "
    size += f"assert {MEGABYTES} << 20 <= size <= ({MEGABYTES} << 20) + 5, size\n"
    script.write_text(f"{lines}{check}-- flood.py --\n{FLOOD}\n-- size.py --\n{size}")
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, str(script)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    peak = int(done.stdout.rpartition("peak ")[2])
    assert peak < MEGABYTES * 1024 * 3 // 4, f"{peak} KiB"


def test_a_large_output_is_cut_in_the_log_of_a_job_that_is_ended(run_text: RunText) -> None:
    script = (
        'exec python3 -u -c \'print(("x" * 99 + chr(10)) * 50_000); print("ready"); input()\''
        " &job&\nexec sleep 100 &other&\nwaitfor job ready\n"
    )
    result = run_text(script)
    assert "bytes left out" in log(result)
    assert len(log(result)) < 1_100_000


def test_large_outputs_have_no_names(run_text: RunText) -> None:
    flood = "exec python3 -c 'import sys; sys.stdout.write(\"x\" * 3_000_000)'\n"
    look = "exec python3 -c 'import os; print(os.listdir(\"..\"))'\nstdout '^\\[''t''\\]$'\n"
    result = run_text(f"{flood}stdin stdout\n{look}")
    assert result.status is Status.PASSED, result.failure


@pytest.mark.skipif(sys.platform != "linux", reason="lists open files in /proc")
def test_buffers_that_are_gone_hold_no_files(tmp_path: Path) -> None:
    before = len(os.listdir("/proc/self/fd"))
    buffers = Buffers(str(tmp_path), Log())
    for _ in range(5):
        output = buffers.capture()
        output.append(b"x" * 3_000_000)
        buffers.set(output, b"")
        assert len(os.listdir("/proc/self/fd")) == before + 1
        assert os.listdir(tmp_path) == []
    assert len(buffers.read("stdout")) == 3_000_000
    buffers.close()
    assert len(os.listdir("/proc/self/fd")) == before


@pytest.mark.parametrize("name", ["TERM", "SIGTERM", "15", "sigterm"])
def test_kill_takes_every_spelling_of_a_signal(run_text: RunText, name: str) -> None:
    result = run_text(f"! exec sleep 100 &a&\nkill -{name} a\nwait a\nstatus SIGTERM\n")
    assert result.status is Status.PASSED, result.failure


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("kill -NONE\n", "this system has no signal NONE"),
        ("kill -99\n", "this system has no signal 99"),
        ("kill a b\n", "too many arguments; usage: kill [-SIGNAL] [name]"),
        ("kill none\n", "no background job is called none"),
        ("exec -merge -err=x true\n", "-merge and -err exclude each other"),
        ("exec -in=none true\n", "-in=none: no such file or directory"),
        ("! exec -out=none/x true\n", "-out=none/x: no such file or directory"),
        ("waitfor port 0\n", "0 is not a port from 1 to 65535"),
        (
            "waitfor file a b\n",
            "too many arguments; usage: waitfor [-timeout=5s] (port N | file F | job 'pattern' "
            "[NAME...])",
        ),
        (
            "waitfor -timeout=x file a\n",
            '-timeout: "x" is not a duration; write it like 1m30s, 1.5s or 100ms',
        ),
        (
            "exec sleep 9 &a&\nwaitfor a (\n",
            "waitfor: not a valid pattern: missing ): `(`",
        ),
        ("capture = x\n", "`=` is not a name of a variable"),
        (
            "json f x\n-- f --\n{\n",
            "json: f is not JSON: line 2, column 1: expected a key in double quotes "
            "(compared at line 1)",
        ),
    ],
)
def test_mistakes_are_named(run_text: RunText, text: str, message: str) -> None:
    failure = run_text(text).failure
    assert failure is not None
    assert failure.message == message


def test_what_leads_out_of_the_work_folder_is_never_what_was_wished_for(
    run_text: RunText, tmp_path: Path
) -> None:
    failure = run_text(f"symlink out -> {tmp_path}\n! exec -out=out/x false\n").failure
    assert failure is not None
    assert "-out: `out/x` leads out of the work folder" in failure.message
    assert not (tmp_path / "x").exists()


def test_waiting_ends_with_the_script(run_text: RunText) -> None:
    for limit in (0.1, *LIMITS):
        failure = run_text("waitfor file never\n", timeout=limit).failure
        if failure is not None and failure.message.startswith("waitfor: "):
            break
    assert failure is not None
    assert failure.message == "waitfor: the script ran out of time; never does not exist"


def test_lines_of_a_running_job_are_seen_as_they_come(run_text: RunText) -> None:
    script = (
        "exec -in=stdout python3 -u serve.py &srv&\n"
        "waitfor srv '^at (\\S+)$' WHERE\nexec python3 poke.py $WHERE\n"
        "waitfor srv '^got (.)(.)$' A B\nexec echo $B$A\nstdout ^ih$\nwait srv\n"
        "-- serve.py --\nimport os\nos.mkfifo('pipe')\nprint('at pipe')\n"
        "print('got ' + open('pipe').read())\n"
        "-- poke.py --\nimport sys\nopen(sys.argv[1], 'w').write('hi')\n"
    )
    result = run_text(script)
    assert result.status is Status.PASSED, result.failure
