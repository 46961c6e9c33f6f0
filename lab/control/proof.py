"""Proof that every MSEE's listener holds its keys, by asking the kernel about the sockets; and the cure where not."""

from __future__ import annotations

from collections.abc import Mapping

from bgp.frr import keyproof
from bgp.frr.config import FrrConfig
from bgp.frr.listen import group_lines
from bgp.tcpmd5 import Sockets, open_diag, sockets
from lab.control.daemon import NodeVty
from lab.control.wait import wait
from lab.engine.base import Node, World
from lab.errors import NotAsItShould
from lab.net.inside import in_namespace
from lab.role.build import Desired

PROOF_SECONDS = 10.0
SECONDS_A_VRF = 0.1


def prove_keys(world: World, desired: Desired, keys: Mapping[str, str]) -> None:
    """Puts every key on its listener where FRR did not, and ends sessions that were let in without a signature.

    Raises NotAsItShould when a listener still lacks a key after that: a lab whose MD5 is not enforced is no lab.
    """
    for name, state in desired.nodes.items():
        if state.role == "msee" and isinstance(state.router, FrrConfig):
            _prove(world.nodes[name], state.router, keys)


def _prove(node: Node, config: FrrConfig, keys: Mapping[str, str]) -> None:
    vrfs = keyproof.keyed_vrfs(config)
    if not vrfs:
        return
    with NodeVty(node) as vty:

        def look() -> keyproof.Proof:
            sockets_of = observed(node, vrfs)
            found = keyproof.prove(config, sockets_of)
            # bgpd opens a VRF's listener when zebra has told it of the VRF; a key that is set before is lost.
            curable = {vrf for vrf, _ in found.missing if sockets_of[vrf].listening}
            if curable:
                vty.configure(group_lines(config, keys, curable), tolerate="absent")
            elif not found.missing:
                for command in keyproof.clear_commands(found):
                    vty.command(command)
            return found

        seconds = PROOF_SECONDS + SECONDS_A_VRF * len(vrfs)
        outcome = wait(look, deadline=seconds, label="keys", until=lambda found: found.holds)
    if not outcome.ok:
        bad = sorted(outcome.last.missing | outcome.last.surplus | outcome.last.unsigned)
        where = ", ".join(f"{vrf} {address}" for vrf, address in bad[:3])
        raise NotAsItShould(f"{node.name} does not enforce the key of {where}", next="mseelab down, then mseelab up")


def observed(node: Node, vrfs: tuple[str, ...]) -> dict[str, Sockets]:
    """BGP's sockets in `vrfs` of the node."""
    found = {}
    for vrf in vrfs:
        with in_namespace(node.pid, vrf, open_diag) as diag:
            found[vrf] = sockets(diag)
    return found
