"""A trace as lines for a reader and as an object for programs. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from bgp.route import Route
from lab.trace.decided import Decided
from lab.trace.way import Next, Place, Trace, Way, named

ENDS = {
    "blackhole": "dropped here (a Null0 route)", "unreachable": "refused here: unreachable",
    "prohibit": "refused here: prohibited", "none": "no route: the way ends here",
}
Hops = Sequence[Decided]


def report_lines(trace: Trace, there: Hops, back: Hops, answered: bool) -> list[str]:
    """Both ways, a hop a line, then whether they use the same paths."""
    width = max((len(_place(one.hop.place)) for one in (*there, *back)), default=0)
    lines = [f"{trace.ce} {trace.source} → {trace.target}   {'answers' if answered else 'no answer'}"]
    for title, way, hops in (("there", trace.there, there), ("back", trace.back, back)):
        lines += ["", f"{title}   over {named(trace.paths[title == 'back'])}"]
        lines += [line for number, one in enumerate(hops, start=1) for line in _hop(number, one, width)]
        if not way.hops:
            lines.append(f"  nobody has {trace.target}")
    return [*lines, "", _verdict(trace)]


def _verdict(trace: Trace) -> str:
    if not (trace.there.arrives and trace.back.arrives):
        return "not every branch ends at its target"
    there, back = map(named, trace.paths)
    if trace.symmetric:
        return f"symmetric: there and back over {there}"
    return f"asymmetric: there over {there}, back over {back}"


def _hop(number: int, one: Decided, width: int) -> Iterator[str]:
    hop = one.hop
    start = f"  {number:>2}  {_place(hop.place):<{width}}   "
    if hop.kind == "local":
        yield f"{start}arrived"
        return
    if not hop.nexts:
        yield f"{start}{' '.join(filter(None, (hop.protocol, hop.prefix)))} {ENDS.get(hop.kind, hop.kind)}".rstrip()
        return
    for at, step in enumerate(hop.nexts):
        lead = f"{start}{hop.protocol} {hop.prefix}" if at == 0 else f"{'':<{len(start)}}or"
        yield f"{lead} {_step(step)}"
    yield from (f"{'':<{len(start)}}{why}" for why in dict.fromkeys(_why(s, one.paths) for s in hop.nexts) if why)


def _step(step: Next) -> str:
    to = f"via {step.gateway}" if step.gateway else "on the link"
    where = _place(step.place) if step.place is not None else "unknown"
    over = f", {step.session.label}" if step.session is not None else ""
    return f"{to} ({where}{over})"


def _why(step: Next, paths: Sequence[Route]) -> str:
    """What made BGP take it, where there was a choice."""
    mine = next((path for path in paths if step.gateway in (path.next_hop, path.peer)), None)
    if mine is None:
        return ""
    parts = [f"AS path {' '.join(map(str, mine.as_path)) or 'empty'}"]
    parts += [f"local preference {mine.local_pref}"] if mine.local_pref not in (None, 100) else []
    parts += [f"weight {mine.weight}"] if mine.weight else []
    used = sum(path.multipath or path.best for path in paths)
    parts += [f"{used} of {len(paths)} paths used"] if len(paths) > 1 else []
    return ", ".join(parts)


def _place(place: Place) -> str:
    return " ".join(filter(None, place))


def as_object(lab: str, trace: Trace, there: Hops, back: Hops, answered: bool) -> dict[str, Any]:
    """The shape others build on (`trace -o json`)."""
    return {
        "lab": lab, "ce": trace.ce, "source": trace.source, "target": trace.target, "answered": answered,
        "symmetric": trace.symmetric,
        "there": _way(trace.there, there), "back": _way(trace.back, back),
    }


def _way(way: Way, hops: Hops) -> dict[str, Any]:
    sessions = [
        {"circuit": s.circuit, "peering": s.peering, "path": s.path, "family": s.family} for s in way.sessions
    ]
    return {"arrives": way.arrives, "sessions": sessions, "hops": [_hop_object(one) for one in hops]}


def _hop_object(one: Decided) -> dict[str, Any]:
    hop = one.hop
    return {
        "node": hop.place[0], "domain": hop.place[1] or None, "kind": hop.kind, "prefix": hop.prefix or None,
        "protocol": hop.protocol or None,
        "next": [
            {"address": s.gateway, "interface": s.device, "node": s.place[0] if s.place else None,
             "domain": (s.place[1] or None) if s.place else None, "session": s.session.label if s.session else None}
            for s in hop.nexts
        ],
        "paths": [
            {"peer": p.peer, "nextHop": p.next_hop, "asPath": list(p.as_path), "localPreference": p.local_pref,
             "weight": p.weight, "best": p.best, "used": p.multipath or p.best}
            for p in one.paths
        ],
    }
