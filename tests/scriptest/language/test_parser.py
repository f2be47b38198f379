from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from scriptest.base.errors import ScriptSyntaxError
from scriptest.language.parser import And, Cond, Expr, Line, Not, Or, parse, parse_all, quote_word

SCRIPT_TEXT = st.lists(
    st.sampled_from(
        [*" \t\r\n'#[]!?&|()$a", "''", "&&", "||", "! ", "[a] ", "\u00a0", "\x0b", "\x85"]
    ),
    max_size=25,
).map("".join)


def one(text: str) -> Line:
    lines = list(parse(text, "f").lines())
    assert len(lines) == 1
    return lines[0]


def raws(text: str) -> list[str]:
    return [word.raw for word in one(text).words]


def problem(text: str) -> str:
    with pytest.raises(ScriptSyntaxError) as caught:
        parse(text, "f")
    return str(caught.value)


def show(expr: Expr) -> str:
    """Format an expression with all parentheses."""
    if isinstance(expr, Cond):
        return expr.name.raw
    if isinstance(expr, Not):
        return f"!{show(expr.term)}"
    assert isinstance(expr, And | Or)
    sign = " && " if isinstance(expr, And) else " || "
    return f"({sign.join(show(term) for term in expr.terms)})"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("exec a b", ["exec", "a", "b"]),
        ("\texec  a\tb\r", ["exec", "a", "b"]),
        ("exec a#b c", ["exec", "a"]),
        ("exec '#' 'a b'c'd'", ["exec", "#", "a bcd"]),
        ("exec 'it''s' ''''", ["exec", "it's", "'"]),
        ("exec '' a''", ["exec", "", "a"]),
        ("exec a # it's", ["exec", "a"]),
        ("'exec' a", ["exec", "a"]),
        ("exec a\u00a0b \x0b", ["exec", "a\u00a0b", "\x0b"]),
        ('exec "a b" \\\'', None),
        ("exec a&b &x x&", ["exec", "a&b", "&x", "x&"]),
        ("exec && exec b", ["exec", "&&", "exec", "b"]),
        ("exec [a] ! ?", ["exec", "[a]", "!", "?"]),
    ],
)
def test_words(text: str, words: list[str] | None) -> None:
    if words is None:
        assert "unterminated quote" in problem(text)
    else:
        assert raws(text) == words


def test_fragments_keep_quoting_and_columns() -> None:
    word = one("exec  foo'a b'$X'it''s'").words[1]
    assert word.column == 7
    assert word.is_quoted
    assert [(f.text, f.quoted, f.column) for f in word.fragments] == [
        ("foo", False, 7),
        ("a b", True, 10),
        ("$X", False, 15),
        ("it's", True, 17),
    ]


def test_the_fast_path_yields_the_same_columns() -> None:
    assert [word.column for word in one(" \ta  bb\tc").words] == [3, 6, 9]
    assert one("a  bb c # ''").words == one("a  bb c").words


@pytest.mark.parametrize(
    ("text", "prefix", "guards", "command"),
    [
        ("! exec a", "!", [], "exec"),
        ("? exec a", "?", [], "exec"),
        ("[a] ! exec", "!", ["[a]"], "exec"),
        ("! [a] exec", "!", ["[a]"], "exec"),
        ("[a] [!b] ? [c] exec", "?", ["[a]", "[!b]", "[c]"], "exec"),
        ("[a][b] exec", "", ["[a]", "[b]"], "exec"),
        ("'!' exec", "", [], "!"),
        ("'?' exec", "", [], "?"),
        ("'[a]' exec", "", [], "[a]"),
        ("! '!x' exec", "!", [], "!x"),
        ("'&'", "", [], "&"),
        ("?x", "", [], "?x"),
    ],
)
def test_prefixes(text: str, prefix: str, guards: list[str], command: str) -> None:
    line = one(text)
    assert (line.prefix, [guard.text for guard in line.guards]) == (prefix, guards)
    assert line.words[0].raw == command


@pytest.mark.parametrize(
    ("text", "background", "words"),
    [
        ("exec a &", "", ["exec", "a"]),
        ("exec &# c", "", ["exec"]),
        ("exec a &b_1&", "b_1", ["exec", "a"]),
        ("exec a '&'", None, ["exec", "a", "&"]),
        ("exec a ''&", None, ["exec", "a", "&"]),
        ("exec a & b", None, ["exec", "a", "&", "b"]),
        ("&b&", None, ["&b&"]),
        ("exec &b& c", None, ["exec", "&b&", "c"]),
    ],
)
def test_background(text: str, background: str | None, words: list[str]) -> None:
    line = one(text)
    assert line.background == background
    assert [word.raw for word in line.words] == words


@pytest.mark.parametrize(
    ("guard", "meaning"),
    [
        ("[a]", "a"),
        ("[!a]", "!a"),
        ("[ ! a ]", "!a"),
        ("[!!a]", "!!a"),
        ("[a && !b || c]", "((a && !b) || c)"),
        ("[a||b&&c]", "(a || (b && c))"),
        ("[(a || b) && c]", "((a || b) && c)"),
        ("[!(a && b)]", "!(a && b)"),
        ("[exec:x[1]]", "exec:x[1]"),
        ("[python>=3.12]", "python>=3.12"),
        ("[env:A=b&c|d]", "env:A=b&c|d"),
        ("[env:A=!x]", "env:A=!x"),
        ("[exec:'a b)]#&&']", "exec:a b)]#&&"),
        ("['!a']", "!a"),
        ("[" + " && ".join("a" * 99) + "]", "(" + " && ".join("a" * 99) + ")"),
    ],
)
def test_guard_expressions(guard: str, meaning: str) -> None:
    line = one(f"{guard} exec")
    assert show(line.guards[0].expr) == meaning
    assert line.guards[0].text == guard
    assert line.words[0].raw == "exec"


def test_guard_columns_and_variables() -> None:
    guard = one("  [!exec:$X'$Y' && b] exec").guards[0]
    assert guard.column == 3
    first, second = guard.expr.conditions()
    assert (first.column, second.column) == (5, 20)
    assert [(f.text, f.quoted) for f in first.name.fragments] == [("exec:$X", False), ("$Y", True)]


def test_evaluation_is_lazy() -> None:
    asked = []

    def holds(cond: Cond) -> bool:
        asked.append(cond.name.raw)
        return cond.name.raw == "t"

    expr = one("[f && x || !f && t || y] exec").guards[0].expr
    assert expr.evaluate(holds)
    assert asked == ["f", "f", "t"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("exec 'a", "f:1:6: unterminated quote: close it with '"),
        ("\nexec a'b''", "f:2:7: unterminated quote"),
        ("! ! exec", "f:1:3: duplicate `!`: remove one"),
        ("? [a] ? exec", "f:1:7: duplicate `?`"),
        ("? ! exec", "f:1:3: `!` and `?` are mutually exclusive"),
        ("!exec a", "f:1:1: `!exec` is not a command: did you mean `! exec`?"),
        ("![a] exec", "f:1:1: `![a]` is not a command: did you mean `[!a]`?"),
        ("!! exec", "f:1:1: `!!` is not a command: did you mean `! cmd`?"),
        ("!", "f:1:2: missing command after the prefix"),
        ("[a] # x", "f:1:5: missing command after the prefix"),
        ("&", "f:1:1: missing command before `&`"),
        ("[] exec", "f:1:2: empty condition"),
        ("[!] exec", "f:1:3: empty condition"),
        ("[a && ] exec", "f:1:7: empty condition"),
        ("[|| a] exec", "f:1:2: empty condition"),
        ("[()] exec", "f:1:3: empty condition"),
        ("[a exec", "f:1:1: unterminated `[`: close the condition with `]`"),
        ("  [a", "f:1:3: unterminated `[`"),
        ("[a#] exec", "f:1:1: unterminated `[`: `#` starts a comment"),
        ("[(a] exec", "f:1:2: unmatched `(`"),
        ("[a)] exec", "f:1:3: unmatched `)`"),
        ("[a b] exec", "f:1:4: expected `&&`, `||` or `]` in the condition before `b`"),
        ("[f(x)] exec", "f:1:3: expected `&&`, `||` or `]` in the condition before `(`"),
        ("[a]exec", "f:1:4: missing space after the `]`"),
        ("[exec:'a] exec", "f:1:7: unterminated quote"),
        ("[" + "(" * 1000 + "] exec", "f:1:52: condition is nested too deeply"),
        ("[" + "!" * 1000 + "] exec", "f:1:52: condition is nested too deeply"),
        ("exec a &b-c&", "f:1:8: invalid background name in `&b-c&`"),
        ("exec a &\u00e9&", "f:1:8: invalid background name in"),
        ("exec a\0b", "f:1:7: NUL character: remove it"),
        ("\udcff\udcfee\0", "f:1:1: the file is UTF-16 text: save it as UTF-8"),
    ],
)
def test_syntax_errors_have_location_and_fix(text: str, message: str) -> None:
    assert problem(text).startswith(message)
    assert "\n" not in problem(text)


def test_sections() -> None:
    script = parse("a\n# one \n\nb # x\n # no heading\n## two\n#\nc", "f")
    assert [(s.title, s.line, [line.number for line in s.lines]) for s in script.sections] == [
        ("", 1, [1]),
        ("one", 2, [4]),
        ("# two", 6, []),
        ("", 7, [8]),
    ]


def test_without_lines_before_the_first_heading_there_is_no_unnamed_section() -> None:
    assert [s.title for s in parse("\n# one\na\n", "f").sections] == ["one"]
    assert [s.title for s in parse("# one\na\n", "f").sections] == ["one"]
    assert list(parse("", "f").lines()) == []


def test_crlf_script() -> None:
    line = one("\r\n! exec 'a' b\r\n")
    assert (line.number, line.text, line.prefix) == (2, "! exec 'a' b", "!")
    assert [word.raw for word in line.words] == ["exec", "a", "b"]


def test_byte_order_mark_is_skipped() -> None:
    assert raws("\ufeffexec a") == ["exec", "a"]


def test_invalid_utf8_is_preserved() -> None:
    line = next(parse(b"exec \xff\xc3\xa9", "f").lines())
    assert line.words[1].raw == "\udcff\u00e9"


def test_parse_all_continues_after_errors() -> None:
    script, problems = parse_all("a\n!b\nc 'd\n# s\n[x] e", "f")
    assert [line.number for line in script.lines()] == [1, 5]
    assert [str(problem.location) for problem in problems] == ["f:2:1:", "f:3:3:"]


@given(SCRIPT_TEXT | st.text())
@example("[a")
@example("!'")
def test_any_text_parses_or_is_a_syntax_error(text: str) -> None:
    script, problems = parse_all(text, "f")
    rows = text.removeprefix("\ufeff").split("\n")
    for line in script.lines():
        assert line.words
        for word in line.words:
            assert word.fragments
            assert rows[line.number - 1][word.column - 1] == (
                "'" if word.fragments[0].quoted else word.raw[0]
            )
    for error in problems:
        assert error.location is not None
        assert error.location.column >= 1
    if problems:
        with pytest.raises(ScriptSyntaxError):
            parse(text, "f")


@given(st.binary(max_size=40))
def test_any_bytes_parse_or_are_a_syntax_error(data: bytes) -> None:
    parse_all(data, "f")


TEXTS = st.text(st.characters(exclude_characters="\n\0"), max_size=15) | SCRIPT_TEXT.map(
    lambda text: text.replace("\n", "")
)


@given(st.lists(TEXTS, min_size=1))
@example(["!"])
@example(["[a]", "&"])
@example(["", "&a&"])
def test_quoted_words_parse_to_the_original(texts: list[str]) -> None:
    line = one(" ".join(quote_word(text) for text in texts))
    assert [word.raw for word in line.words] == texts
    assert (line.prefix, line.guards, line.background) == ("", (), None)
    for word in line.words:
        assert all(fragment.quoted or "$" not in fragment.text for fragment in word.fragments)


@pytest.mark.parametrize(
    ("text", "word"),
    [("a/b-c=1", "a/b-c=1"), ("", "''"), ("it's", "'it''s'"), ("$X", "'$X'"), ("a b", "'a b'")],
)
def test_quote_word(text: str, word: str) -> None:
    assert quote_word(text) == word


def test_quote_word_rejects_newlines() -> None:
    with pytest.raises(ValueError, match="newline"):
        quote_word("a\nb")
