"""What one run of the suite shares: the go command, the proxy, the repositories."""

from __future__ import annotations

import os
import shutil

from scriptest.sandbox.shared import Shared
from scriptest.sandbox.state import State

from . import sumdb, toolchain
from .modules import Modules
from .proxy import Proxy
from .repositories import Repositories
from .web import Server

_KEY = "cmd/go"


class Session:
    """The servers and files of one run, from construction until `close`."""

    def __init__(self, folder: str) -> None:
        """Build what has to be built and start the servers.

        Args:
            folder: an existing folder that lives as long as the run.

        Raises:
            GoError: there is no Go, or something cannot be built with it.
        """
        self.toolchain = toolchain.find()
        self.bin = os.path.join(folder, "bin")
        self.go = os.path.join(self.bin, "go" + self.toolchain.env["GOEXE"])
        os.mkdir(self.bin)
        built = self.toolchain.test_command()
        try:
            os.symlink(built, self.go)
        except OSError:
            shutil.copy2(built, self.go)
        self._servers: list[Server] = []
        try:
            self._serve(folder)
        except BaseException:
            self.close()
            raise

    def _serve(self, folder: str) -> None:
        tests = os.path.join(self.toolchain.root, "src", "cmd", "go", "testdata")
        proxy = Server(Proxy(Modules(os.path.join(tests, "mod"))))
        self._servers.append(proxy)
        work, keys = os.path.join(folder, "repositories"), os.path.join(folder, "tls")
        os.mkdir(work)
        os.mkdir(keys)
        repositories = Repositories(os.path.join(tests, "vcstest"), work)
        plain = Server(repositories)
        self._servers.append(plain)
        certificate = self.toolchain.certificate(keys)
        secure = Server(repositories, certificate)
        self._servers.append(secure)
        self.variables = {
            "GOPROXY": f"http://{proxy.host}/mod",
            "GOSUMDB": sumdb.verifier_key(),
            "TESTGO_SUMDB": sumdb.NAME,
            "TESTGO_EXE": self.go,
            "TESTGO_VCSTEST_HOST": plain.host,
            "TESTGO_VCSTEST_TLS_HOST": secure.host,
            "TESTGO_VCSTEST_CERT": certificate[0],
        }

    def close(self) -> None:
        """Stop the servers."""
        for server in self._servers:
            server.close()
        self._servers = []


def start(shared: Shared) -> Session:
    """Start a run's session and keep it where `of` finds it."""
    session = Session(shared.work)
    shared.values[_KEY] = session
    return session


def of(state: State) -> Session:
    """Return the session of the run that a script belongs to."""
    session = state.shared.values[_KEY]
    assert isinstance(session, Session)
    return session


def stop(shared: Shared) -> None:
    """End a run's session: `suite_teardown` in scriptest.yaml."""
    session = shared.values.pop(_KEY, None)
    if isinstance(session, Session):
        session.close()
