"""ER1xx: the circuit, its states and its life cycle."""

from __future__ import annotations

from lab.circuit.rules.base import (
    DESIGN_HA,
    DIRECT,
    DOCUMENTED,
    FAQ,
    OURS,
    PEERINGS,
    PORTAL,
    REST,
    WORKFLOWS,
    Rule,
)

RULES = (
    Rule(
        "ER101",
        "names",
        text="A name is part of paths, host names and ARM ids.",
        allowed="1-80 letters, digits, - _ and ., a letter or digit first, no - or . last",
        difference="Azure wants a name to be unique in its resource group; here it is in its block of the file.",
        source="ARM naming rules, resource-name-rules",
        confidence=DOCUMENTED,
    ),
    Rule(
        "ER102",
        "a name is given once",
        text="Blocks refer to each other by name, so a name means one thing in its block.",
        allowed="a name that no other item of the block has",
        source="this lab",
        confidence=OURS,
    ),
    Rule(
        "ER103",
        "a circuit is two connections",
        text=(
            "Every circuit ends on two MSEEs, primary and secondary, always both; its SLA holds only with both "
            "sessions in use."
        ),
        lab="Two MSEE nodes, one a path. A circuit with a CE on one path only is taken with a warning (ER504).",
        difference="The two links share one machine, so nothing here says how available a circuit is.",
        source=f"{FAQ}, {DESIGN_HA}",
        confidence=DOCUMENTED,
    ),
    Rule(
        "ER104",
        "Enabled and Provisioned first",
        text=(
            "Routing is configured and VNets are linked once the circuit is Enabled and the provider Provisioned. "
            "Before that the MSEE has no sub-interface: the CE's ARP stays incomplete."
        ),
        lab=(
            "A file may hold peerings and connections before; they take effect once the circuit is Enabled and "
            "Provisioned."
        ),
        difference=(
            "Azure refuses to create a connection earlier, and its guides a peering, though circuits without a "
            "provider's step have been seen with one; in a file either may stand, and waits."
        ),
        source=f"{WORKFLOWS}, expressroute-howto-circuit-arm",
        confidence=DOCUMENTED,
    ),
    Rule(
        "ER105",
        "delete in order",
        text=(
            "A circuit is deleted once the provider has deprovisioned it and nothing hangs on it: connections first, "
            "then the provider, then the circuit."
        ),
        allowed="ServiceProviderProvisioningState NotProvisioned, no connections",
        source=f"{WORKFLOWS}, expressroute-howto-circuit-arm",
        confidence=DOCUMENTED,
    ),
    Rule(
        "ER106",
        "one S-tag a circuit",
        text=(
            "With QinQ the outer tag (EtherType 0x8100) tells circuits on a port apart; Azure or the provider picks "
            "it and it never changes."
        ),
        allowed="1-4094, one that no other circuit has",
        lab="Where the file gives none the lab picks 8, 9 and so on. With handoff qinq the CE sees both tags.",
        difference=(
            "With handoff dot1q the provider takes the outer tag off, and the lab has no wire between provider and "
            "MSEE: the outer tag is then on no frame."
        ),
        source=f"{DIRECT}; range: IEEE 802.1Q",
        confidence=DOCUMENTED,
    ),
    Rule(
        "ER107",
        "the provider's steps",
        text=(
            "The provider works on a circuit step by step: NotProvisioned, Provisioning, Provisioned, and back to "
            "NotProvisioned. The circuit itself is Enabled from its creation."
        ),
        allowed="begin from NotProvisioned; provision from there or Provisioning; deprovision from any other state",
        lab="Deprovisioning, which stands in the schema alone, is the state after provider deprovision --begin.",
        difference="In life each step takes the provider minutes to days; here it is done when the command returns.",
        source=f"{WORKFLOWS}; {REST}",
        confidence=DOCUMENTED,
    ),
    Rule(
        "ER108",
        "what can change in a circuit",
        text=(
            "Standard becomes Premium at any time and goes back while its connections fit; Local becomes either, "
            "neither becomes Local. MeteredData becomes UnlimitedData, never back. Bandwidth only grows. Provider, "
            "location and encapsulation never change: that is another circuit."
        ),
        allowed="a higher tier, UnlimitedData, more bandwidth",
        lab="Standard to Local is refused too.",
        difference="A port has always room for more bandwidth; in life a new circuit may be needed.",
        source=f"{FAQ}, {PEERINGS}, expressroute-howto-circuit-arm",
        confidence=f"{DOCUMENTED}; that nothing becomes Local is inferred",
    ),
    Rule(
        "ER109",
        "bandwidths",
        text="A provider's circuit has one of eight bandwidths, in Mbps; on a Direct port pair its own in Gbps.",
        allowed="50, 100, 200, 500, 1000, 2000, 5000, 10000",
        difference="Bandwidth is not policed: packets of the lab are limited by the machine alone.",
        source=f"{FAQ}, expressroute-howto-circuit-arm",
        confidence=DOCUMENTED,
    ),
    Rule(
        "ER110",
        "Local is unlimited",
        text="A Local circuit of a provider has its egress included: its billing is UnlimitedData.",
        allowed="UnlimitedData with tier Local",
        difference="A Local circuit reaches every VNet of the lab: there are no regions.",
        source=f"{FAQ}, expressroute-howto-circuit-arm",
        confidence=DOCUMENTED,
    ),
    Rule(
        "ER111",
        "a service key",
        text=(
            "A circuit is known to its provider by its service key, a GUID that is made with it and void once it is "
            "deleted. It is an identifier, not a secret. Billing runs from its creation to its deletion."
        ),
        lab="A key is found by its first letters, in every lab that runs.",
        source=f"{PEERINGS}, {WORKFLOWS}",
        confidence=DOCUMENTED,
    ),
    Rule(
        "ER112",
        "who wrote a peering last",
        text=(
            "With provider-managed layer 3 the provider makes the peerings, and lastModifiedBy says so. An edit of the "
            "customer's overwrites the provider's, and the other way round."
        ),
        source=f"expressroute-troubleshooting-expressroute-overview; {REST}",
        confidence=DOCUMENTED,
    ),
    Rule(
        "ER113",
        "a peering in use",
        text="A private peering is not deleted while connections use it.",
        allowed="a peering without connections",
        source=PORTAL,
        confidence=DOCUMENTED,
    ),
)
