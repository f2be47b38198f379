"""Plots of the figures that benchmarks wrote."""

from __future__ import annotations

import json
from typing import Any
from xml.etree import ElementTree

import pytest

from tools import plots
from tools.pages import ROOT


def results(name: str) -> Any:
    return json.loads((plots.RESULTS / f"{name}.json").read_text())


def test_plots_in_the_repository_are_those_of_the_results() -> None:
    assert plots.main(["--check"]) == 0, "to draw them: python -m tools.plots"


@pytest.mark.parametrize("name", plots.PLOTTED)
def test_plots_are_well_formed(name: str) -> None:
    root = ElementTree.fromstring(plots.PLOTTED[name](results(name)))
    assert root.findtext("{*}title")


def test_figures_of_the_readme_are_those_of_the_results() -> None:
    text = (ROOT / "README.md").read_text()
    rows = {line.split("|")[1].strip(): line for line in text.splitlines() if line.startswith("| ")}

    def cpu(file: str, harness: str) -> float:
        harnesses = results(file)["harnesses"]
        return float(harnesses[harness]["cpu"] / harnesses["scriptest -j 1"]["cpu"])

    assert f"{cpu('trivial', 'pytest + subprocess'):.1f} times" in rows["pytest + `subprocess`"]
    assert f"{cpu('bats', 'bats'):.0f} times" in rows["bats"]
    fewest = cpu("trivial", "lit, fewest processes")
    usual = cpu("trivial", "lit, as people write it")
    assert f"{fewest:.1f} to {usual:.0f} times" in rows["lit"]

    def found(engine: str) -> str:
        targets = results("campaigns")["targets"].values()
        its = [target[engine] for target in targets if engine in target]
        return f"{sum(each['found'] == each['runs'] for each in its)} of {len(its)}"

    assert f"finds {found('hypothesis')} bugs" in rows["Hypothesis"]
    assert f"fuzzengine finds {found('fuzzengine')} " in rows["Hypothesis"]
    assert f"finds {found('atheris')} " in rows["Atheris"]


def test_missed_bugs_are_open_dots() -> None:
    figures = {"runs": 2, "found": 1, "executions": 5, "cpu": 1.0}
    missed = plots.campaigns({"targets": {"t": {"go": figures}}})
    found = plots.campaigns({"targets": {"t": {"go": {**figures, "found": 2}}}})
    assert missed.count('<circle class="open go"') == 1
    assert found.count('<circle class="open go"') == 0


def test_figures_beyond_the_axis_stay_inside() -> None:
    scale = plots.Scale(1, 10)
    assert scale.x(0.1) == scale.x(1) < scale.x(5) < scale.x(10) == scale.x(1000)
