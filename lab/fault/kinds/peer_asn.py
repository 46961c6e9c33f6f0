"""The CE's AS and the peering's peerASN differ: the CE opens as another, or the MSEE expects another."""

from __future__ import annotations

from collections.abc import Mapping

from lab.circuit.models import Session
from lab.errors import Impossible
from lab.fault.base import Fault
from lab.fault.lines import Change, Instance, Retyped
from lab.fault.scene import Scene

RESERVED = range(65515, 65521)


class PeerAsn(Retyped):
    name = "peer-asn"
    line = "the CE opens as another AS than peerASN, or the MSEE expects another; option asn"
    options: Mapping[str, str] = {"asn": "the next one"}
    claims = frozenset({"remote-as"})

    def change(self, scene: Scene, session: Session, fault: Fault, instance: Instance) -> Change:
        who = f"neighbor {scene.peer(session, fault.side)}"
        if fault.side == "ce":
            kept = instance.line(f"{who} local-as")
            other = _other(fault, instance.asn)
            return Change((f"{who} local-as {other} no-prepend replace-as",), (kept or f"no {who} local-as",))
        right = remote_as(instance, who)
        return Change((f"{who} remote-as {_other(fault, right)}",), (f"{who} remote-as {right}",))


def _other(fault: Fault, right: int) -> int:
    text = dict(fault.options).get("asn")
    if text is not None:
        if not text.isdigit() or int(text) == right:
            raise Impossible(f"asn: found {text}; allowed an AS number that is not {right}")
        return int(text)
    return RESERVED.stop if right + 1 in RESERVED else right + 1


def remote_as(instance: Instance, who: str) -> int:
    """The AS that the router expects. Raises Impossible where it comes from a peer-group, or is a word."""
    line = instance.line(f"{who} remote-as")
    if line is None or not line.split()[3].isdigit():
        raise Impossible(f"{who} has no remote-as of its own")
    return int(line.split()[3])
