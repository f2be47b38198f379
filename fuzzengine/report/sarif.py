"""Renders the failures of campaigns as SARIF 2.1.0, for code scanning (-sarif)."""

from __future__ import annotations

import os
import sys

from fuzzengine.report.events import FIGURES
from fuzzengine.report.locations import place_of, relative, summary_of
from scriptest.base.errors import reason_of
from scriptest.base.files import write_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from fuzzengine.report.record import RunRecord

    Run = tuple[str, Sequence[Mapping[str, Any]]]

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_ROOT = "%SRCROOT%"


class SarifFile:
    """The file of -sarif, which is written at the end."""

    events = FIGURES

    def __init__(self, record: RunRecord, path: str, *, root: str, folder: str) -> None:
        """Create the view.

        Args:
            record: the recorded campaigns.
            path: the file.
            root: the root of the repository.
            folder: the folder of the package.
        """
        self._record = record
        self._path = path
        self._root = root
        self._folder = folder

    def update(self) -> None:
        """Do nothing: the file is written at the end."""

    def finish(self) -> bool:
        """Write the file, whole or not at all; return False if that fails."""
        try:
            write_log(self._path, [(self._folder, self._events())], self._root)
        except OSError as error:
            sys.stderr.write(f"-sarif {self._path}: cannot write the file: {reason_of(error)}\n")
            return False
        return True

    def _events(self) -> list[Mapping[str, Any]]:
        campaigns = self._record.campaigns.values()
        return [event for one in campaigns for event in (*one.crashes, one.end) if event]


def write_log(path: str, runs: Sequence[Run], root: str) -> None:
    """Write the SARIF log of campaigns, whole or not at all.

    Args:
        path: the file.
        runs: the folders of packages, and the events of their campaigns.
        root: the root of the repository, which paths start from.

    Raises:
        OSError: the file cannot be written.
    """
    import json

    text = json.dumps(render(runs, root), indent=2)
    write_file(path, f"{text}\n".encode("utf-8", "backslashreplace"))


def render(runs: Sequence[Run], root: str) -> dict[str, object]:
    """Return the SARIF log of campaigns; for the arguments see `write_log`."""
    from fuzzengine import __version__

    events = [event for _, of_folder in runs for event in of_folder]
    crashes = [event for event in events if event["Event"] == "crash"]
    kinds = list(dict.fromkeys(crash["Kind"] for crash in crashes))
    problems = [event["Error"] for event in events if event.get("Error")]
    known = {crash["Failure"] for crash in crashes}
    notes = [
        {"level": "error", "message": {"text": text}} for text in problems if text not in known
    ]
    driver = {
        "name": "fuzzengine",
        "version": __version__,
        "rules": [
            {"id": kind, "shortDescription": {"text": f"An input fails with {kind}."}}
            for kind in kinds
        ],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {_ROOT: {"uri": f"{_file_uri(root)}/"}},
        "invocations": [{"executionSuccessful": not notes, "toolExecutionNotifications": notes}],
        "results": [
            _result(event, kinds, root, folder)
            for folder, of_folder in runs
            for event in of_folder
            if event["Event"] == "crash"
        ],
    }
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _result(
    crash: Mapping[str, Any], kinds: list[str], root: str, folder: str
) -> dict[str, object]:
    path, line = place_of(crash, root, folder)
    frames = [(relative(os.path.join(folder, file), root), at) for file, at in crash["Frames"]]
    result: dict[str, object] = {
        "ruleId": crash["Kind"],
        "ruleIndex": kinds.index(crash["Kind"]),
        "level": "error",
        "message": {"text": summary_of(crash)},
        "locations": [_location(path, line)],
        "partialFingerprints": {"fuzzengineBucket/v1": crash["Bucket"]},
        "properties": {
            "input": crash["Name"],
            "recorded": crash["Path"],
            "known": crash["Known"],
        },
    }
    if frames:
        stack = [{"location": _location(file, at)} for file, at in frames]
        result["stacks"] = [{"message": {"text": crash["Bucket"]}, "frames": stack}]
    return result


def _location(path: str, line: int) -> dict[str, object]:
    artifact = {"uri": _file_uri(path)} if os.path.isabs(path) else _in_repository(path)
    return {"physicalLocation": {"artifactLocation": artifact, "region": {"startLine": line}}}


def _in_repository(path: str) -> dict[str, str]:
    from urllib.parse import quote

    return {"uri": quote(path), "uriBaseId": _ROOT}


def _file_uri(path: str) -> str:
    from pathlib import Path

    return Path(path).as_uri()
