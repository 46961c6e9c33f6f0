"""Links, VLAN tags, addresses and neighbor entries of both ends, as their kernels have them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address

from lab.diagnose.evidence import Face, Resolved, Side, Subject, Tags, other
from lab.engine.base import Node
from lab.net import reading
from lab.net.reading import Device, Reading

Place = tuple[str, str]
"""(node, routing domain; empty: the node's own)"""
_TAGGED = re.compile(r"(?P<port>[^.~@]+)(?P<tags>(\.\d+){1,2})")


@dataclass(frozen=True)
class LinkEnd:
    """See `lab.diagnose.evidence.End`."""

    port: Face | None
    face: Face | None
    strays: tuple[Face, ...]
    resolved: Resolved
    mac: str | None


class Links:
    """Reads each namespace once."""

    def __init__(self, nodes: Mapping[str, Node], wanted: Mapping[Place, frozenset[str]]) -> None:
        """`wanted`: the interfaces that peerings ask for, by place; every other sub-interface is a stray."""
        self._nodes = nodes
        self._wanted = wanted
        self._read: dict[Place, Reading] = {}
        self._known: dict[tuple[str, str, str], dict[str, Face]] = {}

    def forget(self) -> None:
        """What was read is old now."""
        self._read.clear()
        self._known.clear()

    def reading(self, node: str, vrf: str) -> Reading:
        """Empty where the namespace, or the node, is not there."""
        if (node, vrf) not in self._read:
            try:
                self._read[node, vrf] = reading.read(self._nodes[node].pid, vrf)
            except (FileNotFoundError, KeyError):
                self._read[node, vrf] = Reading()
        return self._read[node, vrf]

    def end(self, subject: Subject, side: Side) -> LinkEnd:
        node, vrf, family = subject.node(side), subject.vrf(side), subject.session.family
        faces = self._faces(node, vrf, family)
        asked = self._wanted.get((node, vrf), frozenset())
        riders = f"{subject.port(side)}."
        strays = tuple(f for name, f in faces.items() if name not in asked and name.startswith(riders) and f.tags)
        entry = self.reading(node, vrf).by_address.get(subject.address(other(side)))
        resolved: Resolved = "none" if entry is None else "ok" if entry.mac else "incomplete"
        return LinkEnd(
            self._faces(node, "", family).get(subject.port(side)), faces.get(subject.interface(side)), strays,
            resolved, entry.mac if entry else None,
        )

    def _faces(self, node: str, vrf: str, family: str) -> dict[str, Face]:
        """Every device of a namespace, with its addresses of a family."""
        if (node, vrf, family) not in self._known:
            self._known[node, vrf, family] = _all_faces(self.reading(node, vrf), family)
        return self._known[node, vrf, family]


def _tags(device: Device) -> Tags:
    """The tags that a sub-interface's name says, `eth1.8.100`; a VLAN device's own tag wins for the inner one."""
    named = _TAGGED.fullmatch(device.name)
    if named is None:
        return ()
    tags = tuple(int(tag) for tag in named["tags"][1:].split("."))
    return (*tags[:-1], device.vlan) if device.vlan else tags


def _all_faces(found: Reading, family: str) -> dict[str, Face]:
    addresses: dict[str, list[tuple[str, int]]] = {}
    for a in found.addresses:
        if (":" in a.address) == (family == "ipv6") and not ip_address(a.address).is_link_local:
            addresses.setdefault(a.device, []).append((a.address, a.length))
    return {
        d.name: Face(d.name, _tags(d), d.up, d.carrier, d.arp, d.mtu, tuple(addresses.get(d.name, ())))
        for d in found.devices
    }
