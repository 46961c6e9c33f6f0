"""ER1xx: the circuit, its states and its life cycle."""

from __future__ import annotations

from lab.circuit.rules.base import DESIGN_HA, DIRECT, DOCUMENTED, FAQ, OURS, WORKFLOWS, Rule

RULES = (
    Rule(
        "ER101",
        "names",
        text="A name is part of paths, host names and ARM ids.",
        allowed="1-80 letters, digits, - _ and ., a letter or digit first, no - or . last",
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
        source=f"{DIRECT}; range: IEEE 802.1Q",
        confidence=DOCUMENTED,
    ),
)
