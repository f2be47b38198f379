"""Places of failures as other tools need them: paths from the root of the repository."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


def root_folder(environment: Mapping[str, str]) -> str:
    """Return the folder that paths start from: GitHub's workspace, or else the current folder."""
    here = os.getcwd()
    workspace = os.path.abspath(environment.get("GITHUB_WORKSPACE") or here)
    inside = os.path.join(here, "").startswith(os.path.join(workspace, ""))
    return workspace if inside else here


def relative(path: str, root: str) -> str:
    """Return a path from the root with slashes, or the absolute path if it is outside."""
    path = os.path.abspath(path)
    inside = path.startswith(os.path.join(root, ""))
    return (os.path.relpath(path, root) if inside else path).replace(os.sep, "/")


def place_of(crash: Mapping[str, Any], root: str, folder: str) -> tuple[str, int]:
    """Return the path and the line of a failure, in the repository if it has such a place.

    Without a stack it is the recorded input, or else the folder of the package.

    Args:
        crash: a `crash` event.
        root: the root of the repository.
        folder: the folder of the package.
    """
    frames = [(relative(os.path.join(folder, file), root), line) for file, line in crash["Frames"]]
    inside = [frame for frame in frames if not os.path.isabs(frame[0])]
    if inside or frames:
        return (inside or frames)[0]
    return relative(os.path.join(folder, crash["Path"]), root), 1


def summary_of(crash: Mapping[str, Any]) -> str:
    """Return the lines of a failure without its stack: message, input and command."""
    parts = [crash["Message"], "Failing input:", *crash["Arguments"]]
    return "\n".join([*parts, "To re-run:", *crash["Commands"]])
