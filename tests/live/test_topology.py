"""`up` on a running lab whose topology has changed: nodes and links come and go, and nobody else's session moves."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.live.harness import Labs
from tests.live.looking import bgp, sessions, until
from tests.live.planes import circuit, link, plane, write

pytestmark = pytest.mark.both_engines

SECONDARY = {"192.168.100.133", "fd00:64::5"}
Losses = dict[tuple[str, str], int]


@pytest.fixture(scope="module")
def base(module_labs: Labs) -> Iterator[Labs]:
    """One CE on both paths, by a topology file of the user's."""
    write(module_labs, plane(), circuit())
    module_labs.ok("up")
    yield module_labs
    module_labs.ok("down")


@pytest.fixture
def lab(base: Labs) -> Iterator[Labs]:
    """The lab as it was made, with BFD up; afterwards it is so again, by `up`."""
    until(lambda: all(s["bfd"] == "up" for s in sessions(base).values()), 15, "BFD up")
    yield base
    write(base, plane(), circuit())
    base.ok("up")
    base.ok("check")


@pytest.fixture
def nothing_left_by_the_test() -> None:
    """A node that was made again is a new process: only after the module is the host as before."""


def losses(labs: Labs) -> Losses:
    """How often each MSEE has lost each neighbor, CEs and gateways."""
    found: Losses = {}
    for node in ("msee1", "msee2"):
        for family in bgp(labs, node, "show bgp vrf er1p summary json").values():
            for address, peer in family.get("peers", {}).items() if isinstance(family, dict) else ():
                found[node, address] = int(peer["connectionsDropped"])
    return found


def moved(before: Losses, after: Losses) -> set[str]:
    return {who[1] for who, count in after.items() if before.get(who) != count}


def planned(labs: Labs) -> dict[str, Any]:
    """`plan -o json`: by target and field, the action and the paths that reset."""
    changes = json.loads(labs.ok("plan", "-o", "json").out)["changes"]
    return {
        " ".join(filter(None, (c["target"], c["field"]))): (c["action"], {r["path"] for r in c["resets"]})
        for c in changes
    }


def test_a_second_ce_takes_over_a_path_and_gives_it_back(lab: Labs) -> None:
    """ce1's port to the MSEE becomes its port to the new CE."""
    before = losses(lab)
    write(lab, plane("dual-ce"), circuit(ces=2))
    assert planned(lab) == {
        "node ce2": ("add", set()),
        "link ce2:eth1 msee2:eth1": ("add", {"secondary"}),
        "link ce1:eth2 ce2:eth2": ("add", set()),
        "link ce1:eth2 msee2:eth1": ("remove", set()),
        "customer edge ce2": ("add", {"secondary"}),
    }
    refused = lab("apply")
    assert (refused.code, "mseelab up" in refused.err) == (2, True), str(refused)
    lab.ok("up")
    lab.ok("check")
    assert {(s["ce"], path) for (_, path, _), s in sessions(lab).items()} == {("ce1", "primary"), ("ce2", "secondary")}
    assert moved(before, losses(lab)) <= SECONDARY
    assert json.loads(lab.ok("plan", "-o", "json").out)["changes"] == []
    between = losses(lab)
    until(lambda: all(s["bfd"] == "up" for s in sessions(lab).values()), 15, "BFD up with the new CE")
    write(lab, plane(), circuit())
    assert planned(lab)["node ce2"] == ("remove", set())
    lab.ok("up")
    lab.ok("check")
    assert {s["ce"] for s in sessions(lab).values()} == {"ce1"}
    assert moved(between, losses(lab)) <= SECONDARY
    gone = lab("exec", "ce2", "true")
    assert (gone.code, "no node ce2" in gone.err) == (2, True), str(gone)
    until(lambda: all(s["bfd"] == "up" for s in sessions(lab).values()), 15, "BFD up with the old CE")


def test_a_cable_moves_to_another_port(lab: Labs) -> None:
    before = losses(lab)
    topology = plane()
    link(topology, "ce1:eth2")["endpoints"] = ["ce1:eth5", "msee2:eth4"]
    write(lab, topology, circuit())
    lab.ok("up")
    lab.ok("check")
    assert moved(before, losses(lab)) <= SECONDARY
    for node, device in (("ce1", "eth2"), ("ce1", "eth2.100"), ("msee2", "eth1")):
        assert lab("exec", node, "ip", "link", "show", device).code != 0, f"{node} still has {device}"
    until(lambda: all(s["bfd"] == "up" for s in sessions(lab).values()), 15, "BFD up on the new cable")


def passes(labs: Labs, octets: int) -> bool:
    """Whether an IPv4 packet of that size gets from ce1 to msee1 unfragmented; its headers have 28 octets."""
    size = str(octets - 28)
    ping = ("ping", "-M", "do", "-c", "2", "-i", "0.2", "-W", "1", "-s", size, "192.168.100.130")
    return labs("exec", "ce1", *ping).code == 0


def test_another_mtu_is_on_the_wire_and_moves_nothing(lab: Labs) -> None:
    before = losses(lab)
    topology = plane()
    for mtu in (1400, 1600):
        link(topology, "ce1:eth1")["mtu"] = mtu
        write(lab, topology, circuit())
        assert planned(lab) == {"link ce1:eth1 msee1:eth1 mtu": ("change", set())}
        lab.ok("up")
        assert (passes(lab, mtu), passes(lab, mtu + 1)) == (True, False)
        described = lab.ok("exec", "msee1", "ip", "-n", "er1p", "-j", "link", "show", "eth1.100").out
        assert json.loads(described)[0]["mtu"] == mtu
    assert moved(before, losses(lab)) == set()


@pytest.mark.parametrize("what", ["renamed", "swapped"])
def test_what_a_running_lab_cannot_become(lab: Labs, what: str) -> None:
    before = losses(lab)
    topology = plane()
    nodes = topology["topology"]["nodes"]
    if what == "renamed":
        nodes["edge1"] = nodes.pop("msee1")
        for one in topology["topology"]["links"]:
            one["endpoints"] = [end.replace("msee1:", "edge1:") for end in one["endpoints"]]
    else:
        nodes["msee1"], nodes["msee2"] = nodes["msee2"], nodes["msee1"]
    write(lab, topology, circuit())
    for verb in ("plan", "up"):
        done = lab(verb)
        assert (done.code, len(done.err.splitlines())) == (2, 2), str(done)
        assert "msee1" in done.err
        assert "next         mseelab down er-site, then mseelab up" in done.err
    assert losses(lab) == before
