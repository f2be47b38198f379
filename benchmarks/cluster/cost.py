"""CPU time of a cluster's machinery beside that of its campaigns: python benchmarks/cluster/cost.py

Runs `fuzzengine test -cluster local:N` and prints the CPU seconds of leases, as they report them,
and of everything else: driver, scheduler and nodes.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

TARGET = """
    import json

    def FuzzJson(f):
        f.add(b"{}")

        @f.fuzz
        def _(t, data: bytes):
            try:
                json.loads(data)
            except (ValueError, RecursionError):
                pass
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nodes", type=int, default=2)
    parser.add_argument("--lease", default="60s")
    parser.add_argument("--time", default="120s")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "json_test.py").write_text(textwrap.dedent(TARGET))
        command = [
            sys.executable, "-m", "fuzzengine", "test", "-fuzz=FuzzJson", "-json", "-keepgoing",
            "-cover=json", f"-cluster=local:{options.nodes}", f"-lease={options.lease}",
            f"-fuzztime={options.time}", f"-store={folder}/store",
        ]  # fmt: skip
        environment = {**os.environ, "FUZZENGINE_CACHE": f"{folder}/cache"}
        done = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, check=True
        )
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    total = usage.ru_utime + usage.ru_stime
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    leases = [line["Fuzz"] for line in lines if line.get("Fuzz", {}).get("Event") == "lease"]
    campaigns = sum(lease["Cpu"] for lease in leases)
    executions = sum(lease["LeaseExecs"] for lease in leases)
    print(
        f"{len(leases)} leases of {options.lease} on {options.nodes} nodes: {executions} executions"
    )
    print(f"campaigns: {campaigns:.1f} s of CPU time")
    rest = total - campaigns
    print(f"machinery, with its start: {rest:.1f} s, {100 * rest / campaigns:.1f} %")
    # On a busy machine campaigns get less than a core each, but the machinery needs the same.
    seconds = sum(lease["Seconds"] for lease in leases)
    print(f"relative to the time of leases, {seconds:.0f} s: {100 * rest / seconds:.1f} %")


if __name__ == "__main__":
    main()
