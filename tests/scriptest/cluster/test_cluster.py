"""Runs on a real cluster: nodes that are lost, groups, interrupts."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.scriptest.cluster.conftest import Cluster, certificates
from tests.waiting import PATIENCE, wait_for_line, wait_until_gone

pytestmark = [
    pytest.mark.process,
    pytest.mark.once,
    pytest.mark.skipif(os.name != "posix", reason="the scripts use sh"),
]

UNTIL_ALLOWED = """\
exec sh -c 'echo $PPID >>$LOG; while ! test -e $ALLOWED; do sleep 0.05; done'
"""
"""A script that names its process on the node, then runs until a file allows it to end."""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a folder for scripts, which the programs start in."""
    (tmp_path / "s").mkdir()
    return tmp_path


def start(cluster: Cluster | str, project: Path, *arguments: str) -> subprocess.Popen[str]:
    address = cluster if isinstance(cluster, str) else cluster.address
    env = {
        **os.environ,
        "PYTHONPATH": os.getcwd(),
        "XDG_CACHE_HOME": str(project / "cache"),
        "LOG": str(project / "log"),
        "ALLOWED": str(project / "allowed"),
    }
    command = [sys.executable, "-m", "scriptest", "run", "--cluster", address]
    return subprocess.Popen(
        [*command, "-e", "LOG", "-e", "ALLOWED", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=project,
        env=env,
        start_new_session=True,
    )


def finish(process: subprocess.Popen[str], status: int) -> str:
    """Wait for the end of a run, and return its output."""
    out, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, err) == (status, ""), out + err
    return out


def results(path: Path) -> list[Any]:
    """Return a report but for the times."""
    run = json.loads(path.read_text())
    for script in run["scripts"]:
        del script["seconds"]
        for section in script["sections"]:
            del section["seconds"]
    return [run["counts"], run["scripts"]]


def write_pair(project: Path) -> None:
    """Write two scripts that wait for each other, so that they pass only side by side."""
    for mine, other in (("a", "b"), ("b", "a")):
        (project / "s" / f"{mine}.txt").write_text(
            f"exec sh -c 'echo >$LOG.{mine}; while ! test -e $LOG.{other}; do sleep 0.05; done'\n"
        )


def test_a_node_that_joins_late_gets_scripts(cluster: Cluster, project: Path) -> None:
    cluster.need(1)
    write_pair(project)
    run = start(cluster, project, "s")
    wait_for_line(project / "log.a")
    cluster.need(2)
    assert "2 passed in " in finish(run, 0)


def test_a_cluster_reports_what_one_machine_does(cluster: Cluster, project: Path) -> None:
    cluster.need(2)
    scripts = {
        "passes.txt": "# section\necho $LOG\nstdout log\n",
        "fails.txt": "exec sh -c 'echo hello; echo error >&2'\nstdout bye\n",
        "skipped.txt": "skip 'not today'\n",
        "xfail.txt": "exists none\n-- scriptest.yaml --\nxfail: issue 12\n",
        "matrix.txt": "echo {{ x }}\n-- scriptest.yaml --\nmatrix: {x: [a, b]}\n",
        "function.txt": "greet\nstdout 'hello from shared'\n",
        "unread.txt": "frobnicate\n",
        "sub/deep.txt": "greet\n",
    }
    for name, text in scripts.items():
        (project / "s" / name).parent.mkdir(exist_ok=True)
        (project / "s" / name).write_text(text)
    (project / "s" / "scriptest.yaml").write_text(
        "commands: {greet: {call: 'hello:greet'}}\nsuite_setup: {python: 'hello:begin'}\n"
        "suite_teardown: {python: 'hello:end'}\n"
    )
    (project / "s" / "hello.py").write_text(
        "def begin(shared): shared.env['FROM'] = 'shared'; print('not an answer')\n"
        "def end(shared): pass\n"
        "def greet(call): print('hello from', call.state.env['FROM'])\n"
    )
    (project / "allowed").touch()
    arguments = ("-r", "--repeat", "2", "--json", "report.json", "s")
    finish(start(cluster, project, *arguments), 1)
    found = results(project / "report.json")
    command = [sys.executable, "-m", "scriptest", "run", "-e", f"LOG={project / 'log'}"]
    subprocess.run(
        [*command, "-e", f"ALLOWED={project / 'allowed'}", *arguments],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=project,
        env={**os.environ, "PYTHONPATH": os.getcwd(), "XDG_CACHE_HOME": str(project / "cache")},
    )
    assert found == results(project / "report.json")
    assert found[0] == {"passed": 10, "failed": 4, "skipped": 2, "xfail": 2}


def test_scripts_run_on_all_nodes_but_for_groups(cluster: Cluster, project: Path) -> None:
    cluster.need(2)
    write_pair(project)
    for number in range(4):
        (project / "s" / f"group{number}.txt").write_text(
            "exec sh -c 'mkdir $LOG.lock && sleep 0.1 && rmdir $LOG.lock'\n"
            "-- scriptest.yaml --\nserial: database\n"
        )
    out = finish(start(cluster, project, "s"), 0)
    assert "6 passed in " in out


def test_a_script_of_a_lost_node_runs_again(cluster: Cluster, project: Path) -> None:
    cluster.need(2)
    (project / "s" / "x.txt").write_text(UNTIL_ALLOWED)
    run = start(cluster, project, "--json", "report.json", "s")
    server = psutil.Process(int(wait_for_line(project / "log")))
    worker = server.parent()
    assert worker is not None
    assert worker.pid in [process.pid for process in cluster.workers]
    worker.kill()
    wait_until_gone(server.pid)
    (project / "allowed").touch()
    assert finish(run, 0).count("x.txt") == 1
    first, second = (project / "log").read_text().splitlines()
    assert first != second
    assert results(project / "report.json")[0] == {"passed": 1}


def test_a_script_that_loses_every_node_is_named(cluster: Cluster, project: Path) -> None:
    cluster.need(2)
    (project / "s" / "x.txt").write_text(
        "exec sh -c 'kill -9 $(ps -o ppid= -p $PPID); sleep 100'\n"
    )
    out = finish(start(cluster, project, "s"), 3)
    assert "s/x.txt: every node that ran it was lost, the last one tcp://127.0.0.1:" in out


def test_an_interrupt_ends_scripts_on_nodes(cluster: Cluster, project: Path) -> None:
    cluster.need(1)
    (project / "s" / "x.txt").write_text(UNTIL_ALLOWED)
    run = start(cluster, project, "s")
    server = psutil.Process(int(wait_for_line(project / "log")))
    run.send_signal(signal.SIGINT)
    assert "0 passed, 1 interrupted in " in finish(run, 130)
    wait_until_gone(server.pid)


def test_an_interrupt_at_the_terminal_reaches_local_nodes_too(project: Path) -> None:
    pytest.importorskip("distributed")
    for name in ("x.txt", "y.txt"):
        (project / "s" / name).write_text(UNTIL_ALLOWED)
    run = start("local:1", project, "s")
    server = psutil.Process(int(wait_for_line(project / "log")))
    os.killpg(run.pid, signal.SIGINT)
    assert "0 passed, 1 interrupted in " in finish(run, 130)
    wait_until_gone(server.pid)


def test_encrypted_connections(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed")
    settings = certificates(project)
    cluster = Cluster(project, "tls", **settings)
    try:
        assert cluster.address.startswith("tls://")
        cluster.need(1)
        (project / "s" / "x.txt").write_text("exists .\n")
        _, err = start(cluster, project, "s").communicate(timeout=PATIENCE)
        assert "TLS is not configured: no certificates are set" in err
        for name, text in settings.items():
            monkeypatch.setenv(name, text)
        assert "1 passed in " in finish(start(cluster, project, "s"), 0)
    finally:
        cluster.stop()


def test_a_lost_scheduler_ends_the_run(cluster: Cluster, project: Path) -> None:
    """The last test of the scheduler."""
    cluster.need(1)
    for name in ("x.txt", "y.txt"):
        (project / "s" / name).write_text(UNTIL_ALLOWED)
    run = start(cluster, project, "s")
    server = psutil.Process(int(wait_for_line(project / "log")))
    cluster.scheduler.kill()
    out = finish(run, 3)
    assert "the connection to the cluster is lost" in out
    assert "0 passed, 1 broken in " in out
    # Its node goes on looking for the scheduler.
    (project / "allowed").touch()
    wait_until_gone(server.pid)
