"""ER6xx: the topology file."""

from __future__ import annotations

from lab.circuit.rules.base import CONTAINERLAB, FAQ, OURS, Rule

RULES = (
    Rule(
        "ER601",
        "a topology file",
        text="A plain containerlab file: topology with nodes and links.",
        allowed="name, topology",
        source=CONTAINERLAB,
        confidence=OURS,
    ),
    Rule(
        "ER602",
        "which topology",
        text="topology is a shipped lab's name, or the path of a file seen from the circuit file.",
        allowed="a shipped lab, or ./NAME.clab.yml",
        source="this lab",
        confidence=OURS,
    ),
    Rule(
        "ER603",
        "roles",
        text="A circuit ends on two MSEEs with the Microsoft side behind them.",
        allowed="one MSEE a path, one azure, one CE or more",
        source=f"{FAQ}; this lab",
        confidence=OURS,
    ),
    Rule(
        "ER604",
        "links",
        text=(
            "A cable joins two ports and a port takes one cable; azure is cabled to both MSEEs once, a CE to an MSEE "
            "at most once."
        ),
        allowed="endpoints: [NODE:INTERFACE, NODE:INTERFACE], mtu: 1280-65535",
        source=CONTAINERLAB,
        confidence=OURS,
    ),
    Rule(
        "ER605",
        "interface names",
        text="The kernel takes 15 characters, and a sub-interface adds its tags to its port's name.",
        allowed="1-9 letters, digits, - and _ for a port, 15 characters with the tags",
        source="Linux IFNAMSIZ",
        confidence=OURS,
    ),
    Rule(
        "ER606",
        "no templates",
        text="A file with {{ }} is a template for containerlab, not yet a topology.",
        allowed="plain YAML",
        source=CONTAINERLAB,
        confidence=OURS,
    ),
    Rule(
        "ER607",
        "nodes and links left out",
        text="What has no label of ours, and links that are no cables, are for containerlab alone. A warning.",
        allowed="label mseelab-role",
        source="this lab",
        confidence=OURS,
    ),
    Rule(
        "ER608",
        "labels",
        text="mseelab-role says what a node is, mseelab-path which path an MSEE serves.",
        allowed="mseelab-role: ce, msee, azure; mseelab-path: primary, secondary",
        source="this lab",
        confidence=OURS,
    ),
)
