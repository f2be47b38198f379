"""The module proxy of Go's script tests, with the special answers that they ask for.

Served below `/mod`: the GOPROXY protocol, the checksum database below `sumdb/`, and these first
path elements, which the scripts put into GOPROXY and GOSUMDB:

- `invalid`: every answer is rubbish; `404`, `503`, ...: every answer has that status;
- `sumdb-404` and so on: only what concerns the database has that status;
- `sumdb-direct`: the database itself; `sumdb-wrong`: one that lies about every hash;
- `sumdb-redirect/MODULE@VERSION:`: the database, which answers every lookup with that module's;
- `redirect/N`: N redirects before the answer.
"""

from __future__ import annotations

import re

from . import sumdb
from .modules import Module, Modules, escape, is_pseudo, unescape
from .web import PLAIN, Request, Response, error, not_found, redirect

_SEMANTIC = re.compile(r"v\d+\.\d+\.\d+(-.*)?(\+.*)?")
_LOOKUP = re.compile(r"([^@]+)@(v\d+\.\d+\.\d+(?:-[^@]*)?(?:\+incompatible)?)")


class Proxy:
    """Answers a proxy's requests from a folder of modules."""

    def __init__(self, modules: Modules) -> None:
        """Fill the database with every module there is, in order."""
        self._modules = modules
        self._true = sumdb.Database(lambda *module: modules.checksums(Module(*module)))
        self._wrong = sumdb.Database(_lie)
        for module in modules.all:
            self._true.add(*module)

    def __call__(self, request: Request) -> Response:
        """Answer one request."""
        prefix, _, path = request.path.lstrip("/").partition("/")
        return self._answer(path) if prefix == "mod" else not_found()

    def _answer(self, path: str) -> Response:
        first, slash, rest = path.partition("/")
        if not slash:
            return not_found()
        if first == "invalid":
            return Response(b"invalid")
        if (status := _status(first)) is not None:
            return Response(b"", status)
        if first.startswith("sumdb-") and (status := _status(first[6:])) is not None:
            return Response(b"", status) if rest.startswith("sumdb/") else self._module(rest)
        if first == "sumdb-direct":
            return _database(self._true, rest)
        if first == "sumdb-wrong":
            return _database(self._wrong, rest)
        if first == "sumdb-redirect":
            return self._other_lookup(rest)
        if first == "redirect":
            return _redirected(rest)
        own = f"{sumdb.NAME}/"
        if first == "sumdb" and rest.startswith(own):
            below = rest[len(own) :]
            return Response() if below == "supported" else _database(self._true, below)
        return self._module(path)

    def _other_lookup(self, rest: str) -> Response:
        module, colon, asked = rest.partition(":/")
        if not colon:
            return Response(b"", 500)
        return _database(self._true, f"lookup/{module}" if asked.startswith("lookup/") else asked)

    def _module(self, path: str) -> Response:
        if path.endswith("/@latest"):
            encoded = path.removesuffix("/@latest")
            name = unescape(encoded)
            latest = self._modules.latest(name) if name else None
            if latest is None:
                return not_found()
            path = f"{encoded}/@v/{escape(latest)}.info"
        encoded, marker, file = path.partition("/@v/")
        name = unescape(encoded)
        if not marker or name is None:
            return not_found()
        return self._list(name) if file == "list" else self._file(name, file)

    def _list(self, path: str) -> Response:
        versions = self._modules.versions(path)
        if not versions:
            return not_found()
        tagged = [v for v in versions if not is_pseudo(v) and _fits(path, v)]
        return _text("".join(f"{version}\n" for version in tagged).encode())

    def _file(self, path: str, file: str) -> Response:
        encoded, dot, kind = file.rpartition(".")
        version = unescape(encoded)
        if not dot or version is None:
            return not_found()
        if re.fullmatch("[0-9a-f]+", version):
            version = self._modules.version_of_commit(path, version) or version
        module = Module(path, version)
        content = None
        if kind in ("info", "mod"):
            content = self._modules.file(module, f".{kind}")
        elif kind == "zip":
            content = self._modules.zip(module)
        return not_found() if content is None else Response(content)


def _fits(path: str, version: str) -> bool:
    """Report whether a version may be one of a module, by the major version in its path."""
    if not _SEMANTIC.fullmatch(version):
        return False
    major = version.split(".")[0]
    found = re.search(r"[./](v\d+)(-unstable)?$", path)
    if found is None or (found[0][0] == "." and not path.startswith("gopkg.in/")):
        return major in ("v0", "v1") or version.endswith("+incompatible")
    return major == found[1]


def _lie(path: str, version: str) -> bytes:
    return f"{path} {version} h1:wrong\n{path} {version}/go.mod h1:wrong\n".encode()


def _status(text: str) -> int | None:
    return int(text) if text.isdecimal() and int(text) >= 200 else None


def _redirected(rest: str) -> Response:
    count, _, path = rest.partition("/")
    if not count.isdecimal():
        return not_found()
    left = int(count) - 1
    return redirect(f"/mod/redirect/{left}/{path}" if left > 0 else f"/mod/{path}")


def _text(content: bytes) -> Response:
    return Response(content, 200, (("Content-Type", PLAIN),))


def _database(database: sumdb.Database, path: str) -> Response:
    """Answer a request for a checksum database, path being what follows its address."""
    if path == "latest":
        return _text(database.latest())
    kind, _, rest = path.partition("/")
    if kind == "lookup":
        return _lookup(database, rest)
    if kind == "tile":
        tile = sumdb.parse_tile(path)
        if tile is None:
            return error("no such tile can be", 400)
        content = database.tile(tile)
        return not_found() if content is None else Response(content)
    return not_found()


def _lookup(database: sumdb.Database, text: str) -> Response:
    found = _LOOKUP.fullmatch(text)
    path, version = (unescape(found[1]), unescape(found[2])) if found else (None, None)
    if path is None or version is None:
        return error("this is no module@version", 400)
    answer = database.lookup(path, version)
    return not_found() if answer is None else _text(answer)
