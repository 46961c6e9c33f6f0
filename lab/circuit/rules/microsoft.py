"""ER3xx: Microsoft peering, its prefixes, its route filters and what its MSEEs let pass."""

from __future__ import annotations

from lab.circuit.rules.base import (
    DOCUMENTED,
    FAQ,
    INFERRED,
    OURS,
    PEERINGS,
    PORTAL,
    REST,
    ROUTING,
    SCHEMA,
    WORKFLOWS,
    Rule,
)

FILTERS = "how-to-routefilter-portal"

RULES = (
    Rule(
        "ER301",
        "declared prefixes",
        text=(
            "Microsoft peering declares, in each of its families, the public prefixes that the customer will send: one "
            "or more, no private ones and never the default route."
        ),
        allowed="one public prefix or more, under MicrosoftPeering",
        lab="Ranges for documents count as public, or a lab could have none.",
        source=f"{PORTAL}, {ROUTING}",
        confidence=DOCUMENTED,
    ),
    Rule(
        "ER302",
        "a route filter decides",
        text=(
            "Microsoft peering sends no prefix before a route filter is attached, and then those that carry one of its "
            "communities; detaching it withdraws them all. The session stays. IPv6 has a filter of its own."
        ),
        lab=(
            "The lab's Microsoft side announces some 220 prefixes in each family, one for each community of the table "
            "in Microsoft's page."
        ),
        difference=(
            "The prefixes are the lab's own, from the ranges for benchmarks (198.18.0.0/15, 2001:2::/48): only their "
            "communities are Microsoft's. Regions that are missing from Microsoft's table are missing here."
        ),
        source=f"{FILTERS}, {PORTAL}; communities: {ROUTING}",
        confidence=DOCUMENTED,
    ),
    Rule(
        "ER303",
        "prefixes are validated first",
        text=(
            "The registered origin of each declared prefix has to be customerASN, or peerASN where none is given. "
            "While advertisedPublicPrefixesState is not Configured the session is not enabled: the CE's TCP "
            "connection is refused."
        ),
        lab=(
            "A prefix counts as its nearest route object says. A file that is silent about the state means Configured; "
            "the verbs that create a peering ask the registry."
        ),
        difference=(
            "Where one family is validated and the other not, the connection of the other is accepted and closed at "
            "once, since both share a listener. Signed validation (validationId) is not emulated."
        ),
        source=f"howto-routing-cli, {WORKFLOWS}, {ROUTING}",
        confidence=f"{DOCUMENTED}; that a listener is closed is inferred",
    ),
    Rule(
        "ER304",
        "200 prefixes on Microsoft peering",
        text="Above 200 prefixes the session of that family and path drops; it returns when the count is below.",
        lab="Prefixes that are accepted count, and it returns after one minute.",
        source=f"{ROUTING}, {FAQ}",
        confidence=f"{DOCUMENTED}; the time to return is not",
    ),
    Rule(
        "ER305",
        "a private AS owns no public prefix",
        text=(
            "Ownership is checked in routing registries by peerASN or customerASN; a private AS stands in none, so a "
            "support ticket decides."
        ),
        allowed="a public peerASN, or customerASN",
        source=ROUTING,
        confidence=DOCUMENTED,
    ),
    Rule(
        "ER306",
        "public link subnets",
        text="The link subnets of Microsoft peering are public addresses of the customer or its provider.",
        allowed="a /30 or /126 of public addresses",
        lab="Ranges for documents count as public. In a file that Azure printed, others are a warning.",
        source=f"{ROUTING}, {PEERINGS}",
        confidence=DOCUMENTED,
    ),
    Rule(
        "ER307",
        "customerASN",
        text="The AS that the prefixes are registered to, where it is another than peerASN. It is a public one.",
        allowed="a public AS number, or 0 for none",
        source=f"{PEERINGS}, {PORTAL}",
        confidence=DOCUMENTED,
    ),
    Rule(
        "ER308",
        "a routing registry file",
        text=(
            "The lab asks no registry over the internet: route objects as whois prints them stand in a file that "
            "ships, and in files of the user's own."
        ),
        allowed="RPSL: route or route6, origin, source of AFRINIC, ALTDB, APNIC, ARIN, LACNIC, LEVEL3, RADB or RIPE",
        source="RFC 2622, RFC 4012; this lab",
        confidence=OURS,
    ),
    Rule(
        "ER309",
        "routingRegistryName",
        text="The registry in which the prefixes are looked up; without one the ownership is checked by a person.",
        allowed="AFRINIC, ALTDB, APNIC, ARIN, LACNIC, LEVEL3, RADB, RIPENCC, NONE",
        source="azure-cli, az network express-route peering create",
        confidence=SCHEMA,
    ),
    Rule(
        "ER310",
        "route filters",
        text=(
            "A route filter has one rule, of the type Allow, with a list of communities. One filter may serve many "
            "peerings, and a peering has one for each family."
        ),
        allowed="routeFilters: [{name, rules: [{access: Allow, communities: ['12076:N', …]}]}]",
        source=f"{FILTERS}; {REST}",
        confidence=DOCUMENTED,
    ),
    Rule(
        "ER311",
        "Office 365 needs Premium",
        text="Communities of Office 365 need a Premium circuit, and a subscription that Microsoft has authorized.",
        allowed="sku tier Premium, or a filter without 12076:5010, 5020, 5030, 5100",
        difference="The lab takes every subscription for authorized.",
        source=f"{FILTERS}, {FAQ}",
        confidence=DOCUMENTED,
    ),
    Rule(
        "ER312",
        "only declared prefixes come in",
        text=(
            "Prefixes inside the declared ones are accepted, up to a /32 or /128; all others, private ones and the "
            "default route among them, are not."
        ),
        lab="Others are dropped without a word, and the session stays.",
        source=f"{ROUTING}, {FAQ}",
        confidence=f"{DOCUMENTED}; what becomes of the others is {INFERRED}",
    ),
    Rule(
        "ER313",
        "private AS numbers are removed",
        text="Private AS numbers are taken out of the path of what comes in: prepending one has no effect.",
        source=ROUTING,
        confidence=DOCUMENTED,
    ),
    Rule(
        "ER314",
        "the CE sees AS path 12076, no default route",
        text="What Microsoft peering sends carries its communities, the AS path 12076 and never a default route.",
        source="expressroute-optimize-routing",
        confidence=INFERRED,
    ),
    Rule(
        "ER315",
        "AS 64496-64511 are refused",
        text="A prefix with one of the AS numbers 64496-64511 in its path is not accepted on Microsoft peering.",
        allowed="another peerASN (a warning)",
        source=ROUTING,
        confidence=DOCUMENTED,
    ),
    Rule(
        "ER316",
        "only declared sources get in",
        text=(
            "The declared prefixes are packet filters too: what a customer sends from another address is dropped, "
            "although BGP is up."
        ),
        lab="The MSEE drops it where it arrives from the CE.",
        source=ROUTING,
        confidence=DOCUMENTED,
    ),
    Rule(
        "ER317",
        "peerings are apart",
        text=(
            "Private and Microsoft peering of a circuit are separate routing domains, and no customer learns another's "
            "prefixes: an MSEE hands nothing from one to another."
        ),
        source=f"{PEERINGS}, {ROUTING}",
        confidence=DOCUMENTED,
    ),
    Rule(
        "ER318",
        "what a CE sends where",
        text=(
            "A generated CE sends on Microsoft peering the declared prefixes alone, on private peering its own list "
            "alone, and passes nothing that it learned in one to the other."
        ),
        source="this lab",
        confidence=OURS,
    ),
    Rule(
        "ER319",
        "kinds of a CE with Microsoft peering",
        text="BIRD, GoBGP and OpenBGPD are generated with one list for all sessions, which two peerings would leak.",
        allowed="kind frr, exabgp or external",
        source="this lab",
        confidence=OURS,
    ),
)
