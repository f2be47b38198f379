"""Every error here was taken from Go 1.27; tests/interop compares thousands more."""

from __future__ import annotations

import pytest

from fuzzengine.golang.expr import ExpressionError, parse
from fuzzengine.golang.node import Array, Call, Ident, Literal, Unary


def refusal(line: str) -> str:
    with pytest.raises(ExpressionError) as caught:
        parse(line.encode("utf-8", "surrogateescape"))
    return str(caught.value).removeprefix("(test):1:")


def test_a_conversion_is_a_tree() -> None:
    call = parse(b'[]byte("a")')
    assert isinstance(call, Call)
    assert isinstance(call.function, Array)
    assert call.function.length is None
    assert isinstance(call.function.element, Ident)
    [argument] = call.arguments
    assert isinstance(argument, Literal)
    assert (argument.kind, argument.text, argument.offset) == ("STRING", '"a"', 7)
    negative = parse(b"int( - 5)")
    assert isinstance(negative, Call)
    assert isinstance(negative.arguments[0], Unary)


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("int(1", "6: missing ',' before newline in argument list"),
        ("int(1 2)", "7: missing ',' in argument list"),
        ('string("a"b\'', "11: missing ',' in argument list (and 1 more errors)"),
        ("int(1)\\", "7: illegal character U+005C '\\'"),
        ("\udcff\udcfe", "1: illegal UTF-8 encoding (got UTF-16) (and 1 more errors)"),
        ("int(\udcff)", "5: illegal UTF-8 encoding (and 1 more errors)"),
        (
            "\u201ca\u201d",
            "1: curly quotation mark '\u201c' (use neutral '\"') (and 1 more errors)",
        ),
        ("f(a=b)", "4: expected '==', found '='"),
        ("a[::]", "3: middle index required in 3-index slice"),
        ("a[1:2:]", "6: final index required in 3-index slice"),
        ("a[]", "3: expected operand, found ']'"),
        ("(int){1}", "2: cannot parenthesize type in composite literal"),
        ("int(/* c", "5: comment not terminated"),
        ("struct{a}{}.", "13: expected selector or type assertion, found 'EOF'"),
        ("struct{(a)}", "8: cannot parenthesize embedded type"),
        ("interface{m[T any]()}", "12: interface method must have no type parameters"),
        ("func(a int, b)", "14: missing parameter type"),
        ("func(a int, []b)", "13: missing parameter name"),
        ("func(...int, a)", "6: can only use ... with final parameter"),
        ("func[T any]()", "5: function type must have no type parameters"),
        ("map[int]", "9: expected type, found newline"),
        ("<-chan<- 1", "10: expected type, found 1"),
        ("<-<-chan int", "3: expected 'chan'"),
        ("[1,]int", "3: unexpected comma; expecting ]"),
        ("0b12", "4: invalid digit '2' in binary literal"),
        ("1__0", "3: '_' must separate successive digits"),
        ("0x1.0", "6: hexadecimal mantissa requires a 'p' exponent"),
        ("'\\u12g4'", "6: illegal character U+0067 'g' in escape sequence"),
        ('"\\', "1: string literal not terminated (and 1 more errors)"),
    ],
)
def test_errors_are_those_of_go(line: str, error: str) -> None:
    assert refusal(line) == error


@pytest.mark.parametrize(
    "line",
    [
        "a.b[c].(d)(e, f...)",
        "x[1:2:3] + y[:] &^ z[a, b] || !w == <-v",
        "struct{a, b int; c []T `tag`; *d; e.F}{1, 2: {3}}",
        "interface{~int | string; m(a, b int) (c error); n.O; p[q]}",
        "func(a int, b ...string) map[chan<- int]<-chan *[3]T",
        "func() { if x { return } }()",
        "[...]int{1, 2,}",
        "(*T)(nil)",
        "f(/* a */ 1) // b",
    ],
)
def test_go_expressions_are_accepted(line: str) -> None:
    parse(line.encode())


@pytest.mark.parametrize("opening", ["(", "[]", "- ", "f(", "a{{", "func(", "<-", "*", "struct{a "])
def test_deep_nesting_is_an_error_not_a_crash(opening: str) -> None:
    assert "exceeded max nesting depth" in refusal(opening * 5000)
