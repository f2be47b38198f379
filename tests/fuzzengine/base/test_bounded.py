"""Bounding texts and logs."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from fuzzengine.base.bounded import LINE_LIMIT, BoundedLog, shorten

OMISSION = re.compile(
    r"^\.\.\. ([\d,]+) characters(?: \(([\d,]+) lines\))? left out \.\.\.\n", re.M
)


@given(st.text(max_size=200), st.integers(2, 50))
def test_a_shortened_text_says_how_much_is_missing(text: str, limit: int) -> None:
    shortened = shorten(text, limit)
    if len(text) <= limit:
        assert shortened == text
        return
    omission = OMISSION.search(shortened, limit // 2)
    assert omission is not None
    start, end = shortened[: omission.start() - 1], shortened[omission.end() :]
    assert text.startswith(start)
    assert text.endswith(end)
    assert int(omission[1]) == len(text) - len(start) - len(end) > 0


def test_lines_are_bounded_too() -> None:
    shortened = shorten("line\n" * 3_000_000)
    assert shortened.count("\n") == LINE_LIMIT
    assert "(2,998,002 lines) left out" in shortened


@given(st.lists(st.text("ab", max_size=9).map(lambda text: text + "\n")), st.integers(0, 60))
def test_a_log_keeps_its_beginning_and_its_end(texts: list[str], limit: int) -> None:
    log = BoundedLog(limit)
    for text in texts:
        log.append(text)
    omission = OMISSION.search(str(log))
    whole = "".join(texts)
    if omission is None:
        assert str(log) == whole
    else:
        start, end = str(log)[: omission.start()], str(log)[omission.end() :]
        assert whole.startswith(start)
        assert whole.endswith(end)
        assert int(omission[1]) == len(whole) - len(start) - len(end)
        assert len(start) + len(end) <= limit + 10
    log.clear()
    assert str(log) == ""
