"""Prefixes that nobody expects and that may still come: a table that is right now is not right yet.

A router announces its table some tenths of a second after a session is up (FRR: 0.1 to 0.5 s), each family by itself.
Where a family has nothing to carry, its first look is as good as its last one. A CE that has nothing but what is
expected has nothing else to announce; of another, the session has to be older than that delay. Inside the lab's world.
"""

from __future__ import annotations

from collections.abc import Sequence

from bgp.frr import show
from lab.circuit.models import Session, Spec
from lab.control.observe import Daemons, SessionView
from lab.role import expect

ANNOUNCED_SECONDS = 0.8


def unproven(daemons: Daemons, spec: Spec, views: Sequence[SessionView]) -> frozenset[Session]:
    """The sessions that may still get a prefix too many, if they are young."""
    edges = {edge.name: edge for edge in spec.customer_edges}
    msees = {view.session.msee_address for view in views}
    own: dict[tuple[str, str], frozenset[str]] = {}
    found = set()
    for session in (view.session for view in views):
        if edges[session.ce].generated or not expect.says_from_ce(spec, session):
            continue
        place = session.ce, session.family
        if place not in own and daemons.runs(session.ce):
            table = show.rib(daemons.vty(session.ce), "", session.family)
            own[place] = frozenset(route.prefix for route in table if route.peer not in msees)
        if place not in own or not own[place] <= {str(prefix) for prefix in expect.from_ce(spec, session)}:
            found.add(session)
    return frozenset(found)


def old_enough(view: SessionView) -> bool:
    """Whether everything that the CE had when the session came up has been announced."""
    return view.uptime_seconds is not None and view.uptime_seconds >= ANNOUNCED_SECONDS
