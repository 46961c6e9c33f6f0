"""BFD sessions that will never come up by themselves: begun anew at the CE. Inside the lab's world.

When the MSEE's bfdd was started anew, an FRR at the other end goes on naming the session that it had (its "your
discriminator"), and the new one takes none of that: RFC 5880 has it forget the number only after a silence, and there
is none. Before it notices, it still takes the path for good, and will end BGP when it does. Taken away and made again
at the CE, the session is up a second later.
"""

from __future__ import annotations

from collections.abc import Iterator

from bgp.frr import show
from lab.circuit.models import Session
from lab.control.observe import Daemons
from lab.testing.held import Held

SIGNALLED = "neighbor signaled session down"


def stuck(held: Held) -> tuple[Session, ...]:
    """Sessions whose MSEE takes nothing that it hears, and whose CE was told of that, or has not noticed yet."""
    with Daemons(held.world.nodes) as daemons:
        return tuple(session for session in held.sessions if _is_stuck(daemons, session))


def _is_stuck(daemons: Daemons, session: Session) -> bool:
    if not (daemons.runs(session.ce, "bfdd") and daemons.runs(session.msee, "bfdd")):
        return False
    ce = [p for p in show.bfd_peers(daemons.vty(session.ce, "bfdd")) if p.peer == session.msee_address]
    msee = [
        p for p in show.bfd_peers(daemons.vty(session.msee, "bfdd"))
        if (p.vrf, p.peer) == (session.vrf, session.ce_address)
    ]
    lasts = any(peer.status == "up" or (peer.status == "down" and peer.diagnostic == SIGNALLED) for peer in ce)
    return lasts and any(peer.status == "down" for peer in msee)


def away(held: Held, session: Session) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The lines of the CE's daemons, as they shall be, that make its BFD session: to be taken away and typed again."""
    for daemon, told in held.shapes[session.ce].daemons.items():
        for line in told:
            words = line[-1].split()
            mine = words[1:2] == [session.msee_address]
            whole = daemon == "bfdd" and words[:1] == ["peer"]
            if mine and (whole or (daemon == "bgpd" and words[2:3] == ["bfd"])):
                yield daemon, line
