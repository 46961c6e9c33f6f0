"""Microsoft peering as each node shall have it; and that a lab without it has nothing of it."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_network

import pytest

from bgp.frr.config import FrrConfig
from lab.circuit.models import (
    Circuit,
    CustomerEdge,
    Family,
    LinkSubnet,
    MicrosoftConfig,
    Path,
    Peering,
    PublicPrefix,
    RouteFilter,
    Spec,
    ValidationState,
)
from lab.role import core
from lab.role.build import Desired, build
from lab.role.slots import Slots, allocate
from tests.pure.role.test_roles import TOPOLOGY

FAMILIES: tuple[Family, ...] = ("ipv4", "ipv6")


def peering(*states: ValidationState, number: int = 0) -> Peering:
    """`states` are those of IPv4 and IPv6."""
    subnets: list[tuple[Path, Family, LinkSubnet]] = []
    for path, offset in (("primary", 0), ("secondary", 4)):
        where: Path = "primary" if path == "primary" else "secondary"
        subnets.append((where, "ipv4", LinkSubnet(ip_network(f"203.0.113.{8 * number + offset}/30"))))
        subnets.append((where, "ipv6", LinkSubnet(ip_network(f"2001:db8:{number:x}::{offset:x}/126"))))
    prefixes = (ip_network("198.51.100.0/24"), ip_network("2001:db8:100::/48"))
    configs = tuple(
        (f, MicrosoftConfig((PublicPrefix(p, s),))) for f, p, s in zip(FAMILIES, prefixes, states, strict=True)
    )
    return Peering("MicrosoftPeering", 65550, 200 + number, tuple(subnets), microsoft=configs)


def spec(*peerings: Peering) -> Spec:
    circuits = tuple(Circuit(f"c{n}", (p,), ()) for n, p in enumerate(peerings))
    filters = (RouteFilter("storage", ("12076:52002",)),)
    return Spec("lab", "circuit.yml", "dual-path", circuits, (), (CustomerEdge("ce1"),), route_filters=filters)


def built(wanted: Spec, before: Slots | None = None) -> Desired:
    return build(wanted, TOPOLOGY, {}, {}, before)


def router(desired: Desired, node: str) -> FrrConfig:
    found = desired.nodes[node].router
    assert isinstance(found, FrrConfig)
    return found


@pytest.mark.rule("ER303")
def test_only_validated_families_have_neighbors() -> None:
    desired = built(spec(peering("Configured", "ManualValidationNeeded")))
    instance = router(desired, "msee1").instance("er1m")
    assert instance is not None
    assert [n.address for n in instance.neighbors] == ["203.0.113.1", "100.126.0.4"]
    core_router = router(desired, "azure").instance(core.CORE_VRF)
    assert core_router is not None
    assert [n.address for n in core_router.neighbors][2:] == ["100.126.0.5", "100.126.0.7"]
    (sources,) = desired.nodes["msee1"].wiring.sources
    assert sources.prefixes == ("198.51.100.0/24",)

    desired = built(spec(peering("ValidationNeeded", "Configuring")))
    assert router(desired, "msee1").instance("er1m") is None
    names = [i.name for i in desired.nodes["msee1"].wiring.interfaces if i.vrf == "er1m"]
    assert names == ["eth1.200", "eth9.1001"], "the sub-interface is there all the same"
    assert [s.why for s in desired.sessions][:2] == [
        "its prefixes are ValidationNeeded", "its prefixes are Configuring",
    ]
    assert not any(s.enabled for s in desired.sessions)


def test_without_microsoft_peering_nothing_of_it_is_there() -> None:
    desired = built(spec())
    azure = desired.nodes["azure"]
    assert (azure.feed, azure.wiring.vrfs, azure.wiring.routes) == (None, (), ())
    for node in ("azure", "msee1"):
        assert not any("ms-" in block.header or "core" in block.header for block in router(desired, node).policy)
    unprovisioned = spec(peering("Configured", "Configured"))
    one = replace(unprovisioned.circuits[0], provider_state="NotProvisioned")
    desired = built(replace(unprovisioned, circuits=(one,)))
    assert (desired.nodes["azure"].feed, desired.nodes["msee1"].wiring.vrfs) == (None, ())


def test_numbers_of_core_links_stay_with_their_circuit() -> None:
    two = spec(peering("Configured", "Configured"), peering("Configured", "Configured", number=1))
    slots = allocate(two)
    assert dict(slots.connections) == {"c0:": 1, "c1:": 2}
    without = replace(two, circuits=two.circuits[1:])
    assert dict(allocate(without, slots).connections) == {"c1:": 2}


@pytest.mark.rule("ER302")
def test_a_filter_of_a_peering_that_is_not_attached_is_not_configured() -> None:
    plain = peering("Configured", "Configured")
    headers = [b.header for b in router(built(spec(plain)), "msee1").policy]
    assert not any("ms-filter-storage" in header for header in headers)
    attached = replace(plain, route_filters=(("ipv6", "storage"),))
    instance = router(built(spec(attached)), "msee1").instance("er1m")
    assert instance is not None
    maps = {n.address: n.families[0].route_map_out for n in instance.neighbors}
    assert (maps["203.0.113.1"], maps["2001:db8::1"]) == ("ms-ce-none", "ms-filter-storage")


def test_a_ce_uses_every_circuit_that_brings_a_prefix() -> None:
    for count, paths in ((1, 8), (4, 16), (30, 120)):
        many = spec(*(peering("Configured", "Configured", number=n) for n in range(count)))
        assert [i.maximum_paths for i in router(built(many), "ce1").instances] == [paths]


def test_a_hundred_circuits_and_more_know_each_other_for_good() -> None:
    many = spec(*(peering("Configured", "Configured", number=n) for n in range(30)))
    few = built(many).nodes["msee1"].wiring.neighbors
    assert not any(n.interface.startswith("eth1.") for n in few)
    assert any(n.interface.startswith("eth9.") for n in few), "the core's, always"
    crowd = tuple(replace(c, name=f"{c.name}-{n}") for n in range(4) for c in many.circuits)
    large = built(replace(many, circuits=crowd)).nodes["msee1"].wiring.neighbors
    assert any(n.interface.startswith("eth1.") for n in large)
