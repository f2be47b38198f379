"""Returns the parse tree of a script as plain data, for editors and other programs."""

from __future__ import annotations

from scriptest.language import parser, txtar
from scriptest.language.guards import And, Cond, Expr, Not, Or
from scriptest.language.lexer import Word

Tree = dict[str, object]


def tree(data: bytes, file: str) -> Tree:
    """Return the parse tree of a script file as JSON values.

    Lines and columns are 1-based. Lines with a syntax error are listed in `errors` instead of in
    their section. The `line` of a file is that of its marker.

    Args:
        data: the whole file.
        file: its name in the tree.
    """
    archive = txtar.parse(data)
    script, problems = parser.parse_all(archive.comment, file)
    errors = [
        {
            "line": problem.location.line,
            "column": problem.location.column,
            "message": problem.message,
        }
        for problem in problems
        if problem.location is not None
    ]
    return {
        "file": file,
        "sections": [
            {
                "title": section.title,
                "line": section.line,
                "lines": [_line(line) for line in section.lines],
            }
            for section in script.sections
        ],
        "files": [
            {"name": part.name, "line": part.line, "bytes": len(part.data)}
            for part in archive.files
        ],
        "errors": errors,
    }


def _line(line: parser.Line) -> Tree:
    return {
        "line": line.number,
        "text": line.text,
        "guards": [
            {"column": guard.column, "text": guard.text, "condition": _condition(guard.expr)}
            for guard in line.guards
        ],
        "prefix": line.prefix,
        "words": [_word(word) for word in line.words],
        "background": line.background,
    }


def _condition(expr: Expr) -> Tree:
    if isinstance(expr, Cond):
        return {"name": _word(expr.name)}
    if isinstance(expr, Not):
        return {"not": _condition(expr.term)}
    if isinstance(expr, And | Or):
        kind = "and" if isinstance(expr, And) else "or"
        return {kind: [_condition(term) for term in expr.terms]}
    raise TypeError(f"not a condition: {expr!r}")


def _word(word: Word) -> Tree:
    return {
        "column": word.column,
        "text": word.raw,
        "fragments": [
            {"column": part.column, "text": part.text, "quoted": part.quoted}
            for part in word.fragments
        ],
    }
