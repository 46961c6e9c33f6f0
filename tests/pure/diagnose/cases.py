"""Evidence for tests: a session that is well, and what is changed in it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bgp.session import FamilyDetail, Neighbor, Notification, SessionState
from lab.circuit.models import Session
from lab.diagnose.evidence import Bgp, Echoes, End, Evidence, Face, Heard, Keys, OpenSeen, Side, Subject, Wire, other

CE, MSEE = "192.168.100.129", "192.168.100.130"
SESSION = Session(
    "er-lab", "AzurePrivatePeering", "primary", "ipv4", "msee1", "er1p", MSEE, "ce1", CE, "er-lab/AzurePrivatePeering"
)
SUBJECT = Subject(SESSION, (100,), "eth1", "eth1", 30, 65010, beyond=("hub",), from_ce=1, to_ce=1, arms_bfd=True)
PORT = Face("eth1", ())
ADDRESSES = {"ce": CE, "msee": MSEE}
ASN = {"ce": 65010, "msee": 12076}
KEYS = Keys(listens=True, key=True)
TALK = Heard(tags={(100,): 9}, frames=9, own=9, ip=9, data=3)
QUIET = Heard(tags={(100,): 4}, frames=4, own=4, ip=4)


def neighbor(side: Side, state: SessionState = "Established", **more: Any) -> Neighbor:
    """What one end's bgpd says of the other."""
    far = other(side)
    values: dict[str, Any] = {
        "vrf": SUBJECT.vrf(side), "address": ADDRESSES[far], "remote_as": ASN[far], "local_as": ASN[side],
        "state": state, "hold_time": 180.0, "uptime_seconds": 9.0, "established_count": 1, "dropped_count": 0,
        "families": (("ipv4", FamilyDetail(1, 1)),), "key": True, "bfd": True, "bfd_status": "Up", "last_reset": None,
        "notification": None, "prefix_limit_hit": False, "administratively_down": False, "local": None,
        "local_port": None, "remote_port": None, "remote_router_id": None, "configured_hold_time": 180.0,
    }
    return Neighbor(**{**values, **more})


def bgp(side: Side, state: SessionState = "Established", **more: Any) -> Bgp:
    """Fields of `Bgp`; those that it has not are the neighbor's."""
    mine = {name: more.pop(name) for name in list(more) if name in Bgp.__dataclass_fields__}
    counts: dict[str, Any] = {"received": None, "accepted": 1, "sent": 1, "has": 2} if state == "Established" else {}
    return Bgp(neighbor=neighbor(side, state, **more), **{**counts, **mine})


def end(side: Side, **more: Any) -> End:
    face = Face("eth1.100", (100,), addresses=((ADDRESSES[side], 30),))
    well = End(SUBJECT.node(side), True, PORT, face, (), "ok", "02:c0:7d:53:b4:99", KEYS, bgp=bgp(side), bfd="up")
    return replace(well, **more)


UP = Evidence(SUBJECT, "Established", end("ce"), end("msee"), echoes=Echoes(True, True, True, True, 1500),
              same_key=True)


def down(state: SessionState = "Connect", *, seconds: float = 1.5, **more: Any) -> Evidence:
    """A session that is down, watched, on a good path; `more` are fields of the evidence."""
    changed = replace(
        UP, state=state, seconds=seconds, ce=end("ce", bgp=bgp("ce", "Active")),
        msee=end("msee", bgp=bgp("msee", state)), wire=wire(ce=QUIET, msee=QUIET),
    )
    return replace(changed, **more)


def wire(
    *, ce: Heard | None = None, msee: Heard | None = None, ce_at_msee: Heard | None = None,
    msee_at_ce: Heard | None = None,
) -> Wire:
    """What each end sent; it arrives as it left, where nothing else is said."""
    from_ce, from_msee = ce or Heard(), msee or Heard()
    return Wire(from_ce, from_ce if ce_at_msee is None else ce_at_msee, from_msee,
                from_msee if msee_at_ce is None else msee_at_ce)


def note(code: int, subcode: int, *, sent: bool) -> Notification:
    return Notification(code, subcode, "in words", sent)


def opening(asn: int = 65010, hold: int = 180, *families: str) -> OpenSeen:
    return OpenSeen(asn, hold, families or ("ipv4",))


def external(evidence: Evidence) -> Evidence:
    """The same where nobody may look into the CE."""
    subject = replace(evidence.subject, inspected=False, frr=False)
    seen = replace(evidence.wire, from_ce_at_ce=Heard(), from_msee_at_ce=Heard())
    echoes = replace(evidence.echoes, ce=None, ce_full=None)
    return replace(evidence, subject=subject, ce=End("ce1", seen=False), wire=seen, echoes=echoes, same_key=None)
