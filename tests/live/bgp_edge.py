"""What the FRR tests share: a provider edge, a customer, cables between them, and what to look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bgp.frr import keyproof, listen, show
from bgp.frr.config import BfdProfile, BgpInstance, Block, FrrConfig, Neighbor, NeighborFamily
from bgp.frr.delta import Delta, delta
from bgp.frr.render import bfd_attach_lines, config_files
from bgp.session import PeerSummary
from bgp.tcpmd5 import sockets
from tests.live.bgp_world import Node, World, until

Session = tuple[str, str]
KEYS = {"one": "KeyNumberOne", "two": "KeyNumberTwo"}
POLICY = (
    Block("route-map in4 permit 10", ("set community none",)),
    Block("route-map in6 permit 10", ("set ipv6 next-hop prefer-global",)),
    Block("ip prefix-list ALL seq 5 permit any"),
    Block("route-map out permit 10", ("match ip address prefix-list ALL",)),
)


def provider_edge(circuit: int, key: str, vrf: str, *, passive: bool = False) -> BgpInstance:
    """A routing domain as an MSEE has it: one customer, both families, a key, a passive BFD profile."""

    def neighbor(address: str, local: str, policy: NeighborFamily) -> Neighbor:
        return Neighbor(address, 65010, (policy,), local, key=key, passive=passive, bfd="edge")

    v4 = NeighborFamily("ipv4", "in4", "out", max_prefix=100, soft_reconfiguration=True, remove_private_as=True)
    v6 = NeighborFamily("ipv6", "in6", None, max_prefix=100, soft_reconfiguration=True)
    return BgpInstance(
        12076,
        f"10.0.{circuit}.2",
        (
            neighbor(f"10.0.{circuit}.1", f"10.0.{circuit}.2", v4),
            neighbor(f"fd00:{circuit}::1", f"fd00:{circuit}::2", v6),
        ),
        vrf,
        maximum_paths=8,
    )


def edge(*instances: BgpInstance) -> FrrConfig:
    return FrrConfig(instances, POLICY, (BfdProfile("edge", passive=True),))


def customer(
    *circuits: tuple[int, str | None], networks: tuple[str, ...] = ("10.10.0.0/16", "fd00:10::/48")
) -> FrrConfig:
    neighbors = []
    for circuit, key in circuits:
        for family, address, local in (
            ("ipv4", f"10.0.{circuit}.2", f"10.0.{circuit}.1"),
            ("ipv6", f"fd00:{circuit}::2", f"fd00:{circuit}::1"),
        ):
            policy = NeighborFamily("ipv4" if family == "ipv4" else "ipv6", soft_reconfiguration=True)
            neighbors.append(Neighbor(address, 12076, (policy,), local, key=key, bfd="own"))
    return FrrConfig((BgpInstance(65010, "10.0.1.1", tuple(neighbors), networks=networks),), (), (BfdProfile("own"),))


def cable(world: World, ce: Node, msee: Node, circuit: int, vrf: str, *, addressed: bool = True) -> None:
    port = f"eth{circuit}"
    world.link(ce, port, msee, port)
    if vrf:
        msee.vrf(vrf)
    msee.address(port, f"10.0.{circuit}.2/30", vrf)
    msee.more(port, f"fd00:{circuit}::2/126", vrf)
    if addressed:
        ce.address(port, f"10.0.{circuit}.1/30")
        ce.more(port, f"fd00:{circuit}::1/126")
    else:
        ce.run("ip", "link", "set", port, "up")


def start(ce: Node, msee: Node, ours: FrrConfig, theirs: FrrConfig, their_keys: Mapping[str, str] = KEYS) -> None:
    ce.write(config_files(theirs, their_keys))
    msee.write(config_files(ours, KEYS))
    ce.start("zebra", "bgpd")
    msee.start("zebra", "bgpd")
    ce.start("bfdd")
    msee.start("bfdd")


def sessions(node: Node) -> dict[Session, PeerSummary]:
    with node.vty() as vty:
        return {(s.vrf, s.address): s for s in show.summaries(vty)}


def established(node: Node, count: int) -> bool:
    found = sessions(node)
    return len(found) == count and all(s.established for s in found.values())


def bfd_ids(node: Node) -> dict[Session, tuple[str | None, int]] | None:
    """Each BFD session's local address and discriminator, None unless all are up."""
    with node.vty("bfdd") as vty:
        found = show.bfd_peers(vty)
    return {(p.vrf, p.peer): (p.local, p.id) for p in found} if all(p.status == "up" for p in found) else None


def attach(node: Node, config: FrrConfig) -> None:
    with node.vty() as vty:
        for instance in config.instances:
            for neighbor in instance.neighbors:
                vty.configure(bfd_attach_lines(instance.asn, instance.vrf, neighbor))


def drops(node: Node) -> dict[Session, int]:
    return {key: s.dropped_count for key, s in sessions(node).items()}


def proof(msee: Node, config: FrrConfig) -> keyproof.Proof:
    observed = {}
    for vrf in keyproof.keyed_vrfs(config):
        with msee.diag(vrf) as diag:
            observed[vrf] = sockets(diag)
    return keyproof.prove(config, observed)


def put_keys(msee: Node, config: FrrConfig) -> None:
    """As a controller does it once the VRFs are known: groups, proof, and an end to what was let in unsigned."""
    with msee.vty() as vty:
        until(lambda: all(number >= 0 for number in show.bgp_vrfs(vty).values()), 5, "VRFs known")
        vty.configure(listen.group_lines(config, KEYS), tolerate="absent")
        for command in keyproof.clear_commands(proof(msee, config)):
            vty.command(command)


def blackhole(node: Node, address: str, port: str, vrf: str, *, on: bool) -> None:
    """Frames to `address` go to a MAC nobody has: the link stays up, nothing arrives."""
    where = ["ip", "-n", vrf] if vrf else ["ip"]
    if on:
        node.run(*where, "neigh", "replace", address, "lladdr", "02:00:00:00:00:99", "dev", port, "nud", "permanent")
    else:
        node.run(*where, "neigh", "del", address, "dev", port)


def change(node: Node, difference: Delta) -> None:
    """Twice, as after a run that was killed: the second time must do no harm."""
    for _ in range(2):
        with node.vty() as bgpd, node.vty("bfdd") as bfdd:
            bgpd.configure(difference.bgpd, tolerate="absent")
            for command in difference.soft:
                bgpd.command(command)
            bfdd.configure(difference.bfdd, tolerate="absent")


def move(node: Node, old: FrrConfig, new: FrrConfig, keys: Mapping[str, str] = KEYS) -> Delta:
    """Changes `node` and checks that exactly the sessions the difference names have moved."""
    before = drops(node)
    difference = delta(old, new, changed_keys=set(), keys=keys)
    change(node, difference)
    named = difference.resets | difference.added | difference.removed
    after = drops(node)
    assert {key for key in before.keys() & after.keys() if before[key] != after[key]} <= named
    return difference


def attach_when_up(node: Node, config: FrrConfig) -> None:
    until(lambda: bfd_ids(node), 10, "BFD up")
    attach(node, config)


def prefixes(node: Node, vrf: str) -> set[str]:
    with node.vty() as vty:
        return {route.prefix for route in show.rib(vty, vrf, "ipv4") if route.valid}


def with_limit(instance: BgpInstance, limit: int) -> BgpInstance:
    first, *rest = instance.neighbors
    policy = replace(first.families[0], max_prefix=limit)
    return replace(instance, neighbors=(replace(first, families=(policy,)), *rest))


def last_error(node: Node, address: str) -> str:
    with node.vty() as vty:
        found = show.neighbor(vty, "", address)
    assert found is not None
    return found.last_error or ""
