"""The text of a new script: small, commented, and passing."""

from __future__ import annotations

from collections.abc import Sequence

from scriptest.language import txtar
from scriptest.language.encoding import script_word
from scriptest.language.txtar import Archive, File

_OPENING = """\
# {title}
 # A `#` in the first column begins a section, an indented one a comment like this.
 # Programs are run by exec. What they print is looked at afterwards:
 #     exec myprogram --flag input.txt
 #     stdout '^a pattern for a line$'
 #     cmp stdout want.txt
 #     ! exec myprogram --no-such-flag      it has to fail
 #     stderr 'usage'
"""
_STEPS = """\
cat input.txt
stdout '^hello'
cmp stdout want.txt

"""
_SAMPLES = (File("input.txt", b"hello, world\n"), File("want.txt", b"hello, world\n"))

SETTINGS = b"""\
# Settings of the scripts in this folder; all of them may be left out.
# What else there is: `scriptest.schema.json` in the package describes every key.
timeout: 1m
# env:
#   NAME: value
# pass_env: [HOME]
# commands:
#   greet: [python, -m, greet]    # in scripts, `greet x` then runs `python -m greet x`
"""


def script(title: str, files: Sequence[File] = (), lines: Sequence[str] = ()) -> bytes:
    """Return a new script.

    Args:
        title: what its first section is called.
        files: the files of its archive; by default a sample.
        lines: what has to be done to the files first.

    Raises:
        ValueError: a file is not as an archive can hold it.
    """
    text = _OPENING.format(title=title)
    if files or lines:
        text += "".join(line + "\n" for line in lines)
        text += "".join(f"exists {script_word(file.name)}\n" for file in files) + "\n"
    else:
        text += _STEPS
    archive = Archive(text.encode("utf-8", "surrogateescape"), tuple(files or _SAMPLES))
    return txtar.format_archive(archive)
