"""Whether zebra knows the addresses that its node was given while it ran.

FRR 8.4 reads of links in one thread and of addresses in another: the address of an interface that it has not met yet
is dropped for good, and every next hop there stays unresolved. What it lacks is announced to it again. So are the
link-local addresses that the kernel has given: bgpd ends every IPv6 connection from an interface that has none
(`Neighbor Events Error/Unspecific`), for as long as it knows of none.
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_interface

from bgp.frr.show import zebra_addresses
from bgp.frr.vty import Vty
from lab.control.daemon import NodeVty
from lab.control.wait import wait
from lab.engine.base import Node
from lab.errors import NotAsItShould
from lab.net.inside import is_up
from lab.net.reading import read
from lab.wiring import NodeWiring

SECONDS = 20.0
Lacking = dict[str, list[tuple[str, str]]]
"""By VRF: (interface, address) of what zebra does not know."""


def touched(old: NodeWiring, new: NodeWiring) -> frozenset[str]:
    """The VRFs of `new` in which an interface differs."""
    return frozenset(interface.vrf for interface in new.interfaces if interface not in old.interfaces)


def wait_for_addresses(node: Node, wiring: NodeWiring, vrfs: Iterable[str]) -> None:
    """Until zebra knows every address of the wiring in `vrfs`. Raises NotAsItShould when it never does."""
    wanted = frozenset(vrfs)
    if not wanted:
        return
    with NodeVty(node, "zebra") as zebra:

        def look() -> Lacking:
            lacking = {vrf: found for vrf in wanted if (found := _lacking(node, zebra, wiring, vrf))}
            for vrf, found in lacking.items():
                _announce(node, vrf, found)
            return lacking

        outcome = wait(look, deadline=SECONDS, label="addresses", until=lambda lacking: not lacking)
        # By now zebra has met these interfaces, so that once is enough, and what comes later it takes.
        for vrf in wanted if outcome.ok else ():
            _announce(node, vrf, _link_locals(node, zebra, wiring, vrf))
    if not outcome.ok:
        missing = ", ".join(f"{name} {text}" for found in outcome.last.values() for name, text in found)
        raise NotAsItShould(f"zebra on {node.name} does not see {missing}", next="mseelab down, then mseelab up")


def _lacking(node: Node, zebra: Vty, wiring: NodeWiring, vrf: str) -> list[tuple[str, str]]:
    known = zebra_addresses(zebra, vrf)
    lacking = [
        (interface.name, text)
        for interface in wiring.interfaces
        for text in interface.addresses
        if interface.vrf == vrf and str(ip_interface(text)) not in known.get(interface.name, ())
    ]
    # The kernel takes IPv6 addresses away from an interface that goes down: behind a link that is disabled.
    dark = {name for name in {name for name, _ in lacking} if not is_up(node.pid, vrf, name)}
    return [(name, text) for name, text in lacking if name not in dark]


def _link_locals(node: Node, zebra: Vty, wiring: NodeWiring, vrf: str) -> list[tuple[str, str]]:
    """Those of the kernel that zebra does not know, on the wiring's interfaces."""
    known = zebra_addresses(zebra, vrf)
    names = {interface.name for interface in wiring.interfaces if interface.vrf == vrf}
    found = ((a.device, f"{a.address}/{a.length}") for a in read(node.pid, vrf).addresses if a.device in names)
    return [
        (name, text) for name, text in found
        if ip_interface(text).ip.is_link_local and text not in known.get(name, ())
    ]


def _announce(node: Node, vrf: str, lacking: list[tuple[str, str]]) -> None:
    if lacking:
        from lab.net.readdress import announce  # brings pyroute2, and is hardly ever needed

        announce(node.pid, vrf, lacking)
