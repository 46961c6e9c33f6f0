"""Files as customers have them: the lab's CE has and sends what the same file has and sends on a bare FRR.

Bare means: FRR started by hand in a namespace, its file read by `vtysh -b`, between two FRRs that send what MSEEs send.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from bgp.frr.vty import Vty
from lab.control.wait import wait
from tests.live import circuits
from tests.live.bgp_world import Node, World, held, in_world, until
from tests.live.harness import Labs
from tests.live.looking import node_root

pytestmark = pytest.mark.skipif(not os.environ.get("MSEELAB_CORPUS"), reason="make soak")
FILES = sorted((Path(__file__).parent / "corpus").glob("*.conf"))
AT_ONCE = 17
MSEES = {"eth1.100": "192.168.100.130", "eth2.100": "192.168.100.134"}
VNET = "10.100.0.0/16"
PEER = """router bgp 12076
 no bgp ebgp-requires-policy
 no bgp network import-check
 coalesce-time 0
 neighbor {ce} remote-as 65010
 neighbor {ce} timers connect 1
 address-family ipv4 unicast
  network 10.100.0.0/16
  neighbor {ce} route-map HERS out
ip prefix-list HERS seq 5 permit 10.100.0.0/16
route-map HERS permit 10
 match ip address prefix-list HERS
"""
# FRR acts on route-maps 5 s after they were read, on conditions every 5 s where the corpus has some.
QUIET_SECONDS = 6.0
Seen = dict[str, Any]


def seen(bgpd: Vty, zebra: Vty) -> Seen:
    """BGP table, routes, and what is announced to each MSEE; without what depends on which session was first."""
    table = bgpd.json("show bgp ipv4 unicast json").get("routes", {})
    routes = zebra.json("show ip route json")
    return {
        "up": sorted(
            address for address, peer in bgpd.json("show bgp ipv4 unicast summary json").get("peers", {}).items()
            if peer["state"] == "Established"
        ),
        "table": {
            prefix: sorted(
                (p.get("path", ""), p.get("origin", ""), p.get("weight", 0), p.get("metric") or 0,
                 p.get("locPrf") or 0, bool(p.get("valid")), [hop["ip"] for hop in p["nexthops"]])
                for p in paths
            )
            for prefix, paths in table.items()
        },
        "routes": {
            prefix: sorted(
                (r["protocol"], r.get("distance", 0), r.get("metric", 0), bool(r.get("selected")),
                 sorted((h.get("ip", ""), h.get("interfaceName", ""), h.get("rmapSource", "")) for h in r["nexthops"]))
                for r in found
            )
            for prefix, found in routes.items()
        },
        "sent": {msee: sent(bgpd, msee) for msee in MSEES.values()},
    }


def sent(bgpd: Vty, msee: str) -> Seen:
    answer = bgpd.json(f"show bgp ipv4 unicast neighbors {msee} advertised-routes json")
    found = {
        prefix: (r["path"], r.get("origin", ""), r.get("metric") or 0)
        for prefix, r in answer.get("advertisedRoutes", {}).items() if "12076" not in r.get("path", "")
    }
    return {**found, "default": answer.get("bgpOriginatingDefaultNetwork", "")}


def unchanged(look: Callable[[], dict[str, Seen]]) -> dict[str, Seen] | None:
    """What is seen, if it stays so for as long as FRR's own timers; else None as soon as it changes."""
    found = look()
    try:
        held(lambda: look() != found, QUIET_SECONDS, "a change")
    except AssertionError:
        return None
    return found


def bare(texts: Mapping[str, str]) -> dict[str, Seen]:
    """Each file on a bare FRR, all at once; taken when none of them has changed for as long as FRR's own timers."""

    def body(world: World) -> dict[str, Seen]:
        ces: dict[str, Node] = {}
        for name, text in texts.items():
            ces[name] = ce = world.node("ce1")
            for port, msee in MSEES.items():
                peer = world.node("msee")
                world.link(ce, port, peer, "eth1")
                ce.run("ip", "link", "set", port, "up")
                peer.address("eth1", f"{msee}/30")
                theirs = msee[:-3] + str(int(msee[-3:]) - 1)
                peer.write({"zebra.conf": "", "bgpd.conf": PEER.format(ce=theirs)})
                peer.start("zebra", "bgpd")
            files = {"frr.conf": text, "vtysh.conf": "service integrated-vtysh-config\n"}
            ce.write({**files, **{f"{daemon}.conf": "" for daemon in ("zebra", "bgpd", "staticd", "bfdd")}})
            ce.start(*world.frr.own_daemons)
            ce.run("vtysh", "-b")
        with ExitStack() as opened:
            ways = {
                name: (opened.enter_context(ce.vty()), opened.enter_context(ce.vty("zebra")))
                for name, ce in ces.items()
            }
            look: Callable[[], dict[str, Seen]] = lambda: {name: seen(*way) for name, way in ways.items()}  # noqa: E731
            until(lambda: all(s["up"] for s in look().values()), 30, "a session of each")
            return until(lambda: unchanged(look), 60, "no more changes")

    return in_world(body, 200)


@pytest.fixture(scope="module")
def expected() -> dict[str, Seen]:
    found: dict[str, Seen] = {}
    for some in _batches():
        found |= bare({file.stem: file.read_text() for file in some})
    return found


def _batches() -> list[list[Path]]:
    return [FILES[first : first + AT_ONCE] for first in range(0, len(FILES), AT_ONCE)]


def test_the_corpus_is_large_enough() -> None:
    assert len(FILES) >= 25


def _lab(labs: Labs) -> None:
    """One lab with a CE, a circuit and a VNet for each file: circuits share nothing, so all have the same addresses."""
    (peering,) = circuits.one(sharedKey=None, ipv6PeeringConfig=None)["peerings"]
    roles = {"msee1": "msee", "msee2": "msee", "azure": "azure"}
    nodes = {name: {"labels": {"mseelab-role": role}} for name, role in roles.items()}
    nodes["msee1"]["labels"]["mseelab-path"] = "primary"
    nodes["msee2"]["labels"]["mseelab-path"] = "secondary"
    links = [{"endpoints": [f"msee{path}:eth99", f"azure:eth{path}"], "mtu": 1500} for path in (1, 2)]
    document: dict[str, Any] = {"lab": "corpus", "topology": "corpus.clab.yml"}
    document |= {"circuits": [], "virtualNetworks": [], "customerEdges": []}
    for number, file in enumerate(FILES, 1):
        labs.write(file.name, file.read_text())
        edge, circuit, vnet = f"ce{number}", f"er-{file.stem}", f"v{number}"
        nodes[edge] = {"labels": {"mseelab-role": "ce"}}
        links += [{"endpoints": [f"{edge}:eth{path}", f"msee{path}:eth{100 + number}"], "mtu": 1500} for path in (1, 2)]
        document["circuits"].append({"name": circuit, "connections": [vnet], "peerings": [peering]})
        document["virtualNetworks"].append({"name": vnet, "addressSpace": {"addressPrefixes": [VNET]}})
        document["customerEdges"].append(
            {"name": edge, "config": file.name, "circuits": [circuit], "advertise": ["10.10.0.0/16"]}
        )
    labs.write("circuit.yml", circuits.text(document))
    topology = {"defaults": {"kind": "linux"}, "nodes": nodes, "links": links}
    labs.write("corpus.clab.yml", circuits.text({"name": "corpus", "topology": topology}))


def test_the_corpus_in_the_lab_is_as_on_a_bare_frr(labs: Labs, expected: dict[str, Seen]) -> None:
    """ce/45b, azure/34, ce/34: the CE is run as written."""
    _lab(labs)
    up = labs("up", "--timeout", "0")  # red, where a file sends something else than the circuit file says
    assert up.code in (0, 1), str(up)
    with ExitStack() as opened:
        ways = {}
        for number, file in enumerate(FILES, 1):
            run = f"{node_root(labs, f'ce{number}')}/run/frr"
            ways[file.stem] = [opened.enter_context(Vty(f"{run}/{name}.vty")) for name in ("bgpd", "zebra")]

        def different() -> dict[str, Any]:
            now = {name: seen(*way) for name, way in ways.items()}
            return {
                name: {k: (now[name][k], v) for k, v in wanted.items() if now[name][k] != v}
                for name, wanted in expected.items() if now[name] != wanted
            }

        found = wait(different, deadline=20, label="as bare", until=lambda left: not left)
    assert found.last == {}, "of each file: in the lab, and bare"
