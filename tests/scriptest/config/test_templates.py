"""Tests of templates: their values, and the limits on them."""

from __future__ import annotations

import pytest

from scriptest.config.templates import LimitedEnvironment, LimitError, RenderError

VALUES = {"a": "docker", "b": "3", "n": "x y z"}


def render(text: str) -> str:
    return LimitedEnvironment().render_text(text, VALUES)


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{{ a }}", "docker"),
        ("{{ a|upper }}-{{ b|int + 1 }}", "DOCKER-4"),
        ("{% if a == 'docker' %}x{% else %}y{% endif %}", "x"),
        ("{% for i in range(3) %}{{ i }},{% endfor %}", "0,1,2,"),
        ("{% for k in n.split() %}{{ loop.index }}{{ k }}{% endfor %}", "1x2y3z"),
        ("{% for k, v in [(1, 2)] %}{{ k }}{{ v }}{% endfor %}", "12"),
        ("{% for x in [[2]] recursive %}{{ loop(x) if x is iterable else x }}{% endfor %}", "2"),
        ("{{ 'ab' * 3 }} {{ [1] * 2 }} {{ 2 ** 10 }} {{ -5 // 2 }}", "ababab [1, 1] 1024 -3"),
        ("{{ '%03d' % 7 }} {{ '{:>8}'.format(a) }} {{ a|center(8) }}.", "007   docker  docker ."),
        ("{{ '{}'.format(123456789) }} {{ 1000000 * 3000000 }}", "123456789 3000000000000"),
        ("{{ c|default(123456789) }} {{ c is defined }}", "123456789 False"),
        ("{{ n.split()|map('upper')|join('-') }} {{ range(3)|list }}", "X-Y-Z [0, 1, 2]"),
        ("{{ a ~ b ~ 1 }} {{ a[1:3] }} {{ {'k': 1}.k }}", "docker31 oc 1"),
        ("{% macro f(x) %}<{{ x }}>{% endmacro %}{{ f(200000) }}", "<200000>"),
        (
            "{% macro f(x) %}{{ x.index }}{% endmacro %}{% for i in b %}{{ f(loop) }}{% endfor %}",
            "1",
        ),
        (
            "{% set s = namespace(x=0) %}{% for i in [1, 2] %}{% set s.x = s.x + i %}{% endfor %}"
            "{{ s.x }}",
            "3",
        ),
        ("{{ [{'x': 1}, {'x': 2}]|sum(attribute='x') }}", "3"),
    ],
)
def test_values(template: str, text: str) -> None:
    assert render(template) == text


def growth(start: str, following: str) -> str:
    return (
        f"{{% set s = namespace(x={start}) %}}"
        f"{{% for i in range(99) %}}{{% set s.x = {following} %}}{{% endfor %}}"
    )


@pytest.mark.parametrize(
    "template",
    [
        # operators
        "{{ 'a' * 3000000000 }}",
        "{{ 3000000000 * [1] }}",
        "{{ ['x' * 90000] * 90000 }}",
        "{{ 2 ** 3000000000 }}",
        growth("'a'", "s.x ~ s.x"),
        growth("[1]", "s.x + s.x"),
        growth("[1]", "[s.x, s.x]"),
        growth("2", "s.x * s.x"),
        # formats
        "{{ '%3000000000d' % 1 }}",
        "{{ '%*d' % (3000000000, 1) }}",
        "{{ '%3000000000d'|format(1) }}",
        "{{ '{:3000000000}'.format(1) }}",
        "{{ '{:{}}'.format(1, 3000000000) }}",
        "{% set f = '{:3000000000}'.format %}{{ f(1) }}",
        # filters and methods
        "{{ 'a'|center(3000000000) }}",
        "{{ 'a'.center(3000000000) }}",
        "{{ ['a']|map('center', 3000000000)|list }}",
        "{{ 'a'|attr('center')(3000000000) }}",
        "{{ (5).to_bytes(3000000000, 'big') }}",
        "{{ 1.5|round(3000000000, 'ceil') }}",
        "{{ ('x' * 90000)|replace('x', 'y' * 90000) }}",
        "{{ ('x' * 90000).replace('x', 'y' * 90000) }}",
        "{{ range(90000)|join('x' * 90000) }}",
        "{{ range(90000)|map('string')|join('x' * 90000) }}",
        "{{ range(90000)|map('center', 90000)|join }}",
        "{{ ('\t' * 90000).expandtabs(90000) }}",
        "{{ [[1]]|sum(start=[]) }}",
        # time
        "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}",
        "{% for i in range(99999) %}" + "A" * 9999 + "{% endfor %}",
        "{% set x %}{% for i in range(99999) %}" + "A" * 9999 + "{% endfor %}{% endset %}",
        "{% set x = range(9999)|list %}{% for i in range(99999) %}{{ 'z' in x }}{% endfor %}",
        "{% set x = 'x' * 90000 %}{% for i in range(99999) %}{% set y = x[1:] %}{% endfor %}",
        "{% macro f(n) %}{% if n %}{{ f(n-1) }}{{ f(n-1) }}{% endif %}{% endmacro %}{{ f(60) }}",
        "{{ a }}" * 99999,
    ],
)
def test_limits(template: str) -> None:
    with pytest.raises(LimitError):
        render(template)


def test_the_templates_of_a_script_share_the_limit_on_work() -> None:
    environment = LimitedEnvironment()
    loop = "{% for i in range(50000) %}{% endfor %}"
    with pytest.raises(LimitError, match="too much work"):
        [environment.render_text(loop, VALUES) for _ in range(100)]


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("{{ c }}", "'c' is undefined"),
        ("{{ a.__class__ }}", "access to attribute '__class__'"),
        ("{% macro f() %}{{ f() }}{{ f() }}{% endmacro %}{{ f() }}", "RecursionError"),
        ("{{ " + "(" * 5000, "RecursionError"),
        ("{% include 'x' %}", "TypeError: no loader"),
    ],
)
def test_errors_are_one_line(template: str, message: str) -> None:
    with pytest.raises(RenderError, match=message) as caught:
        render(template)
    assert "\n" not in str(caught.value)
