r"""Draws the figures of the benchmarks as SVG plots for the documentation and README.md.

    python -m tools.plots [--check]

The figures are the files in benchmarks/results, which the benchmarks write:

    python benchmarks/harness/trivial.py --json benchmarks/results/trivial.json
    python benchmarks/fuzz/speed.py -json benchmarks/results/speed.json
    python benchmarks/fuzz/campaigns.py -peers atheris,go,hypothesis \
        -json benchmarks/results/campaigns.json
    python benchmarks/cluster/simulate.py --json benchmarks/results/cluster.json
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Callable, Sequence
from html import escape
from typing import Any, NamedTuple

from tools.pages import ROOT

RESULTS = ROOT / "benchmarks" / "results"
PLOTS = ROOT / "docs" / "plots"
WIDTH, LEFT, RIGHT, ROW, TOP = 760, 190, 110, 26, 46  # pixels

STYLE = """
text { font: 13px system-ui, sans-serif; fill: var(--text) }
.title { font-weight: 600; font-size: 14px }
.axis { fill: var(--dim); font-size: 12px }
.grid { stroke: var(--grid) }
.limit { stroke: var(--limit); stroke-width: 2 }
.range { stroke: var(--text); stroke-width: 1.5 }
.ours { fill: var(--ours) } .peer { fill: var(--peer) } .open { fill: none; stroke-width: 2 }
.open.ours { stroke: var(--ours) } .open.peer { stroke: var(--peer) }
.go { fill: var(--go) } .open.go { fill: none; stroke: var(--go) }
.hypothesis { fill: var(--hypothesis) } .open.hypothesis { fill: none; stroke: var(--hypothesis) }
svg { --text: #1f2328; --dim: #656d76; --grid: #d8dee4; --limit: #cf222e; --ours: #00897b;
  --peer: #8c959f; --go: #0969da; --hypothesis: #bf8700 }
@media (prefers-color-scheme: dark) {
  svg { --text: #e6edf3; --dim: #9198a1; --grid: #30363d; --limit: #ff7b72; --ours: #26a69a;
    --peer: #7d8590; --go: #58a6ff; --hypothesis: #d29922 }
}
"""


class Scale(NamedTuple):
    """A logarithmic axis from a lowest to a highest value, across the width of a plot."""

    lowest: float
    highest: float

    def x(self, value: float) -> float:
        """Return the position of a value, at most the end of the axis."""
        value = min(max(value, self.lowest), self.highest)
        part = math.log(value / self.lowest) / math.log(self.highest / self.lowest)
        return round(LEFT + part * (WIDTH - LEFT - RIGHT), 1)


def axis(scale: Scale, ticks: Sequence[float], rows: int, unit: str) -> list[str]:
    """Return the grid lines of an axis with their values."""
    bottom = TOP + rows * ROW + 4
    parts = []
    for tick in ticks:
        x = scale.x(tick)
        parts.append(f'<line class="grid" x1="{x}" x2="{x}" y1="{TOP - 4}" y2="{bottom}"/>')
        place = f'x="{x}" y="{bottom + 16}" text-anchor="middle"'
        parts.append(f'<text class="axis" {place}>{tick:g}{unit}</text>')
    return parts


def document(title: str, rows: int, parts: Sequence[str], legend: str = "") -> str:
    """Return an SVG with a title, a legend and the parts of a plot."""
    height = TOP + rows * ROW + 34
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">',
            f"<title>{escape(title)}</title>",
            f"<style>{STYLE}</style>",
            f'<text class="title" x="8" y="20">{escape(title)}</text>',
            legend,
            *parts,
            "</svg>\n",
        ]
    )


def label(row: int, text: str) -> str:
    """Return the name of a row, left of the plot."""
    y = TOP + row * ROW + 17
    return f'<text x="{LEFT - 10}" y="{y}" text-anchor="end">{escape(text)}</text>'


def trivial(results: Any) -> str:
    """Plot the CPU time of harnesses relative to the hand-written loop."""
    harnesses = sorted(results["harnesses"].items(), key=lambda item: float(item[1]["relative"]))
    scale = Scale(0.8, 100)
    parts = axis(scale, (1, 2, 5, 10, 20, 50, 100), len(harnesses), "x")
    for row, (name, figures) in enumerate(harnesses):
        y = TOP + row * ROW
        kind = "ours" if name.startswith("scriptest") else "peer"
        end = scale.x(figures["relative"])
        parts.append(label(row, name))
        size = f'width="{end - LEFT:.1f}" height="18" rx="3"'
        parts.append(f'<rect class="{kind}" x="{LEFT}" y="{y + 4}" {size}/>')
        parts.append(f'<text x="{end + 6}" y="{y + 17}">{figures["relative"]:.2f}</text>')
    title = f"CPU time of {results['tests']} trivial tests, relative to a loop without a harness"
    return document(title, len(harnesses), parts)


def speed(results: Any) -> str:
    """Plot the executions per CPU second relative to other engines, with the lowest and highest."""
    rows = results["figures"]
    scale = Scale(0.1, 50)
    parts = axis(scale, (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50), len(rows), "x")
    for row, figures in enumerate(rows):
        y = TOP + row * ROW + 13
        low, high, ratio = (scale.x(figures[key]) for key in ("lowest", "highest", "ratio"))
        limit = scale.x(figures["required"])
        parts += [
            label(row, f"{figures['target']} / {figures['peer']}"),
            f'<line class="range" x1="{low}" x2="{high}" y1="{y}" y2="{y}"/>',
            f'<line class="limit" x1="{limit}" x2="{limit}" y1="{y - 9}" y2="{y + 9}"/>',
            f'<circle class="ours" cx="{ratio}" cy="{y}" r="6"/>',
            f'<text x="{WIDTH - RIGHT + 12}" y="{y + 4}">{figures["ratio"]:.2f}</text>',
        ]
    title = "Executions per CPU second of fuzzengine, relative to another engine"
    legend = (
        '<text class="axis" x="8" y="38">dot: median; line: lowest to highest; red: required</text>'
    )
    return document(title, len(rows), parts, legend)


NODES = {10: "peer", 100: "go", 1000: "ours"}


def cluster(results: Any) -> str:
    """Plot the share of a core, or of the time, that each part of a cluster takes."""
    scale = Scale(0.01, 200)
    shares = {
        f"{part}, {seconds} s": {
            row["nodes"]: 100 * row[part] for row in results["rows"] if row["lease"] == seconds
        }
        for part in ("scheduler", "driver", "store")
        for seconds in (10, 60)
    }
    parts = axis(scale, (0.01, 0.1, 1, 10, 100), len(shares), " %")
    full = scale.x(100)
    for row, (name, by_nodes) in enumerate(shares.items()):
        y = TOP + row * ROW + 13
        parts.append(label(row, name))
        parts.append(f'<line class="limit" x1="{full}" x2="{full}" y1="{y - 13}" y2="{y + 13}"/>')
        for nodes, kind in NODES.items():
            place = f'cx="{scale.x(by_nodes[nodes])}" cy="{y}"'
            parts.append(f'<circle class="{kind}" {place} r="6"/>')
    legend = "".join(
        f'<circle class="{kind}" cx="{14 + 120 * place}" cy="34" r="6"/>'
        f'<text class="axis" x="{24 + 120 * place}" y="38">{nodes:,} nodes</text>'
        for place, (nodes, kind) in enumerate(NODES.items())
    )
    title = "Share of a core (store: of the time), with leases of 10 and 60 seconds"
    return document(title, len(shares), parts, legend)


ENGINES = {"fuzzengine": "ours", "atheris": "peer", "go": "go", "hypothesis": "hypothesis"}


def campaigns(results: Any) -> str:
    """Plot the CPU seconds until a bug is found; open dots where some runs did not find it."""
    targets = results["targets"]
    scale = Scale(0.2, 20)
    parts = axis(scale, (0.2, 0.5, 1, 2, 5, 10, 20), len(targets), " s")
    for row, (name, engines) in enumerate(targets.items()):
        parts.append(label(row, name))
        for engine, kind in reversed(ENGINES.items()):
            if engine in engines:
                its = engines[engine]
                missed = its["found"] < its["runs"]
                shape = f'cx="{scale.x(its["cpu"])}" cy="{TOP + row * ROW + 13}" r="6"'
                parts.append(f'<circle class="{"open " if missed else ""}{kind}" {shape}/>')
    places = zip(ENGINES.items(), (14, 114, 194, 244), strict=True)
    legend = "".join(
        f'<circle class="{kind}" cx="{x}" cy="34" r="6"/>'
        f'<text class="axis" x="{x + 10}" y="38">{engine}</text>'
        for (engine, kind), x in places
    )
    legend += (
        '<text class="axis" x="340" y="38">open: some runs ended without finding the bug</text>'
    )
    return document("CPU seconds until a bug is found", len(targets), parts, legend)


PLOTTED: dict[str, Callable[[Any], str]] = {
    "trivial": trivial,
    "speed": speed,
    "campaigns": campaigns,
    "cluster": cluster,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Draw every plot; return 1 if a check found one that is out of date."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing")
    options = parser.parse_args(arguments)
    PLOTS.mkdir(exist_ok=True)
    changed = []
    for name, draw in PLOTTED.items():
        path = PLOTS / f"{name}.svg"
        plot = draw(json.loads((RESULTS / f"{name}.json").read_text(encoding="utf-8")))
        if not path.exists() or path.read_text(encoding="utf-8") != plot:
            changed.append(path)
            if not options.check:
                path.write_text(plot, encoding="utf-8")
    for path in changed:
        print(f"{path}: {'out of date' if options.check else 'drawn'}")
    return int(options.check and bool(changed))


if __name__ == "__main__":
    sys.exit(main())
