"""A node's wiring as the lines of its wiring.sh, in the words that start.sh defines."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator

from lab.net.names import bridge_end
from lab.net.sysctl import OPTIONAL, router_settings
from lab.wiring import Cable, Interface, NodeWiring

HERE = "-"


def settings_text() -> str:
    """The file `router.settings`; a `-` marks what not every kernel has."""
    lines = (f"{'-' if name in OPTIONAL else ''}{name} {value}" for name, value in router_settings().items())
    return "# /proc/sys of every namespace that forwards.\n" + "".join(f"{line}\n" for line in lines)


def wiring_text(wiring: NodeWiring, cables: Iterable[Cable]) -> str:
    """wiring.sh; `cables` are those of the lab, of which the node's own count."""
    lines = (" ".join(shlex.quote(word) for word in words) for words in _lines(wiring, cables))
    head = f"# Everything of {wiring.node} below FRR. start.sh reads this, and says what the words mean.\n"
    return head + "".join(f"{line}\n" for line in lines)


def _lines(wiring: NodeWiring, cables: Iterable[Cable]) -> Iterator[tuple[str, ...]]:
    yield "own", "ipv6" if wiring.ipv6 else "ipv4"
    for cable in cables:
        for end, port in ((1, cable.a), (2, cable.b)):
            if port.node == wiring.node:
                yield "port", port.name, str(end), str(cable.mtu)
    for vrf in wiring.vrfs:
        yield "vrf", vrf
    for bridge in wiring.bridges:
        yield "bridge", bridge
    for face in wiring.interfaces:
        yield from _interface(face)
    for known in wiring.neighbors:
        yield "neighbor", known.vrf or HERE, known.interface, known.address, known.mac
    for route in wiring.routes:
        yield "route", route.vrf or HERE, route.prefix, *route.via
    yield from (("cut", name) for name in wiring.down)


def _interface(face: Interface) -> Iterator[tuple[str, ...]]:
    where, mac = face.vrf or HERE, face.mac or HERE
    if face.tag is not None:
        stag = HERE if face.tag.stag is None else str(face.tag.stag)
        yield "tagged", where, face.name, face.tag.port, stag, str(face.tag.vlan), mac
        if face.bridge:
            yield "member", face.name, face.bridge
    elif face.bridged:
        yield "plugged", where, face.name, mac, face.bridged, bridge_end(face.vrf, face.name)
    for address in face.addresses:
        yield "address", where, face.name, address
