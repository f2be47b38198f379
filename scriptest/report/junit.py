"""Renders results as JUnit XML for build servers."""

from __future__ import annotations

from collections.abc import Sequence

from scriptest.base.visible import visible
from scriptest.engine.result import Result, Status
from scriptest.report.text import failure_text, log_text


def render(results: Sequence[Result], seconds: float) -> str:
    """Return a run as one test suite.

    Args:
        results: the results of all finished scripts, in any order; they are sorted by name.
        seconds: the duration of the run.
    """
    broken = sum(result.status is Status.BROKEN for result in results)
    failed = sum(result.status.is_failure for result in results) - broken
    skipped = sum(result.status in (Status.SKIPPED, Status.XFAIL) for result in results)
    head = (
        f'<testsuite name="scriptest" tests="{len(results)}" failures="{failed}" '
        f'errors="{broken}" skipped="{skipped}" time="{seconds:.3f}">'
    )
    cases = [_case(result) for result in sorted(results, key=lambda each: each.name)]
    lines = ['<?xml version="1.0" encoding="utf-8"?>', "<testsuites>", head, *cases]
    return "\n".join([*lines, "</testsuite>", "</testsuites>"]) + "\n"


def _case(result: Result) -> str:
    folder, _, name = result.name.rpartition("/")
    attributes = (
        f"classname={_attribute(folder.replace('/', '.') or 'scriptest')} "
        f'name={_attribute(name)} file={_attribute(result.file)} time="{result.seconds:.3f}"'
    )
    parts = [f"<testcase {attributes}>"]
    if result.status.is_failure:
        kind = "error" if result.status is Status.BROKEN else "failure"
        message = result.failure.message if result.failure else result.status.label
        text = _data(failure_text(result) or result.reason)
        parts.append(f"<{kind} message={_attribute(message)}>{text}</{kind}>")
    elif result.status in (Status.SKIPPED, Status.XFAIL):
        parts.append(f"<skipped message={_attribute(result.reason)}/>")
    else:
        log = log_text(result)
        parts.append(f"<system-out>{_data(log)}</system-out>")
    parts.append("</testcase>")
    return "\n".join(parts)


def _attribute(text: str) -> str:
    from xml.sax.saxutils import quoteattr

    return quoteattr(visible(text))


def _data(text: str) -> str:
    # `]]>` would end the section, so it is divided between two.
    return "<![CDATA[" + visible(text).replace("]]>", "]]]]><![CDATA[>") + "]]>"
