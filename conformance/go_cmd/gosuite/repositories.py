"""The host vcs-test.golang.org: repositories that scripts of Go's tree make when asked for.

Every script below `cmd/go/testdata/vcstest` makes a repository or a folder with `git` and says
with `handle` how it is served (Go: cmd/go/internal/vcweb). Each runs once, on our own engine.
Mercurial, Subversion and Fossil are answered as Go's server does where they are not installed.
"""

from __future__ import annotations

import os
import posixpath
import threading
import zipfile
from collections.abc import Mapping
from datetime import datetime

from scriptest.base.errors import CheckFailed
from scriptest.commands.base import Call, Command, Condition, Negation
from scriptest.engine import interpreter as engine
from scriptest.engine.vocabulary import Vocabulary
from scriptest.language import parser as syntax
from scriptest.language import txtar
from scriptest.language.expand import expand
from scriptest.sandbox.jobs import Job
from scriptest.sandbox.state import State

from . import conditions, serving
from .text import unquote_go
from .web import Handler, Request, Response, error, not_found

HOST = "vcs-test.golang.org"

_GIT_CONFIG = """\
[user]
	name = Go Gopher
	email = gopher@golang.org
[init]
	defaultBranch = main
[core]
	eol = lf
[gui]
	encoding = utf-8
"""
_FROM_HOST = ("PATH", "TMPDIR", "LD_LIBRARY_PATH", "LIBRARY_PATH")


class Missing(Exception):
    """A version control system is not installed."""


class Repositories:
    """Answers the requests for all scripts of a folder."""

    def __init__(self, scripts: str, work: str) -> None:
        """Prepare a home for git; scripts run when they are first asked for.

        Args:
            scripts: the folder with the scripts.
            work: an existing folder for what they make.
        """
        self._scripts = scripts
        self._work = work
        self._locks: dict[str, threading.Lock] = {}
        self._served: dict[str, Handler | Response] = {}
        self._guard = threading.Lock()
        home = os.path.join(work, "home")
        os.makedirs(os.path.join(home, ".config", "git"))
        with open(os.path.join(home, ".gitconfig"), "w", encoding="utf-8") as file:
            file.write(_GIT_CONFIG)
        self._env = {
            "USER": "gopher",
            "HOME": home,
            "GIT_CONFIG_NOSYSTEM": "1",
            **{name: os.environ[name] for name in _FROM_HOST if name in os.environ},
        }

    def __call__(self, request: Request) -> Response:
        """Answer one request."""
        path = posixpath.normpath("/" + request.path.lstrip("/"))
        name = self._script_of(path)
        if name is None:
            return not_found()
        served = self._serve(name)
        if isinstance(served, Response):
            return served
        rest = request.path[len(name) + 1 :]
        return served(request._replace(path=rest))

    def _script_of(self, path: str) -> str | None:
        """Return the script that makes a path: `git/hello` for `/git/hello/info/refs`."""
        name = ""
        for part in path.strip("/").split("/"):
            name = posixpath.join(name, part)
            folder = os.path.join(self._scripts, name)
            if not os.path.isdir(folder):
                return name if os.path.isfile(folder + ".txt") else None
        return None

    def _serve(self, name: str) -> Handler | Response:
        with self._guard:
            lock = self._locks.setdefault(name, threading.Lock())
        with lock:
            if name not in self._served:
                try:
                    self._served[name] = self._make(name)
                except Missing as missing:
                    self._served[name] = error(f"{missing} is not installed", 501)
                except Exception as problem:
                    self._served[name] = error(str(problem), 500)
            return self._served[name]

    def _make(self, name: str) -> Handler:
        work = os.path.join(self._work, *name.split("/"))
        os.makedirs(work)
        with open(os.path.join(self._scripts, name + ".txt"), "rb") as file:
            archive = txtar.parse(file.read())
        state = State(work, {**self._env, "WORK": work, "PWD": work})
        for entry in archive.files:
            path = state.path(expand(entry.name, state.lookup))
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as file:
                file.write(entry.data)
        recipe = Recipe()
        script = syntax.parse(archive.comment, name)
        try:
            outcome = engine.run(script, state, recipe.vocabulary())
        finally:
            state.close()
        if recipe.missing:
            raise Missing(recipe.missing)
        if outcome.failure is not None:
            raise RuntimeError(f"{outcome.failure.place}: {outcome.failure.message}")
        if recipe.handler is None:
            raise RuntimeError(f"{name}: the script says nothing about how it is served")
        return recipe.handler


class Recipe:
    """What one script has said so far about how its folder is served."""

    def __init__(self) -> None:
        """Begin without a handler."""
        self.handler: Handler | None = None
        self.missing = ""

    def vocabulary(self) -> Vocabulary:
        """Return the commands and conditions of these scripts."""
        own = (
            Command("at", _at, "time", "set the time of the next commits", least=1, most=1),
            Command("handle", self._handle, "kind [folder]", "say how it is served", least=1),
            Command("modzip", _modzip, "zip module folder", "make a module's zip", least=3),
            Command("status", self._status, "code", "answer with this status", least=1),
            Command("unquote", _unquote, "text", "print a quoted Go string", least=1, most=1),
            *(self._program(name) for name in ("git", "hg", "svn", "svnadmin", "fossil")),
        )
        name = "git-sha256"
        modern = Condition(name, conditions.git_sha256, "git can make SHA-256 repositories")
        return Vocabulary({command.name: command for command in own}, {name: modern})

    def _program(self, name: str) -> Command:
        def run(call: Call) -> Job:
            if call.state.find_program(name) is None:
                self.missing = name
            return call.program([name, *call.args])

        return Command(
            name,
            run,
            "[argument...]",
            f"run {name}",
            free=True,
            negation=Negation.INVERTED,
            background=True,
        )

    def _handle(self, call: Call) -> None:
        kind = call.args[0]
        folder = call.state.path(call.args[1]) if len(call.args) > 1 else call.state.cwd
        self.handler = serving.handler(kind, folder, call.state.env)
        if self.handler is None:
            self.missing = kind
            raise CheckFailed(f"{kind} cannot be served here")

    def _status(self, call: Call) -> None:
        inner, status = self.handler, int(call.args[0])
        if inner is None:
            raise call.error("status comes after handle")
        self.handler = lambda request: inner(request)._replace(status=status)


def _at(call: Call) -> None:
    datetime.fromisoformat(call.args[0])
    for name in ("GIT_COMMITTER_DATE", "GIT_AUTHOR_DATE"):
        call.state.env[name] = call.args[0]


def _unquote(call: Call) -> None:
    call.state.set_buffers(unquote_go(call.args[0]), b"")


def _modzip(call: Call) -> None:
    target, module, folder = call.args
    path = call.state.path(target)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, source in _files(call.state.path(folder)).items():
            archive.write(source, f"{module}/{name}")


def _files(folder: str) -> Mapping[str, str]:
    found = {}
    for parent, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            path = os.path.join(parent, name)
            found[os.path.relpath(path, folder).replace(os.sep, "/")] = path
    return found
