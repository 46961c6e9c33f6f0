"""The ARP table of a link, as Azure shows it: the CE's row (On-Prem) and the MSEE's own (Microsoft)."""

from __future__ import annotations

from collections.abc import Iterable

from lab.circuit.models import Session
from lab.control.observe import Daemons
from lab.show.interfaces import interfaces, neighbors
from lab.show.tables import MICROSOFT, ON_PREM, ArpEntry

SECONDS_PER_MINUTE = 60


def arp_entries(daemons: Daemons, sessions: Iterable[Session]) -> list[ArpEntry]:
    """Two rows a session. Without a sub-interface on the MSEE (not provisioned) there is none."""
    found = []
    for session in sessions:
        pid = daemons.nodes[session.msee].pid
        own = next((i for i in interfaces(pid, session.vrf) if session.msee_address in i.addresses), None)
        if own is None:
            continue
        entry = neighbors(pid, session.vrf).get(session.ce_address)
        age = int(entry.age_seconds // SECONDS_PER_MINUTE) if entry else 0
        found.append(ArpEntry(ON_PREM, session.ce_address, entry.mac if entry else None, age))
        found.append(ArpEntry(MICROSOFT, session.msee_address, own.mac))
    return found
