"""Proof that every MSEE's listener holds its keys, by asking the kernel about the sockets; and the cure where not."""

from __future__ import annotations

from collections.abc import Mapping

from bgp.frr import keyproof
from bgp.frr.config import FrrConfig
from bgp.frr.listen import group_lines
from bgp.frr.vty import Vty
from bgp.tcpmd5 import Sockets, open_diag, sockets
from lab.control.wait import wait
from lab.engine.base import Node, World
from lab.errors import NotAsItShould
from lab.net.inside import in_namespace
from lab.role.build import Desired

PROOF_SECONDS = 10.0


def prove_keys(world: World, desired: Desired, keys: Mapping[str, str]) -> None:
    """Puts every key on its listener where FRR did not, and ends sessions that were let in without a signature.

    Raises NotAsItShould when a listener still lacks a key after that: a lab whose MD5 is not enforced is no lab.
    """
    for name, state in desired.nodes.items():
        if state.role == "msee" and isinstance(state.router, FrrConfig):
            _prove(world.nodes[name], state.router, keys)


def _prove(node: Node, config: FrrConfig, keys: Mapping[str, str]) -> None:
    proof = keyproof.prove(config, observed(node, config))
    if proof.holds:
        return
    with Vty(f"{node.root}/run/frr/bgpd.vty") as vty:
        vrfs = {vrf for vrf, _ in proof.missing}
        if vrfs:
            vty.configure(group_lines(config, keys, vrfs), tolerate="absent")

        def again() -> keyproof.Proof:
            found = keyproof.prove(config, observed(node, config))
            for command in keyproof.clear_commands(found) if not found.missing else ():
                vty.command(command)
            return found

        outcome = wait(again, deadline=PROOF_SECONDS, label="keys", until=lambda found: found.holds)
    if not outcome.ok:
        bad = sorted(outcome.last.missing | outcome.last.surplus | outcome.last.unsigned)
        where = ", ".join(f"{vrf} {address}" for vrf, address in bad[:3])
        raise NotAsItShould(f"{node.name} does not enforce the key of {where}", next="mseelab down, then mseelab up")


def observed(node: Node, config: FrrConfig) -> dict[str, Sockets]:
    """BGP's sockets in every VRF of the node that has a neighbor with a key."""
    found = {}
    for vrf in keyproof.keyed_vrfs(config):
        with in_namespace(node.pid, vrf, open_diag) as diag:
            found[vrf] = sockets(diag)
    return found
