"""Lets tox find the interpreters that pyenv keeps outside PATH."""

import os
from pathlib import Path

from tox.config.cli.parser import ToxParser
from tox.plugin import impl


@impl
def tox_add_option(parser: ToxParser) -> None:
    """Add every pyenv interpreter to those that tox finds, unless TOX_DISCOVER names some."""
    del parser
    if "TOX_DISCOVER" in os.environ:
        return
    root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    found = [str(path) for path in sorted(root.glob("versions/3.*/bin/python"))]
    if found:
        os.environ["TOX_DISCOVER"] = os.pathsep.join(found)
