"""A CE whose every octet is the test's: the puppet of `raw_bgp` in a node, and what the MSEE makes of it."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from subprocess import PIPE, Popen
from typing import Any

from tests.live import circuits, raw_bgp
from tests.live.harness import Labs
from tests.live.looking import ask, container_pid, until
from tests.live.raw_bgp import IPV4, IPV6, as_path, four_octet, message, next_hop, nlri, open_message, origin, update

SCRIPT = Path(raw_bgp.__file__)
CE, MSEE = "192.168.100.129", "192.168.100.130"
CE6, MSEE6 = "fd00:64::1", "fd00:64::2"
ASN, AZURE = 65010, 12076
CAPABILITIES = {"ipv4": (IPV4, four_octet(ASN)), "ipv6": (IPV6, four_octet(ASN))}
PREFIX, LATER = "10.10.0.0/16", "10.99.0.0/16"
GATEWAY = "v1g0"
Answer = dict[str, Any]
# By MSEE, VRF and address: the state, how often it came up and how often it fell.
Sessions = dict[tuple[str, str, str], tuple[str, int, int]]


def topology() -> str:
    """Two CEs, each cabled to both MSEEs: the adversary's circuit and a neighbor's share the pair."""
    nodes = {"ce1": "ce", "ce2": "ce", "msee1": "msee", "msee2": "msee", "azure": "azure"}
    paths = {"msee1": "primary", "msee2": "secondary"}
    cables = [
        ("ce1:eth1", "msee1:eth1"), ("ce1:eth2", "msee2:eth1"), ("ce2:eth1", "msee1:eth2"), ("ce2:eth2", "msee2:eth2"),
        ("msee1:eth9", "azure:eth1"), ("msee2:eth9", "azure:eth2"),
    ]
    document = {
        "name": "two-customers",
        "topology": {
            "defaults": {"kind": "linux", "image": "mseelab/frr", "network-mode": "none"},
            "nodes": {
                name: {"labels": {"mseelab-role": role, **({"mseelab-path": paths[name]} if name in paths else {})}}
                for name, role in nodes.items()
            },
            "links": [{"endpoints": list(ends)} for ends in cables],
        },
    }
    return circuits.text(document)


def circuit_file(tier: str = "Standard") -> str:
    """er-live is the adversary's, on ce1; er-second is somebody else's, on ce2."""
    document = circuits.two()
    document["topology"] = "./two-customers.clab.yml"
    document["circuits"][0]["sku"] = {"tier": tier, "family": "MeteredData"}
    document["customerEdges"] = [
        {"name": "ce1", "config": "ce1.conf", "circuits": ["er-live"]},
        {"name": "ce2", "advertise": ["10.20.0.0/16"], "circuits": ["er-second"]},
    ]
    return circuits.text(document)


def ce1_conf() -> str:
    """Interfaces and no BGP: port 179 and the sessions are the puppet's."""
    lines = []
    for port, address, address6 in (("eth1", CE, CE6), ("eth2", "192.168.100.133", "fd00:64::5")):
        lines += [f"interface {port}.100", f" ip address {address}/30", f" ipv6 address {address6}/126", "exit"]
    return "\n".join(lines) + "\n"


def start(labs: Labs) -> None:
    labs.write("two-customers.clab.yml", topology())
    labs.write("circuit.yml", circuit_file())
    labs.write("ce1.conf", ce1_conf())
    # The adversary's sessions stay down; negative results count after those of the neighbor have come.
    done = labs("up", "--timeout", "1", environment={"LIVE_KEY": circuits.KEY}, timeout=120)
    assert done.code == 1, str(done)


class Adversary:
    """The puppet on ce1, and how the test talks to it."""

    def __init__(self, labs: Labs, node: str = "ce1") -> None:
        self.labs = labs
        if labs.engine == "containerlab":  # a container has no Python of its own
            enter = ["nsenter", "-t", str(container_pid(labs, node)), "-n", sys.executable, str(SCRIPT)]
            self._process = Popen(enter, text=True, stdin=PIPE, stdout=PIPE, stderr=PIPE)
        else:
            self._process = labs.start("exec", node, sys.executable, str(SCRIPT), stdin=PIPE)
        self.close()  # an answer: it runs

    def _tell(self, verb: str, told: object) -> Answer:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({verb: told}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, self._process.communicate(timeout=5)[1]
        answer: Answer = json.loads(line)
        return answer

    def end(self) -> None:
        self._process.communicate(timeout=10)

    def connect(
        self, *, local: str = CE, peer: str = MSEE, key: str | None = circuits.KEY, seconds: float = 5
    ) -> Answer:
        return self._tell("connect", {"local": local, "peer": peer, "key": key, "seconds": seconds})

    def send(self, *messages: bytes) -> Answer:
        return self._tell("send", b"".join(messages).hex())

    def receive(self, seconds: float = 5) -> Answer:
        return self._tell("receive", seconds)

    def close(self) -> None:
        self._tell("close", None)

    def next_but(self, *kinds: int, seconds: float = 5) -> Answer:
        """The next answer that is no message of `kinds`."""
        while (answer := self.receive(seconds)).get("kind") in kinds:
            pass
        return answer

    def notification(self, seconds: float = 5) -> tuple[int, int, str]:
        """Code, subcode and data of the NOTIFICATION that comes next, other messages passed over."""
        answer = self.next_but(raw_bgp.OPEN, raw_bgp.UPDATE, raw_bgp.KEEPALIVE, seconds=seconds)
        assert answer.get("kind") == raw_bgp.NOTIFICATION, answer
        body = bytes.fromhex(answer["body"])
        return body[0], body[1], body[2:].hex()

    def opened(self, opening: bytes | None = None, *, family: str = "ipv4", **connection: Any) -> Answer:
        """Connects and sends an OPEN; the MSEE's answer to it is the caller's to read."""
        ends = {"local": CE6, "peer": MSEE6} if family == "ipv6" else {}

        def connected() -> bool:
            return "connected" in self.connect(**(ends | connection))

        until(connected, 10, "TCP")
        return self.send(opening or open_message(ASN, CAPABILITIES[family]))

    def establish(self, opening: bytes | None = None, *, family: str = "ipv4") -> None:
        """Up to Established. An MSEE that is idle for a second refuses the connection by closing it: tried again."""

        def tried() -> bool:
            self.opened(opening, family=family)
            if self.receive().get("kind") != raw_bgp.OPEN:
                return False
            self.send(message(raw_bgp.KEEPALIVE))
            return self.receive().get("kind") == raw_bgp.KEEPALIVE

        until(tried, 15, "an OPEN that is answered")
        until(lambda: state(self.labs, family) == "Established", 5, "Established")

    def announce(self, *prefixes: str, attributes: Iterable[bytes] | None = None) -> None:
        told = (origin(), as_path(ASN), next_hop(CE)) if attributes is None else attributes
        self.send(update(told, [nlri(prefix) for prefix in prefixes]))

    def flood(self, count: int, first: int = 0) -> None:
        """`count` prefixes 100.64.0.0/24 and on, from the `first` one, a thousand in an UPDATE."""
        names = [f"{100 + n // 65536}.{n // 256 % 256}.{n % 256}.0/24" for n in range(first, first + count)]
        for start in range(0, count, 1000):
            self.announce(*names[start : start + 1000])

    def lives(self) -> None:
        """What was sent before has been read, since a later prefix is in the table; and the session stands."""
        self.announce(LATER)
        until(lambda: paths(self.labs, LATER), 5, "a prefix that is sent after it")
        self.send(update((), withdrawn=[nlri(LATER)]))
        assert state(self.labs) == "Established"


def looked(labs: Labs, node: str, command: str) -> Any:
    return json.loads(ask(labs, node, command))


@contextmanager
def adversary(labs: Labs) -> Iterator[Adversary]:
    puppet = Adversary(labs)
    try:
        yield puppet
    finally:
        puppet.end()


def neighbor(labs: Labs, family: str = "ipv4") -> Any:
    """The adversary's neighbor on msee1, as bgpd has it."""
    address = CE if family == "ipv4" else CE6
    return looked(labs, "msee1", f"show bgp vrf {vrf(labs)} neighbors {address} json")[address]


@cache
def vrf(labs: Labs) -> str:
    """The routing domain of the adversary's circuit."""
    found = looked(labs, "msee1", "show bgp vrf all summary json")
    return next(str(name) for name, of in found.items() if CE in of.get("ipv4Unicast", {}).get("peers", {}))


def state(labs: Labs, family: str = "ipv4") -> str:
    return str(neighbor(labs, family)["bgpState"])


def accepted(labs: Labs, family: str = "ipv4") -> int:
    return int(neighbor(labs, family)["addressFamilyInfo"][f"{family}Unicast"]["acceptedPrefixCounter"])


def paths(labs: Labs, prefix: str, node: str = "msee1") -> list[Any]:
    """The paths of a prefix that the MSEE has from the adversary; none where it is not in the table."""
    family = "ipv6" if ":" in prefix else "ipv4"
    found = looked(labs, node, f"show bgp vrf {vrf(labs)} {family} unicast {prefix} json")
    return [path for path in found.get("paths", []) if not path.get("removed")]


def clear(labs: Labs) -> None:
    """The MSEE's patience anew: after each failure FRR waits twice as long before it listens again."""
    ask(labs, "msee1", *(f"clear bgp vrf {vrf(labs)} {address}" for address in (CE, CE6)))


def others(labs: Labs) -> Sessions:
    """Every session of both MSEEs that is not in the adversary's routing domain."""
    mine = vrf(labs)
    found = {}
    for msee in ("msee1", "msee2"):
        for name, families in looked(labs, msee, "show bgp vrf all summary json").items():
            for family in families.values() if name != mine else ():
                for address, peer in family.get("peers", {}).items():
                    counts = int(peer["connectionsEstablished"]), int(peer["connectionsDropped"])
                    found[msee, name, address] = (str(peer["state"]), *counts)
    return found


def at_the_gateway(labs: Labs, prefix: str) -> list[str]:
    """The AS paths by which the first gateway of the adversary's VNet knows a prefix; none where it does not."""
    found = looked(labs, "azure", f"show bgp vrf {GATEWAY} ipv4 unicast {prefix} json")
    return [path["aspath"]["string"] for path in found.get("paths", []) if not path.get("removed")]
