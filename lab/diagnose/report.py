"""Diagnoses for a reader: who, the line of layers, verdict, evidence and the next step. Pure."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

from lab.diagnose.rules.base import Verdict
from lab.diagnose.verdict import Diagnosis

WIDTH = 100
NAME = 10
HEADS = 4


def report_lines(lab: str, found: Sequence[Diagnosis], *, wide: bool = False) -> list[str]:
    """Every verdict once, with the sessions that share it, then how many are healthy; `wide`: those too."""
    several = len({each.session.circuit for each in found}) > 1
    lines: list[str] = []
    for group in _groups([each for each in found if not each.healthy]):
        lines += [*_group(group, several), ""]
    if wide:
        for each in found:
            lines += [head(each, several), layer_line(each)] if each.healthy else []
    healthy = sum(each.healthy for each in found)
    return [*lines, f"{lab}   {healthy} of {len(found)} healthy"]


def verdict_lines(found: Sequence[Diagnosis]) -> list[str]:
    """The same without the count: below a report that has counted already."""
    return report_lines("", found)[:-2]


def head(each: Diagnosis, several: bool = False) -> str:
    """`AzurePrivatePeering primary ipv4   ce1 192.168.100.129 ↔ msee1 192.168.100.130   Connect`."""
    s = each.session
    name = f"{s.circuit} {s.label}" if several else s.label
    return f"{name}   {s.ce or 'no CE'} {s.ce_address} ↔ {s.msee} {s.msee_address}   {each.state}"


def layer_line(each: Diagnosis) -> str:
    return "  " + "   ".join(map(str, each.layers))


def as_object(lab: str, found: Sequence[Diagnosis]) -> dict[str, Any]:
    """The shape others build on (`diagnose -o json`)."""
    return {
        "lab": lab,
        "healthy": sum(each.healthy for each in found),
        "seconds": round(max((each.seconds for each in found), default=0.0), 3),
        "sessions": [diagnosis_object(each) for each in found],
    }


def diagnosis_object(each: Diagnosis) -> dict[str, Any]:
    s = each.session
    return {
        "circuit": s.circuit, "peering": s.peering, "path": s.path, "family": s.family,
        "ce": s.ce or None, "ceAddress": s.ce_address, "msee": s.msee, "mseeAddress": s.msee_address,
        "state": each.state, "healthy": each.healthy, "certain": each.certain,
        "layers": [{"name": x.name, "state": x.state, "detail": x.detail or None} for x in each.layers],
        "verdicts": [_verdict_object(verdict) for verdict in each.verdicts],
        "raw": dict(each.raw),
    }


def _verdict_object(verdict: Verdict) -> dict[str, Any]:
    return {
        "code": verdict.code, "sentence": verdict.sentence, "evidence": list(verdict.evidence), "next": verdict.next,
        "where": verdict.where,
    }


def _groups(ill: Sequence[Diagnosis]) -> list[list[Diagnosis]]:
    """Those whose verdicts say the same but for addresses and the circuit's name."""
    found: dict[tuple[str, ...], list[Diagnosis]] = {}
    for each in ill:
        found.setdefault(tuple(f"{v.code} {_nameless(each, v.sentence)}" for v in each.verdicts), []).append(each)
    return list(found.values())


def _nameless(each: Diagnosis, sentence: str) -> str:
    s = each.session
    for name in (s.ce_address, s.msee_address, s.circuit):
        sentence = sentence.replace(name, "…")
    return sentence


def _group(group: Sequence[Diagnosis], several: bool) -> list[str]:
    first = group[0]
    lines = [head(each, several) for each in group[:HEADS]]
    if len(group) > HEADS:
        lines.append(f"and {len(group) - HEADS} more sessions with the same verdict; -o json has them all")
    lines.append(layer_line(first))
    if len(first.verdicts) > 1:
        lines += _row("verdict", "one of: " + ", ".join(verdict.code for verdict in first.verdicts))
    for verdict in first.verdicts:
        lines += _row("verdict" if first.certain else "", f"{verdict.code}: {verdict.sentence}")
        for number, line in enumerate(verdict.evidence):
            lines += _row("" if number else "evidence", line)
        lines += _row("next", verdict.next)
    return lines


def _row(name: str, text: str) -> list[str]:
    first, *more = textwrap.wrap(text, WIDTH - NAME, break_on_hyphens=False, break_long_words=False) or [""]
    return [f"{name:<{NAME}}{first}", *(" " * NAME + line for line in more)]
