"""Keys on a VRF's listening socket: one peer-group per key, family and AS, with the keyed neighbors as listen ranges.

FRR 8.4 reads a key from its start file before it knows the VRF, and then never sets it on that VRF's listener: a
neighbor without any key gets in. A listen range puts its group's key on the listener and touches no session. A
configured neighbor wins over a range, so the group never gets a member. The default VRF's listener needs none of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Set
from dataclasses import dataclass

from bgp.frr.config import BgpInstance, FrrConfig
from bgp.frr.render import family_of, instance_line


@dataclass(frozen=True)
class ListenGroup:
    """A peer-group of one VRF whose only purpose is its `key` (a name) on the listener, for `addresses`."""

    name: str
    remote_as: int
    key: str
    addresses: tuple[str, ...]

    @property
    def ranges(self) -> list[str]:
        return [
            f"bgp listen range {a}/{128 if family_of(a) == 'ipv6' else 32} peer-group {self.name}"
            for a in self.addresses
        ]


def listen_groups(instance: BgpInstance) -> tuple[ListenGroup, ...]:
    """The groups of an instance; none in the default VRF."""
    found: dict[tuple[str, str, int], list[str]] = {}
    for neighbor in instance.neighbors if instance.vrf else ():
        if neighbor.key:
            kind = (neighbor.key, family_of(neighbor.address), neighbor.remote_as)
            found.setdefault(kind, []).append(neighbor.address)
    return tuple(
        ListenGroup(_name(key, family, asn), asn, key, tuple(addresses))
        for (key, family, asn), addresses in found.items()
    )


def group_lines(config: FrrConfig, keys: Mapping[str, str], vrfs: Set[str] | None = None) -> list[str]:
    """Puts every key on its listener, also where the same lines ran before: a key that is already known to the group
    is taken off and set again, since FRR does nothing for an equal one. For all VRFs, or those of `vrfs`."""
    lines: list[str] = []
    for instance in config.instances:
        body: list[str] = []
        for group in listen_groups(instance) if vrfs is None or instance.vrf in vrfs else ():
            body += [*_create(group), f"no neighbor {group.name} password", _password(group, keys), *group.ranges]
        lines += _inside(instance, body)
    return lines


def changed_lines(
    old: FrrConfig, new: FrrConfig, changed_keys: Set[str], keys: Mapping[str, str]
) -> tuple[list[str], list[str]]:
    """The lines to run before the neighbors change, which close what must not stay open, and those to run after."""
    before: list[str] = []
    after: list[str] = []
    for instance in new.instances:
        previous = old.instance(instance.vrf)
        same = previous is not None and previous.asn == instance.asn
        was = {group.name: group for group in listen_groups(previous)} if same and previous else {}
        shall = {group.name: group for group in listen_groups(instance)}
        closing: list[str] = []
        opening: list[str] = []
        for name, group in was.items():
            kept = shall[name].ranges if name in shall else []
            closing += [f"no {line}" for line in group.ranges if line not in kept]
            closing += [] if name in shall else [f"no neighbor {name} peer-group"]
        for name, group in shall.items():
            known = was[name].ranges if name in was else []
            # Where FRR sets keys on listeners by itself nobody has had to make the group so far.
            if name not in was or group.key in changed_keys:
                opening += [*_create(group), _password(group, keys)]
            opening += [line for line in group.ranges if line not in known]
        before += _inside(instance, closing)
        after += _inside(instance, opening)
    return before, after


def _create(group: ListenGroup) -> list[str]:
    return [f"neighbor {group.name} peer-group", f"neighbor {group.name} remote-as {group.remote_as}"]


def _password(group: ListenGroup, keys: Mapping[str, str]) -> str:
    return f"neighbor {group.name} password {keys[group.key]}"


def _inside(instance: BgpInstance, body: list[str]) -> list[str]:
    return [instance_line(instance), *(f" {line}" for line in body), "exit"] if body else []


def _name(key: str, family: str, asn: int) -> str:
    """Stable and short; made of the key's name, not of the key."""
    return f"key{family[-1]}-{hashlib.sha256(f'{key} {asn}'.encode()).hexdigest()[:8]}"
