"""A BGP message as the words after its type, and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from bgp.wire import (
    Capability,
    Keepalive,
    Message,
    Notice,
    Open,
    RouteRefresh,
    Unreadable,
    Update,
)

SHOWN = 6  # prefixes or communities of a message; JSON has all
MULTIPROTOCOL, FQDN = 1, 73
CISCO = 128  # route refresh from before there was a standard; nobody has it alone


class Told(NamedTuple):
    """`kind` is the message's type as RFC 4271 writes it."""

    kind: str
    text: str
    fields: dict[str, Any]
    bad: bool = False


def told(message: Message, *, signed: bool) -> Told:
    """`signed` is whether the segment that ended the message carries an MD5 signature."""
    match message:
        case Open():
            return _open(message, signed)
        case Update():
            return _update(message)
        case Notice():
            detail = f", {message.detail}" if message.detail else ""
            fields = {"code": message.code, "subcode": message.subcode, "words": message.words,
                      "detail": message.detail or None}
            text = f"{message.code}/{message.subcode} {message.words}{detail}"
            return Told("NOTIFICATION", text, fields, bad=True)
        case Keepalive():
            return Told("KEEPALIVE", "", {})
        case RouteRefresh():
            stage = "" if message.stage == "request" else f", {message.stage}"
            return Told("ROUTE-REFRESH", message.family + stage, {"of": message.family, "stage": message.stage})
        case Unreadable():
            return Told("MALFORMED", message.why, {"messageType": message.type, "why": message.why}, bad=True)


def _open(message: Open, signed: bool) -> Told:
    key = "MD5" if signed else "no MD5"
    head = f"AS {message.asn}, hold {message.hold_time} s, {key}, id {message.router_id}, {' '.join(message.families)}"
    can = list(dict.fromkeys(_capability(c) for c in message.capabilities if c.code not in (MULTIPROTOCOL, CISCO)))
    fields = {
        "version": message.version, "asn": message.asn, "holdTime": message.hold_time, "routerId": message.router_id,
        "families": list(message.families), "capabilities": can, "md5": signed,
    }  # fmt: skip
    return Told("OPEN", f"{head}; {', '.join(can) or 'no capabilities'}", fields)


def _capability(capability: Capability) -> str:
    if capability.code == FQDN and capability.value:  # draft-walton-bgp-hostname-capability
        name = capability.value[1 : 1 + capability.value[0]].decode(errors="replace")
        return f"FQDN {name}" if name.isprintable() else "FQDN"
    return capability.name


def _update(message: Update) -> Told:
    if message.end_of_rib:
        return Told("UPDATE", f"End-of-RIB {message.end_of_rib}", {"endOfRib": message.end_of_rib})
    words = []
    for reach in message.announced:
        words.append(f"{_some(reach.prefixes, ' ')} via {' '.join(filter(None, (reach.next_hop, reach.link_local)))}")
    words += [f"withdraws {_some(gone.prefixes, ' ')}" for gone in message.withdrawn if gone.prefixes]
    words += _attributes(message)
    return Told("UPDATE", ", ".join(words) or "nothing", _update_fields(message))


def _attributes(message: Update) -> Iterable[str]:
    if message.as_path is not None:
        yield f"AS path {message.as_path}" if message.as_path else "empty AS path"
    if message.origin not in (None, "igp"):
        yield f"origin {message.origin}"
    if message.med is not None:
        yield f"MED {message.med}"
    if message.local_pref is not None:
        yield f"local preference {message.local_pref}"
    for name, values in (
        ("communities", message.communities),
        ("large communities", message.large_communities),
        ("extended communities", message.extended_communities),
    ):
        if values:
            yield f"{name} {_some(values, ' ')}"


def _some(values: Sequence[str], between: str) -> str:
    more = f" and {len(values) - SHOWN} more" if len(values) > SHOWN else ""
    return between.join(values[:SHOWN]) + more


def _update_fields(message: Update) -> dict[str, Any]:
    return {
        "announced": [
            {"family": reach.family, "prefixes": list(reach.prefixes), "nextHop": reach.next_hop,
             "linkLocal": reach.link_local or None}
            for reach in message.announced
        ],
        "withdrawn": [{"family": gone.family, "prefixes": list(gone.prefixes)} for gone in message.withdrawn],
        "asPath": message.as_path, "origin": message.origin, "med": message.med, "localPref": message.local_pref,
        "communities": list(message.communities), "largeCommunities": list(message.large_communities),
        "extendedCommunities": list(message.extended_communities),
    }  # fmt: skip
