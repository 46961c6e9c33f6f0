"""ER3xx: Microsoft peering, its prefixes and route filters."""

from __future__ import annotations

from lab.circuit.rules.base import DOCUMENTED, OURS, PORTAL, ROUTING, WORKFLOWS, Rule

RULES = (
    Rule(
        "ER301",
        "private peering only, in this version",
        text=(
            "Microsoft peering, route filters and checks of your own are not emulated yet, and are refused rather "
            "than ignored. In a file that Azure printed they are left out with a warning."
        ),
        allowed="AzurePrivatePeering",
        source="this lab",
        confidence=OURS,
    ),
    Rule(
        "ER302",
        "a route filter decides",
        text=(
            "Microsoft peering sends no prefix before a route filter is attached, and then those with one of its "
            "communities. Not emulated in this version."
        ),
        source=f"how-to-routefilter-portal, {PORTAL}",
        confidence=DOCUMENTED,
    ),
    Rule(
        "ER303",
        "prefixes are validated first",
        text=(
            "While advertisedPublicPrefixesState is ValidationNeeded the session is not enabled. Not emulated in this "
            "version."
        ),
        source=f"howto-routing-cli, {WORKFLOWS}",
        confidence=DOCUMENTED,
    ),
    Rule(
        "ER304",
        "200 prefixes on Microsoft peering",
        text="Above 200 prefixes the session drops. Not emulated in this version.",
        source=ROUTING,
        confidence=DOCUMENTED,
    ),
    Rule(
        "ER305",
        "a private AS owns no public prefix",
        text=(
            "Ownership is checked in routing registries by peerASN or customerASN; a private AS stands in none, so a "
            "support ticket decides. Not emulated in this version."
        ),
        allowed="a public peerASN, or customerASN",
        source=ROUTING,
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
)
