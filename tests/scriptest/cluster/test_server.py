"""The process of a node, served by the test itself through pipes."""

from __future__ import annotations

import os
import pickle
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from scriptest import __version__
from scriptest.cluster import node, server
from scriptest.cluster.messages import Interrupted, Order, Problem, RunSpec
from scriptest.engine.result import Result, Status
from scriptest.run.options import Options
from scriptest.suite.suite import Selected


@pytest.fixture
def spec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunSpec:
    (tmp_path / "s").mkdir()
    (tmp_path / "s" / "x.txt").write_text("echo x\n")
    (tmp_path / "s" / "waits.txt").write_text("echo begun\nsleep 5m\n")
    (tmp_path / "tmp").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    return RunSpec("1", __version__, str(tmp_path), ("s",), "", False, "", Options())


class Server:
    """A server in a thread, and the ends of its pipes."""

    def __init__(self, spec: RunSpec) -> None:
        orders, answers = os.pipe(), os.pipe()
        self._orders = os.fdopen(orders[1], "wb")
        self._answers = os.fdopen(answers[0], "rb")
        self._files = os.fdopen(orders[0], "rb"), os.fdopen(answers[1], "wb")
        self._thread = threading.Thread(target=server.serve, args=self._files)
        self._thread.start()
        self.send(spec)

    def send(self, message: object) -> None:
        pickle.dump(message, self._orders)
        self._orders.flush()

    def answer(self) -> Any:
        return pickle.load(self._answers)

    def ask(self, name: str, number: int = 0, digest: str = "") -> Any:
        self.send(Order(name, number, digest))
        return self.answer()

    def end(self) -> Any:
        """Close the orders; return the last answer."""
        self._orders.close()
        last = self.answer()
        self._thread.join()
        for file in (*self._files, self._answers):
            file.close()
        return last


@pytest.fixture
def served(spec: RunSpec) -> Iterator[Server]:
    served = Server(spec)
    yield served
    assert served.end() == ""
    assert os.listdir("tmp") == []


def digest(name: str) -> str:
    return server.digest(Selected(name, name))


@pytest.mark.process
def test_scripts_run_one_after_another(served: Server) -> None:
    first = served.ask("s/x.txt", digest=digest("s/x.txt"))
    assert isinstance(first, Result)
    assert (first.name, first.status) == ("s/x.txt", Status.PASSED)
    second = served.ask("s/x.txt", number=2)
    assert (second.name, second.status) == ("s/x.txt#2", Status.PASSED)


def test_a_node_needs_the_same_scripts(served: Server, tmp_path: Path) -> None:
    before = digest("s/x.txt")
    (tmp_path / "s" / "x.txt").write_text("echo y\n")
    assert served.ask("s/x.txt", digest=before) == Problem(
        f"s/x.txt has another content in {tmp_path}"
    )
    assert served.ask("s/z.txt") == Problem(f"there is no s/z.txt in {tmp_path}")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"version": "0.1"}, f"scriptest {__version__} is installed there, not 0.1"),
        ({"paths": ("none",)}, "none: no such script or folder"),
        ({"config": "none.yaml"}, "none.yaml: no such file or directory"),
    ],
)
def test_what_a_node_lacks_is_named(spec: RunSpec, changes: dict[str, Any], message: str) -> None:
    served = Server(spec._replace(**changes))
    assert served.ask("s/x.txt") == Problem(message)
    # It says so of every script.
    assert served.ask("s/x.txt") == Problem(message)
    assert served.end() == ""


@pytest.mark.process
def test_failures_of_suites_are_passed_on(spec: RunSpec, tmp_path: Path) -> None:
    (tmp_path / "s" / "scriptest.yaml").write_text("suite_teardown: {python: 'broken_end:end'}\n")
    (tmp_path / "s" / "broken_end.py").write_text("def end(shared): raise ValueError('no end')\n")
    served = Server(spec)
    assert served.ask("s/x.txt").status is Status.PASSED
    assert "no end" in served.end()


@pytest.mark.process
def test_the_end_of_orders_interrupts(spec: RunSpec) -> None:
    served = Server(spec)
    served.send(Order("s/waits.txt", 0, ""))
    served._orders.close()
    assert served.answer().status is Status.INTERRUPTED
    assert served.end() == ""


@pytest.mark.process
def test_a_process_serves_one_run(spec: RunSpec) -> None:
    """The task of Dask, without Dask."""
    order = Order("s/x.txt", 0, "")
    for _ in range(2):
        answer = node.run_script(spec, order)
        assert isinstance(answer, Result)
        assert answer.status is Status.PASSED
    assert len(node._POOL._idle) == 1
    assert isinstance(node.run_script(spec._replace(run="2"), order), Result)
    assert len(node._POOL._idle) == 2
    node.stop_run("2")
    assert node.run_script(spec._replace(run="2"), order) == Interrupted()
    for run in ("1", "2"):
        assert node._POOL.close(run) == []
    assert node._POOL._idle == []


@pytest.mark.process
def test_a_process_that_dies_is_named(spec: RunSpec, tmp_path: Path) -> None:
    (tmp_path / "s" / "dies.txt").write_text("die\n")
    (tmp_path / "s" / "scriptest.yaml").write_text("commands: {die: {call: 'dies:die'}}\n")
    (tmp_path / "s" / "dies.py").write_text("import os\ndef die(call): os._exit(3)\n")
    answer = node.run_script(spec, Order("s/dies.txt", 0, ""))
    assert isinstance(answer, Problem)
    assert answer.message.startswith("the process that ran it ended with exit status ")
    assert node._POOL._busy == []
    assert isinstance(node.run_script(spec, Order("s/x.txt", 0, "")), Result)
    assert node._POOL.close("1") == []
