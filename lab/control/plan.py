"""What an apply would change, and which sessions would end, reset or begin, before anything does. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from bgp.drivers import described
from bgp.exabgp.config import ExaBgpConfig
from bgp.frr.config import FrrConfig, Neighbor, OwnConfig
from bgp.frr.userfile import change
from bgp.speaker import SpeakerConfig
from lab.circuit.models import Family, Session
from lab.control.differences import Difference, changed_keys, differences
from lab.control.physical import physical
from lab.control.record import Applied
from lab.role.build import Desired
from lab.role.state import NodeState

# What changes without a session going down.
_SILENT = (
    "advertise", "advertise.primary", "advertise.secondary", "redistribute", "sku.tier", "sku.family",
    "bandwidthInMbps", "bandwidthInGbps",
)
IPV6 = "ipv6PeeringConfig."


@dataclass(frozen=True)
class PlannedChange:
    """One difference, the sessions that end, reset and begin because of it, and what else is worth knowing. `lines` are
    those of a CE's own file that differ, without keys."""

    difference: Difference
    resets: tuple[Session, ...] = ()
    notes: tuple[str, ...] = ()
    ends: tuple[Session, ...] = ()
    begins: tuple[Session, ...] = ()
    lines: tuple[str, ...] = ()


@dataclass(frozen=True)
class Plan:
    """`sessions` are those that are to be up before and after; `resets` the ones of them that go down once. `ends` are
    to be up no more, `begins` were not to be up before."""

    lab: str
    changes: tuple[PlannedChange, ...]
    sessions: tuple[Session, ...]
    resets: tuple[Session, ...]
    old: Applied
    new: Applied
    before: Desired
    after: Desired
    ends: tuple[Session, ...] = ()
    begins: tuple[Session, ...] = ()

    @property
    def empty(self) -> bool:
        return not self.changes

    @property
    def physical(self) -> bool:
        """Whether nodes or links differ."""
        return any(True for _ in physical(self.old.topology, self.new.topology))


def identity(session: Session) -> tuple[str, str, str, str]:
    return session.circuit, session.peering, session.path, session.family


def plan(lab: str, old: Applied, new: Applied) -> Plan:
    """The plan from `old`, which runs, to `new`, which is wanted."""
    before, after = old.desired(), new.desired()
    keys = changed_keys(old, new)
    was, shall = ({identity(s): s for s in state.sessions if s.enabled} for state in (before, after))
    both = [(was[name], session) for name, session in shall.items() if name in was]
    moved = _Moved(
        ends=tuple(session for name, session in was.items() if name not in shall),
        resets=tuple(n for w, n in both if _recabled(w, old, new) or _moves(w, n, before, after, keys)),
        begins=tuple(session for name, session in shall.items() if name not in was),
    )
    found = (*physical(old.topology, new.topology), *differences(old, new))
    changes = tuple(
        PlannedChange(d, m.resets, tuple(_notes(d, new, keys)), m.ends, m.begins, _lines(d, old, new))
        for d, m in zip(found, _attributed(found, moved), strict=True)
    )
    sessions = tuple(now for _, now in both)
    return Plan(lab, changes, sessions, moved.resets, old, new, before, after, moved.ends, moved.begins)


class _Moved(NamedTuple):
    ends: tuple[Session, ...]
    resets: tuple[Session, ...]
    begins: tuple[Session, ...]


def _attributed(found: Sequence[Difference], moved: _Moved) -> list[_Moved]:
    """Every session that moves is named with a difference: with each that it belongs to, or else with the first."""
    because = [_Moved(*(_because(d, kind) for kind in moved)) for d in found]
    named = [{session for one in because for session in one[at]} for at in range(len(moved))]
    if because:
        left = (tuple(s for s in kind if s not in known) for kind, known in zip(moved, named, strict=True))
        because[0] = _Moved(*(mine + more for mine, more in zip(because[0], left, strict=True)))
    return because


def _lines(difference: Difference, old: Applied, new: Applied) -> tuple[str, ...]:
    ce = difference.ce or ""
    if difference.field != "config" or not (ce in old.own and ce in new.own):
        return ()
    found = tuple(map(str, change.lines(old.own[ce].text, new.own[ce].text)))
    return found or ("its lines stand in another order",)


def _recabled(session: Session, old: Applied, new: Applied) -> bool:
    """Whether another cable bears the session, where the same CE bears it at all."""
    ports = [one.topology.ce_port(session.ce, session.path) for one in (old, new)]
    return ports[0] != ports[1]


def _moves(was: Session, now: Session, before: Desired, after: Desired, keys: frozenset[str]) -> bool:
    if was != now or now.key in keys:
        return True
    old_msee, new_msee = before.nodes[was.msee], after.nodes[now.msee]
    if _tags(old_msee, was) != _tags(new_msee, now):
        return True
    if _essence(_neighbor(old_msee, was.vrf, was.ce_address)) != _essence(
        _neighbor(new_msee, now.vrf, now.ce_address)
    ):
        return True
    return _ce_moves(before.nodes[was.ce], after.nodes[now.ce], now, keys)


def _ce_moves(old: NodeState, new: NodeState, session: Session, keys: frozenset[str]) -> bool:
    if isinstance(old.router, FrrConfig) and isinstance(new.router, FrrConfig):
        if [i.asn for i in old.router.instances] != [i.asn for i in new.router.instances]:
            return True
        was = _neighbor(old, "", session.msee_address)
        return _essence(was) != _essence(_neighbor(new, "", session.msee_address))
    if type(old.router) is type(new.router) and not isinstance(new.router, FrrConfig):
        return replaced(old, new, keys) or _speaker_moves(old, new, session)
    return True


def _speaker_moves(old: NodeState, new: NodeState, session: Session) -> bool:
    if not (isinstance(old.router, SpeakerConfig) and isinstance(new.router, SpeakerConfig)):
        return False
    was, shall = (
        next((s for s in router.sessions if s.address == session.msee_address), None)
        for router in (old.router, new.router)
    )
    return was != shall


def replaced(old: NodeState, new: NodeState, keys: frozenset[str] = frozenset()) -> bool:
    """Whether a router that is not generated FRR has to be started anew to become `new`, `keys` having changed."""
    if isinstance(new.router, FrrConfig):
        return not isinstance(old.router, FrrConfig)
    if type(old.router) is not type(new.router):
        return True
    match old.router, new.router:
        case OwnConfig() as was, OwnConfig() as shall:
            return change.commands(was.text, shall.text) is None or bool(keys & set(was.keys))
        case ExaBgpConfig() as was, ExaBgpConfig() as shall:
            return was.speakers != shall.speakers or any(s.key in keys for s in shall.speakers)
        case SpeakerConfig() as was, SpeakerConfig() as shall:
            return was.kind != shall.kind or described(shall.kind).change(was, shall, changed_keys=keys) is None
    return False


def _neighbor(state: NodeState, vrf: str, address: str) -> Neighbor | None:
    if not isinstance(state.router, FrrConfig):
        return None
    instance = state.router.instance(vrf)
    return next((n for n in instance.neighbors if n.address == address), None) if instance else None


def _essence(neighbor: Neighbor | None) -> tuple[object, ...] | None:
    """The part of a neighbor that cannot change without a reset."""
    if neighbor is None:
        return None
    families = tuple(f.family for f in neighbor.families)
    return neighbor.remote_as, neighbor.local_address, neighbor.key, neighbor.shutdown, neighbor.passive, families


def _tags(msee: NodeState, session: Session) -> list[object]:
    """Those on the session's own sub-interface: what leads to gateways may come and go beside it."""
    mine = (i for i in msee.wiring.interfaces if i.vrf == session.vrf and i.tag)
    return [i.tag for i in mine if any(text.partition("/")[0] == session.msee_address for text in i.addresses)]


def _because(difference: Difference, moved: tuple[Session, ...]) -> tuple[Session, ...]:
    """The sessions of `moved` that belong to a difference: those of its peering, its CE, its path and its family."""
    if difference.field in _SILENT:
        return ()
    if difference.target.startswith(("connection", "VNet", "route filter", "node")):
        return ()
    if difference.target.startswith("link") and (difference.field or difference.path is None):
        return ()
    family, field = _family(difference.field)
    found = []
    for session in moved:
        if difference.circuit and session.circuit != difference.circuit:
            continue
        if difference.peering and session.peering != difference.peering:
            continue
        if difference.ce and session.ce != difference.ce:
            continue
        if difference.path and session.path != difference.path:
            continue
        if family and session.family != family:
            continue
        if field.startswith(("primary", "secondary")) and not field.startswith(session.path):
            continue
        found.append(session)
    return tuple(found)


def _family(field: str) -> tuple[Family | None, str]:
    """The family that a field of a peering is about, None for both, and the field without that."""
    if field.startswith(IPV6):
        return "ipv6", field.removeprefix(IPV6)
    return ("ipv4" if field.endswith("PeerAddressPrefix") else None), field


def _notes(difference: Difference, new: Applied, keys: frozenset[str]) -> Iterator[str]:
    if difference.field == "adminState" and difference.new == "Disabled":
        yield f"sessions on the {difference.path} path stay down until the link is Enabled again"
    if difference.field == "sku.tier" and difference.old == "Premium":
        limits = "4,000 IPv4 prefixes of a CE instead of 10,000, ten VNets, and no Office 365 communities"
        yield f"{difference.new} takes {limits}"
    if not difference.target.endswith(".sharedKey"):
        return
    yield "both paths reset at once: Azure has one key for the whole peering"
    name = f"{difference.circuit}/{difference.peering}"
    if name not in keys:
        return
    for ce, own in new.own.items():
        if new.keys[name] not in {new.keys[k] for k in own.keys if k in new.keys}:
            yield f"{own.file} does not hold the new key: the sessions of {ce} will stay down"
