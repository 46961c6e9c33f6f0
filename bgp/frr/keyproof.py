"""Whether keys are where the configuration says: on the listeners, and on every connection that stands.

FRR's configuration is no proof: it shows a key that the listener lacks. The sockets are. After a start or a change:
`listen.group_lines` over the vty, then `prove` with each VRF's sockets, then `clear_commands` for what was let in
unsigned before the key was there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bgp.frr.clear import clear
from bgp.frr.config import FrrConfig
from bgp.frr.render import family_of
from bgp.tcpmd5 import Sockets

Peer = tuple[str, str]


@dataclass(frozen=True)
class Proof:
    """Sessions as (VRF, neighbor address).

    `missing`: the listener holds no key for a neighbor that has one. `surplus`: it holds one for a neighbor that has
    none. `unsigned`: a connection stands without a key although there is one.
    """

    missing: frozenset[Peer] = frozenset()
    surplus: frozenset[Peer] = frozenset()
    unsigned: frozenset[Peer] = frozenset()

    @property
    def holds(self) -> bool:
        return not (self.missing or self.surplus or self.unsigned)


def keyed_vrfs(config: FrrConfig) -> tuple[str, ...]:
    """The VRFs that have a neighbor with a key: those whose sockets are to be looked at."""
    return tuple(i.vrf for i in config.instances if any(neighbor.key for neighbor in i.neighbors))


def prove(config: FrrConfig, observed: Mapping[str, Sockets]) -> Proof:
    """Compares `config` with the sockets of each VRF in `observed`; VRFs that are not in it are left out."""
    missing: set[Peer] = set()
    surplus: set[Peer] = set()
    unsigned: set[Peer] = set()
    for instance in config.instances:
        found = observed.get(instance.vrf)
        if found is None:
            continue
        for neighbor in instance.neighbors:
            peer = (instance.vrf, neighbor.address)
            listens = family_of(neighbor.address) in found.listening and neighbor.address in found.keys
            if neighbor.key and not listens:
                missing.add(peer)
            if not neighbor.key and neighbor.address in found.keys:
                surplus.add(peer)
            if neighbor.key and found.unsigned(neighbor.address):
                unsigned.add(peer)
    return Proof(frozenset(missing), frozenset(surplus), frozenset(unsigned))


def clear_commands(proof: Proof) -> list[str]:
    """Ends every session that was let in without a signature; a neighbor with the key is back by itself."""
    return [clear(vrf, address) for vrf, address in sorted(proof.unsigned)]
