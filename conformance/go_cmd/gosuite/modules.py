"""Go modules kept as txtar archives in one folder, as the go command wants them served.

A file `rsc.io_quote_v1.5.2.txt` holds the module rsc.io/quote at v1.5.2: `.info` and `.mod` are
what the proxy answers, every other file goes into the module's zip.
"""

from __future__ import annotations

import io
import json
import os
import re
import threading
import warnings
import zipfile
from base64 import b64encode
from collections.abc import Iterable
from hashlib import sha256
from typing import NamedTuple

from scriptest.language import txtar

_PSEUDO = re.compile(r"v\d+\.\d+\.\d+-(?:[^+]*\.)?\d{14}-[0-9A-Za-z]+(?:\+[^+]*)?")
_SEMVER = re.compile(r"v(\d+)\.(\d+)\.(\d+)(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?")
_PATH = re.compile(r"[-A-Za-z0-9._~]+(/[-A-Za-z0-9._~]+)*")
_META = (".info", ".mod", ".zip")


class Module(NamedTuple):
    """A module's path and one of its versions."""

    path: str
    version: str


def unescape(text: str) -> str | None:
    """Return a name with `!x` for every `X` put back; None if it is not written so."""
    if re.search(r"[A-Z]|!(?![a-z])", text):
        return None
    return re.sub(r"!([a-z])", lambda found: found[1].upper(), text)


def escape(text: str) -> str:
    """Return a name as file names and URLs of modules have it: `!x` for `X`."""
    return re.sub(r"[A-Z]", lambda found: "!" + found[0].lower(), text)


def is_pseudo(version: str) -> bool:
    """Report whether a version was made from a commit, not from a tag."""
    return _PSEUDO.fullmatch(version) is not None


def valid_path(path: str) -> bool:
    """Report whether the go command accepts a module's path."""
    if not _PATH.fullmatch(path) or any(part.endswith(".") for part in path.split("/")):
        return False
    domain = path.split("/")[0]
    if "." not in domain or domain != domain.lower() or domain.startswith("-"):
        return False
    major = re.search(r"[./]v(\d[\d.]*)$", path)
    if major is None:
        return True
    if path.startswith("gopkg.in/"):
        return path[major.start()] == "."
    return path[major.start()] == "." or (
        "." not in major[1] and not major[1].startswith("0") and major[1] != "1"
    )


def precedence(version: str) -> tuple[object, ...]:
    """Return a key that orders versions as semver does; what is no version comes first."""
    found = _SEMVER.fullmatch(version)
    if found is None:
        return ()
    major, minor, patch, pre = found.groups()
    parts = [
        (0, int(part), "") if part.isdecimal() else (1, 0, part)
        for part in (pre.split(".") if pre else [])
    ]
    return int(major), int(minor), int(patch), pre is None, parts


class Modules:
    """The modules of a folder."""

    def __init__(self, folder: str) -> None:
        """List a folder; archives are read when they are first asked for."""
        self._folder = folder
        self._archives: dict[Module, txtar.Archive | None] = {}
        self._zips: dict[Module, bytes] = {}
        self._lock = threading.Lock()
        self.all = tuple(_listed(os.listdir(folder)))

    def versions(self, path: str) -> list[str]:
        """Return a module's versions, in the order of their files."""
        return [module.version for module in self.all if module.path == path]

    def latest(self, path: str) -> str | None:
        """Return the version that `@latest` means: released, else preview, else a commit."""

        def rank(version: str) -> tuple[object, ...]:
            pseudo = is_pseudo(version)
            return not pseudo, not pseudo and "-" not in version, precedence(version)

        return max(self.versions(path), key=rank, default=None)

    def version_of_commit(self, path: str, commit: str) -> str | None:
        """Return a module's greatest version whose commit begins as commit does.

        A version that does not say which commit it was made from may be of any: mod_get_commit
        relies on that.
        """
        best = None
        for version in self.versions(path):
            known = self._commit(Module(path, version))
            same = known.startswith(commit) or commit.startswith(known)
            if same and (best is None or precedence(best) < precedence(version)):
                best = version
        return best

    def _commit(self, module: Module) -> str:
        """Return what is known of the commit that a version was made from."""
        if is_pseudo(module.version):
            return module.version.rpartition("-")[2]
        try:
            return str(json.loads(self.file(module, ".info") or b"{}").get("Short", ""))
        except ValueError:
            return ""

    def exists(self, module: Module) -> bool:
        """Report whether there is such an archive."""
        return self._archive(module) is not None

    def file(self, module: Module, name: str) -> bytes | None:
        """Return one file of a module, such as `.mod`; None if it has none of that name."""
        archive = self._archive(module)
        for file in archive.files if archive else ():
            if file.name == name:
                return file.data
        return None

    def zip(self, module: Module) -> bytes | None:
        """Return a module's zip; a file that is called `/x` lies as `x` beside the module's."""
        archive = self._archive(module)
        if archive is None:
            return None
        with self._lock:
            if module not in self._zips:
                self._zips[module] = _zip(archive, f"{module.path}@{module.version}/")
            return self._zips[module]

    def checksums(self, module: Module) -> bytes | None:
        """Return the two lines that go.sum has for a module; None if it is unknown."""
        archive = self._archive(module)
        if archive is None:
            return None
        prefix = f"{module.path}@{module.version}/"
        content = {f.name: f.data for f in archive.files if not f.name.startswith(".")}
        whole = _h1((prefix + name, data) for name, data in content.items())
        mod = _h1([("go.mod", self.file(module, ".mod") or b"")])
        path, version = module
        return f"{path} {version} {whole}\n{path} {version}/go.mod {mod}\n".encode()

    def _archive(self, module: Module) -> txtar.Archive | None:
        with self._lock:
            if module not in self._archives:
                name = f"{escape(module.path).replace('/', '_')}_{escape(module.version)}.txt"
                try:
                    with open(os.path.join(self._folder, name), "rb") as file:
                        self._archives[module] = txtar.parse(file.read())
                except (OSError, ValueError):
                    self._archives[module] = None
            return self._archives[module]


def _listed(names: Iterable[str]) -> Iterable[Module]:
    for name in sorted(names):
        stem, suffix = os.path.splitext(name)
        encoded, separator, rest = stem.rpartition("_v")
        if suffix != ".txt" or not separator:
            continue
        path, version = unescape(encoded.replace("_", "/")), unescape("v" + rest)
        if path is not None and version is not None and valid_path(path):
            yield Module(path, version)


def _zip(archive: txtar.Archive, prefix: str) -> bytes:
    buffer = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target:
        # Some modules have a name twice on purpose: the go command has to refuse them.
        warnings.simplefilter("ignore")
        for file in archive.files:
            if file.name not in _META:
                name = file.name[1:] if file.name.startswith("/") else prefix + file.name
                target.writestr(zipfile.ZipInfo(name), file.data, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _h1(files: Iterable[tuple[str, bytes]]) -> str:
    lines = sorted((name.encode(), sha256(data).hexdigest()) for name, data in files)
    text = b"".join(digest.encode() + b"  " + name + b"\n" for name, digest in lines)
    return "h1:" + b64encode(sha256(text).digest()).decode()
