"""The registry of VLAN attachers, best first, and which of them this kernel can.

Importing it is cheap; probing imports pyroute2.
"""

from __future__ import annotations

from lab.errors import HostCannot, Impossible
from lab.net.vlan.base import Attacher, AttacherProbe
from lab.net.vlan.dot1q import Dot1q
from lab.net.vlan.ebpf import Ebpf
from lab.net.vlan.switch import Switch

ATTACHERS: tuple[Attacher, ...] = (Dot1q(), Ebpf(), Switch())
NAMES = tuple(each.name for each in ATTACHERS)


def attacher(name: str) -> Attacher:
    """Raises Impossible for a name that no attacher has."""
    for each in ATTACHERS:
        if each.name == name:
            return each
    raise Impossible(f"no VLAN attacher {name}; there are {', '.join(NAMES)}")


def choose(preferred: str | None = None, *, tags_on_wire: bool = False) -> Attacher:
    """The best attacher that works here, or `preferred`; tried for real, in this process's privileges (about 1 ms).

    `tags_on_wire` passes over those that only model tags.
    Raises HostCannot with the reason when `preferred`, or every one, does not work; Impossible for an unknown name.
    """
    from lab.net.vlan import probing

    wanted = (attacher(preferred),) if preferred else ATTACHERS
    wanted = tuple(each for each in wanted if each.tags_on_wire or not tags_on_wire)
    reasons = []
    for each in wanted:
        # Each has a namespace of its own: what one leaves, the next does not find.
        with probing.scratch():
            reason = each.probe()
        if reason is None:
            return each
        reasons.append(f"{each.name}: {reason}")
    raise HostCannot(f"VLAN tags cannot be made: {'; '.join(reasons)}", next="mseelab doctor")


def probe_all() -> list[AttacherProbe]:
    """What every attacher says of this host as the caller, in a child process; best first."""
    from lab.net.vlan import probing

    return probing.all_of(ATTACHERS)
