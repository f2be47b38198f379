from __future__ import annotations

import io
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from email.message import Message
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gosuite import modules, sumdb
from gosuite.modules import Module, Modules
from gosuite.proxy import Proxy
from gosuite.web import Request, Server

ARCHIVES = {
    "example.com_a_v1.0.0.txt": "-- .mod --\nmodule example.com/a\n-- .info --\n"
    '{"Version":"v1.0.0","Short":"abcdef123456"}\n-- go.mod --\nmodule example.com/a\n'
    "-- a.go --\npackage a\n-- /outside.txt --\nx\n",
    "example.com_a_v1.2.0-pre.txt": "-- .mod --\nmodule example.com/a\n-- .info --\n"
    '{"Short":"bb"}\n',
    "example.com_a_v1.1.0.txt": '-- .info --\n{"Short":"cc"}\n',
    "example.com_a_v0.0.0-20200101000000-0123456789ab.txt": "-- .info --\n{}\n",
    "example.com_a_v2.0.0.txt": '-- .info --\n{"Short":"dd"}\n',
    "example.com_untold_v1.0.0.txt": '-- .info --\n{"Version":"v1.0.0"}\n',
    "example.com_pre_v1.0.0.txt": "",
    "example.com_pre_v1.1.0-pre.txt": "",
    "example.com_early_v0.1.0-pre.txt": "",
    "example.com_early_v0.1.1-0.20200101000000-0123456789ab.txt": "",
    "example.com_!upper_v1.0.0.txt": "-- .mod --\nmodule example.com/Upper\n",
    "example.com_only_v0.0.0-20200101000000-0123456789ab.txt": "-- .info --\n1\n",
    "example.com_only_v0.0.0-20210101000000-ba9876543210.txt": "-- .info --\n2\n",
    "example.com_invalid_v1_v1.0.0.txt": "",
    "README": "",
    "notes.txt": "",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("mod")
    for name, text in ARCHIVES.items():
        (path / name).write_text(text)
    return path


@pytest.fixture(scope="module")
def proxy(folder: Path) -> Proxy:
    return Proxy(Modules(str(folder)))


def get(proxy: Proxy, path: str) -> tuple[int, bytes]:
    response = proxy(Request("GET", path, "", Message(), b""))
    return response.status, response.body


@given(st.from_regex(r"[a-zA-Z0-9./~-]*", fullmatch=True))
def test_names_survive_escaping(name: str) -> None:
    escaped = modules.escape(name)
    assert escaped == escaped.lower()
    assert modules.unescape(escaped) == name


@pytest.mark.parametrize("name", ["A", "!A", "!", "x!1"])
def test_names_that_are_not_escaped_are_refused(name: str) -> None:
    assert modules.unescape(name) is None


def test_versions_are_ordered_as_semver_says() -> None:
    ordered = ["bad", "v0.9.9", "v1.0.0-1", "v1.0.0-2", "v1.0.0-10", "v1.0.0-a", "v1.0.0-a.b",
               "v1.0.0", "v1.0.1", "v1.10.0"]  # fmt: skip
    assert sorted(set(ordered), key=modules.precedence) == ordered


@pytest.mark.parametrize(
    ("path", "valid"),
    [
        ("example.com/a", True),
        ("example.com/a/v2", True),
        ("example.com/a/v1", False),
        ("example.com/a/v02", False),
        ("gopkg.in/a.v1", True),
        ("gopkg.in/a/v2", False),
        ("nodot/a", False),
        ("example.com/a.", False),
        ("example.com//a", False),
        ("Example.com/a", False),
    ],
)
def test_paths_of_modules(path: str, valid: bool) -> None:
    assert modules.valid_path(path) is valid


def test_the_folder_is_listed(folder: Path) -> None:
    found = Modules(str(folder))
    assert Module("example.com/Upper", "v1.0.0") in found.all
    assert not any("invalid" in path for path, _ in found.all)
    assert len(found.all) == 13


def test_list_leaves_out_commits_and_other_major_versions(proxy: Proxy) -> None:
    assert get(proxy, "/mod/example.com/a/@v/list") == (200, b"v1.0.0\nv1.1.0\nv1.2.0-pre\n")
    assert get(proxy, "/mod/example.com/only/@v/list") == (200, b"")
    assert get(proxy, "/mod/example.com/none/@v/list")[0] == 404


def test_latest_prefers_releases_then_the_last_commit(proxy: Proxy, folder: Path) -> None:
    found = Modules(str(folder))
    assert found.latest("example.com/a") == "v2.0.0"
    assert found.latest("example.com/pre") == "v1.0.0"
    assert found.latest("example.com/early") == "v0.1.0-pre"
    assert found.latest("example.com/none") is None
    assert get(proxy, "/mod/example.com/only/@latest") == (200, b"2\n")
    assert get(proxy, "/mod/example.com/none/@latest")[0] == 404


def test_info_and_mod_come_from_the_archive(proxy: Proxy) -> None:
    assert get(proxy, "/mod/example.com/a/@v/v1.0.0.mod") == (200, b"module example.com/a\n")
    assert get(proxy, "/mod/example.com/!upper/@v/v1.0.0.mod")[0] == 200
    assert get(proxy, "/mod/example.com/Upper/@v/v1.0.0.mod")[0] == 404
    assert get(proxy, "/mod/example.com/a/@v/v9.0.0.info")[0] == 404


def test_a_commit_stands_for_its_version(proxy: Proxy) -> None:
    assert b"v1.0.0" in get(proxy, "/mod/example.com/a/@v/abcdef.info")[1]
    assert get(proxy, "/mod/example.com/only/@v/ba98.info") == (200, b"2\n")
    assert get(proxy, "/mod/example.com/a/@v/123.info")[0] == 404
    assert b"v1.0.0" in get(proxy, "/mod/example.com/untold/@v/123.info")[1]


def test_the_zip_has_the_files_below_path_and_version(proxy: Proxy) -> None:
    status, body = get(proxy, "/mod/example.com/a/@v/v1.0.0.zip")
    names = zipfile.ZipFile(io.BytesIO(body)).namelist()
    prefix = "example.com/a@v1.0.0/"
    assert (status, names) == (200, [prefix + "go.mod", prefix + "a.go", "outside.txt"])


def test_special_first_elements(proxy: Proxy) -> None:
    assert get(proxy, "/other/x/y") == (404, b"404 page not found\n")
    assert get(proxy, "/mod/invalid/x") == (200, b"invalid")
    assert get(proxy, "/mod/503/example.com/a/@v/list")[0] == 503
    assert get(proxy, f"/mod/sumdb-504/sumdb/{sumdb.NAME}/supported")[0] == 504
    assert get(proxy, "/mod/sumdb-504/example.com/a/@v/list")[0] == 200
    response = proxy(Request("GET", "/mod/redirect/2/a/b", "", Message(), b""))
    assert (response.status, response.headers) == (302, (("Location", "/mod/redirect/1/a/b"),))
    response = proxy(Request("GET", "/mod/redirect/1/a/b", "", Message(), b""))
    assert response.headers == (("Location", "/mod/a/b"),)


def test_the_database_is_reached_in_three_ways(proxy: Proxy) -> None:
    through = get(proxy, f"/mod/sumdb/{sumdb.NAME}/lookup/example.com/a@v1.0.0")
    assert through == get(proxy, "/mod/sumdb-direct/lookup/example.com/a@v1.0.0")
    assert through == get(proxy, "/mod/sumdb-redirect/example.com/a@v1.0.0:/lookup/x.y/z@v1.0.0")
    assert b"\nexample.com/a v1.0.0/go.mod h1:" in through[1]
    assert get(proxy, f"/mod/sumdb/{sumdb.NAME}/supported") == (200, b"")
    assert b"h1:wrong" in get(proxy, "/mod/sumdb-wrong/lookup/example.com/a@v1.0.0")[1]
    assert get(proxy, "/mod/sumdb-direct/latest")[0] == 200
    assert get(proxy, "/mod/sumdb-direct/tile/8/0/000.p/1")[0] == 200
    assert get(proxy, "/mod/sumdb-direct/tile/8/0/001")[0] == 404
    assert get(proxy, "/mod/sumdb-direct/tile/9/0/000")[0] == 400
    assert get(proxy, "/mod/sumdb-direct/lookup/what")[0] == 400
    assert get(proxy, "/mod/sumdb-direct/lookup/example.com/none@v1.0.0")[0] == 404


@pytest.fixture
def server(proxy: Proxy) -> Iterator[Server]:
    server = Server(proxy)
    yield server
    server.close()


def test_it_is_served_over_http(server: Server) -> None:
    with urllib.request.urlopen(f"http://{server.host}/mod/redirect/2/example.com/a/@v/list") as f:
        assert f.read().startswith(b"v1.0.0\n")
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(f"http://{server.host}/mod/example.com/none/@v/list")
