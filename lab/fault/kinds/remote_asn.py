"""The CE expects another AS than 12076 behind its neighbor."""

from __future__ import annotations

from lab.circuit.models import Session
from lab.fault.base import CE_ONLY, Fault
from lab.fault.kinds.peer_asn import remote_as
from lab.fault.lines import Change, Instance, Retyped
from lab.fault.scene import Scene


class RemoteAsn(Retyped):
    name = "remote-asn"
    line = "the CE expects another AS than 12076"
    sides = CE_ONLY
    claims = frozenset({"remote-as"})

    def change(self, scene: Scene, session: Session, fault: Fault, instance: Instance) -> Change:
        who = f"neighbor {scene.peer(session, fault.side)}"
        right = remote_as(instance, who)
        return Change((f"{who} remote-as {right + 1}",), (f"{who} remote-as {right}",))
