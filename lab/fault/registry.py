"""The kinds of faults by name. A new one is a file in `lab.fault.kinds` and a line here."""

from __future__ import annotations

from collections.abc import Mapping

from lab.errors import Impossible, meant
from lab.fault.base import Kind
from lab.fault.kinds.bfd_down import BfdDown
from lab.fault.kinds.deny_all import DenyAll
from lab.fault.kinds.family_missing import FamilyMissing
from lab.fault.kinds.hold_time import HoldTime
from lab.fault.kinds.link_down import LinkDown
from lab.fault.kinds.loss import Loss
from lab.fault.kinds.md5_different import Md5Different
from lab.fault.kinds.md5_missing import Md5Missing
from lab.fault.kinds.mtu import Mtu
from lab.fault.kinds.neighbor_silent import NeighborSilent
from lab.fault.kinds.next_hop_unreachable import NextHopUnreachable
from lab.fault.kinds.no_connection import NoConnection
from lab.fault.kinds.no_interface import NoInterface
from lab.fault.kinds.no_route_filter import NoRouteFilter
from lab.fault.kinds.not_provisioned import NotProvisioned
from lab.fault.kinds.one_path import OnePath
from lab.fault.kinds.peer_asn import PeerAsn
from lab.fault.kinds.peering_disabled import PeeringDisabled
from lab.fault.kinds.prefix_limit import PrefixLimit
from lab.fault.kinds.remote_asn import RemoteAsn
from lab.fault.kinds.shutdown import Shutdown
from lab.fault.kinds.silent_drop import SilentDrop
from lab.fault.kinds.stag_lost import StagLost
from lab.fault.kinds.tcp_filtered import TcpFiltered
from lab.fault.kinds.tcp_refused import TcpRefused
from lab.fault.kinds.ttl import Ttl
from lab.fault.kinds.validation_needed import ValidationNeeded
from lab.fault.kinds.wrong_address import WrongAddress
from lab.fault.kinds.wrong_mask import WrongMask
from lab.fault.kinds.wrong_vlan import WrongVlan

_KINDS: tuple[Kind, ...] = (
    LinkDown(),
    NoInterface(),
    WrongVlan(),
    StagLost(),
    WrongAddress(),
    WrongMask(),
    NeighborSilent(),
    TcpRefused(),
    TcpFiltered(),
    Md5Different(),
    Md5Missing(),
    Ttl(),
    PeerAsn(),
    RemoteAsn(),
    HoldTime(),
    FamilyMissing(),
    Shutdown(),
    PrefixLimit(),
    DenyAll(),
    NextHopUnreachable(),
    OnePath(),
    BfdDown(),
    Mtu(),
    SilentDrop(),
    Loss(),
    NotProvisioned(),
    PeeringDisabled(),
    ValidationNeeded(),
    NoConnection(),
    NoRouteFilter(),
)


def kinds() -> Mapping[str, Kind]:
    """Every kind by its name, from the bottom layer up."""
    return {kind.name: kind for kind in _KINDS}


def kind(name: str) -> Kind:
    """Raises Impossible, with what may have been meant."""
    found = kinds()
    if name not in found:
        near = meant(name, found)
        hint = f"did you mean {near}?" if near else f"one of: {' '.join(found)}"
        raise Impossible(f"no fault named {name}", next=hint)
    return found[name]
