"""A17: what a hostile file can cost. Each of these took seconds a question."""

from __future__ import annotations

import time
from ipaddress import ip_network

from bgp.frr.userfile.policy import Asked, denied
from bgp.frr.userfile.reader import read

PEER = "192.168.100.130"
SECONDS = 2.0
ROUTER = f"router bgp 65010\n neighbor {PEER} remote-as 12076\n neighbor {PEER} {{}}\n"


def asked(text: str) -> str:
    begun = time.process_time()
    found = denied(read(text), Asked(PEER, "ipv4", "out", ip_network("10.99.0.0/16")))
    assert time.process_time() - begun < SECONDS
    return found.sentence("ce1.conf") if found else ""


def test_a_long_prefix_list() -> None:
    lines = [f"ip prefix-list P permit 10.{n % 90}.{n // 256 % 256}.0/24" for n in range(25_000)]
    numbered = [f"ip prefix-list P seq {n} permit 10.1.0.0/24" for n in range(25_000, 0, -1)]
    taken = ["ip prefix-list P permit 10.1.0.0/24", "no ip prefix-list P seq 5 permit 10.1.0.0/24"] * 12_000
    router = ROUTER.format("prefix-list P out")
    assert asked(router + "\n".join(lines)) == "prefix-list P (ce1.conf:25003) lacks it"
    assert asked(router + "\n".join(numbered)) == "prefix-list P (ce1.conf:25003) lacks it"
    assert "denies everything" in asked(router + "\n".join(taken))


def test_a_chain_of_peer_groups() -> None:
    groups = [f" neighbor G{n} peer-group\n neighbor G{n} peer-group G{n + 1}" for n in range(15_000)]
    assert asked(ROUTER.format("peer-group G0") + "\n".join(groups)).startswith(f"neighbor {PEER} (ce1.conf:2) has no")


def test_many_clauses() -> None:
    clauses = [f"route-map M permit {n}\n match ip address prefix-list P{n}" for n in range(1, 8_000)]
    assert "has no clause that permits it" in asked(ROUTER.format("route-map M out") + "\n".join(clauses))
