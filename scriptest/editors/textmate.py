"""Generates the TextMate grammar of scripts from the same data as help.

It lists every command and condition by name, and highlights the files of the archive by their
suffixes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from scriptest.commands.base import Command, Condition

Rule = dict[str, object]

SCOPE = "source.scriptest"

EMBEDDED: dict[str, tuple[str, ...]] = {
    "source.python": (r".*\.pyi?",),
    "source.json": (r".*\.json", r".*\.jsonl"),
    "source.yaml": (r".*\.ya?ml",),
    "source.toml": (r".*\.toml",),
    "source.ini": (r".*\.ini", r".*\.cfg"),
    "source.go": (r".*\.go",),
    "source.shell": (r".*\.(?:ba|z)?sh",),
    "source.js": (r".*\.[cm]?jsx?",),
    "source.ts": (r".*\.[cm]?ts",),
    "source.css": (r".*\.css",),
    "source.c": (r".*\.[ch]",),
    "source.cpp": (r".*\.(?:cc|cpp|hpp)",),
    "source.rust": (r".*\.rs",),
    "source.ruby": (r".*\.rb",),
    "source.java": (r".*\.java",),
    "source.sql": (r".*\.sql",),
    "source.makefile": (r"(?:.*/)?(?:GNU)?[Mm]akefile", r".*\.mk"),
    "source.dockerfile": (r"(?:.*/)?Dockerfile",),
    "source.diff": (r".*\.(?:diff|patch)",),
    "text.html.basic": (r".*\.html?",),
    "text.html.markdown": (r".*\.md",),
    "text.xml": (r".*\.(?:xml|svg)",),
    f"{SCOPE}.dialogue": (r"(?:.*/)?(?:session|dialogue)", r".*\.(?:tty|session|dialogue)"),
}
"""Patterns of the names of archive files, by the scope that colours them."""

_STEPS = ("spawn", "send", "expect", "screen", "size", "eof", "status")
_WORD_START, _WORD_END = r"(?<![^\s\]])", r"(?=[\s'#]|$)"


def textmate(commands: Iterable[Command], conditions: Iterable[Condition]) -> Rule:
    """Return the grammar as JSON values.

    Args:
        commands: the commands to highlight.
        conditions: the conditions to highlight in guards.
    """
    known = list(commands)
    return {
        "name": "scriptest",
        "scopeName": SCOPE,
        "fileTypes": ["txtar"],
        "patterns": [
            *({"include": f"#{_entry(scope)}"} for scope in EMBEDDED),
            {"include": "#other-file"},
            {"include": "#script"},
        ],
        "repository": {
            **{_entry(scope): _file(scope, names) for scope, names in EMBEDDED.items()},
            "other-file": _file("", (".*?",)),
            **_lines(known, conditions),
            **_words(),
            "dialogue": {"patterns": _dialogue()},
        },
    }


def _entry(scope: str) -> str:
    return "file-" + scope.replace(".", "-")


def _file(scope: str, names: Sequence[str]) -> Rule:
    """Return the rule for a file: its marker line and its content."""
    # `while` tests every line first, so that an unfinished token cannot hide a marker line.
    rule: Rule = {
        "begin": rf"^(--) +({'|'.join(names)}) +(--)[ \t]*$",
        "beginCaptures": {
            "0": {"name": "markup.heading.file.scriptest"},
            "1": {"name": "punctuation.definition.heading.scriptest"},
            "2": {"name": "entity.name.filename.scriptest"},
            "3": {"name": "punctuation.definition.heading.scriptest"},
        },
        "while": r"^(?!-- .*\S.* --[ \t]*$)",
        "name": "meta.file.scriptest",
    }
    if scope.startswith(SCOPE):
        rule["patterns"] = [{"include": "#dialogue"}]
    elif scope:
        rule["contentName"] = f"meta.embedded.block {scope}"
        rule["patterns"] = [{"include": scope}]
    else:
        rule["contentName"] = "string.unquoted.file.scriptest"
    return rule


# --- lines -----------------------------------------------------------------------------------


def _lines(commands: Sequence[Command], conditions: Iterable[Condition]) -> dict[str, Rule]:
    nested = [one.name for one in commands if one.nested]
    matching = [one.name for one in commands if one.pattern >= 0 and not one.nested]
    plain = [one.name for one in commands if one.name not in ("exec", *nested, *matching)]
    arguments: list[Rule] = [{"include": "#arguments"}]
    calls: list[Rule] = [
        _call(nested, "keyword.control", [{"include": "#prefix"}, {"include": "#calls"}]),
        _call(["exec"], "support.function", [{"include": "#flag"}, {"include": "#program"}]),
        _call(matching, "support.function", [{"include": "#pattern"}, *arguments]),
        _call(plain, "support.function", arguments),
        {"include": "#program"},
    ]
    line = [{"include": f"#{name}"} for name in ("comment", "guard", "prefix", "calls")]
    return {
        "script": {
            "patterns": [
                {"match": "^#.*$", "name": "markup.heading.section.scriptest"},
                {"begin": r"^(?=[ \t]*\S)", "end": "$", "patterns": line},
            ]
        },
        "guard": _guard([one.name for one in conditions]),
        "prefix": {"match": r"[!?](?=\s)", "name": "keyword.operator.prefix.scriptest"},
        "calls": {"patterns": [rule for rule in calls if rule]},
        "program": {
            "begin": rf"{_WORD_START}([^\s'#\[-][^\s'#]*)|(?=')",
            "beginCaptures": {"1": {"name": "entity.name.function.scriptest"}},
            "end": "$",
            "patterns": arguments,
        },
    }


def _call(names: Sequence[str], scope: str, patterns: list[Rule]) -> Rule:
    if not names:
        return {}
    return {
        "begin": rf"{_WORD_START}({_one_of(names)}){_WORD_END}",
        "beginCaptures": {"1": {"name": f"{scope}.scriptest"}},
        "end": "$",
        "patterns": patterns
        if {"include": "#comment"} in patterns
        else [
            {"include": "#comment"},
            *patterns,
        ],
    }


def _guard(names: Sequence[str]) -> Rule:
    return {
        "begin": r"\[",
        "beginCaptures": {"0": {"name": "punctuation.section.brackets.begin.scriptest"}},
        "end": r"(\])|$",
        "endCaptures": {"1": {"name": "punctuation.section.brackets.end.scriptest"}},
        "name": "meta.guard.scriptest",
        "patterns": [
            {"include": "#variable"},
            {"match": r"&&|\|\||!(?!=)", "name": "keyword.operator.logical.scriptest"},
            {"match": r"[()]", "name": "punctuation.section.parens.scriptest"},
            {
                "match": rf"(?<![\w.-])({_one_of(names)})(?![\w-])((?:[:<>=!.][^\s\]&|)]*)?)",
                "captures": {
                    "1": {"name": "support.constant.condition.scriptest"},
                    "2": {"name": "string.unquoted.suffix.scriptest"},
                },
            },
            {"match": r"[^\s\[\]&|!()$]+", "name": "variable.other.condition.scriptest"},
        ],
    }


def _one_of(names: Iterable[str]) -> str:
    from re import escape

    # Longest first, since a name may begin with another one.
    return "|".join(escape(name) for name in sorted(names, key=lambda name: (-len(name), name)))


# --- words -----------------------------------------------------------------------------------


def _words() -> dict[str, Rule]:
    names = ("comment", "background", "string", "variable", "flag", "arrow")
    quoted: Rule = {
        "begin": "'",
        "end": "'(?!')|$",
        "patterns": [{"match": "''", "name": "constant.character.escape.scriptest"}],
    }
    regexp: list[Rule] = [
        {"match": r"''|\\.", "name": "constant.character.escape.scriptest"},
        {"match": r"[\]\[^$.|?*+(){}]", "name": "keyword.operator.regexp.scriptest"},
    ]
    return {
        "arguments": {"patterns": [{"include": f"#{name}"} for name in names]},
        "comment": {"match": "#.*$", "name": "comment.line.number-sign.scriptest"},
        "string": {**quoted, "name": "string.quoted.single.scriptest"},
        "pattern": {**quoted, "name": "string.regexp.scriptest", "patterns": regexp},
        "variable": {
            "match": r"\$(?:\{[^}\s]*\}|[A-Za-z0-9_]+|[*#$@!?-])",
            "name": "variable.other.scriptest",
        },
        "flag": {
            "match": r"(?<!\S)(--?[A-Za-z][\w-]*)(=?)",
            "captures": {
                "1": {"name": "variable.parameter.flag.scriptest"},
                "2": {"name": "keyword.operator.assignment.scriptest"},
            },
        },
        "background": {
            "match": r"(?<!\S)&(?:(\w+)&)?(?=\s*(?:#.*)?$)",
            "name": "keyword.operator.background.scriptest",
            "captures": {"1": {"name": "entity.name.label.scriptest"}},
        },
        "arrow": {"match": r"(?<!\S)->(?!\S)", "name": "keyword.operator.arrow.scriptest"},
    }


def _dialogue() -> list[Rule]:
    patterns = ("comment", "pattern", "variable", "flag", "key")
    return [
        {
            "begin": rf"^[ \t]*({_one_of(_STEPS)}){_WORD_END}",
            "beginCaptures": {"1": {"name": "support.function.step.scriptest"}},
            "end": "$",
            "patterns": [
                *({"include": f"#{name}"} for name in patterns[:-1]),
                {"match": r"<[A-Za-z0-9-]+>", "name": "constant.character.key.scriptest"},
            ],
        },
        {"include": "#comment"},
    ]
