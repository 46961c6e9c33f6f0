"""Microsoft's core behind Microsoft peering: a router (AS 8075) on the azure node, and the services beyond it.

Every Microsoft routing domain of both MSEEs peers with the router over an internal tag of its own. The router sends
them the feed alone, so no customer learns another's prefixes, and takes customers' prefixes, so that answers find their
way. The feed's speaker lives in a namespace one hop further, which answers for all of the feed's addresses.
"""

from __future__ import annotations

from bgp.exabgp.config import Announcement, ExaBgpConfig, Speaker
from bgp.frr.config import BgpInstance, Block, Neighbor, NeighborFamily
from lab.circuit import feed
from lab.circuit.models import AZURE_ASN, FAMILIES, PATHS, Family, Spec
from lab.role import layout
from lab.role.policy import PREFER_GLOBAL
from lab.role.slots import Slots
from lab.role.state import Feed
from lab.topology import Topology
from lab.wiring import Interface, PermanentNeighbor, Route, Tag

CORE_ASN = 8075
CORE_VRF, FEED_VRF, BRIDGE = "ms", "msfeed", "br-ms"
# Between the router and the services; RFC 6598 and RFC 4193, never announced.
_ROUTER: dict[Family, str] = {"ipv4": "100.126.255.1", "ipv6": "fdce:0:2::1"}
_SERVICES: dict[Family, str] = {"ipv4": "100.126.255.2", "ipv6": "fdce:0:2::2"}
_LENGTH: dict[Family, int] = {"ipv4": 30, "ipv6": 64}
_DEFAULT: dict[Family, str] = {"ipv4": "0.0.0.0/0", "ipv6": "::/0"}
CORE_POLICY = (
    Block("bgp as-path access-list FEED seq 5 permit ^$"),
    Block("route-map core-in6 permit 10", (PREFER_GLOBAL,)),
    Block("route-map core-out permit 10", ("match as-path FEED",)),
    Block("route-map core-none deny 10"),
)


def links(spec: Spec, slots: Slots) -> tuple[layout.MicrosoftLink, ...]:
    """The internal links of every provisioned circuit with Microsoft peering."""
    found = (layout.microsoft_link(slots, circuit) for circuit in spec.circuits if circuit.provisioned)
    return tuple(link for link in found if link is not None)


def interfaces(topology: Topology, found: tuple[layout.MicrosoftLink, ...]) -> list[Interface]:
    faces = [
        Interface(name, vrf, tuple(f"{at[f]}/{_LENGTH[f]}" for f in FAMILIES), bridged=BRIDGE, mac=mac)
        for name, vrf, at, mac in (
            ("core", CORE_VRF, _ROUTER, layout.feed_mac(1)),
            ("feed", FEED_VRF, _SERVICES, layout.feed_mac(2)),
        )
    ]
    for link in found:
        for path in PATHS:
            port = topology.links_between(topology.azure.name, topology.msee(path).name)[0][0].interface
            addresses = tuple(link.core_end(path, family) for family in FAMILIES)
            name = f"{port}.{link.vlan}"
            faces.append(Interface(name, CORE_VRF, addresses, tag=Tag(port, link.vlan), mac=link.core_mac(path)))
    return faces


def neighbors(topology: Topology, found: tuple[layout.MicrosoftLink, ...]) -> list[PermanentNeighbor]:
    known = [PermanentNeighbor(CORE_VRF, "core", _SERVICES[f], layout.feed_mac(2)) for f in FAMILIES]
    known += [PermanentNeighbor(FEED_VRF, "feed", _ROUTER[f], layout.feed_mac(1)) for f in FAMILIES]
    for link in found:
        for path in PATHS:
            port = topology.links_between(topology.azure.name, topology.msee(path).name)[0][0].interface
            for family in FAMILIES:
                address = link.msee_address(path, family)
                known.append(PermanentNeighbor(CORE_VRF, f"{port}.{link.vlan}", address, link.msee_mac(path)))
    return known


def routes() -> tuple[Route, ...]:
    """The services have every address of the feed, and one way out."""
    own = tuple(Route(FEED_VRF, str(feed.SPACE[f]), ()) for f in FAMILIES)
    return own + tuple(Route(FEED_VRF, _DEFAULT[f], (_ROUTER[f],)) for f in FAMILIES)


def instance(found: tuple[layout.MicrosoftLink, ...]) -> BgpInstance:
    """The router: the feed from one side, by iBGP, and the MSEEs' customers from the other."""
    peers = [
        Neighbor(
            _SERVICES[family],
            CORE_ASN,
            (NeighborFamily(family, route_map_out="core-none"),),
            local_address=_ROUTER[family],
            passive=True,
        )
        for family in FAMILIES
    ]
    for link in found:
        for path in PATHS:
            peers += [
                Neighbor(
                    link.msee_address(path, family),
                    AZURE_ASN,
                    (
                        NeighborFamily(
                            family,
                            route_map_in="core-in6" if family == "ipv6" else None,
                            route_map_out="core-out",
                            soft_reconfiguration=True,
                        ),
                    ),
                    local_address=link.core_address(path, family),
                    passive=True,
                    bfd="gw",
                )
                for family in link.families
            ]
    return BgpInstance(CORE_ASN, _ROUTER["ipv4"], tuple(peers), CORE_VRF, maximum_paths=8)


def speaker() -> Feed:
    """What announces the feed, and where it runs."""
    speakers = tuple(
        Speaker(_ROUTER[family], _SERVICES[family], CORE_ASN, CORE_ASN, _SERVICES["ipv4"]) for family in FAMILIES
    )
    announcements = tuple(
        Announcement(tuple(map(str, networks)), communities) for (_, communities), networks in feed.groups().items()
    )
    return Feed(FEED_VRF, ExaBgpConfig(speakers, announcements))
