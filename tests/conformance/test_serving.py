from __future__ import annotations

import shutil
import subprocess
from base64 import b64encode
from collections.abc import Iterator
from email.message import Message
from pathlib import Path

import pytest

from gosuite import serving
from gosuite.repositories import Repositories
from gosuite.text import unquote_go
from gosuite.web import Handler, Request, Response, Server

needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


def get(handler: Handler, path: str, **headers: str) -> Response:
    message = Message()
    for name, value in headers.items():
        message[name] = value
    return handler(Request("GET", path, "", message, b""))


def made(kind: str, folder: Path) -> Handler:
    handler = serving.handler(kind, str(folder), {"PATH": ""})
    assert handler is not None
    return handler


def test_files_are_served_with_their_index(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "index.html").write_text("front")
    (tmp_path / "sub" / "a.txt").write_text("text")
    handler = made("dir", tmp_path)
    assert get(handler, "").body == b"front"
    assert get(handler, "/sub/a.txt").body == b"text"
    assert get(handler, "/sub").headers == (("Location", "sub/"),)
    assert b"a.txt" in get(handler, "/sub/").body
    assert get(handler, "/none").status == 404
    assert get(handler, "/../" * 9 + "etc/passwd").status == 404


def test_a_password_is_asked_for(tmp_path: Path) -> None:
    (tmp_path / ".access").write_text('{"Username": "me", "Password": "it", "Message": "no"}')
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a").write_text("secret")
    handler = made("auth", tmp_path)
    refused = get(handler, "/sub/a")
    assert (refused.status, refused.body) == (401, b"no\n")
    assert ("WWW-Authenticate", "basic realm=/sub") in refused.headers
    right = "Basic " + b64encode(b"me:it").decode()
    assert get(handler, "/sub/a", Authorization=right).body == b"secret"
    wrong = "Basic " + b64encode(b"me:not").decode()
    assert get(handler, "/sub/a", Authorization=wrong).status == 401
    assert get(handler, "/sub/a", Authorization="Basic !").status == 401
    assert get(handler, "/.access", Authorization=right).status == 400
    assert get(handler, "/none").status == 404


def test_the_refusal_may_have_another_status(tmp_path: Path) -> None:
    (tmp_path / ".access").write_text('{"StatusCode": 404, "Message": "nothing here"}')
    (tmp_path / "a").write_text("")
    refused = get(made("auth", tmp_path), "/a")
    assert (refused.status, len(refused.headers)) == (404, 1)


def test_insecure_leads_from_https_to_http(tmp_path: Path) -> None:
    answer = get(made("insecure", tmp_path), "/go/x", Host="h.example")
    assert answer.headers == (("Location", "http://h.example/go/x"),)
    assert get(made("insecure", tmp_path), "/go/x").status == 400


def test_what_is_not_installed_is_not_served(tmp_path: Path) -> None:
    assert serving.handler("hg", str(tmp_path), {"PATH": ""}) is None
    assert serving.handler("git", str(tmp_path), {"PATH": ""}) is None


SCRIPTS = {
    "plain.txt": "handle dir\n-- index.html --\nplain\n",
    "gone.txt": "handle dir\nstatus 410\n-- index.html --\ngone\n",
    "git/one.txt": (
        "handle git\nat 2020-01-02T03:04:05Z\ngit init\ngit add a.txt\ngit commit -m first\n"
        "git branch -m main\ngit log --format=%aI\nstdout '^2020-01-02T03:04:05'\n"
        "-- a.txt --\nhello\n"
    ),
    "hg/one.txt": "handle hg\n",
    "zip.txt": "modzip m.zip example.com/m@v1.0.0 tree\nhandle dir\n-- tree/go.mod --\nmodule m\n",
    "odd.txt": "unquote 'a\\tb'\nstdout '^a\tb$'\nhandle dir\n",
    "broken.txt": "exists nothing\n",
    "silent.txt": "exists $WORK\n",
}


@pytest.fixture
def repositories(tmp_path: Path) -> Repositories:
    for name, text in SCRIPTS.items():
        path = tmp_path / "scripts" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (tmp_path / "work").mkdir()
    return Repositories(str(tmp_path / "scripts"), str(tmp_path / "work"))


@pytest.fixture
def server(repositories: Repositories) -> Iterator[Server]:
    server = Server(repositories)
    yield server
    server.close()


def test_scripts_say_how_they_are_served(repositories: Repositories) -> None:
    assert get(repositories, "/plain").body == b"plain\n"
    assert get(repositories, "/plain/none").status == 404
    gone = get(repositories, "/gone")
    assert (gone.status, gone.body) == (410, b"gone\n")
    assert get(repositories, "/zip/m.zip").body.startswith(b"PK")
    assert get(repositories, "/odd/").status == 200


def test_scripts_that_are_missing_or_wrong(repositories: Repositories) -> None:
    assert get(repositories, "/nothing").status == 404
    assert get(repositories, "/git").status == 404
    assert get(repositories, "/broken").body == b"broken:1:1: nothing does not exist\n"
    assert get(repositories, "/silent").status == 500
    if shutil.which("hg") is None:
        assert get(repositories, "/hg/one").status == 501


@pytest.mark.process
@needs_git
def test_a_repository_can_be_cloned(server: Server, tmp_path: Path) -> None:
    argv = ["git", "clone", "-q", f"http://{server.host}/git/one", str(tmp_path / "clone")]
    subprocess.run(argv, check=True, capture_output=True)
    assert (tmp_path / "clone" / "a.txt").read_text() == "hello\n"


def test_go_strings_are_unquoted() -> None:
    assert unquote_go(r"a\n\t\\\"\x41\101é\U0001F600") == 'a\n\t\\"AAé😀'.encode()
    assert unquote_go(r"\xff") == b"\xff"
    with pytest.raises(ValueError, match="no escape"):
        unquote_go(r"\q")
