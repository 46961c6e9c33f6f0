"""Raw evidence of what did not pass: the daemons' and the kernel's own words, for those who read a report elsewhere.

By node, then by question. Asked once, at the end and of failures only. No text in it holds a key, and of a long table
the first `ENTRIES` are kept.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from bgp.frr.parse import DEFAULT_VRF
from bgp.frr.vty import DONE
from bgp.secret import masked
from lab.check.evidence import SessionEvidence
from lab.check.result import CheckResult
from lab.circuit.models import Session
from lab.control.observe import Daemons

ENTRIES = 50
Raw = dict[str, dict[str, Any]]
"""By node, then by question."""
Question = tuple[str, str, str]
"""(node, daemon, command)"""
ROUTES = {"from-ce": ("received-routes", "advertised-routes"), "to-ce": ("advertised-routes", "routes"),
          "prefixes": ("received-routes", "advertised-routes")}
"""What the MSEE and the CE are asked for about their neighbor, by kind."""


def with_raw(
    daemons: Daemons, results: Iterable[CheckResult], sessions: Mapping[Session, SessionEvidence]
) -> tuple[CheckResult, ...]:
    """`results`, with evidence where something failed that no other check's failure explains."""
    asked: dict[Question, Any] = {}
    named: dict[tuple[str | None, ...], SessionEvidence] = {
        (s.circuit, s.peering, s.path, s.family): seen for s, seen in sessions.items()
    }
    msees = list(dict.fromkeys(session.msee for session in sessions))
    found = []
    for result in results:
        if result.result == "pass" or result.consequence:
            found.append(result)
            continue
        raw: Raw = {node: dict(words) for node, words in result.evidence.items()}
        seen = named.get((result.circuit, result.peering, result.path, result.family))
        for question in _questions(result, seen, msees):
            node, _, command = question
            if question not in asked:
                asked[question] = _ask(daemons, question)
            if asked[question] is not None:
                raw.setdefault(node, {})[command] = trimmed(_of_peer(asked[question], seen))
        found.append(replace(result, evidence=raw))
    return tuple(found)


def _questions(result: CheckResult, seen: SessionEvidence | None, msees: Iterable[str]) -> Iterable[Question]:
    """What is worth asking about a failure; of an own check that is about no one session, the MSEEs' summaries."""
    if seen is None:
        for way in result.evidence.get("check", {}).get("ping", ()):
            verb = "ipv6" if result.family == "ipv6" else "ip"
            yield way["from"], "zebra", f"show {verb} route {way['to']} json"
        if result.own:
            for msee in msees:
                yield msee, "bgpd", "show bgp vrf all summary json"
        return
    session = seen.view.session
    ours = f"show bgp vrf {session.vrf or DEFAULT_VRF}", session.ce_address
    theirs = f"show bgp vrf {DEFAULT_VRF}", session.msee_address
    at_msee, at_ce = ROUTES.get(result.kind, ("", ""))
    for node, (show, peer), routes in ((session.msee, ours, at_msee), (session.ce, theirs, at_ce)):
        yield node, "bgpd", f"{show} neighbors {peer} json"
        if routes:
            yield node, "bgpd", f"{show} {session.family} unicast neighbors {peer} {routes} json"
    if result.kind == "sessions":
        yield session.msee, "bfdd", f"show bfd vrf {session.vrf or DEFAULT_VRF} peers json"


def _of_peer(answer: Any, seen: SessionEvidence | None) -> Any:
    """Of a list of peers, as bfdd has it, the session's."""
    if seen is None or not isinstance(answer, list):
        return answer
    return [peer for peer in answer if isinstance(peer, dict) and peer.get("peer") == seen.view.session.ce_address]


def _ask(daemons: Daemons, question: Question) -> Any:
    """The answer as JSON, or as text where it is none; None where no such daemon runs."""
    node, daemon, command = question
    if node not in daemons.nodes or not daemons.runs(node, daemon):
        return None
    status, text = daemons.vty(node, daemon).ask(command)
    if status != DONE:
        return text.strip() or f"refused, status {status}"
    try:
        return json.loads(text)
    except ValueError:
        return text.strip()


def trimmed(answer: Any) -> Any:
    """`answer` with keys masked in every text, and of what has more than `ENTRIES` entries the first of them."""
    if isinstance(answer, str):
        return masked(answer)
    if isinstance(answer, dict):
        kept = {key: trimmed(value) for key, value in list(answer.items())[:ENTRIES]}
        return kept | ({"…": f"{len(answer) - ENTRIES:,} more"} if len(answer) > ENTRIES else {})
    if isinstance(answer, list):
        return [*map(trimmed, answer[:ENTRIES]), *([f"… {len(answer) - ENTRIES:,} more"] * (len(answer) > ENTRIES))]
    return answer
