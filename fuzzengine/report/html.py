"""Renders the HTML report of a run's campaigns, whole or in the parts that a live page updates."""

from __future__ import annotations

import os
from functools import cached_property

from fuzzengine.report.html_chart import HEIGHT, WIDTH, Chart, short
from fuzzengine.report.html_source import CoveredSource
from scriptest.base.html import asset, shortened, style, templates
from scriptest.base.visible import visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from jinja2 import Environment

    from fuzzengine.report.record import CampaignRecord, ModuleRecord, RunRecord

_OWN = os.path.join(os.path.dirname(__file__), "templates")
_LONGEST_TEXT = 20_000
_MOST_LINES = 30_000
"""The number of source lines in one report; of further modules only the figures are shown."""


class Page:
    """The page of a run, rendered from its record.

    Attributes:
        record: the events of the campaigns, which may still grow.
        running: the campaigns have not all ended.
    """

    _never = "it never ran, except perhaps for inputs that failed"

    def __init__(
        self, record: RunRecord, *, package: str, flags: Sequence[str], folder: str
    ) -> None:
        """Create the page.

        Args:
            record: the events of the campaigns.
            package: the name of the package.
            flags: the flags of the command line, as they were given.
            folder: the package's folder; file names are relative to it.
        """
        self.record = record
        self.running = False
        self._package = package
        self._flags = [visible(flag) for flag in flags]
        self._folder = folder
        self._modules: dict[str, tuple[int, int, str]] = {}  # revision, source lines and HTML

    @cached_property
    def _templates(self) -> Environment:
        return templates(_OWN)

    def document(self, nonce: str = "") -> str:
        """Return the whole page.

        Args:
            nonce: permits the script of the live page; without it the page has no script.
        """
        parts = self.parts()
        return self._templates.get_template("fuzz.html").render(
            style=style(_OWN, "fuzz.css"),
            script=asset(_OWN, "live.js") if nonce else "",
            nonce=nonce,
            title=visible(self._verdict()),
            **{
                kind: "".join(html for name, html in parts.items() if name.startswith(kind))
                for kind in ("head", "campaign", "source", "module")
            },
        )

    def parts(self) -> dict[str, str]:
        """Return the HTML of each part by its identity, in order.

        They are `head`, `campaign-0` and so on, `source`, and `module-0` and so on.
        """
        with self.record.lock:
            modules = [module.copy() for module in self.record.modules.values()]
            found = {"head": self._head(modules)}
            for number, campaign in enumerate(self.record.campaigns.values()):
                name = f"campaign-{number}"
                found[name] = self._render(
                    "fuzz_campaign.html", id=name, **_campaign(campaign, running=self.running)
                )
        if modules:
            found["source"] = self._render("fuzz_source.html", never=self._never)
            found.update(self._module_parts(modules))
        return found

    def _render(self, template: str, **values: object) -> str:
        size = (WIDTH, HEIGHT)
        return self._templates.get_template(template).render(size=size, **values)

    def _head(self, modules: Sequence[ModuleRecord]) -> str:
        reached = sum(module.reached.count("1") for module in modules)
        total = sum(len(module.reached) for module in modules)
        facts = [
            visible(self._package),
            f"{self.record.execs:,} executions in {self.record.seconds:.1f}s",
        ]
        if self.record.seconds:
            facts.append(f"{self.record.execs / self.record.seconds:,.0f} per second")
        if modules:
            facts.append(f"{reached:,} of {total:,} blocks reached")
        return self._render(
            "fuzz_head.html",
            running=self.running,
            verdict=visible(self._verdict()),
            facts=facts,
            flags=self._flags,
            parts=[("good", reached), ("rest", total - reached)] if total else [],
        )

    def _verdict(self) -> str:
        campaigns = self.record.campaigns.values()
        kinds = self.record.kinds
        if kinds:
            return "Found a failure" if kinds == 1 else f"Found {kinds} kinds of failure"
        if self.running:
            return "No failure so far"
        if any(each.end.get("Reason", "error") == "error" for each in campaigns):
            return "The campaign did not finish"
        return "Found no failure" if campaigns else "No campaign ran"

    def _module_parts(self, modules: Sequence[ModuleRecord]) -> dict[str, str]:
        """Return the modules: the package's before others, in each group those never run last."""
        names = {module.name: f"module-{number}" for number, module in enumerate(modules)}
        left = _MOST_LINES
        found = {}

        def order(module: ModuleRecord) -> tuple[bool, bool, str]:
            return not self._is_inside(module), "1" not in module.reached, module.name

        for module in sorted(modules, key=order):
            known = self._modules.get(module.name)
            if known is None or known[0] != module.revision:
                values, lines = self._module(module, left)
                html = self._render("fuzz_module.html", id=names[module.name], **values)
                known = self._modules[module.name] = module.revision, lines, html
            left -= known[1]
            found[names[module.name]] = known[2]
        return found

    def _is_inside(self, module: ModuleRecord) -> bool:
        return module.file.startswith(self._folder + os.sep)

    def _module(self, module: ModuleRecord, left: int) -> tuple[dict[str, Any], int]:
        """Return the values for the template of a module, and the number of its source lines.

        Args:
            module: the module.
            left: the number of lines that may still be shown.
        """
        source = CoveredSource(module)
        problem = source.problem
        if not problem and len(source.lines) > left:
            problem, source.lines = "omitted: the report would be too long", []
        inside = self._is_inside(module)
        reached, total = module.reached.count("1"), len(module.reached)
        file = os.path.relpath(module.file, self._folder) if inside else module.file
        values = {
            "name": visible(module.name),
            "file": visible(file),
            "open": inside and reached < total and len(source.lines) < 400,
            "reached": reached,
            "total": total,
            "part": f"{100 * reached / total:.1f}" if total else "0",
            "problem": visible(problem),
            "lines": source.lines,
            "examples": [
                {**example, "Path": visible(example["Path"]), "Input": visible(example["Input"])}
                for example in source.examples
            ],
        }
        return values, len(source.lines)


def _excerpt(text: str) -> str:
    return visible("".join(shortened(text.rstrip("\n"), _LONGEST_TEXT)))


def _campaign(campaign: CampaignRecord, *, running: bool) -> dict[str, object]:
    mean = short(campaign.execs / campaign.seconds) if campaign.seconds else "0"
    charts = [
        Chart("Blocks reached", campaign.blocks.points, stepped=True),
        Chart("New inputs", campaign.finds.points, stepped=True),
        Chart("Executions per second", campaign.rate.points, stepped=False, now=f"mean {mean}"),
    ]
    start, unstable = campaign.start, campaign.end.get("Unstable", 0)
    dashboard = start.get("Dashboard", "")
    facts = [f"seed {start['Seed']}"] if start else []
    if campaign.on_cluster:
        joined = sum(row[1] == "joined" for row in campaign.node_rows)
        leases = campaign.progress.get("Leases", 0)
        facts += [f"cluster {visible(start['Cluster'])}", f"{joined:,} nodes", f"{leases:,} leases"]
    elif start:
        facts.append(f"{start['Workers']} workers")
    facts += [
        f"{campaign.execs:,} executions",
        f"{int(campaign.inputs.last):,} inputs in the corpus, {campaign.new_inputs:,} new",
        *([f"{unstable:,} unstable locations"] if unstable else []),
        *([coverage] if (coverage := _coverage(campaign)) else []),
        campaign.activity if running else f"ended: {campaign.ending}",
    ]
    return {
        "name": visible(campaign.name),
        "facts": facts,
        "charts": charts,
        "error": _excerpt(campaign.end.get("Error", "")),
        "running": running,
        "buckets": _buckets(campaign),
        "dashboard": dashboard if running and dashboard.startswith("http") else "",
        "nodes": [(visible(name), state, short(rate)) for name, state, rate in campaign.node_rows],
    }


def _commands(crash: Mapping[str, Any]) -> list[str]:
    """Return the commands that reproduce a failure."""
    commands = crash.get("Commands") or [crash.get("Command")]
    return [command for command in commands if command]


def _coverage(campaign: CampaignRecord) -> str:
    if not campaign.known_blocks:
        return ""
    return f"{int(campaign.blocks.last):,} of {campaign.known_blocks:,} blocks reached"


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
                "count": bucket.get("Count", 0),
                "name": visible(crash.get("Path") or bucket.get("Name", "")),
                "flaky": bucket.get("Flaky", False),
                "muted": bucket.get("Muted", False),
                "commands": [visible(command) for command in _commands(crash)],
                "known": crash.get("Known", False),
                "arguments": _excerpt("\n".join(crash.get("Arguments", ()))),
                "function": _excerpt(crash.get("Function", "")),
                "input": _excerpt(crash.get("Input", "")),
                "failure": _excerpt(crash.get("Failure", "")),
            }
        )
    found.sort(key=lambda each: (bool(each["muted"]), -int(str(each["count"])), str(each["title"])))
    return found
