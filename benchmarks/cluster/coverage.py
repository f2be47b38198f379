"""Coverage reached at equal total executions: python benchmarks/cluster/coverage.py

Fuzzes PyYAML and Jinja2 on one node and on more, with leases of equal size and the same total.
Prints the bits of coverage of each, and the speed-up by executions: how many times fewer executions
each node needs than one node alone for 80 % of the lowest final coverage. Coverage is known after
each lease only, so short leases measure more exactly, and several seeds are needed for a figure.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

TARGETS = {
    "yaml": """
        import yaml

        def FuzzTarget(f):
            f.add("a: [1, 2]")

            @f.fuzz
            def _(t, text: str):
                try:
                    yaml.safe_load(text)
                except (yaml.YAMLError, ValueError):
                    pass
        """,
    "jinja2": """
        import jinja2

        def FuzzTarget(f):
            f.add("{{ a }}")

            @f.fuzz
            def _(t, text: str):
                try:
                    jinja2.Environment().parse(text)
                except jinja2.TemplateError:
                    pass
        """,
}
_PART = 0.8


def curve(target: str, nodes: int, total: int, lease: int, seed: int) -> list[tuple[int, int]]:
    """Return pairs of executions so far and bits of coverage, one after each lease."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "target_test.py").write_text(textwrap.dedent(TARGETS[target]))
        command = [
            sys.executable, "-m", "fuzzengine", "test", "-fuzz=FuzzTarget", "-json", "-keepgoing",
            f"-cluster=local:{nodes}", f"-lease={lease}x", f"-fuzztime={total}x", f"-seed={seed}",
            f"-store={folder}/store",
        ]  # fmt: skip
        environment = {**os.environ, "FUZZENGINE_CACHE": f"{folder}/cache"}
        done = subprocess.run(
            command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True, check=False
        )
    events = [json.loads(line).get("Fuzz", {}) for line in done.stdout.splitlines()]
    found = [
        (event["Execs"], event["Bits"])
        for event in events
        if event.get("Event") in ("interesting", "end")
    ]
    return found or [(0, 0)]


def executions_for(points: list[tuple[int, int]], bits: float) -> int:
    """Return the executions after which a curve reaches a number of bits."""
    return next((execs for execs, reached in points if reached >= bits), points[-1][0])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--targets", default="yaml,jinja2")
    parser.add_argument("--nodes", default="1,2,4")
    parser.add_argument("--executions", type=int, default=24_000)
    parser.add_argument("--lease", type=int, default=1_000)
    parser.add_argument("--seeds", type=int, default=1)
    options = parser.parse_args()
    for target in options.targets.split(","):
        for seed in range(1, options.seeds + 1):
            curves = {
                int(nodes): curve(target, int(nodes), options.executions, options.lease, seed)
                for nodes in options.nodes.split(",")
            }
            goal = _PART * min(points[-1][1] for points in curves.values())
            alone = executions_for(curves[1], goal) if 1 in curves else 0
            for nodes, points in curves.items():
                each = executions_for(points, goal) / nodes
                print(
                    f"{target}, seed {seed}, {nodes} nodes: {points[-1][1]} bits, "
                    f"speed-up {alone / max(each, 1):.2f}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
