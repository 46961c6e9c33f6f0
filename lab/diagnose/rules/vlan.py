"""Tags: an end that has no sub-interface for the peering, or another tag than the peering's.

What is on the wire counts before what interfaces are called.
"""

from __future__ import annotations

from collections.abc import Iterator

from lab.diagnose.evidence import SIDES, Evidence, Face, Heard, Side, Tags
from lab.diagnose.rules.base import Rule, Verdict
from lab.diagnose.rules.words import dotted, mend, port, tags_seen, window


def vlan(e: Evidence) -> Iterator[Verdict]:
    if not e.subject.port("msee"):
        return
    for side in SIDES:
        verdict = _end(e, side)
        if verdict is not None:
            yield verdict
            return


def _end(e: Evidence, side: Side) -> Verdict | None:
    end, wanted = e.end(side), e.subject.tags
    heard = _sent(e, side)
    on_wire = [tags for tags in heard.tags if tags != wanted]
    if e.subject.tags_on_wire and on_wire and wanted not in heard.tags:
        return _wrong(e, side, on_wire[0])
    if not end.seen:
        return None
    holds = [face for face in end.strays if _has_address(e, side, face)]
    if end.face is None:
        found = holds or list(end.strays)
        return _wrong(e, side, found[0].tags) if found else _missing(e, side)
    if holds and not _has_address(e, side, end.face):
        return _wrong(e, side, holds[0].tags)
    return None


def _sent(e: Evidence, side: Side) -> Heard:
    """This end's frames where they can be seen: at its own port, of a CE that is not ours at the MSEE's."""
    return e.wire.left(side) if e.end(side).seen else e.wire.arrived("msee")


def _has_address(e: Evidence, side: Side, face: Face) -> bool:
    return e.subject.address(side) in dict(face.addresses)


def _missing(e: Evidence, side: Side) -> Verdict:
    node, name = e.subject.node(side), e.subject.interface(side)
    code = "NO-CE-INTERFACE" if side == "ce" else "NO-MSEE-INTERFACE"
    return Verdict(
        code,
        f"{node} has no sub-interface {name}, which the peering's vlanId {e.subject.tags[-1]} asks for",
        (f"{port(e, side)} carries no sub-interface that no other peering has", *_window_line(e, side)),
        mend(side, e, f"make {name} with {e.subject.address(side)}/{e.subject.length}"),
    )


def _wrong(e: Evidence, side: Side, tags: Tags) -> Verdict:
    node, wanted = e.subject.node(side), e.subject.tags
    use = f"use {e.subject.interface(side)} (now {e.subject.port(side)}.{dotted(tags)}), or change vlanId"
    lines = (*_interface_line(e, side), *_window_line(e, side))
    if len(wanted) > 1 and tags == wanted[1:]:
        sentence = f"{node} sends C-tag {dotted(tags)} alone, the handoff is S-tag {wanted[0]} over C-tag {wanted[1]}"
        return Verdict("STAG-LOST", sentence, lines, mend(side, e, f"{use} and mseelab apply"))
    what = f"tag {dotted(tags)}" if tags else "untagged frames"
    has = "vlanId" if len(wanted) == 1 else "S-tag and vlanId"
    sentence = f"{node} sends {what}, the peering has {has} {dotted(wanted)}"
    return Verdict("VLAN-MISMATCH", sentence, lines, mend(side, e, f"{use} and mseelab apply"))


def _interface_line(e: Evidence, side: Side) -> tuple[str, ...]:
    end = e.end(side)
    if not end.seen or not end.strays:
        return ()
    have = ", ".join(" ".join([f.name, *(f"{a}/{n}" for a, n in f.addresses)]) for f in end.strays)
    return (f"{end.node} has {have}" + ("" if end.face else f" and no {e.subject.interface(side)}"),)


def _window_line(e: Evidence, side: Side) -> tuple[str, ...]:
    heard = _sent(e, side)
    if not heard.frames or not e.subject.tags_on_wire:
        return ()
    none = "" if e.subject.tags in heard.tags else f", tag {dotted(e.subject.tags)} none"
    where = port(e, side if e.end(side).seen else "msee")
    return (f"{where}, {window(e)}: {tags_seen(heard)} from {e.subject.node(side)}{none}",)


VLAN = Rule("vlan", vlan)
