"""ER2xx, second part: how an MSEE behaves on private peering."""

from __future__ import annotations

from lab.circuit.rules.base import (
    DESIGN_HA,
    DOCUMENTED,
    FAQ,
    GATEWAYS,
    INFERRED,
    LABS,
    OBSERVED,
    ROUTING,
    STANDARD,
    Rule,
)

RULES = (
    Rule(
        "ER211",
        "prefix limits",
        text=(
            "Above 4,000 IPv4 prefixes (10,000 with Premium) or 100 IPv6 prefixes the MSEE drops the session; it "
            "returns when the count is below. Only the family and path above the limit drop."
        ),
        lab=(
            "A session at its limit stands, whatever changes in it; the first prefix above ends it with Cease, Maximum "
            "Number of Prefixes Reached. Above 80 % the MSEE's log has a line with MAXPFX. It is tried again after a "
            "minute, and at once when the peering is reset (Disabled, Enabled) or a change of tier raises the limit."
        ),
        difference=(
            "Azure's own metric or alert before the limit is not known. FRR 8.4 bears the first prefix above for up to "
            "a second."
        ),
        source=f"{ROUTING}, {FAQ}",
        confidence=f"{DOCUMENTED}; the time to return is not, here it is one minute",
    ),
    Rule(
        "ER212",
        "communities are ignored",
        text="Communities that the customer sets change nothing and are not passed on.",
        lab="Standard and large communities are taken off inbound; no-export does not keep a prefix from the gateways.",
        source=ROUTING,
        confidence=DOCUMENTED,
    ),
    Rule(
        "ER213",
        "the CE sees AS path 12076",
        text=(
            "65515 of the gateways and 65520 of hubs are taken out, so a VNet's prefix arrives with the path 12076 "
            "alone."
        ),
        lab="The form that Junos-based MSEEs show.",
        difference=(
            "MSEEs of another make leave 65515 in a path that also has a public AS behind the gateway; the lab has "
            "nothing public behind a gateway."
        ),
        source=f"route-server-faq; {LABS}",
        confidence=OBSERVED,
    ),
    Rule(
        "ER214",
        "no transit",
        text=(
            "ExpressRoute is no transit network: what one circuit's CE sends goes to gateways only, never to another "
            "circuit or another site (Global Reach apart)."
        ),
        lab=(
            "Each circuit has a routing domain of its own on the MSEE; a VNet shared by two circuits does not join "
            "them."
        ),
        source=ROUTING,
        confidence=DOCUMENTED,
    ),
    Rule(
        "ER215",
        "BFD 300 ms, three times",
        text=(
            "The MSEE has BFD armed at 300 ms and waits for the CE to begin; a silent loss is seen in less than a "
            "second."
        ),
        lab=(
            "BFD guards a session from the moment it is up, so a CE without BFD lives; IPv6 sessions are guarded as "
            "well."
        ),
        difference="Some real MSEEs run 750 ms; the lab always runs 300 ms. FRR 10 does not see "
        "a path that is cut in the very second in which its session came up.",
        source="expressroute-bfd",
        confidence=f"{DOCUMENTED}; the multiplier is that of its samples, and IPv6 is not confirmed",
    ),
    Rule(
        "ER216",
        "timers 60 and 180",
        text="Keepalive 60 s and hold time 180 s on the MSEE; the lower offer wins.",
        source=f"expressroute-bfd, {FAQ}",
        confidence=DOCUMENTED,
    ),
    Rule(
        "ER217",
        "nothing without a connection",
        text=(
            "The MSEE sends the prefixes of connected VNets and nothing else: without a connection the session is "
            "Established with 0 prefixes to the CE."
        ),
        lab="The CE gets the VNets of its own circuit alone; show prefixes names what is withheld.",
        source=f"{FAQ}, {GATEWAYS}",
        confidence=INFERRED,
    ),
    Rule(
        "ER218",
        "own AS in the path",
        text=(
            "A prefix that comes back with 12076 in its path is a loop: it is not used and goes to no gateway (RFC "
            "4271, 9.1.2)."
        ),
        lab=(
            "show route-table has it as a row that is not best, and statePfxRcd counts it, as public labs saw; the "
            "MSEE's own BGP table is without it (show prefixes: filtered)."
        ),
        difference="It does not count towards the prefix limit; whether it does on the real MSEE is not stated.",
        source=f"RFC 4271; {LABS}",
        confidence=f"{STANDARD}; whether every MSEE drops or only disprefers it is not stated",
    ),
    Rule(
        "ER219",
        "a Disabled peering",
        text=(
            "state: Disabled closes the sessions on both paths (Cease, Administrative Shutdown) and keeps the "
            "configuration. IPv4 and IPv6 have a switch each."
        ),
        allowed="Enabled, Disabled",
        lab="The MSEE sends Cease / Administrative Shutdown on both paths; the CE keeps its sub-interface and ARP.",
        source="expressroute-howto-reset-peering",
        confidence=f"{DOCUMENTED}; the notification is inferred",
    ),
    Rule(
        "ER220",
        "both paths carry traffic",
        text=(
            "Both MSEEs send the same routes with paths of equal length: active/active, equal-cost towards the "
            "gateway and from it."
        ),
        lab=(
            "Gateways and VNets spread flows over both MSEEs, as a CE with multipath does; the kernel hashes a flow "
            "by its addresses or ports."
        ),
        difference="Which flow takes which link is the kernel's choice, not that of Azure's hash.",
        source=f"{DESIGN_HA}, {FAQ}",
        confidence=DOCUMENTED,
    ),
    Rule(
        "ER221",
        "link subnets are not announced",
        text="The MSEE does not originate the link subnets; a gateway knows them only when the CE sends them.",
        source=LABS,
        confidence=OBSERVED,
    ),
    Rule(
        "ER222",
        "a default route is taken",
        text="On private peering 0.0.0.0/0 is accepted, and draws the VNets' internet traffic on-premises.",
        source=f"{ROUTING}, {FAQ}",
        confidence=DOCUMENTED,
    ),
    Rule(
        "ER223",
        "VNet to VNet",
        text="Prefixes of one gateway are not sent to the other gateways of the circuit: the hairpin is off.",
        lab="Always off.",
        difference=(
            "A gateway of the real service can be told to allow it (allowRemoteVnetTraffic); here there is no switch."
        ),
        source=f"{GATEWAYS}, {FAQ}",
        confidence="the two pages disagree; off is the newer one's default",
    ),
    Rule(
        "ER224",
        "the MSEE is AS 12076",
        text="On every peering and in every cloud region; azureASN says so.",
        source=ROUTING,
        confidence=DOCUMENTED,
    ),
)
