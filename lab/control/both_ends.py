"""Whether the CE holds a session for Established that its MSEE does.

A prefix in the MSEE's table was sent by an Established peer (RFC 4271, 8.2.2): nobody has to be asked. Without one, the
CE's FRR is asked, once a connection. A CE that is no FRR sends nothing while it has nothing to announce (GoBGP and
OpenBGPD not even an End-of-RIB), so there the MSEE's word stands: its peer has answered OPEN with KEEPALIVE.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from bgp.frr import show
from bgp.session import ESTABLISHED, PeerSummary
from lab.circuit.models import Session

if TYPE_CHECKING:
    from lab.control.observe import Daemons, SessionView


def refuted(daemons: Daemons, views: Iterable[SessionView]) -> dict[Session, SessionView]:
    """Those that are Established at the MSEE alone, with the state that says so: `Established (ce1: OpenSent)`."""
    doubtful = [view for view in views if view.established and not view.from_ce and not _known(daemons, view)]
    ends = {ce: _states(daemons, ce) for ce in dict.fromkeys(view.session.ce for view in doubtful)}
    found = {}
    for view in doubtful:
        session = view.session
        state = ends[session.ce].get(session.msee_address, ESTABLISHED)
        if state == ESTABLISHED:
            daemons.confirmed[session] = view.dropped
        else:
            found[session] = replace(
                view, state=f"{ESTABLISHED} ({session.ce}: {state})", uptime_seconds=None, to_ce=0
            )
    return found


def _known(daemons: Daemons, view: SessionView) -> bool:
    return daemons.confirmed.get(view.session) == view.dropped


def _states(daemons: Daemons, ce: str) -> Mapping[str, str]:
    """Its neighbors' states by address, the best of those that several routing domains have; empty where no FRR is."""
    if ce not in daemons.nodes or not daemons.runs(ce):
        return {}
    found: dict[str, str] = {}
    peers: tuple[PeerSummary, ...] = show.summaries(daemons.vty(ce))
    for peer in peers:
        if found.get(peer.address) != ESTABLISHED:
            found[peer.address] = peer.state
    return found
