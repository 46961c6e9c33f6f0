"""ER7xx: ExpressRoute Direct, port pairs and the circuits on them."""

from __future__ import annotations

from lab.circuit.rules.base import DIRECT, DOCUMENTED, FAQ, INFERRED, OURS, WORKFLOWS, Rule

HOWTO = "expressroute-howto-erdirect"

RULES = (
    Rule(
        "ER701",
        "a port pair",
        text=(
            "Two ports on two MSEEs: link1 is the primary path, link2 the secondary. They are two links of their own, "
            "without LACP, and carry the VLANs of every circuit on the pair."
        ),
        allowed="a CE that is cabled to both MSEEs",
        lab="A port pair is the two cables of one CE.",
        source=f"{DIRECT}, {HOWTO}",
        confidence=DOCUMENTED,
    ),
    Rule(
        "ER702",
        "bandwidths on a port pair",
        text="A port has 10, 100 or 400 Gbps, and takes circuits of some bandwidths each, in whole Gbps.",
        allowed="on 10: 1, 2, 5, 10; on 100: 5, 10, 40, 100; on 400: 5, 10, 40, 100, 200, 400",
        source=DIRECT,
        confidence=DOCUMENTED,
    ),
    Rule(
        "ER703",
        "oversubscription",
        text="The bandwidths of the circuits on a port pair add up to at most twice its own.",
        allowed="20 Gbps on 10, 200 on 100, 800 on 400",
        difference="Bandwidth is not policed.",
        source=f"{DIRECT}, {HOWTO}",
        confidence=f"{DOCUMENTED}; for 400 Gbps {INFERRED}",
    ),
    Rule(
        "ER704",
        "encapsulation",
        text=(
            "Dot1Q or QinQ is chosen with the port pair and never changes; it is what the CE sees of the tags. The "
            "outer tag of QinQ has EtherType 0x8100."
        ),
        allowed="Dot1Q, QinQ; a handoff of the CE that says the same, or none",
        lab="Bandwidth, location and CE of a port pair do not change either.",
        source=DIRECT,
        confidence=DOCUMENTED,
    ),
    Rule(
        "ER705",
        "tags on a port pair",
        text=(
            "With Dot1Q a C-tag tells circuits and peerings apart, so it is unique on the whole pair. With QinQ each "
            "circuit has an S-tag of its own, and a C-tag is unique in its circuit."
        ),
        allowed="with Dot1Q a vlanId that no other circuit on the pair has",
        source=DIRECT,
        confidence=DOCUMENTED,
    ),
    Rule(
        "ER706",
        "a circuit on a port pair has no provider",
        text=(
            "It names its port pair and its bandwidth in Gbps instead, and is Provisioned at once: the provider's "
            "steps do not apply, and it is deleted without them."
        ),
        allowed="expressRoutePort and bandwidthInGbps, without serviceProviderProperties",
        source=f"{HOWTO}, {WORKFLOWS}",
        confidence=f"{DOCUMENTED}; one page says that the provider's state does not apply, another shows Provisioned",
    ),
    Rule(
        "ER707",
        "admin state of a link",
        text=(
            "adminState of link1 and link2 is Disabled when the port pair is made, and light comes with Enabled. A "
            "Disabled link is dark for everything on it; the other carries on."
        ),
        allowed="Enabled, Disabled",
        lab=(
            "The MSEE's port goes down: the CE loses the carrier, and every sub-interface of the cable with it. A file "
            "that does not say has Enabled."
        ),
        difference="There are no light levels to read, and a link is up at once.",
        source=f"{HOWTO}, monitor-expressroute-reference",
        confidence=DOCUMENTED,
    ),
    Rule(
        "ER708",
        "circuits first",
        text="A port pair is deleted once there is no circuit on it.",
        allowed="a port pair without circuits",
        source=HOWTO,
        confidence=DOCUMENTED,
    ),
    Rule(
        "ER709",
        "letter of authorization",
        text=(
            "Who orders the cross-connect hands the facility a letter that names router, interface, patch panel, rack "
            "and connector of both links. It is made for a customer's name."
        ),
        allowed="a name of 1-100 printable characters",
        difference="A text file; in life it is a PDF.",
        source=HOWTO,
        confidence=DOCUMENTED,
    ),
    Rule(
        "ER710",
        "one port pair on a CE",
        text=(
            "A port pair is all the cables from its CE to the MSEEs, so a CE has one, and a provider's circuits come "
            "over another CE."
        ),
        allowed="a CE without another port pair, and without a provider's circuits",
        source="this lab",
        confidence=OURS,
    ),
    Rule(
        "ER711",
        "a circuit names a port pair",
        text=(
            "expressRoutePort is the name of a port pair of the file, or a full ARM id, whose last part counts. What "
            "Azure printed of a circuit alone is taken as a provider's: a warning."
        ),
        allowed="the name of an item of expressRoutePorts",
        source="this lab",
        confidence=OURS,
    ),
    Rule(
        "ER712",
        "billing of a port pair",
        text="It begins with the first link that is Enabled, at the latest 45 days after the port pair was made.",
        lab="port create says so; nothing is counted.",
        source=f"{DIRECT}, {FAQ}",
        confidence=DOCUMENTED,
    ),
    Rule(
        "ER713",
        "MACsec",
        text=(
            "Each link of a port pair may be encrypted, with keys from a Key Vault; where its ends differ, not even "
            "ARP passes."
        ),
        difference="Not emulated: macSecConfig is read over.",
        source="expressroute-howto-macsec",
        confidence=DOCUMENTED,
    ),
    Rule(
        "ER714",
        "rate limit of a circuit on a port pair",
        text=(
            "With enableDirectPortRateLimit, traffic above some 120 % of the circuit's bandwidth is dropped on each "
            "link, both ways."
        ),
        difference="Not emulated: enableDirectPortRateLimit is read over.",
        source="rate-limit",
        confidence=DOCUMENTED,
    ),
)
