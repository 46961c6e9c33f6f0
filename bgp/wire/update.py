"""An UPDATE (RFC 4271 section 4.3, RFC 4760, RFC 1997, RFC 8092)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from bgp.wire.aspath import as_path
from bgp.wire.families import BITS, address, family_name, prefixes
from bgp.wire.messages import Announced, Origin, Update, Withdrawn
from bgp.wire.negotiated import Negotiated
from bgp.wire.reader import Broken, Reader

EXTENDED_LENGTH = 0x10
ORIGIN, AS_PATH, NEXT_HOP, MED, LOCAL_PREF = 1, 2, 3, 4, 5
COMMUNITIES, MP_REACH, MP_UNREACH, EXTENDED_COMMUNITIES, LARGE_COMMUNITIES = 8, 14, 15, 16, 32
ORIGINS: dict[int, Origin] = {0: "igp", 1: "egp", 2: "incomplete"}
WELL_KNOWN_COMMUNITIES = {
    0xFFFF0000: "graceful-shutdown",
    0xFFFF029A: "blackhole",
    0xFFFFFF01: "no-export",
    0xFFFFFF02: "no-advertise",
    0xFFFFFF03: "local-AS",
    0xFFFFFF04: "no-peer",
}
GLOBAL, GLOBAL_AND_LOCAL = 16, 32


@dataclass
class _Attributes:
    """What the attributes of one message said, while they are read."""

    values: dict[str, Any] = field(default_factory=dict)
    next_hop: str = ""
    announced: list[Announced] = field(default_factory=list)
    withdrawn: list[Withdrawn] = field(default_factory=list)
    others: list[int] = field(default_factory=list)


def update(reader: Reader, negotiated: Negotiated) -> Update:
    """Raises Broken."""
    withdrawn = reader.part(reader.number(2))
    attributes = reader.part(reader.number(2))
    empty = not withdrawn.left and not reader.left
    if empty and not attributes.left:
        return Update(end_of_rib="ipv4")
    path_ids = "ipv4" in negotiated.path_ids
    gone = prefixes(withdrawn, "ipv4", path_ids=path_ids)
    found = _attributes(attributes, negotiated)
    if reader.left:
        found.announced.insert(0, Announced("ipv4", prefixes(reader, "ipv4", path_ids=path_ids), found.next_hop))
    if gone:
        found.withdrawn.insert(0, Withdrawn("ipv4", gone))
    only = found.withdrawn[0] if len(found.withdrawn) == 1 else None
    if empty and only is not None and not only.prefixes and not found.values and not found.announced:
        return Update(end_of_rib=only.family)
    return Update(tuple(found.announced), tuple(found.withdrawn), others=tuple(found.others), **found.values)


def _attributes(reader: Reader, negotiated: Negotiated) -> _Attributes:
    found = _Attributes()
    while reader.left:
        flags, kind = reader.number(1), reader.number(1)
        _attribute(found, kind, reader.part(reader.number(2 if flags & EXTENDED_LENGTH else 1)), negotiated)
    return found


def _attribute(found: _Attributes, kind: int, value: Reader, negotiated: Negotiated) -> None:
    if kind == ORIGIN:
        number = value.number(1)
        if number not in ORIGINS:
            raise Broken(f"ORIGIN {number}")
        found.values["origin"] = ORIGINS[number]
    elif kind == AS_PATH:
        found.values["as_path"] = as_path(value.rest(), negotiated.four_octet)
    elif kind == NEXT_HOP:
        found.next_hop = address(value.take(4))
    elif kind in (MED, LOCAL_PREF):
        found.values["med" if kind == MED else "local_pref"] = value.number(4)
    elif kind == COMMUNITIES:
        found.values["communities"] = tuple(_community(each) for each in _each(value, 4))
    elif kind == LARGE_COMMUNITIES:
        found.values["large_communities"] = tuple(
            ":".join(str(int.from_bytes(each[at : at + 4])) for at in (0, 4, 8)) for each in _each(value, 12)
        )
    elif kind == EXTENDED_COMMUNITIES:
        found.values["extended_communities"] = tuple(f"0x{each.hex()}" for each in _each(value, 8))
    elif kind == MP_REACH:
        found.announced.append(_reach(value, negotiated))
    elif kind == MP_UNREACH:
        family = family_name(value.number(2), value.number(1))
        found.withdrawn.append(Withdrawn(family, _reached(value, family, negotiated)))
    else:
        found.others.append(kind)


def _reach(value: Reader, negotiated: Negotiated) -> Announced:
    family = family_name(value.number(2), value.number(1))
    hop = value.take(value.number(1))
    value.number(1)  # reserved
    link_local = ""
    if len(hop) == GLOBAL_AND_LOCAL:
        hop, link_local = hop[:GLOBAL], address(hop[GLOBAL:])
    text = address(hop) if len(hop) in (4, GLOBAL) else hop.hex()
    return Announced(family, _reached(value, family, negotiated), text, link_local)


def _reached(value: Reader, family: str, negotiated: Negotiated) -> tuple[str, ...]:
    """Prefixes of the families that are taken apart; of others the octets, as one."""
    if family not in BITS:
        return (f"{value.left} octets",) if value.left else ()
    return prefixes(value, family, path_ids=family in negotiated.path_ids)


def _each(value: Reader, size: int) -> list[bytes]:
    if value.left % size:
        raise Broken(f"communities of {value.left} octets")
    return [value.take(size) for _ in range(value.left // size)]


def _community(octets: bytes) -> str:
    number = int.from_bytes(octets)
    return WELL_KNOWN_COMMUNITIES.get(number) or f"{number >> 16}:{number & 0xFFFF}"
