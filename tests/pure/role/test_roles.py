"""A circuit seen from each node: what follows from the files, as values."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_network
from typing import Any

import pytest

from bgp.exabgp.config import ExaBgpConfig
from bgp.frr.config import FrrConfig, Neighbor
from lab.circuit.models import (
    Circuit,
    CustomerEdge,
    Family,
    KeyRef,
    LinkSubnet,
    Path,
    Peering,
    PrefixRange,
    Spec,
    VirtualNetwork,
    VnetConnection,
)
from lab.errors import Impossible
from lab.role import expect
from lab.role.build import Desired, build
from lab.role.slots import Slots, allocate
from lab.topology import Endpoint, Link, Topology, TopologyNode
from lab.wiring import Tag


def link(a: str, b: str) -> Link:
    return Link(Endpoint(*a.split(":")), Endpoint(*b.split(":")))


TOPOLOGY = Topology(
    "dual-path",
    "dual-path.clab.yml",
    (
        TopologyNode("ce1", "ce"),
        TopologyNode("msee1", "msee", "primary"),
        TopologyNode("msee2", "msee", "secondary"),
        TopologyNode("azure", "azure"),
    ),
    (
        link("ce1:eth1", "msee1:eth1"),
        link("ce1:eth2", "msee2:eth1"),
        link("msee1:eth9", "azure:eth1"),
        link("azure:eth2", "msee2:eth9"),
    ),
)
DUAL_CE = replace(
    TOPOLOGY,
    nodes=(*TOPOLOGY.nodes, TopologyNode("ce2", "ce")),
    links=(
        link("ce1:eth1", "msee1:eth1"),
        link("ce2:eth1", "msee2:eth1"),
        link("ce1:eth2", "ce2:eth2"),
        *TOPOLOGY.links[2:],
    ),
)


def subnets(third: int = 100) -> tuple[tuple[Path, Family, LinkSubnet], ...]:
    return (
        ("primary", "ipv4", LinkSubnet(ip_network(f"192.168.{third}.128/30"))),
        ("primary", "ipv6", LinkSubnet(ip_network(f"fd00:{third:x}::/126"))),
        ("secondary", "ipv4", LinkSubnet(ip_network(f"192.168.{third}.132/30"))),
        ("secondary", "ipv6", LinkSubnet(ip_network(f"fd00:{third:x}::4/126"))),
    )


def circuit(
    name: str = "er-lab", vlan: int = 100, third: int = 100, connections: tuple[str, ...] = ("hub",)
) -> Circuit:
    peering = Peering("AzurePrivatePeering", 65010, vlan, subnets(third), KeyRef("env", "KEY"))
    return Circuit(name, (peering,), tuple(map(VnetConnection, connections)))


def vnet(name: str = "hub", second: int = 100) -> VirtualNetwork:
    return VirtualNetwork(
        name,
        (ip_network(f"10.{second}.0.0/16"), ip_network(f"fd00:{second}::/48")),
        (ip_network(f"10.{second}.0.0/27"), ip_network(f"fd00:{second}::/64")),
    )


CE1 = CustomerEdge("ce1", advertise=(ip_network("10.10.0.0/16"), ip_network("fd00:10::/48")))


def spec(**fields: Any) -> Spec:
    base = Spec("er-lab", "circuit.yml", "dual-path", (circuit(),), (vnet(),), (CE1,))
    return replace(base, **fields)


def made(value: Spec, topology: Topology = TOPOLOGY) -> Desired:
    return build(value, topology, {}, {})


def frr(desired: Desired, node: str) -> FrrConfig:
    router = desired.nodes[node].router
    assert isinstance(router, FrrConfig)
    return router


def neighbors(desired: Desired, node: str, vrf: str = "") -> dict[str, Neighbor]:
    instance = frr(desired, node).instance(vrf)
    assert instance is not None
    return {n.address: n for n in instance.neighbors}


@pytest.mark.rule("ER202")
def test_msee_has_the_second_address_and_the_ce_the_first() -> None:
    desired = made(spec())
    (access,) = [i for i in desired.nodes["msee1"].wiring.interfaces if i.name == "eth1.100"]
    assert access.vrf == "er1p"
    assert access.addresses == ("192.168.100.130/30", "fd00:64::2/126")
    (tagged,) = [i for i in desired.nodes["ce1"].wiring.interfaces if i.name == "eth2.100"]
    assert tagged.addresses == ("192.168.100.133/30", "fd00:64::5/126")
    assert tagged.tag == Tag("eth2", 100)


def test_msee_neighbors_are_the_ce_and_both_gateways_in_both_families() -> None:
    found = neighbors(made(spec()), "msee2", "er1p")
    assert list(found) == [
        "192.168.100.133", "fd00:64::5", "10.100.0.12", "fd00:100::c", "10.100.0.13", "fd00:100::d",
    ]
    customer = found["192.168.100.133"]
    assert (customer.remote_as, customer.key, customer.bfd) == (65010, "er-lab/AzurePrivatePeering", "msee")
    assert customer.families[0].max_prefix == 4000
    assert found["fd00:64::5"].families[0].max_prefix == 100
    assert {n.remote_as for a, n in found.items() if a.startswith(("10.100.0.1", "fd00:100"))} == {65515}


@pytest.mark.rule("ER211")
def test_premium_bears_ten_thousand_prefixes() -> None:
    desired = made(spec(circuits=(replace(circuit(), tier="Premium"),)))
    assert neighbors(desired, "msee1", "er1p")["192.168.100.129"].families[0].max_prefix == 10000


def test_one_tag_per_connection_on_the_core() -> None:
    value = spec(
        circuits=(circuit(connections=("hub", "apps")), circuit("er-2", 200, 101, ("apps",))),
        virtual_networks=(vnet(), vnet("apps", 200)),
    )
    desired = made(value)
    core = {i.name: i for i in desired.nodes["azure"].wiring.interfaces if i.tag}
    assert {n: i.bridge for n, i in core.items() if n.startswith("eth1")} == {
        "eth1.1001": "br-v1", "eth1.1002": "br-v2", "eth1.1003": "br-v2",
    }
    second = next(i for i in desired.nodes["msee1"].wiring.interfaces if i.name == "eth9.1003")
    assert second.addresses[0] == "10.200.0.6/27", "the second circuit of a VNet takes the next pair of addresses"


def test_circuit_that_is_not_provisioned_has_nothing_on_the_wire() -> None:
    desired = made(spec(circuits=(replace(circuit(), provider_state="NotProvisioned"),)))
    assert desired.sessions == ()
    assert desired.nodes["msee1"].wiring.interfaces == ()
    assert frr(desired, "msee1").instances == ()


def test_disabled_peering_keeps_its_configuration_and_shuts_its_sessions() -> None:
    base = circuit()
    desired = made(spec(circuits=(replace(base, peerings=(replace(base.peerings[0], enabled=False),)),)))
    assert neighbors(desired, "msee1", "er1p")["192.168.100.129"].shutdown
    assert not any(s.enabled for s in desired.sessions)
    assert expect.from_ce(spec(), desired.sessions[0]) == ()


@pytest.mark.rule("ER106")
def test_qinq_shows_the_provider_tag_to_the_ce() -> None:
    value = spec(circuits=(replace(circuit(), stag=8),), customer_edges=(replace(CE1, handoff="qinq"),))
    names = [i.name for i in made(value).nodes["ce1"].wiring.interfaces]
    assert names == ["eth1.8.100", "eth2.8.100", "lo"]


def test_two_ces_share_their_routes_and_answer_for_each_other() -> None:
    value = spec(customer_edges=(CE1, replace(CE1, name="ce2")))
    desired = made(value, DUAL_CE)
    assert {s.ce for s in desired.sessions if s.path == "primary"} == {"ce1"}
    assert {s.ce for s in desired.sessions if s.path == "secondary"} == {"ce2"}
    internal = neighbors(desired, "ce2")["100.127.254.1"]
    assert internal.remote_as == 65010
    assert internal.families[0].next_hop_self
    (loopback,) = [i for i in desired.nodes["ce2"].wiring.interfaces if i.name == "lo"]
    assert loopback.addresses[0] == "10.10.0.2/32"
    assert desired.nodes["ce2"].wiring.routes[0].prefix == "10.10.0.1/32"


def test_one_end_of_a_session_connects() -> None:
    """Where both do, FRR 8.4 may lose a session again over the collision. The MSEE does: a user's CE may be passive."""
    desired = made(spec(customer_edges=(CE1, replace(CE1, name="ce2"))), DUAL_CE)
    for session in desired.sessions:
        assert neighbors(desired, session.ce)[session.msee_address].passive
        assert not neighbors(desired, session.msee, session.vrf)[session.ce_address].passive
    between = (neighbors(desired, "ce1")["100.127.254.2"], neighbors(desired, "ce2")["100.127.254.1"])
    assert [neighbor.passive for neighbor in between] == [False, True]


def test_exabgp_ce_announces_a_range() -> None:
    many = PrefixRange(ip_network("10.64.0.0/24"), 3)
    value = spec(customer_edges=(replace(CE1, kind="exabgp", advertise=(many,)),))
    router = made(value).nodes["ce1"].router
    assert isinstance(router, ExaBgpConfig)
    assert router.prefixes == ("10.64.0.0/24", "10.64.1.0/24", "10.64.2.0/24")
    assert len(router.speakers) == 4
    assert len(expect.from_ce(value, made(value).sessions[0])) == 3


def test_a_number_stays_with_its_owner_and_is_handed_on() -> None:
    first = spec(circuits=(circuit("a", 1, 101), circuit("b", 2, 102), circuit("c", 3, 103)))
    slots = allocate(first)
    assert slots.circuits == {"a": 1, "b": 2, "c": 3}
    second = allocate(replace(first, circuits=(circuit("d", 4, 104), circuit("c", 3, 103))), slots)
    assert second.circuits == {"d": 1, "c": 3}
    assert second.connections["c/hub"] == slots.connections["c/hub"]
    assert second.positions["c/hub"] == 2


@pytest.mark.rule("ER404")
def test_five_circuits_on_a_vnet_are_refused() -> None:
    with pytest.raises(Impossible, match="5 circuits"):
        allocate(spec(circuits=tuple(circuit(f"c{n}", n, n) for n in range(1, 6))), Slots())


def test_a_ce_sends_its_own_list_only() -> None:
    config = frr(made(spec()), "ce1")
    headers = [b.header for b in config.policy]
    assert "ip prefix-list ONPREM-ipv4 seq 5 permit 10.10.0.0/16" in headers
    out = next(b for b in config.policy if b.header.startswith("route-map own-out"))
    assert "match as-path LOCAL" in out.lines
    policies = [policy for neighbor in config.instances[0].neighbors for policy in neighbor.families]
    assert {(p.prefix_list_out, p.route_map_out) for p in policies} == {
        (f"ONPREM-{family}", "own-out") for family in ("ipv4", "ipv6")
    }


def test_a_circuit_without_a_peering_has_a_ce_without_bgp() -> None:
    desired = made(spec(circuits=(replace(circuit(), peerings=()),)))
    assert frr(desired, "ce1").instances == ()
    assert desired.sessions == ()


@pytest.mark.rule("ER421")
def test_a_gateway_has_no_limit_of_its_own() -> None:
    found = neighbors(made(spec()), "azure", "v1g0")
    assert {policy.max_prefix for neighbor in found.values() for policy in neighbor.families} == {None}
