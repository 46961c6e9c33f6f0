"""`prefixes`: judged by the tables of the routers at both ends."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from lab.asked.prefixes import KIND, Prefixes
from lab.check.explain import why_not_from_ce, why_not_to_ce
from lab.check.own.base import Failure, Judged, Scene, listed, nothing_fits
from lab.check.own.tables import Row, Table, by_prefix, tables
from lab.circuit.models import ip_network

_HIDDEN = "the router at the other end does not show it"


def look(value: Prefixes, scene: Scene) -> Judged:
    judged = judge(value, tables(value, scene))
    return replace(judged, failures=tuple(_explained(f, value, scene) for f in judged.failures))


def judge(value: Prefixes, found: Sequence[Table]) -> Judged:
    """Pure."""
    if not found:
        what = "session with a gateway" if value.side == "gateway" else "session that is wanted up"
        return Judged("", (nothing_fits(value, what),))
    failures = tuple(f for table in found if (f := _failure(value, table)) is not None)
    return Judged(KIND.asks(value), failures)


def _failure(value: Prefixes, table: Table) -> Failure | None:
    asked = KIND.asks(replace(value, circuit=None, peering=None, path=None, family=None, node=None))
    if table.unseen:
        return Failure(table.subject, asked, "not to be seen", table.unseen, session=table.session)
    if table.state != "Established":
        down = table.state.split()[0]
        state = f"the session is {table.state}"
        return Failure(table.subject, asked, "nothing", state, follows=down != "Absent", session=table.session)
    for expected, got, why in _findings(value, table):
        return Failure(table.subject, expected, got, why, session=table.session)
    return None


def _findings(value: Prefixes, table: Table) -> Iterator[tuple[str, str, str | None]]:
    there = table.prefixes
    named = value.exactly if value.exactly is not None else value.contains
    mine = [str(p) for p in named or () if table.family == ("ipv4" if p.version == 4 else "ipv6")]
    missing = [prefix for prefix in mine if prefix not in there]
    extra = sorted(there - set(mine)) if value.exactly is not None else []
    if missing or extra:
        yield _promised(value, mine), _found(mine, missing, extra, table), None
    for pattern in value.absent or ():
        if bad := [prefix for prefix in there if pattern.matches(ip_network(prefix))]:
            yield f"{pattern} absent", listed(sorted(bad)), None
    if value.count is not None and not value.count.holds(len(there)):
        shown = f"{len(there)}: {listed(sorted(there))}" if 0 < len(there) <= 6 else str(len(there))
        yield f"{value.count} prefixes", shown, None
    if value.attributes:
        yield from _attributes(value, table, mine if named is not None else None)


def _promised(value: Prefixes, mine: list[str]) -> str:
    return f"{'exactly ' if value.exactly is not None else ''}{listed(mine)}"


def _found(mine: list[str], missing: list[str], extra: list[str], table: Table) -> str:
    if len(table.prefixes) <= 6:
        return listed([p for p in mine if p not in missing] + [p for p in sorted(table.prefixes) if p not in mine])
    parts = [f"{len(table.prefixes):,}"]
    parts += [f"missing {listed(missing)}"] if missing else []
    parts += [f"not expected {listed(extra)}"] if extra else []
    return "; ".join(parts)


def _attributes(value: Prefixes, table: Table, named: list[str] | None) -> Iterator[tuple[str, str, str | None]]:
    """Of the prefixes that are named; with none named of all there are, and then there have to be some."""
    known = by_prefix(table.rows)
    if named is None and not known:
        yield "a prefix with the attributes asked for", "none", None
    for prefix in known if named is None else named:
        for row in known.get(prefix, []):
            yield from _wrong(value, row)


def _wrong(value: Prefixes, row: Row) -> Iterator[tuple[str, str, str | None]]:
    path = " ".join(map(str, row.as_path)) or "empty"
    if value.as_path is not None and not value.as_path.holds(row.as_path):
        yield f"{row.prefix} with AS path {value.as_path}", path, None
    if value.as_path_length is not None and not value.as_path_length.holds(len(row.as_path)):
        yield f"{row.prefix} with AS path length {value.as_path_length}", f"{len(row.as_path)}: {path}", None
    if value.communities is not None:
        if row.communities is None:
            yield f"{row.prefix} with communities {value.communities}", "not to be seen", _HIDDEN
        elif not value.communities.holds(row.communities):
            yield f"{row.prefix} with communities {value.communities}", " ".join(row.communities) or "none", None
    if value.next_hop is not None and value.next_hop != row.next_hop:
        yield f"{row.prefix} with next hop {value.next_hop}", row.next_hop or "not to be seen", None
    if value.best is not None and value.best != row.used:
        got = "not to be seen" if row.used is None else "in use" if row.used else "not in use"
        yield f"{row.prefix} {'' if value.best else 'not '}in use", got, None


def _explained(failure: Failure, value: Prefixes, scene: Scene) -> Failure:
    """With the reason, where the evidence of the session has one."""
    if failure.why is not None or value.direction not in ("from ce", "to ce"):
        return failure
    session = next((s for s in scene.chosen(value, enabled=True) if s.label == failure.subject), None)
    seen = scene.seen.get(session) if session else None
    if session is None or seen is None:
        return failure
    named = value.exactly if value.exactly is not None else value.contains
    mine = tuple(str(p) for p in named or () if (p.version == 6) == (session.family == "ipv6"))
    there = set(seen.accepted if value.from_ else seen.advertised)
    asked = replace(scene.wanted[session], prefixes=mine)
    if [p for p in mine if p not in there] or (value.exactly is not None and there - set(mine)):
        explain = why_not_from_ce if value.from_ else why_not_to_ce
        why, step = explain(asked, seen)
        return replace(failure, why=why, next=step)
    sent = f"{session.ce if value.from_ else session.msee} sends it"
    return replace(failure, why=f"{sent} to {session.msee if value.from_ else session.ce}") if value.absent else failure
