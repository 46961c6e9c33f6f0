"""Topology files: plain containerlab, with every mistake at its line."""

from __future__ import annotations

from pathlib import Path

import pytest

import topologies
from lab.errors import Mistakes
from lab.files.topology_file import TopologyFile, read_topology, read_topology_file
from lab.topology import Endpoint, TopologyNode

PLAIN = """\
name: site
topology:
  nodes:
    ce1: {kind: linux, image: frr, labels: {mseelab-role: ce}}
    msee1: {labels: {mseelab-role: msee, mseelab-path: primary}}
    msee2: {labels: {mseelab-role: msee, mseelab-path: secondary}}
    azure: {labels: {mseelab-role: azure}}
  links:
    - endpoints: ["ce1:eth1", "msee1:eth1"]
    - {endpoints: ["ce1:eth2", "msee2:eth1"], mtu: 9000}
    - {endpoints: ["msee1:eth9", "azure:eth1"]}
    - {endpoints: ["msee2:eth9", "azure:eth2"]}
"""


def read(tmp_path: Path, text: str) -> TopologyFile:
    path = tmp_path / "site.clab.yml"
    path.write_text(text)
    return read_topology_file(path, path.name)


def said(tmp_path: Path, old: str = "", new: str = "", text: str = PLAIN) -> list[str]:
    assert old in text
    try:
        return [str(m) for m in read(tmp_path, text.replace(old, new, 1)).mistakes]
    except Mistakes as error:
        return [str(m) for m in error.mistakes]


def test_nodes_and_links(tmp_path: Path) -> None:
    found = read(tmp_path, PLAIN)
    assert (found.mistakes, found.warnings) == ([], [])
    topology = found.topology
    assert (topology.name, topology.file) == ("site", "site.clab.yml")
    assert topology.node("ce1") == TopologyNode("ce1", "ce", None, "linux", "frr")
    assert topology.msee("secondary").name == "msee2"
    assert topology.ce_port("ce1", "secondary") == (Endpoint("ce1", "eth2"), Endpoint("msee2", "eth1"))
    assert [link.mtu for link in topology.links] == [1500, 9000, 1500, 1500]


def test_inheritance_node_over_group_over_kind_over_defaults(tmp_path: Path) -> None:
    text = """\
name: site
topology:
  defaults: {kind: linux, image: base, labels: {mseelab-role: ce}}
  kinds:
    linux: {image: of-kind}
    bridge: {image: never}
  groups:
    edge: {image: of-group, labels: {mseelab-role: msee}}
    cloud: {labels: {mseelab-role: azure}}
  nodes:
    ce1:
    msee1: {group: edge, labels: {mseelab-path: primary}}
    msee2: {group: edge, image: of-node, labels: {mseelab-path: secondary}}
    azure: {group: cloud}
  links:
    - type: veth
      endpoints:
        - {node: ce1, interface: eth1, mac: "02:00:00:00:00:01"}
        - {node: msee1, interface: eth1}
    - endpoints: ["msee1:eth9", "azure:eth1"]
    - endpoints: ["msee2:eth9", "azure:eth2"]
"""
    found = read(tmp_path, text)
    assert found.mistakes == []
    nodes = {n.name: (n.role, n.path, n.image) for n in found.topology.nodes}
    assert nodes == {
        "ce1": ("ce", None, "of-kind"),
        "msee1": ("msee", "primary", "of-group"),
        "msee2": ("msee", "secondary", "of-node"),
        "azure": ("azure", None, "of-kind"),
    }
    assert found.topology.links[0].a == Endpoint("ce1", "eth1")


@pytest.mark.rule("ER607")
def test_what_containerlab_knows_and_we_do_not_is_ignored(tmp_path: Path) -> None:
    text = PLAIN.replace("  links:", "    sniffer: {kind: linux}\n  links:") + (
        '    - endpoints: ["sniffer:eth1", "ce1:eth3"]\n'
        "    - {type: host, endpoint: {node: ce1, interface: eth4}, host-interface: x}\n"
    )
    text = text.replace("name: site", "name: site\nprefix: ''\nmgmt: {network: x}").replace(
        "kind: linux", "kind: linux, cpu: 2"
    )
    found = read(tmp_path, text)
    assert found.mistakes == []
    assert [(w.rule, w.field) for w in found.warnings] == [("ER607", "sniffer"), ("ER607", "links")]
    assert len(found.topology.links) == 4


WRONG = {
    "no topology": (
        "topology:",
        "topologie:",
        ["1: ER601 topology: missing; allowed a containerlab file with topology: nodes and links"],
    ),
    "a role": ("mseelab-role: ce", "mseelab-role: pe", ["4: ER608 mseelab-role: found pe; allowed ce, msee, azure"]),
    "a path": (
        "mseelab-path: primary",
        "mseelab-path: first",
        ["5: ER608 mseelab-path: found first; allowed primary, secondary"],
    ),
    "no path": (
        ", mseelab-path: primary",
        "",
        ["5: ER608 mseelab-path: missing; allowed primary, secondary (an MSEE serves one path)"],
    ),
    "two primaries": (
        "mseelab-path: secondary",
        "mseelab-path: primary",
        [
            "3: ER603 nodes: found 2; allowed one node with mseelab-path: primary",
            "3: ER603 nodes: found none; allowed one node with mseelab-path: secondary",
        ],
    ),
    "no azure": (
        "mseelab-role: azure",
        "mseelab-role: ce",
        ["3: ER603 nodes: found none; allowed one node with mseelab-role: azure"],
    ),
    "no CE": (
        "mseelab-role: ce",
        "mseelab-role: azure",
        [
            "3: ER603 nodes: found 2; allowed one node with mseelab-role: azure",
            "3: ER603 nodes: found none; allowed one node or more with mseelab-role: ce",
        ],
    ),
    "an interface twice": (
        '"ce1:eth2"',
        '"ce1:eth1"',
        ["10: ER604 endpoints: found ce1:eth1 twice; allowed once (line 9)"],
    ),
    "an unknown node": ('"ce1:eth2"', '"ce2:eth2"', ["10: ER604 endpoints: found ce2; allowed a node of the file"]),
    "a long interface": (
        '"ce1:eth2"',
        '"ce1:ethernet1x"',
        ["10: ER605 endpoints: found ethernet1x; allowed 1-9 letters, digits, - and _"],
    ),
    "a slash": (
        '"ce1:eth2"',
        '"ce1:eth1/2"',
        ["10: ER605 endpoints: found eth1/2; allowed 1-9 letters, digits, - and _"],
    ),
    "no interface": ('"ce1:eth2"', '"ce1"', ["10: ER604 endpoints: found ce1; allowed NODE:INTERFACE"]),
    "one end": (
        '["ce1:eth2", "msee2:eth1"]',
        '["ce1:eth2"]',
        ["10: ER604 endpoints: allowed a list of two, such as [ce1:eth1, msee1:eth1]"],
    ),
    "to itself": ('"msee2:eth1"', '"ce1:eth3"', ["10: ER604 endpoints: found both ends on ce1; allowed two nodes"]),
    "an MTU": ("mtu: 9000", "mtu: 100", ["10: ER604 mtu: found 100; allowed 1280-65535"]),
    "azure alone": (
        '    - {endpoints: ["msee2:eth9", "azure:eth2"]}\n',
        "",
        ["8: ER604 links: found none; allowed one between msee2 and azure"],
    ),
    "a node's name": (
        "  links:",
        "    a/b: {labels: {mseelab-role: ce}}\n  links:",
        ["8: ER608 node: found a/b; allowed 1-63 letters, digits, - _ and ."],
    ),
    "a template": ("name: site", "name: {{ .Name }}", ["1: ER606: found a template ({{ }}); allowed plain YAML"]),
    "a link between CE and MSEE twice": (
        '    - {endpoints: ["msee2:eth9"',
        '    - {endpoints: ["ce1:eth5", "msee1:eth5"]}\n    - {endpoints: ["msee2:eth9"',
        ["8: ER604 links: found 2; allowed one between ce1 and msee1"],
    ),
}


@pytest.mark.parametrize("name", WRONG)
@pytest.mark.rule("ER601", "ER603", "ER604", "ER605", "ER606", "ER608")
def test_what_is_refused(tmp_path: Path, name: str) -> None:
    old, new, expected = WRONG[name]
    assert said(tmp_path, old, new) == [f"site.clab.yml:{line}" for line in expected]


@pytest.mark.parametrize(
    "text", ["", "[]", "a", "\x00", "topology: 7", "topology: {nodes: []}", "topology: {nodes: {a: 1}}"]
)
def test_no_topology_at_all(tmp_path: Path, text: str) -> None:
    assert 1 <= len(said(tmp_path, text=text)) <= 4


CABLES = {"dual-ce": 5, "both-peerings": 5, "bow-tie": 6, "active-standby": 8}


@pytest.mark.parametrize("name", topologies.names())
def test_what_ships_is_right(name: str) -> None:
    topology = read_topology(topologies.folder(name) / f"{name}.clab.yml")
    assert topology.name == name
    assert all(link.mtu == 1500 for link in topology.links)
    assert len(topology.links) == CABLES.get(name, 4)
