"""Generates files for editors: grammars, and the problem matcher for the output of `vet`.

`python -m scriptest.editors.files [FOLDER]` writes them, by default to docs/editors/.
"""

from __future__ import annotations

import json
import os
import sys

from scriptest import __version__
from scriptest.commands import conditions
from scriptest.editors import textmate, vim
from scriptest.engine.vocabulary import BUILTIN_COMMANDS, Vocabulary

PROBLEM_MATCHER: dict[str, object] = {
    "name": "scriptest",
    "owner": "scriptest",
    "fileLocation": ["autoDetect", "${workspaceFolder}"],
    "pattern": {
        "regexp": r"^(.+?):(\d+):(\d+): (error|warning): (.*) \[([\w-]+)\]$",
        "file": 1,
        "line": 2,
        "column": 3,
        "severity": 4,
        "message": 5,
        "code": 6,
    },
}
"""The problem matcher of Visual Studio Code for `vet --format=editor`."""

_LANGUAGES = {
    "source.python": "python",
    "source.json": "json",
    "source.yaml": "yaml",
    "source.go": "go",
    "source.shell": "shellscript",
    "source.js": "javascript",
    "source.ts": "typescript",
    "source.css": "css",
    "source.c": "c",
    "source.cpp": "cpp",
    "source.rust": "rust",
    "source.ruby": "ruby",
    "source.java": "java",
    "source.sql": "sql",
    "text.html.basic": "html",
    "text.html.markdown": "markdown",
    "text.xml": "xml",
}


def files(vocabulary: Vocabulary | None = None) -> dict[str, str]:
    """Return the contents of the files by their names.

    Args:
        vocabulary: the commands and conditions to highlight; the built-in ones by default.

    Raises:
        ScriptError: a command of another package cannot be loaded.
    """
    if vocabulary is None:
        known = [command for _, command in sorted(BUILTIN_COMMANDS.items())]
        tested = list(conditions.BUILTINS.values())
    else:
        known, tested = vocabulary.all_commands(), vocabulary.all_conditions()
    return {
        "package.json": _json(_manifest()),
        "language-configuration.json": _json(_LANGUAGE),
        "scriptest.tmLanguage.json": _json(textmate.textmate(known, tested)),
        "vim/syntax/scriptest.vim": vim.syntax(known, tested),
        "vim/ftdetect/scriptest.vim": vim.DETECT,
        "vim/compiler/scriptest.vim": vim.COMPILER,
    }


_LANGUAGE: dict[str, object] = {
    "comments": {"lineComment": "#"},
    "brackets": [["[", "]"], ["(", ")"]],
    "autoClosingPairs": [["[", "]"], ["'", "'"]],
    "surroundingPairs": [["[", "]"], ["'", "'"]],
    "folding": {"markers": {"start": "^(#|-- .* --)", "end": "^$"}},
}


def _manifest() -> dict[str, object]:
    """Return the manifest that makes the folder an extension of Visual Studio Code."""
    return {
        "name": "scriptest",
        "displayName": "scriptest",
        "description": "Highlighting of scriptest scripts, and problems from `scriptest vet`",
        "version": __version__,
        "publisher": "scriptest",
        "license": "MIT",
        "engines": {"vscode": "^1.60.0"},
        "categories": ["Programming Languages"],
        "contributes": {
            "languages": [
                {
                    "id": "scriptest",
                    "aliases": ["scriptest", "txtar"],
                    "extensions": [".txtar"],
                    "filenamePatterns": ["**/testdata/script/*.txt"],
                    "configuration": "./language-configuration.json",
                }
            ],
            "grammars": [
                {
                    "language": "scriptest",
                    "scopeName": textmate.SCOPE,
                    "path": "./scriptest.tmLanguage.json",
                    "embeddedLanguages": {
                        scope: _LANGUAGES[scope]
                        for scope in textmate.EMBEDDED
                        if scope in _LANGUAGES
                    },
                }
            ],
            "problemMatchers": [PROBLEM_MATCHER],
        },
    }


def _json(value: object) -> str:
    return json.dumps(value, indent=2) + "\n"


def write(folder: str, found: dict[str, str]) -> None:
    """Write files to a folder, which is created if it does not exist.

    Raises:
        OSError: a file cannot be written.
    """
    from scriptest.base.files import write_file

    for name, text in found.items():
        path = os.path.join(folder, *name.split("/"))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        write_file(path, text.encode())


if __name__ == "__main__":
    write(sys.argv[1] if len(sys.argv) > 1 else os.path.join("docs", "editors"), files())
