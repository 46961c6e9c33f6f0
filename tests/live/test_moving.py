"""A peering moves to another VLAN or cable: its sessions come up, and BFD follows, however late its watcher looks."""

from __future__ import annotations

from typing import Any

from tests.live import circuits, planes
from tests.live.harness import Labs
from tests.live.looking import bgp, established, until
from tests.live.sickness import blind_watcher

ENDS = {
    "ce1": ("", ("192.168.100.130", "fd00:64::2", "192.168.100.134", "fd00:64::6")),
    "msee1": ("vrf all ", ("192.168.100.129", "fd00:64::1")),
    "msee2": ("vrf all ", ("192.168.100.133", "fd00:64::5")),
}


def bfd_in_bgp(labs: Labs) -> list[Any]:
    """What each end's bgpd holds of BFD with its neighbor: `Up`, `Down`, or None where it is not armed."""
    found = []
    for node, (vrf, addresses) in ENDS.items():
        neighbors = bgp(labs, node, f"show bgp {vrf}neighbors json")
        for known in neighbors.values() if vrf else (neighbors,):
            found += [known[a].get("peerBfdInfo", {}).get("status") for a in addresses if a in known]
    return found


def test_bfd_moves_with_its_session(labs: Labs) -> None:
    labs.environment = {**labs.environment, "LIVE_KEY": circuits.KEY}
    labs.write("circuit.yml", circuits.text(circuits.one()))
    labs.ok("up")
    until(lambda: bfd_in_bgp(labs) == ["Up"] * 8, 20, "armed at both ends")
    labs.write("circuit.yml", circuits.text(circuits.one(vlanId=200)))
    with blind_watcher(labs):
        # bgpd is deaf to BFD on another interface than it was armed on; FRR 10 then refuses the session for good.
        applied = labs.ok("apply")
        assert "FAILED" not in applied.err, str(applied)
        assert bfd_in_bgp(labs) == [None] * 8
    until(lambda: bfd_in_bgp(labs) == ["Up"] * 8, 20, "armed on the new interface")
    assert established(labs) == 4


def test_bfd_moves_with_its_cable(labs: Labs) -> None:
    """The CE's interface keeps its name and is another device; the MSEE's has another name."""
    planes.write(labs, planes.plane(), planes.circuit())
    labs.ok("up")
    until(lambda: bfd_in_bgp(labs) == ["Up"] * 8, 20, "armed at both ends")
    topology = planes.plane()
    planes.link(topology, "ce1:eth2")["endpoints"] = ["ce1:eth2", "msee2:eth4"]
    planes.write(labs, topology, planes.circuit())
    with blind_watcher(labs):
        labs.ok("up")
        assert bfd_in_bgp(labs) == ["Up", "Up", None, None, "Up", "Up", None, None]
    until(lambda: bfd_in_bgp(labs) == ["Up"] * 8, 20, "armed on the new cable")
    assert established(labs) == 4
