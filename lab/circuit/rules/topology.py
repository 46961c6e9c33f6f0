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
        text="A file with {{ }} is a template for containerlab, not yet a topology; in a comment it is run as well.",
        allowed="plain YAML",
        source=CONTAINERLAB,
        confidence=OURS,
    ),
    Rule(
        "ER607",
        "nodes and links left out",
        text=(
            "What has no label of ours, and links that are no cables, are no part of the lab. A warning: the netns "
            "engine leaves them out, containerlab runs them and nothing judges them."
        ),
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
    Rule(
        "ER609",
        "what a topology file can do to the host",
        text=(
            "With containerlab a topology file is a program that runs as root: mounts, commands, images, templates and "
            "variables of the environment. What is not known to be harmless is listed before anything starts, and "
            "refused in CI (CI, TF_BUILD or JENKINS_URL is set) without --trust-topology or MSEELAB_TRUST_TOPOLOGY=1."
        ),
        allowed=(
            "of containerlab's keys group, labels mseelab-* and graph-*, kind: linux, image: mseelab/frr or "
            "mseelab/ce, image-pull-policy: Never or IfNotPresent, network-mode: none, restart-policy, cpu, cpu-set, "
            "memory; links between nodes of the file"
        ),
        source=CONTAINERLAB,
        confidence=OURS,
    ),
)
