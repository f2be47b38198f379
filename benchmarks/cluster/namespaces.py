"""Runs a campaign between two hosts with TLS: sudo python benchmarks/cluster/namespaces.py

The hosts are network namespaces that a pair of virtual interfaces connects: `head` has the
scheduler and the driver, `node` a node. Certificates are made by openssl for this run. Prints what
went over the wire, and exits with status 1 unless the campaign runs and finds the failure, and

- a client and a node without certificates are refused,
- as are those with certificates of another authority.

Needs Linux, root and openssl; otherwise it says so in one line and does nothing.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from running import Cluster, wait_until, write_target

TARGET = """
    def FuzzFound(f):
        f.add(b"seed")

        @f.fuzz
        def _(t, data: bytes):
            if data[:1] == b"f" and data[1:2] == b"o" and data[2:3] == b"u":
                if data[3:4] == b"n" and data[4:5] == b"d":
                    t.error("found")
"""
HEAD, NODE = "10.213.7.1", "10.213.7.2"
CLIENT = """
import sys
from distributed import Client, Security
from scriptest.base.cluster import silence_logs
silence_logs()
try:
    Client(sys.argv[1], timeout=5, security=Security(require_encryption=False))
except (OSError, ValueError) as error:
    sys.exit(f"refused: {type(error).__name__}")
print("connected")
"""


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False)


def enter(name: str) -> list[str]:
    """Return the words that run a command on a host."""
    return ["ip", "netns", "exec", name]


class Hosts:
    """Two network namespaces with a connection.

    Attributes:
        head, node: their names.
        problem: why they cannot be made, or "".
    """

    def __init__(self) -> None:
        number = os.getpid()
        self.head, self.node = f"fuzz-head-{number}", f"fuzz-node-{number}"
        ends = f"fh{number}"[:15], f"fn{number}"[:15]
        self.problem = self._make(*ends)

    def _make(self, head_end: str, node_end: str) -> str:
        commands = [f"ip netns add {name}" for name in (self.head, self.node)]
        commands.append(f"ip link add {head_end} type veth peer name {node_end}")
        for name, end, address in ((self.head, head_end, HEAD), (self.node, node_end, NODE)):
            commands += [
                f"ip link set {end} netns {name}",
                f"ip -n {name} address add {address}/30 dev {end}",
                f"ip -n {name} link set {end} up",
                f"ip -n {name} link set lo up",
            ]
        for command in commands:
            done = run(*command.split())
            if done.returncode:
                return f"{command}: {done.stderr.strip()}"
        return ""

    def sent(self) -> int:
        """The bytes that the head has received and sent."""
        text = run(*enter(self.head), "cat", "/proc/net/dev").stdout
        fields = next(line for line in text.splitlines() if line.strip().startswith("fh")).split()
        return int(fields[1]) + int(fields[9])

    def remove(self) -> None:
        for name in (self.head, self.node):
            run("ip", "netns", "delete", name)


def certificates(folder: Path, authority: str, name: str) -> tuple[str, str, str]:
    """Return the certificate of an authority, and a certificate and its key signed by it."""
    made = [str(folder / file) for file in (f"{authority}.pem", f"{name}.pem", f"{name}.key")]
    ca, ca_key, request = made[0], str(folder / f"{authority}.key"), str(folder / "request")
    if not os.path.exists(ca):
        openssl(
            f"req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN={authority} "
            f"-keyout {ca_key} -out {ca}"
        )
    openssl(f"req -newkey rsa:2048 -nodes -subj /CN={name} -keyout {made[2]} -out {request}")
    openssl(
        f"x509 -req -days 2 -in {request} -CA {ca} -CAkey {ca_key} -CAcreateserial -out {made[1]}"
    )
    return made[0], made[1], made[2]


def openssl(arguments: str) -> None:
    subprocess.run(["openssl", *arguments.split()], check=True, capture_output=True)


def settings(folder: Path, authority: str) -> dict[str, str]:
    """Return Dask's configuration for TLS, with a certificate of each role."""
    found = {}
    for role in ("SCHEDULER", "WORKER", "CLIENT"):
        ca, certificate, key = certificates(folder, authority, f"{authority}-{role.lower()}")
        found |= {"CA_FILE": ca, f"{role}__CERT": certificate, f"{role}__KEY": key}
    return {f"DASK_DISTRIBUTED__COMM__TLS__{name}": text for name, text in found.items()}


def check(hosts: Hosts, folder: Path) -> list[str]:
    """Run the campaign and the attempts; return what is not as it should be."""
    cluster = Cluster(folder, HEAD, "tls")
    plain = dict(cluster.environment)
    tls = settings(folder, "right")
    package = write_target(folder, TARGET)
    faults = []
    try:
        cluster.environment = {**plain, **tls}
        cluster.start_scheduler(prefix=enter(hosts.head))
        cluster.environment = plain
        faults += attempt(cluster, hosts, "without certificates", "tcp")
        cluster.environment = {**plain, **settings(folder, "wrong")}
        faults += attempt(cluster, hosts, "of another authority", "tls")
        cluster.environment = {**plain, **tls}
        cluster.start_node(prefix=enter(hosts.node))
        before = hosts.sent()
        command = [
            "fuzzengine", "test", "-fuzz=FuzzFound", f"-cluster={cluster.address}", "-ship",
            "-fuzztime=16000x", "-lease=4000x", "-keepgoing", f"-store={folder}/store",
        ]  # fmt: skip
        driver = cluster.start("driver", command, enter(hosts.head), package)
        driver.wait()
        output = (folder / "driver.out").read_text()
        print(output.strip().splitlines()[-1])
        print(f"{(hosts.sent() - before) / 1000:.0f} kB between the hosts")
        if f"joined: {NODE}:" not in output:
            faults.append(f"the node did not join: {output}")
        if driver.returncode != 1 or "found" not in output:
            faults.append(f"the campaign ended with status {driver.returncode}: {output}")
    finally:
        cluster.stop()
    return faults


def attempt(cluster: Cluster, hosts: Hosts, kind: str, protocol: str) -> list[str]:
    """Try to connect as a client and as a node; return what was not refused."""
    right = cluster.address
    cluster.address = address = right.replace("tls", protocol, 1)
    done = subprocess.run(
        [*enter(hosts.node), sys.executable, "-c", CLIENT, address],
        env=cluster.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    node = cluster.start_node("--death-timeout", "5", prefix=enter(hosts.node), name="stranger")
    cluster.address = right
    ended = wait_until(lambda: node.poll() is not None, 60) is not None
    joined = "Registered to" in (cluster.folder / "stranger.out").read_text()
    accepted = {"client": not done.stderr.startswith("refused: "), "node": joined or not ended}
    for what, is_accepted in accepted.items():
        print(f"a {what} {kind}: {'accepted' if is_accepted else 'refused'}")
    return [f"a {what} {kind} was accepted" for what, bad in accepted.items() if bad]


def main() -> int:
    if sys.platform != "linux" or not (shutil.which("ip") and shutil.which("openssl")):
        print("skipped: this needs Linux, ip and openssl")
        return 0
    hosts = Hosts()
    try:
        if hosts.problem:
            print(f"skipped: {hosts.problem}")
            return 0
        with tempfile.TemporaryDirectory() as folder:
            faults = check(hosts, Path(folder))
    finally:
        hosts.remove()
    print(f"{len(faults)} faults", *faults, sep="\n")
    return 1 if faults else 0


if __name__ == "__main__":
    raise SystemExit(main())
