"""Octets on the MSEE's sub-interfaces: in is into Azure."""

from __future__ import annotations

from collections.abc import Iterable

from lab.control.observe import Daemons
from lab.show.interfaces import InterfaceState, interfaces


def octets(daemons: Daemons, places: Iterable[tuple[str, str, str]]) -> tuple[int, int]:
    """In and out, summed over the sub-interfaces with the addresses of `places` (MSEE, routing domain, address)."""
    seen: dict[tuple[str, str, str], InterfaceState] = {}
    for msee, vrf, address in places:
        for interface in interfaces(daemons.nodes[msee].pid, vrf):
            if address in interface.addresses:
                seen[msee, vrf, interface.name] = interface
    return sum(i.received for i in seen.values()), sum(i.sent for i in seen.values())
