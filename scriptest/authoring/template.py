"""The text of a new script, which passes and explains itself in comments."""

from __future__ import annotations

import os
from collections.abc import Sequence

import scriptest
from scriptest.language import txtar
from scriptest.language.encoding import script_word
from scriptest.language.txtar import Archive, File

_OPENING = """\
# {title}
 # A `#` in the first column starts a section; an indented `#` starts a comment like this one.
 # `exec` runs a program; the lines after it check its output:
 #     exec myprogram --flag input.txt
 #     stdout '^a regular expression$'
 #     cmp stdout want.txt
 # A line with `!` must fail:
 #     ! exec myprogram --no-such-flag
 #     stderr 'usage'
"""
_STEPS = """\
cat input.txt
stdout '^hello'
cmp stdout want.txt

"""
_SAMPLES = (File("input.txt", b"hello, world\n"), File("want.txt", b"hello, world\n"))

SCHEMA_FILE = "scriptest.schema.json"
"""The name of the JSON Schema of settings, in the package and beside new settings."""

SETTINGS = f"""\
# yaml-language-server: $schema={SCHEMA_FILE}
# Settings of the scripts in this folder; all keys are optional. Editors read the schema.
timeout: 1m
# env:
#   NAME: value
# pass_env: [HOME]
# commands:
#   greet: [python, -m, greet]    # in scripts, `greet x` then runs `python -m greet x`
""".encode()


def schema() -> bytes:
    """Return the JSON Schema of settings."""
    with open(os.path.join(os.path.dirname(scriptest.__file__), SCHEMA_FILE), "rb") as file:
        return file.read()


def script(title: str, files: Sequence[File] = (), lines: Sequence[str] = ()) -> bytes:
    """Return a new script.

    Args:
        title: the title of its first section.
        files: the files of its archive; by default samples.
        lines: script lines that decode the files.

    Raises:
        ValueError: a file cannot be represented in an archive.
    """
    text = _OPENING.format(title=title)
    if files or lines:
        text += "".join(line + "\n" for line in lines)
        text += "".join(f"exists {script_word(file.name)}\n" for file in files) + "\n"
    else:
        text += _STEPS
    archive = Archive(text.encode("utf-8", "surrogateescape"), tuple(files or _SAMPLES))
    return txtar.format_archive(archive)
