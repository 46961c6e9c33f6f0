"""What holds in a lab now, as checks by selector. Pure: evidence and tables in, documents out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Any

from lab.asked.prefixes import Prefixes
from lab.asked.sessions import DOWN
from lab.check.evidence import SessionEvidence
from lab.check.own.tables import Table
from lab.check.recording.cover import Selector, Subject, covered
from lab.circuit.models import Network, Session, family_of

Document = dict[str, Any]
FEW = 3
"""So many consecutive prefixes are listed; more are a range."""
# Routers say it their own way for themselves, so it is no part of a baseline of many sessions.
VIEWS: tuple[Prefixes, ...] = (
    Prefixes(from_="ce"), Prefixes(to="ce"), Prefixes(from_="msee"), Prefixes(from_="gateway"), Prefixes(to="gateway"),
)


@dataclass(frozen=True)
class Listed:
    """Prefixes that have the same attributes. An AS path of None: they differ in it."""

    prefixes: tuple[str, ...]
    as_path: tuple[int, ...] | None
    communities: tuple[str, ...]


def keys_of(session: Session, **more: str) -> dict[str, str]:
    """What a check can select a session by, the usual first."""
    return {"path": session.path, "peering": session.peering, "circuit": session.circuit, **more, "node": session.ce}


def session_checks(seen: Iterable[SessionEvidence]) -> list[Document]:
    """State, hold time, MD5 and BFD."""
    subjects = [Subject(keys_of(e.view.session, family=e.view.session.family), _session_facts(e)) for e in seen]
    found = []
    for selector, facts in covered(subjects):
        found.append(_named(f"sessions{_suffix(selector)}", "sessions", {**dict(selector), **dict(facts)}))
    return found


def _session_facts(seen: SessionEvidence) -> tuple[tuple[str, Any], ...]:
    view = seen.view
    if not view.established:
        return (("state", DOWN),)
    signed = view.session.key is not None and seen.md5.listener is not False and seen.md5.connection is not False
    return (
        ("state", view.state), ("holdTime", round(seen.hold_time)), ("md5", signed),
        ("bfd", view.bfd if view.bfd != "-" else "none"),
    )


def prefix_checks(view: Prefixes, tables: Sequence[Table]) -> list[Document]:
    """What goes one way: exactly these prefixes, with their AS path, and with communities where they carry any."""
    found: list[tuple[Selector, Listed, bool]] = []
    for family in ("ipv4", "ipv6"):
        mine = [table for table in tables if table.family == family and table.session is not None]
        subjects = [Subject(_keys(table), _facts(table)) for table in mine]
        for selector, facts in covered(subjects):
            whole = _whole(facts)
            found.append(((*selector, ("family", family)) if not whole.prefixes else selector, whole, True))
            if len(facts) > 1:
                found += [(selector, part, False) for part in facts]
    return [_prefix_check(view, selector, listed, whole) for selector, listed, whole in _families_joined(found)]


def _keys(table: Table) -> dict[str, str]:
    assert table.session is not None
    more = {"vnet": table.vnet} if table.vnet else {}
    keys = keys_of(table.session, **more)
    return keys if not table.vnet else {key: value for key, value in keys.items() if key != "peering"}


def _facts(table: Table) -> tuple[Listed, ...] | None:
    """By attributes; None where nobody can look."""
    if table.state != "Established" or table.unseen:
        return None
    groups: dict[tuple[tuple[int, ...], tuple[str, ...]], dict[str, None]] = {}
    for row in table.rows:
        groups.setdefault((row.as_path, row.communities or ()), {})[row.prefix] = None
    return tuple(Listed(in_order(prefixes), *attributes) for attributes, prefixes in groups.items()) or (
        Listed((), None, ()),
    )


def _whole(facts: tuple[Listed, ...]) -> Listed:
    if len(facts) == 1:
        return facts[0]
    return Listed(in_order(p for part in facts for p in part.prefixes), None, ())


def _families_joined(found: list[tuple[Selector, Listed, bool]]) -> list[tuple[Selector, Listed, bool]]:
    """Both families in one check, where they are selected alike and have the same attributes."""
    joined: dict[tuple[object, ...], tuple[Selector, Listed, bool]] = {}
    for selector, listed, whole in found:
        kind = selector, listed.as_path, listed.communities, whole
        before = joined[kind][1].prefixes if kind in joined else ()
        joined[kind] = selector, Listed(before + listed.prefixes, listed.as_path, listed.communities), whole
    return list(joined.values())


def _prefix_check(view: Prefixes, selector: Selector, listed: Listed, whole: bool) -> Document:
    direction, side = ("from", view.from_) if view.from_ else ("to", view.to)
    asked: Document = {str(direction): side, **dict(selector)}
    asked["exactly" if whole else "contains"] = ranges(listed.prefixes)
    if listed.as_path is not None:
        asked["asPath"] = list(listed.as_path)
    if listed.communities:
        asked["communities"] = list(listed.communities)
    return _named(f"{direction}-{side}{_suffix(selector)}", "prefixes", asked)


def reach_checks(answered: Mapping[tuple[str, str, str], bool]) -> list[Document]:
    """`answered` is by what is reached (a VNet), path and family: whether every CE's way there answers."""
    subjects = [
        Subject({"to": to, "path": path, "family": family}, True if good else None)
        for (to, path, family), good in answered.items()
    ]
    found = []
    for selector, _ in covered(subjects):
        asked = dict(selector)
        if "to" not in asked and all(answered.values()):
            found += [_named(f"reach-{to}", "reach", {"to": to}) for to in dict.fromkeys(to for to, _, _ in answered)]
        else:
            found.append(_named(f"reach{_suffix(selector)}", "reach", asked))
    return found


def ranges(prefixes: Sequence[str]) -> list[Any]:
    """Prefixes as a file has them: many consecutive ones of a length as `{first, count}`."""
    found: list[Any] = []
    run: list[Network] = []
    for network in map(ip_network, prefixes):
        if run and not _follows(run[-1], network):
            found += _written(run)
            run = []
        run.append(network)
    return found + _written(run)


def _follows(before: Network, after: Network) -> bool:
    return (
        before.version == after.version and before.prefixlen == after.prefixlen
        and int(after.network_address) - int(before.network_address) == 1 << (after.max_prefixlen - after.prefixlen)
    )


def _written(run: list[Network]) -> list[Any]:
    if len(run) <= FEW:
        return [str(network) for network in run]
    return [{"first": str(run[0]), "count": len(run)}]


def in_order(prefixes: Iterable[str]) -> tuple[str, ...]:
    """By family, length and address: consecutive ones beside each other."""
    networks = {ip_network(prefix) for prefix in prefixes}
    return tuple(str(n) for n in sorted(networks, key=lambda n: (family_of(n), n.prefixlen, int(n.network_address))))


def unique(checks: Iterable[Document]) -> list[Document]:
    """Each id once: later ones are numbered."""
    counted: dict[str, int] = {}
    found = []
    for check in checks:
        counted[check["id"]] = number = counted.get(check["id"], 0) + 1
        found.append({**check, "id": f"{check['id']}-{number}"} if number > 1 else check)
    return found


def _named(id_: str, kind: str, asked: Document) -> Document:
    return {"id": id_, kind: asked}


def _suffix(selector: Selector) -> str:
    short = {"AzurePrivatePeering": "private", "MicrosoftPeering": "microsoft"}
    return "".join(f"-{short.get(value, value)}" for _, value in selector)



