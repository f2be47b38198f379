"""Fuzz tests of the script language: every mistake has a place, and no text breaks the parser."""

from __future__ import annotations

from fuzzengine import F, T
from scriptest.base.errors import ScriptSyntaxError
from scriptest.language import expand, guards
from scriptest.language import lexer as words
from scriptest.language import parser as syntax


def FuzzSyntax(f: F) -> None:
    f.add(b"# one\n! exec go 'it''s' $A &\n[linux && !short] ? stop # done\r\n")
    f.add(b"\xef\xbb\xbf[a || (b)]exec x\n!x\n& \nexec x &y&")
    f.add(b"exec 'open\n[unclosed\n[]\nexec \xff")

    @f.fuzz
    def _(t: T, data: bytes) -> None:
        text = data.decode("utf-8", "surrogateescape").removeprefix("\ufeff")
        rows = text.split("\n")
        script, problems = syntax.parse_all(data, "a.txt")
        for problem in problems:
            place = problem.location
            assert place is not None
            assert 1 <= place.column <= len(rows[place.line - 1]) + 1
            assert str(problem).startswith(f"a.txt:{place.line}:{place.column}: ")
            assert problem.message
            assert "\n" not in problem.message
        for line in script.lines():
            assert rows[line.number - 1].removesuffix("\r") == line.text
            _check_line(line)
        try:
            syntax.parse(data, "a.txt")
        except ScriptSyntaxError as error:
            assert str(error) == str(problems[0])
        else:
            assert not problems


def _check_line(line: syntax.Line) -> None:
    """Written out again from its parts, a line means the same."""
    assert line.words
    parts = [guard.text for guard in line.guards]
    parts += [line.prefix, *(words.quote_word(word.raw) for word in line.words)]
    if line.background is not None:
        parts.append(f"&{line.background}&" if line.background else "&")
    (again,) = syntax.parse(" ".join(parts), "b.txt").lines()
    assert [word.raw for word in again.words] == [word.raw for word in line.words]
    assert [guard.text for guard in again.guards] == [guard.text for guard in line.guards]
    assert (again.prefix, again.background) == (line.prefix, line.background)


def FuzzQuoteWord(f: F) -> None:
    f.add("it's a $HOME # and")

    @f.fuzz
    def _(t: T, text: str) -> None:
        if "\n" in text:
            return
        (word,) = words.split(words.quote_word(text))
        assert word.raw == text
        assert _expanded(word) == text


def _expanded(word: words.Word) -> str:
    return expand.expand_word(word, lambda name: "!", quote_pattern=str)


def FuzzExpand(f: F) -> None:
    f.add("a$b ${c d} $$ ${X@R} ${ $ ${} $1", "v*")

    @f.fuzz
    def _(t: T, text: str, value: str) -> None:
        asked: list[str] = []

        def lookup(name: str) -> str:
            asked.append(name)
            return value

        got = expand.expand(text, lookup)
        assert asked == [name.removesuffix("@R") for name in expand.variables(text)]
        # What a value contains is never expanded in its turn.
        if "\0" not in text and "@R}" not in text:
            assert got == expand.expand(text, lambda name: "\0").replace("\0", value)
        if "$" not in text:
            assert got == text


def FuzzGuard(f: F) -> None:
    f.add("linux && !(short || 'a b')")
    f.add("!!a||b&&c[d]")

    @f.fuzz(allow=(words.Problem,))
    def _(t: T, text: str) -> None:
        guard, end = guards.read_guard(f"[{text}]", 0)
        assert guard.text == f"[{text}]"[:end]
        names = [cond.name.raw for cond in guard.expr.conditions()]
        assert names
        for truth in (True, False):
            asked: list[str] = []

            def holds(cond: guards.Cond, asked: list[str] = asked, truth: bool = truth) -> bool:
                asked.append(cond.name.raw)
                return truth

            guard.expr.evaluate(holds)
            assert asked
            assert set(asked) <= set(names)
