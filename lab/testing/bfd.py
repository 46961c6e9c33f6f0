"""BFD sessions that are begun anew, at both ends. Inside the lab's world.

Some will never come up by themselves. When the MSEE's bfdd was started anew, an FRR at the other end goes on naming the
session that it had (its "your discriminator"), and the new one takes none of that: RFC 5880 has it forget the number
only after a silence, and there is none.

Others are about to end BGP for something that is over: a detection time that runs, a message that is on its way. Begun
anew while BGP does not follow, they are up a second or two later and nothing else has happened.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from bgp.frr import show
from bgp.frr.config import FrrConfig
from bgp.session import BfdPeer
from lab.circuit.models import Session
from lab.control.keeper import tell
from lab.control.observe import Daemons
from lab.control.partners import disarm as disarm_peers
from lab.testing.held import Held

SIGNALLED = "neighbor signaled session down"


def to_renew(held: Held, disturbed: Collection[Session]) -> tuple[Session, ...]:
    """Sessions with BFD at both ends that are `disturbed`, or whose MSEE takes nothing that it hears and whose CE was
    told of that, or has not noticed yet."""
    with Daemons(held.world.nodes) as daemons:
        return tuple(
            session for session in held.sessions
            if session.ce and daemons.runs(session.ce, "bfdd") and daemons.runs(session.msee, "bfdd")
            and (session in disturbed or _is_stuck(daemons, session))
        )


def disarm(held: Held, sessions: Collection[Session]) -> None:
    """Has BGP of the routers that are ours not follow BFD, until the watcher sees it up; others are left alone."""
    states = held.record.applied.desired().nodes
    ends: dict[str, list[tuple[str, str]]] = {}
    for session in sessions:
        ends.setdefault(session.msee, []).append((session.vrf, session.ce_address))
        ends.setdefault(session.ce, []).append(("", session.msee_address))
    with Daemons(held.world.nodes) as daemons:
        for name, peers in ends.items():
            router = states[name].router
            if isinstance(router, FrrConfig) and daemons.runs(name):
                disarm_peers(daemons.vty(name), router, peers)
    tell(held.world, states.values())


def _at_msee(daemons: Daemons, session: Session) -> list[BfdPeer]:
    peers = show.bfd_peers(daemons.vty(session.msee, "bfdd"))
    return [peer for peer in peers if (peer.vrf, peer.peer) == (session.vrf, session.ce_address)]


def _is_stuck(daemons: Daemons, session: Session) -> bool:
    ce = [p for p in show.bfd_peers(daemons.vty(session.ce, "bfdd")) if p.peer == session.msee_address]
    msee = _at_msee(daemons, session)
    lasts = any(peer.status == "up" or (peer.status == "down" and peer.diagnostic == SIGNALLED) for peer in ce)
    return lasts and any(peer.status == "down" for peer in msee)


def away(held: Held, session: Session) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """The lines of both ends' daemons, as they shall be, that make its BFD session, with node and daemon: to be taken
    away and typed again."""
    for node, peer in ((session.msee, session.ce_address), (session.ce, session.msee_address)):
        for daemon, told in held.shapes[node].daemons.items():
            for line in told:
                words = line[-1].split()
                mine = words[1:2] == [peer]
                whole = daemon == "bfdd" and words[:1] == ["peer"]
                if mine and (whole or (daemon == "bgpd" and words[2:3] == ["bfd"])):
                    yield node, daemon, line
