"""The ways a folder is served by vcs-test.golang.org: as files, with a password, through git."""

from __future__ import annotations

import json
import mimetypes
import os
import posixpath
import shutil
import subprocess
from base64 import b64decode
from collections.abc import Mapping
from urllib.parse import quote

from .web import Handler, Request, Response, error, not_found, redirect


def handler(kind: str, folder: str, env: Mapping[str, str]) -> Handler | None:
    """Return what serves a folder in one of the ways; None if that is not possible here.

    Args:
        kind: `dir`, `auth`, `insecure`, `git`, or another version control system.
        folder: what is served.
        env: the environment of the script that made it.
    """
    if kind == "dir":
        return lambda request: _file(request, folder)
    if kind == "auth":
        return lambda request: _guarded(request, folder)
    if kind == "insecure":
        return _insecure
    if kind == "git" and shutil.which("git", path=env.get("PATH")):
        kept = dict(env)
        return lambda request: _git(request, folder, kept)
    return None


# --- files ---------------------------------------------------------------------------------------


def _file(request: Request, folder: str) -> Response:
    path = _below(folder, request.path)
    if os.path.isdir(path):
        if request.path and not request.path.endswith("/"):
            return redirect(quote(posixpath.basename(request.path)) + "/")
        index = os.path.join(path, "index.html")
        if not os.path.isfile(index):
            return _listing(path)
        path = index
    try:
        with open(path, "rb") as file:
            content = file.read()
    except OSError:
        return not_found()
    return Response(content, 200, (("Content-Type", _media_type(path)),))


def _below(folder: str, path: str) -> str:
    clean = posixpath.normpath("/" + path.lstrip("/"))
    return os.path.join(folder, *clean.strip("/").split("/"))


def _media_type(path: str) -> str:
    known = mimetypes.guess_type(path)[0]
    if known is None:
        return "text/plain; charset=utf-8"
    return f"{known}; charset=utf-8" if known.startswith("text/") else known


def _listing(path: str) -> Response:
    names = sorted(os.listdir(path))
    links = "".join(f'<a href="{quote(name)}">{name}</a>\n' for name in names)
    body = f"<pre>\n{links}</pre>\n".encode()
    return Response(body, 200, (("Content-Type", "text/html; charset=utf-8"),))


# --- with a password -----------------------------------------------------------------------------


def _guarded(request: Request, folder: str) -> Response:
    """Serve files to whoever has the password in the nearest `.access` above them."""
    if posixpath.basename(request.path).startswith("."):
        return error("filename contains leading dot", 400)
    path = _below(folder, request.path)
    if not os.path.exists(path):
        return not_found()
    access = path if os.path.isdir(path) else os.path.dirname(path)
    while not os.path.isfile(os.path.join(access, ".access")):
        if os.path.realpath(access) == os.path.realpath(folder):
            return error("failed to locate access file", 500)
        access = os.path.dirname(access)
    with open(os.path.join(access, ".access"), encoding="utf-8") as file:
        wanted = json.load(file)
    if _credentials(request) == (wanted.get("Username"), wanted.get("Password")):
        return _file(request, folder)
    status = wanted.get("StatusCode") or 401
    refusal = error(wanted.get("Message", ""), status)
    if status == 401:
        realm = posixpath.dirname(request.path) or "/"
        challenge = ("WWW-Authenticate", f"basic realm={realm}")
        refusal = refusal._replace(headers=(*refusal.headers, challenge))
    return refusal


def _credentials(request: Request) -> tuple[str, str] | None:
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, _, password = b64decode(value).decode().partition(":")
    except ValueError:
        return None
    return name, password


def _insecure(request: Request) -> Response:
    """Send a client from https to http, to the path without this script's own name."""
    host = request.headers.get("Host")
    if not host:
        return error("no Host provided in request", 400)
    query = f"?{request.query}" if request.query else ""
    return redirect(f"http://{host}{quote(request.path)}{query}")


# --- git -----------------------------------------------------------------------------------------


def _git(request: Request, folder: str, env: Mapping[str, str]) -> Response:
    """Let `git http-backend` answer, which speaks CGI."""
    variables = {
        **env,
        **_cgi(request),
        "GIT_PROJECT_ROOT": folder,
        "GIT_HTTP_EXPORT_ALL": "1",
    }
    done = subprocess.run(
        ["git", "http-backend"],
        cwd=folder,
        env=variables,
        input=request.body,
        capture_output=True,
        check=False,
    )
    head, separator, body = done.stdout.partition(b"\r\n\r\n")
    if not separator:
        return error("git http-backend failed", 500)
    status, headers = 200, []
    for line in head.decode("latin-1").split("\r\n"):
        name, _, value = line.partition(": ")
        if name.lower() == "status":
            status = int(value.split()[0])
        else:
            headers.append((name, value))
    return Response(body, status, tuple(headers))


def _cgi(request: Request) -> dict[str, str]:
    """Return the variables that RFC 3875 derives from a request."""
    variables = {
        f"HTTP_{name.upper().replace('-', '_')}": value for name, value in request.headers.items()
    }
    variables |= {
        "GATEWAY_INTERFACE": "CGI/1.1",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REQUEST_METHOD": request.method,
        "PATH_INFO": request.path,
        "QUERY_STRING": request.query,
        "CONTENT_TYPE": request.headers.get("Content-Type", ""),
        "CONTENT_LENGTH": str(len(request.body)) if request.body else "",
        "REMOTE_ADDR": "127.0.0.1",
        # git before 2.34 looks only at its own name for what came as a header.
        "GIT_PROTOCOL": request.headers.get("Git-Protocol", ""),
    }
    return {name: value for name, value in variables.items() if value}
