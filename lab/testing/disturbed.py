"""Sessions whose packets had no way for a while, though it may have been so short that nobody has noticed yet.

Whoever notices later, by BFD or by an interface that was told to be down, ends a session that is well again by then. So
these sessions begin anew as a whole. Inside the lab's world.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bgp.frr.clear import clear
from lab.circuit.models import Session
from lab.control.observe import Daemons
from lab.fault.registry import kind
from lab.testing.held import Held
from lab.testing.shape import Shape


def disturbed(held: Held, now: Mapping[str, Shape]) -> tuple[Session, ...]:
    """Of the sessions those of a lifted fault that stopped frames, and those whose devices are not what they were."""
    stopped = [fault for fault in held.lifted if kind(fault.kind).stops_frames]

    def is_(session: Session) -> bool:
        if any(fault.concerns(session) for fault in stopped):
            return True
        return any(_other(held.shapes, now, node, vrf, address) for node, vrf, address, _ in _ends(session))

    return tuple(session for session in held.sessions if session.enabled and is_(session))


def close(held: Held, sessions: Iterable[Session]) -> None:
    """Ends BGP at both ends, whatever each of them believes."""
    with Daemons(held.world.nodes) as daemons:
        for session in sessions:
            for node, vrf, _, peer in _ends(session):
                if daemons.runs(node):
                    daemons.vty(node).ask(clear(vrf, peer))


def _ends(session: Session) -> tuple[tuple[str, str, str, str], ...]:
    """Node, VRF, address and the other end's address, of the ends there are."""
    msee = session.msee, session.vrf, session.msee_address, session.ce_address
    ce = session.ce, "", session.ce_address, session.msee_address
    return (msee, ce) if session.ce else (msee,)


def _other(was: Mapping[str, Shape], now: Mapping[str, Shape], node: str, vrf: str, address: str) -> bool:
    """Whether the device that had the address, or the port below it, is another than then, or gone."""
    if node not in was:
        return False
    before, after = was[node].namespaces, now[node].namespaces if node in now else {}
    devices = before.get(vrf, {})
    device = next((d for d in devices.values() if address in (text.split("/")[0] for text in d.addresses)), None)
    if device is None:
        return False
    port = device.name.split(".")[0]
    return after.get(vrf, {}).get(device.name) != device or after.get("", {}).get(port) != before.get("", {}).get(port)
