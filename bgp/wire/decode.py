"""One whole message, marker included, as a value."""

from __future__ import annotations

from bgp.wire.families import address, family_name
from bgp.wire.messages import Capability, Keepalive, Message, Notice, Open, RouteRefresh, Unreadable
from bgp.wire.negotiated import Negotiated
from bgp.wire.notice import detail
from bgp.wire.reader import Broken, Reader
from bgp.wire.update import update

HEADER = 19
OPEN, UPDATE, NOTIFICATION, KEEPALIVE, ROUTE_REFRESH = 1, 2, 3, 4, 5
CAPABILITIES, EXTENDED = 2, 255
STAGES = {0: "request", 1: "begin", 2: "end"}
UNKNOWN = Negotiated()


def decode(message: bytes, negotiated: Negotiated = UNKNOWN) -> Message:
    """A message as `split` returns it. What breaks the rules comes back as Unreadable, with what is wrong."""
    kind = message[HEADER - 1] if len(message) >= HEADER else 0
    reader = Reader(message[HEADER:])
    try:
        if kind == OPEN:
            return _open(reader)
        if kind == UPDATE:
            return update(reader, negotiated)
        if kind == NOTIFICATION:
            code, subcode = reader.number(1), reader.number(1)
            return Notice(code, subcode, detail(code, subcode, reader.rest()))
        if kind == KEEPALIVE:
            return Keepalive() if not reader.left else Unreadable(kind, f"a KEEPALIVE with {reader.left} octets more")
        if kind == ROUTE_REFRESH:
            return _route_refresh(reader)
    except Broken as broken:
        return Unreadable(kind, str(broken))
    return Unreadable(kind, f"no message type {kind}")


def _open(reader: Reader) -> Open:
    version, asn, hold = reader.number(1), reader.number(2), reader.number(2)
    router_id, length = address(reader.take(4)), reader.number(1)
    extended = length == EXTENDED and reader.left >= 3
    if extended:  # RFC 9072: the type of the first parameter is 255, then lengths have two octets
        extended = reader.number(1) == EXTENDED
        if not extended:
            raise Broken("255 octets of parameters that begin with another type than 255")
        length = reader.number(2)
    parameters = reader.part(length)
    capabilities: list[Capability] = []
    others: list[int] = []
    while parameters.left:
        kind = parameters.number(1)
        value = parameters.part(parameters.number(2 if extended else 1))
        if kind != CAPABILITIES:
            others.append(kind)
            continue
        while value.left:
            code = value.number(1)
            capabilities.append(Capability(code, value.take(value.number(1))))
    return Open(version, asn, hold, router_id, tuple(capabilities), tuple(others))


def _route_refresh(reader: Reader) -> RouteRefresh:
    afi, stage, safi = reader.number(2), reader.number(1), reader.number(1)
    return RouteRefresh(family_name(afi, safi), STAGES.get(stage, f"stage {stage}"))
