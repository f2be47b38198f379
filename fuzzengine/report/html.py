"""Renders the HTML report of a run's campaigns: one file that loads nothing and runs no script."""

from __future__ import annotations

import os

from fuzzengine.report.html_chart import HEIGHT, WIDTH, Chart, short
from fuzzengine.report.html_source import CoveredSource
from scriptest.base.html import shortened, style, templates
from scriptest.base.visible import visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from fuzzengine.report.html_model import CampaignRecord, ModuleRecord, RunRecord

_LONGEST_TEXT = 20_000
_MOST_LINES = 30_000
"""The number of source lines in one report; of further modules only the figures are shown."""


def render(record: RunRecord, *, package: str, flags: Sequence[str], folder: str) -> str:
    """Return the HTML report.

    Args:
        record: the events of the campaigns.
        package: the name of the package.
        flags: the flags of the command line, as they were given.
        folder: the package's folder; file names are relative to it.
    """
    own = os.path.join(os.path.dirname(__file__), "templates")
    campaigns = list(record.campaigns.values())
    modules = _modules(list(record.modules.values()), folder)
    return (
        templates(own)
        .get_template("fuzz.html")
        .render(
            style=style(own, "fuzz.css"),
            verdict=visible(_verdict(campaigns)),
            facts=_facts(campaigns, modules, package),
            parts=_parts(modules),
            flags=[visible(flag) for flag in flags],
            campaigns=[_campaign(each) for each in campaigns],
            modules=modules,
            size=(WIDTH, HEIGHT),
        )
    )


def _excerpt(text: str) -> str:
    return visible("".join(shortened(text.rstrip("\n"), _LONGEST_TEXT)))


def _verdict(campaigns: Sequence[CampaignRecord]) -> str:
    found = sum(_failures(each) for each in campaigns)
    if found:
        kinds = sum(len(each.buckets) for each in campaigns)
        return "Found a failure" if kinds <= 1 else f"Found {kinds} kinds of failure"
    if any(each.end.get("Reason", "error") == "error" for each in campaigns):
        return "The campaign did not finish"
    return "Found no failure" if campaigns else "No campaign ran"


def _failures(campaign: CampaignRecord) -> int:
    return sum(1 for bucket in campaign.buckets.values() if not bucket["Muted"])


def _facts(
    campaigns: Sequence[CampaignRecord], modules: Sequence[dict[str, Any]], package: str
) -> list[str]:
    execs = sum(each.execs for each in campaigns)
    seconds = sum(each.seconds for each in campaigns)
    facts = [visible(package), f"{execs:,} executions in {seconds:.1f}s"]
    if seconds:
        facts.append(f"{execs / seconds:,.0f} per second")
    if modules:
        reached = sum(module["reached"] for module in modules)
        total = sum(module["total"] for module in modules)
        facts.append(f"{reached:,} of {total:,} blocks reached")
    return facts


def _parts(modules: Sequence[dict[str, Any]]) -> list[tuple[str, int]]:
    reached = sum(module["reached"] for module in modules)
    total = sum(module["total"] for module in modules)
    return [("good", reached), ("rest", total - reached)] if total else []


def _campaign(campaign: CampaignRecord) -> dict[str, object]:
    mean = short(campaign.execs / campaign.seconds) if campaign.seconds else "0"
    charts = [
        Chart("Blocks reached", campaign.blocks.points, stepped=True),
        Chart("Executions per second", campaign.rate.points, stepped=False, now=f"mean {mean}"),
        Chart("Inputs in the corpus", campaign.inputs.points, stepped=True),
    ]
    start, unstable = campaign.start, campaign.end.get("Unstable", 0)
    facts = [f"seed {start['Seed']}", f"{start['Workers']} workers"] if start else []
    facts += [
        f"{campaign.execs:,} executions",
        f"{campaign.new_inputs:,} new inputs",
        *([f"{unstable:,} unstable locations"] if unstable else []),
        f"ended: {_REASONS.get(campaign.end.get('Reason', ''), 'cut short')}",
    ]
    return {
        "name": visible(campaign.name),
        "facts": facts,
        "charts": charts,
        "error": _excerpt(campaign.end.get("Error", "")),
        "buckets": _buckets(campaign),
    }


_REASONS = {
    "limit": "limit reached",
    "crash": "an input failed",
    "interrupted": "interrupted",
    "error": "an error stopped it",
}


def _buckets(campaign: CampaignRecord) -> list[dict[str, object]]:
    crashes = {crash["Bucket"]: crash for crash in campaign.crashes}
    titles = dict.fromkeys([*campaign.buckets, *crashes])
    found: list[dict[str, object]] = []
    for title in titles:
        bucket = campaign.buckets.get(title, {})
        crash = crashes.get(title, {})
        found.append(
            {
                "title": visible(title),
                "count": bucket.get("Count", 1),
                "name": visible(crash.get("Path") or bucket.get("Name", "")),
                "flaky": bucket.get("Flaky", False),
                "muted": bucket.get("Muted", False),
                "command": visible(crash.get("Command", "")),
                "input": _excerpt(crash.get("Input", "")),
                "failure": _excerpt(crash.get("Failure", "")),
            }
        )
    found.sort(key=lambda each: (bool(each["muted"]), -int(str(each["count"])), str(each["title"])))
    return found


def _modules(modules: Sequence[ModuleRecord], folder: str) -> list[dict[str, Any]]:
    """Return the modules: the package's before others, within each group those never run last."""
    shown: list[dict[str, Any]] = []
    left = _MOST_LINES

    def order(module: ModuleRecord) -> tuple[bool, bool, str]:
        inside = module.file.startswith(folder + os.sep)
        return not inside, "1" not in module.reached, module.name

    for module in sorted(modules, key=order):
        source = CoveredSource(module.file, module.reached, module.unstable)
        problem = source.problem
        if not problem and len(source.lines) > left:
            problem, source.lines = "omitted: the report would be too long", []
        left -= len(source.lines)
        inside = module.file.startswith(folder + os.sep)
        reached, total = module.reached.count("1"), len(module.reached)
        shown.append(
            {
                "name": visible(module.name),
                "file": visible(os.path.relpath(module.file, folder) if inside else module.file),
                "open": inside and reached < total and len(source.lines) < 400,
                "reached": reached,
                "total": total,
                "part": f"{100 * reached / total:.1f}" if total else "0",
                "problem": visible(problem),
                "lines": source.lines,
            }
        )
    return shown
