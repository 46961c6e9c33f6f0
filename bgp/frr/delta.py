"""From one FRR configuration to another, live, touching what differs and nothing else.

A neighbor is added shut down and opened last: FRR connects right after `remote-as`, and every later line would reset
it. Policy is rewritten and takes effect by the `clear … soft` commands alone, because the delay timer is off. A BGP
identifier stays as long as its instance: changing it resets every session of the instance, needed by none of them.

The lines may be run again after a run that was killed half-way, with `Vty.configure(…, tolerate=True)`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, field
from math import inf
from typing import Literal

from bgp.frr import listen, render
from bgp.frr.config import BgpInstance, Family, FrrConfig, Neighbor, NeighborFamily
from bgp.frr.policy import policy_lines, touched_names

Peer = tuple[str, str]
FAMILIES: tuple[Family, ...] = ("ipv4", "ipv6")


@dataclass(frozen=True)
class Change:
    """One difference, fit to print: `neighbor` is empty for the instance itself, `vrf` and it for policy and profiles.

    A key has no values, only that it is new, removed or changed.
    """

    action: Literal["add", "change", "remove"]
    vrf: str
    neighbor: str
    field: str
    old: str = ""
    new: str = ""
    resets: bool = False


@dataclass(frozen=True)
class Delta:
    """What to type, and what it does to sessions. Sessions are (VRF, neighbor address).

    Run `bgpd` in configuration mode, then `soft` as commands, then `bfdd` in configuration mode of bfdd. `resets` are
    sessions that are wanted before and after and fall in between; `added` begin and `removed` end here. `raised` have a
    higher prefix limit, or none any more: one that is held down by the old limit has to be cleared, FRR only waits.
    """

    bgpd: tuple[str, ...] = field(default=(), repr=False)
    bfdd: tuple[str, ...] = ()
    soft: tuple[str, ...] = ()
    resets: frozenset[Peer] = frozenset()
    added: frozenset[Peer] = frozenset()
    removed: frozenset[Peer] = frozenset()
    raised: frozenset[Peer] = frozenset()
    changes: tuple[Change, ...] = ()

    @property
    def empty(self) -> bool:
        return not (self.bgpd or self.bfdd)


def delta(old: FrrConfig, new: FrrConfig, *, changed_keys: Set[str], keys: Mapping[str, str]) -> Delta:
    """What makes `new` of `old`. `changed_keys` are the names whose key is another one now. Raises KeyError."""
    work = _Work(changed_keys, keys)
    before, after = policy_lines(old.policy, new.policy)
    closing, opening = listen.changed_lines(old, new, changed_keys, keys)
    work.bgpd += [*closing, *before]
    for instance in old.instances:
        follower = new.instance(instance.vrf)
        if follower is None or follower.asn != instance.asn:
            work.remove_instance(instance)
    work.bgpd += after
    if before or after:
        work.note(Change("change", "", "", "policy"))
    for instance in new.instances:
        previous = old.instance(instance.vrf)
        if previous is None or previous.asn != instance.asn:
            work.add_instance(instance)
        elif previous != instance or work.keys_touch(instance):
            work.change_instance(previous, instance)
    work.bgpd += opening
    return Delta(
        tuple(work.bgpd),
        tuple(_bfdd(old, new)),
        tuple(_soft(old, new, frozenset(work.resets))),
        frozenset(work.resets),
        frozenset(work.added),
        frozenset(work.removed),
        frozenset(work.raised),
        tuple(work.changes),
    )


class _Work:
    def __init__(self, changed_keys: Set[str], keys: Mapping[str, str]) -> None:
        self.changed_keys = changed_keys
        self.keys = keys
        self.bgpd: list[str] = []
        self.resets: set[Peer] = set()
        self.added: set[Peer] = set()
        self.removed: set[Peer] = set()
        self.raised: set[Peer] = set()
        self.changes: list[Change] = []

    def note(self, change: Change) -> None:
        self.changes.append(change)
        if change.resets:
            self.resets.add((change.vrf, change.neighbor))

    def keys_touch(self, instance: BgpInstance) -> bool:
        return any(neighbor.key in self.changed_keys for neighbor in instance.neighbors)

    def remove_instance(self, instance: BgpInstance) -> None:
        self.bgpd.append(f"no {render.instance_line(instance)}")
        self.note(Change("remove", instance.vrf, "", "instance", str(instance.asn)))
        self.removed |= {(instance.vrf, neighbor.address) for neighbor in instance.neighbors if not neighbor.shutdown}

    def add_instance(self, instance: BgpInstance) -> None:
        self.bgpd += render.instance_lines(instance, self.keys, live=True)
        self.note(Change("add", instance.vrf, "", "instance", new=str(instance.asn)))
        self.added |= {(instance.vrf, neighbor.address) for neighbor in instance.neighbors if not neighbor.shutdown}

    def change_instance(self, old: BgpInstance, new: BgpInstance) -> None:
        was = {neighbor.address: neighbor for neighbor in old.neighbors}
        shall = {neighbor.address: neighbor for neighbor in new.neighbors}
        lines: list[str] = []
        if new.networks and not old.networks:
            lines.append("no bgp network import-check")
        for address in [a for a in was if a not in shall]:
            lines.append(f"no neighbor {address}")
            self.removed |= {(old.vrf, address)} if not was[address].shutdown else set()
            self.note(Change("remove", old.vrf, address, "neighbor", str(was[address].remote_as)))
        opened: list[str] = []
        families: dict[Family, list[str]] = {family: [] for family in FAMILIES}
        for address, neighbor in shall.items():
            if address not in was:
                lines += render.neighbor_lines(neighbor, self.keys, live=True)
                opened += [] if neighbor.shutdown else [f"no neighbor {address} shutdown"]
                for policy in neighbor.families:
                    families[policy.family] += render.neighbor_family_lines(address, policy)
                self.added |= {(new.vrf, address)} if not neighbor.shutdown else set()
                self.note(Change("add", new.vrf, address, "neighbor", new=str(neighbor.remote_as)))
                continue
            outer, inner = self._neighbor(new.vrf, was[address], neighbor)
            lines += outer
            if not neighbor.shutdown and (was[address].shutdown or outer[:1] == [f"neighbor {address} shutdown"]):
                opened.append(f"no neighbor {address} shutdown")
            for family in FAMILIES:
                families[family] += inner[family]
        for family in FAMILIES:
            own = self._instance_family(old, new, family)
            if own or families[family]:
                lines += [f"address-family {family} unicast"]
                lines += [f" {line}" for line in (*own, *families[family])]
                lines += ["exit-address-family"]
        if lines or opened:
            self.bgpd += [render.instance_line(new), *(f" {line}" for line in (*lines, *opened)), "exit"]

    def _neighbor(self, vrf: str, old: Neighbor, new: Neighbor) -> tuple[list[str], dict[Family, list[str]]]:
        """The lines outside and inside the address families that make `new` of `old`."""
        who = f"neighbor {new.address}"
        lines: list[str] = []
        stays = not (old.shutdown or new.shutdown)
        noted = len(self.changes)

        def differs(name: str, before: str, after: str, *, resets: bool = True) -> None:
            self.note(Change("change", vrf, new.address, name, before, after, resets and stays))

        if old.shutdown != new.shutdown:
            (self.removed if new.shutdown else self.added).add((vrf, new.address))
            differs("shutdown", str(old.shutdown), str(new.shutdown))
        if old.description != new.description:
            lines.append(f"{who} description {new.description}" if new.description else f"no {who} description")
        if old.remote_as != new.remote_as:
            lines.append(f"{who} remote-as {new.remote_as}")
            differs("remote-as", str(old.remote_as), str(new.remote_as))
        if old.passive != new.passive:
            lines.append(f"{who} passive" if new.passive else f"no {who} passive")
            differs("passive", str(old.passive), str(new.passive))
        if old.key != new.key or new.key in self.changed_keys:
            lines.append(f"{who} password {self.keys[new.key]}" if new.key else f"no {who} password")
            differs("key", old.key or "", new.key or "")
        if old.local_address != new.local_address:
            lines.append(f"no {who} bfd")
            source = new.local_address
            lines.append(f"{who} update-source {source}" if source else f"no {who} update-source")
            differs("local address", old.local_address or "", new.local_address or "")
        elif old.bfd and not new.bfd:
            lines.append(f"no {who} bfd")
            differs("bfd", old.bfd, "", resets=False)
        inner = self._families(vrf, old, new, stays)
        resetting = sum(change.resets for change in self.changes[noted:])
        # Two lines that each reset would make the session come up in between.
        if resetting > 1 or (new.shutdown and not old.shutdown):
            lines.insert(0, f"{who} shutdown")
        return lines, inner

    def _families(self, vrf: str, old: Neighbor, new: Neighbor, stays: bool) -> dict[Family, list[str]]:
        found: dict[Family, list[str]] = {family: [] for family in FAMILIES}
        for family in FAMILIES:
            before = next((policy for policy in old.families if policy.family == family), None)
            after = next((policy for policy in new.families if policy.family == family), None)
            if before == after:
                continue
            resets = before is None or after is None or before.addpath_all != after.addpath_all
            if after is None:
                found[family].append(f"no neighbor {new.address} activate")
            elif before is None:
                found[family] += render.neighbor_family_lines(new.address, after)
            else:
                found[family] += _options(new.address, before, after)
                if before.max_prefix is not None and before.max_prefix < (after.max_prefix or inf):
                    self.raised.add((vrf, new.address))
            self.note(Change("change", vrf, new.address, f"{family} policy", resets=resets and stays))
        return found

    def _instance_family(self, old: BgpInstance, new: BgpInstance, family: Family) -> list[str]:
        before, after = render.family_lines(old, family), render.family_lines(new, family)
        gone = [line for line in before if line not in after]
        fresh = [line for line in after if line not in before]
        for line in gone:
            self.note(Change("remove", new.vrf, "", f"{family} {line.split()[0]}", old=line))
        for line in fresh:
            self.note(Change("add", new.vrf, "", f"{family} {line.split()[0]}", new=line))
        # A new value of a counted option replaces the old one, so only what has no successor is taken back.
        stems = {_stem(line) for line in fresh}
        return [*(f"no {line}" for line in gone if _stem(line) not in stems), *fresh]


def _stem(line: str) -> str:
    """`maximum-paths ibgp` of `maximum-paths ibgp 8`; a network is its own."""
    return line.rstrip("0123456789") if line.startswith("maximum-paths") else line


def _options(address: str, old: NeighborFamily, new: NeighborFamily) -> list[str]:
    before, after = render.family_options(address, old), render.family_options(address, new)
    replaced = {_slot(line) for line in after}
    gone = [f"no {line}" for line in before if _slot(line) not in replaced]
    return [*gone, *(line for line in after if line not in before)]


def _slot(line: str) -> tuple[str, str]:
    """What a later line of the same slot overwrites: the option, and the direction of a route-map or prefix list."""
    words = line.split()
    return words[2], words[-1] if words[2] in ("route-map", "prefix-list") else ""


def _soft(old: FrrConfig, new: FrrConfig, resets: frozenset[Peer]) -> Iterator[str]:
    """Applies rewritten policy to the sessions that use it and stay."""
    touched = touched_names(old.policy, new.policy)
    for instance in new.instances if touched else ():
        previous = old.instance(instance.vrf)
        stayed = {n.address for n in previous.neighbors} if previous and previous.asn == instance.asn else set()
        scope = f"vrf {instance.vrf} " if instance.vrf else ""
        for neighbor in instance.neighbors:
            if neighbor.address not in stayed or (instance.vrf, neighbor.address) in resets or neighbor.shutdown:
                continue
            for policy in neighbor.families:
                ways = {
                    "in": {policy.route_map_in, policy.prefix_list_in},
                    "out": {policy.route_map_out, policy.prefix_list_out},
                }
                for way, names in ways.items():
                    if names & touched:
                        yield f"clear bgp {scope}{policy.family} unicast {neighbor.address} soft {way}"


def _bfdd(old: FrrConfig, new: FrrConfig) -> list[str]:
    lines: list[str] = []
    was, shall = _bfd_peers(old), _bfd_peers(new)
    lines += [f"no {peer}" for peer in was if peer not in shall]
    profiles = {profile.name: profile for profile in old.bfd_profiles}
    for profile in new.bfd_profiles:
        if profiles.pop(profile.name, None) != profile:
            lines += render.profile_lines(profile)
    for peer, body in shall.items():
        if was.get(peer) != body:
            lines += body
    lines += [f"no profile {name}" for name in profiles]
    return ["bfd", *(f" {line}" for line in lines), "exit"] if lines else []


def _bfd_peers(config: FrrConfig) -> dict[str, list[str]]:
    return {
        render.bfd_peer(instance.vrf, neighbor): render.bfd_peer_lines(instance.vrf, neighbor)
        for instance in config.instances
        for neighbor in instance.neighbors
        if neighbor.bfd
    }
