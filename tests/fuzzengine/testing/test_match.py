from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzzengine.testing.match import FilterError, Matcher, split_pattern
from fuzzengine.testing.pattern import compile_pattern


@pytest.mark.parametrize(
    ("text", "alternatives"),
    [
        ("A", [["A"]]),
        ("A/B", [["A", "B"]]),
        ("A|B/C", [["A"], ["B", "C"]]),
        ("a[/|]b", [["a[/|]b"]]),
        ("a(/|b)c/d", [["a(/|b)c", "d"]]),
        (r"a\/b", [[r"a\/b"]]),
        ("]/b", [["]", "b"]]),
        ("", [[""]]),
    ],
)
def test_patterns_are_split_outside_of_brackets(text: str, alternatives: list[list[str]]) -> None:
    assert split_pattern(text) == alternatives


@pytest.mark.parametrize(
    ("pattern", "name", "selected"),
    [
        ("Foo", "FuzzFoo", True),
        ("^Foo", "FuzzFoo", False),
        ("Foo$", "FuzzFoo", True),
        ("^FuzzFoo$", "FuzzFoo", True),
        ("^FuzzFoo$", "FuzzFoo2", False),
        ("F.*o", "FuzzFoo", True),
        ("FuzzFoo/seed", "FuzzFoo", True),
        ("FuzzFoo/seed", "FuzzFoo/seed#1", True),
        ("FuzzFoo/seed", "FuzzFoo/other", False),
        ("A|B/x", "B/x", True),
        ("A|B/x", "A/y", True),
        ("A|B/x", "B/y", False),
        ("/x", "Anything/x", True),
    ],
)
def test_selection(pattern: str, name: str, selected: bool) -> None:
    assert Matcher(pattern, "-test.run").matches(name) is selected


def test_skipping() -> None:
    matcher = Matcher("", "-test.run", "FuzzA/seed|FuzzB")
    assert matcher.matches("FuzzA")
    assert not matcher.matches("FuzzA/seed#0")
    assert not matcher.matches("FuzzB")
    assert matcher.matches("FuzzC")


def test_subtests_get_names_of_their_own() -> None:
    matcher = Matcher("", "-test.run")
    names = [matcher.subtest("T", name)[0] for name in ("a b", "a b", "", "", "\x01")]
    assert names == ["T/a_b", "T/a_b#01", "T/#00", "T/#01", r"T/\x01"]
    matcher.forget_subtests()
    assert matcher.subtest("T", "a b")[0] == "T/a_b"


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("(", 'element 0 of -test.fuzz ("("): not a valid pattern: missing ): `(`'),
        ("a/[", 'element 1 of -test.fuzz ("["): not a valid pattern: missing ]: `[`'),
        (
            "a|*",
            'alternation 1 of element 0 of -test.fuzz ("*"): '
            "not a valid pattern: no argument for repetition operator: `*`",
        ),
    ],
)
def test_malformed_patterns(pattern: str, text: str) -> None:
    with pytest.raises(FilterError) as caught:
        Matcher(pattern, "-test.fuzz")
    assert str(caught.value) == f"testing: invalid regexp for {text}"


@given(st.text(alphabet="ab/|[]()\\", max_size=20))
def test_splitting_loses_nothing(text: str) -> None:
    assert "|".join("/".join(elements) for elements in split_pattern(text)) == text


@given(st.text(max_size=12))
def test_a_name_is_matched_by_itself(name: str) -> None:
    from fuzzengine.testing.pattern import compile_pattern

    if name.isidentifier():
        assert compile_pattern(f"^{name}$").search(name)
        assert compile_pattern(name).search(f"x{name}x")


@given(st.text(st.sampled_from("a\n."), max_size=4))
def test_a_dot_is_found_in_any_line(text: str) -> None:
    assert compile_pattern(".").search(text) == compile_pattern("(.)").search(text)
