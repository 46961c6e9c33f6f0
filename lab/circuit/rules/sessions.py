"""ER2xx, third part: what the sessions of a peering are, and which of several paths is taken."""

from __future__ import annotations

from lab.circuit.rules.base import DESIGN_HA, DOCUMENTED, FAQ, INFERRED, LABS, PEERINGS, ROUTING, STANDARD, Rule

STEERING = "expressroute-optimize-routing"

RULES = (
    Rule(
        "ER225",
        "a session a path and family",
        text=(
            "eBGP between the two ends of a link, one session a path and family: two for IPv4 alone, four for both. "
            "All of a peering's have one tag, one AS and one key."
        ),
        lab="IPv6 has a session of its own, between the IPv6 addresses.",
        source=f"{ROUTING}, expressroute-howto-add-ipv6-cli",
        confidence=f"{DOCUMENTED}; that IPv6 does not ride on the IPv4 session is implied",
    ),
    Rule(
        "ER226",
        "no communities to the CE",
        text=(
            "On private peering a prefix carries communities only where its VNet has a custom one (12076:20000 to "
            "12076:49999): then that and the region's."
        ),
        lab="No prefix carries a community.",
        difference="Custom communities are not emulated: bgpCommunities of a VNet is read and has no effect.",
        source=f"{ROUTING}, how-to-configure-custom-bgp-communities",
        confidence=DOCUMENTED,
    ),
    Rule(
        "ER227",
        "the shorter AS path is taken",
        text=(
            "For one prefix a longer match comes first, then the connection's weight (ER410), then the shorter AS "
            "path, then all that are equal. The path is kept as the customer sent it, private AS numbers too, so "
            "prepending steers what comes back."
        ),
        source=f"{STEERING}, {LABS}",
        confidence=DOCUMENTED,
    ),
    Rule(
        "ER228",
        "MED is not compared",
        text=(
            "Microsoft says nothing of MED. It does not pass an MSEE (RFC 4271, 5.1.4), so what a CE sets on one link "
            "is not compared with the other's."
        ),
        source=f"RFC 4271; {ROUTING} has no statement",
        confidence=f"{INFERRED} whether an MSEE looks at it",
    ),
    Rule(
        "ER229",
        "MTU 1500",
        text="1500 octets on the sub-interface, whatever the number of tags.",
        lab="A topology's mtu is that of the cable, with room for the tags besides.",
        difference=(
            "A real gateway hands on no fragments, and Microsoft advises 1,400 octets for what crosses it; the lab's "
            "forwards whole packets of 1500."
        ),
        source=f"expressroute-config-samples-routing, {FAQ}",
        confidence=DOCUMENTED,
    ),
    Rule(
        "ER230",
        "planned maintenance",
        text=(
            "An MSEE is drained before work on it: it prepends 12076 eight times towards the CE and the gateways, and "
            "its sessions stay up. Who honours the AS path loses nothing, who forces one link does."
        ),
        lab=(
            "All routers of the lab honour the path both ways; the prepending is typed into the MSEE (mseelab exec "
            "msee1)."
        ),
        difference="No verb does it, and nothing announces it 14 days before.",
        source=f"planned-maintenance, {DESIGN_HA}",
        confidence=DOCUMENTED,
    ),
    Rule(
        "ER231",
        "what else an MSEE can",
        text="Microsoft says nothing of graceful restart, route refresh, ADD-PATH and TTL security on an MSEE.",
        lab=(
            "Route refresh yes; graceful restart no, so the prefixes of a CE that dies are gone at once; one path a "
            "prefix; no TTL security."
        ),
        source="no statement found",
        confidence=f"{INFERRED}, so these are guesses",
    ),
    Rule(
        "ER232",
        "Global Reach",
        text=(
            "Global Reach joins the private peerings of two circuits: either MSEE has the other as a neighbor and "
            "sends its CE what comes from there. It is not transitive."
        ),
        difference="Not emulated: globalReachEnabled and peeredConnections are read and have no effect.",
        source="expressroute-global-reach",
        confidence=DOCUMENTED,
    ),
    Rule(
        "ER233",
        "what a CE may open with",
        text=(
            "Another AS than peerASN, hold time 1 or 2, another version or address family end the OPEN with the "
            "NOTIFICATION for it; a capability that is not known is ignored, and without any it is IPv4 and two-octet "
            "AS numbers. A connection from another address than the CE's is closed."
        ),
        source="RFC 4271, 6.2; RFC 5492; RFC 6793",
        confidence=f"{STANDARD}; what an MSEE sends is not public",
    ),
    Rule(
        "ER234",
        "malformed updates",
        text=(
            "A prefix whose attributes are wrong is withdrawn and the session stands; where prefixes cannot be told "
            "from the rest, the session is reset and all of its prefixes go."
        ),
        difference=(
            "FRR 8.4 resets the session too when right attributes follow the wrong one, an attribute is longer than "
            "its message, or one comes twice."
        ),
        source="RFC 7606, 2 and 3; RFC 4271, 6.3",
        confidence=f"{STANDARD}; what an MSEE does is not public",
    ),
    Rule(
        "ER235",
        "each customer for itself",
        text=(
            "Whatever a CE does to its own sessions, no session of another circuit and none of a gateway falls or "
            "comes."
        ),
        lab="One routing domain a circuit and peering; a bgpd serves all of an MSEE's.",
        difference="The MSEEs of the lab share a machine: who burns its processor burns everybody's.",
        source=f"{PEERINGS} has routing domains, not this",
        confidence=INFERRED,
    ),
)
