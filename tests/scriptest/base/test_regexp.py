from __future__ import annotations

import re
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scriptest.base.regexp import PatternError, Span, quote
from scriptest.base.regexp import compile as compile_pattern

# What Go's regexp finds with FindAllIndex; checked against go1.27.
FOUND: list[tuple[str, bytes, list[Span]]] = [
    ("x*", b"axb", [(0, 0), (1, 2), (3, 3)]),
    ("", b"ab", [(0, 0), (1, 1), (2, 2)]),
    ("a*?", b"aa", [(0, 0), (1, 1), (2, 2)]),
    ("a|", b"aba", [(0, 1), (2, 3)]),
    ("^", b"a\nb\n", [(0, 0)]),
    ("(?m)^", b"a\nb\n", [(0, 0), (2, 2), (4, 4)]),
    ("(?m)$", b"a\nb\n", [(1, 1), (3, 3), (4, 4)]),
    ("$", b"a\n", [(2, 2)]),
    ("(?m)a$", b"a\r\na\n", [(3, 4)]),
    (r"\Aa", b"aa", [(0, 1)]),
    (r"a\z", b"aa", [(1, 2)]),
    (r"\b", b"ab c", [(0, 0), (2, 2), (3, 3), (4, 4)]),
    (r"\B", b"ab\xc3\xa9", [(1, 1), (4, 4)]),
    (".", b"a\n\xc3\xa9", [(0, 1), (2, 4)]),
    ("(?s).", b"\n", [(0, 1)]),
    ("[^a]", b"a\n", [(1, 2)]),
    (r"\s", b" \t\n\v\f\r\xc2\xa0", [(0, 1), (1, 2), (2, 3), (4, 5), (5, 6)]),
    (r"\w", b"a_1\xc3\xa9", [(0, 1), (1, 2), (2, 3)]),
    (r"\d", b"1\xd9\xa1", [(0, 1)]),
    (r"\pL", b"1a\xc3\xa9", [(1, 2), (2, 4)]),
    (r"\P{Greek}", b"\xce\xb1a", [(2, 3)]),
    ("(?i)k", b"kK\xe2\x84\xaa", [(0, 1), (1, 2), (2, 5)]),
    ("(?i)\u00e9", b"\xc3\x89", [(0, 2)]),
    ("a{,2}", b"aa a{,2}", [(3, 8)]),
    ("a{", b"a{", [(0, 2)]),
    (r"\Q.*\E", b"a.*", [(1, 3)]),
    (r"\x{e9}\x41", b"\xc3\xa9A", [(0, 3)]),
    (r"[[:alpha:]]+", b"ab1\xc3\xa9", [(0, 2)]),
    ("(?U)a+", b"aa", [(0, 1), (1, 2)]),
    ("a(?i)b", b"aBAB", [(0, 2)]),
    ("(?P<x>a)(?<y>b)", b"ab", [(0, 2)]),
    # Every byte that is not UTF-8 counts as one U+FFFD.
    (".", b"a\xffb", [(0, 1), (1, 2), (2, 3)]),
    (".", b"\xe2\x82", [(0, 1), (1, 2)]),
    (".", b"\xed\xa0\x80", [(0, 1), (1, 2), (2, 3)]),
    ("", b"\xe2\x82x", [(0, 0), (1, 1), (2, 2), (3, 3)]),
    ("\ufffd", b"\xff \xef\xbf\xbd", [(0, 1), (2, 5)]),
    ("b.", b"\xff\xffab\xffb\n", [(3, 5)]),
    (r"\W", b"a\xffa", [(1, 2)]),
    (r"(?m)^b$", b"\xff\nb\n\xff", [(2, 3)]),
]

REFUSED = [
    *("(", "a)", "[a", "x[]", "*a", "a|+?", "({2,}", "a**", "a++b", "a{2}*?"),
    *("a{1001}", "a{2,1}", "(a{100}){11}"),
    *("(?=a)", "(?!a)", "(?<=a)", "(?<!a>b)", "(?P=a)", "(?P<a", "(?#a)", "(?x)a", "(?i", "(?i-)"),
    *(r"(a)\1", r"\Z", r"\u00e9", "\\\u00e9", r"\x4", r"\x{110000}", r"\x{}", r"[a-\d]", "a\\"),
    *("[z-a]", "[[:foo:]]", r"\pX", r"\p{Foo}", r"\p{L"),
    *("a\udcffb", r"\Q" + "\udcff", "a\udced\udcbf\udcbf", "\ud800"),
]

# Go refuses these, RE2 accepts them.
REFUSED_BY_GO = [
    (r"\C", r"invalid escape: `\C`"),
    (r"\\\C", r"invalid escape: `\C`"),
    (r"[a]\C", r"invalid escape: `\C`"),
    ("(?P<\u00e9>a)", "invalid group: `(?P<\u00e9>`"),
    ("(?<a\u00e9>a)", "invalid group: `(?<a\u00e9>`"),
    ("a{99999999999}", "invalid repetition: `{99999999999}`"),
    ("{99999999999,}", "invalid repetition: `{99999999999,}`"),
    ("[]]{99999999999,0}", "invalid repetition: `{99999999999,0}`"),
    ("a{0,99999999999}", "invalid repetition: `{0,99999999999}`"),
]

# Here the same characters mean something else, to both.
ACCEPTED = [
    *(r"\\C", r"\Q\C\E", r"\Q\C", "(?P<a>\u00e9>)", "\\(?P<\u00e9>", "[(?P<\u00e9>]"),
    *(r"\Q{99999999999}", r"\{99999999999}", "[{99999999999}]", r"[]\]{99999999999}]"),
    *(
        "[^]{99999999999}]",
        "[[:^word:]{99999999999}]",
        "[[:{99999999999}]",
        r"\x{9}[{99999999999}]",
    ),
    *("a{09999999999}", "a{5,09999999999}", "a{,99999999999}", r"\p{Greek}{9}"),
]


@pytest.mark.parametrize(("pattern", "data", "spans"), FOUND)
def test_finds_what_go_finds(pattern: str, data: bytes, spans: list[Span]) -> None:
    compiled = compile_pattern(pattern, multiline=False)
    assert compiled.findall_spans(data) == spans
    assert compiled.search(data) == (spans[0] if spans else None)


@pytest.mark.parametrize("multiline", [True, False])
@pytest.mark.parametrize("pattern", REFUSED)
def test_refuses_what_go_refuses(pattern: str, multiline: bool) -> None:
    with pytest.raises(PatternError, match=r"^not a valid pattern: "):
        compile_pattern(pattern, multiline=multiline)


@pytest.mark.parametrize(("pattern", "text"), REFUSED_BY_GO)
def test_refuses_what_only_go_refuses(pattern: str, text: str) -> None:
    with pytest.raises(PatternError) as caught:
        compile_pattern(pattern)
    assert str(caught.value) == f"not a valid pattern: {text}"


@pytest.mark.parametrize("pattern", ACCEPTED)
def test_accepts_what_go_accepts(pattern: str) -> None:
    assert compile_pattern(pattern).source == pattern


def test_lines_are_matched_by_default() -> None:
    assert compile_pattern("^b$").search(b"a\nb\nc") == (2, 3)
    assert compile_pattern("^b$", multiline=False).search(b"a\nb\nc") is None


def test_the_message_shows_the_part_that_is_wrong_as_it_was_given() -> None:
    for pattern, text in (("(", "missing ): `(`"), ("ab**", "bad repetition operator: `**`")):
        with pytest.raises(PatternError, match=re.escape(f"not a valid pattern: {text}")):
            compile_pattern(pattern)


def test_no_match() -> None:
    assert compile_pattern("b").search(b"a") is None
    assert compile_pattern("b").groups(b"a") is None
    assert compile_pattern("b").findall_spans(b"a") == []


def test_groups() -> None:
    assert compile_pattern("(x)?(b)(c*)").groups(b"\xffab") == [(2, 3), None, (2, 3), (3, 3)]


@pytest.mark.parametrize(
    ("text", "pattern"), [("a.b*c", r"a\.b\*c"), ("[x]{1}|^$()+?\\", None), ("-/ é", "-/ é")]
)
def test_quote(text: str, pattern: str | None) -> None:
    assert quote(text) == (pattern or "".join(f"\\{c}" if c not in "x1" else c for c in text))


TEXT = st.text(st.characters(exclude_categories=["Cs"]))


@given(TEXT, TEXT, TEXT)
def test_quoted_text_matches_itself(before: str, text: str, after: str) -> None:
    data = (before + text + after).encode()
    span = compile_pattern(quote(text)).search(data)
    assert span is not None
    assert data[slice(*span)] == text.encode()
    assert span[0] == data.index(text.encode())


PIECES = [
    "a",
    "b",
    "é",
    ".",
    "x*",
    "|",
    "(",
    ")",
    "?",
    "[",
    "]",
    "^",
    "$",
    r"\b",
    r"\B",
    "{2}",
    "\\",
]
BYTES = st.lists(
    st.sampled_from([b"a", b"x", b"\n", "é".encode(), b"\xff", b"\xe2\x82", b"\x80"])
).map(b"".join)


@given(st.lists(st.sampled_from(PIECES), max_size=6).map("".join), BYTES)
def test_any_pattern_compiles_or_is_a_pattern_error(pattern: str, data: bytes) -> None:
    try:
        compiled = compile_pattern(pattern)
    except PatternError as error:
        message = str(error)
    else:
        message = ""
        spans = compiled.findall_spans(data)
        assert compiled.search(data) == (spans[0] if spans else None)
        assert_go_rule(spans, data)
    assert not message or message.startswith("not a valid pattern: ")


def assert_go_rule(spans: list[Span], data: bytes) -> None:
    """Matches go forward, and no empty one touches the match before."""
    last = -1
    for start, end in spans:
        assert last <= start <= end <= len(data)
        assert end > start or start != last
        last = end


@given(st.text(st.sampled_from("ab\n")), st.sampled_from(["a*", "a|b", "(?:ab)?", ".a"]))
def test_find_all_is_the_standard_library_less_touching_empty_matches(
    text: str, pattern: str
) -> None:
    data = text.encode()
    expected = []
    last = -1
    # re also reports the empty match that touches the one before.
    for match in re.finditer(pattern.encode(), data):
        if match.start() != match.end() or match.start() != last:
            expected.append(match.span())
        last = match.end()
    assert compile_pattern(pattern).findall_spans(data) == expected


@pytest.mark.process
def test_the_engine_is_imported_late_and_prints_nothing() -> None:
    code = (
        "import sys; from scriptest.base import regexp; assert 're2' not in sys.modules\n"
        "try: regexp.compile('(')\n"
        "except regexp.PatternError: assert 're2' in sys.modules\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
