"""Addresses: another one, none, or the right one with another mask."""

from __future__ import annotations

from collections.abc import Iterator

from lab.diagnose.evidence import SIDES, Evidence, Face, Side
from lab.diagnose.rules.base import Rule, Verdict
from lab.diagnose.rules.words import mend, port, protocol, spelled, window


def address(e: Evidence) -> Iterator[Verdict]:
    for side in SIDES:
        face = e.end(side).face
        found = _heard(e) if not e.end(side).seen else _configured(e, side, face) if face is not None else None
        if found is not None:
            yield found
            return


def _configured(e: Evidence, side: Side, face: Face) -> Verdict | None:
    node, own = e.subject.node(side), e.subject.address(side)
    wanted, have = f"{own}/{e.subject.length}", ", ".join(f"{a}/{n}" for a, n in face.addresses)
    lines = (f"{node} {face.name}: {have or f'no {spelled(e.session.family)} address'}",)
    version = "ip" if e.session.family == "ipv4" else "ipv6"
    step = mend(side, e, f"{version} address {wanted} on interface {face.name}")
    length = dict(face.addresses).get(own)
    if length is None:
        sentence = f"{node} has {have or 'no address'} on {face.name}, the peering gives it {wanted}"
        return Verdict("ADDRESS-MISMATCH", sentence, lines, step)
    if length != e.subject.length:
        sentence = f"{node} has {own}/{length} on {face.name}, the link subnet is a /{e.subject.length}"
        return Verdict("MASK-MISMATCH", sentence, lines, step)
    return None


def _heard(e: Evidence) -> Verdict | None:
    """A CE that is not ours: it asks for the MSEE from another address."""
    heard = e.wire.arrived("msee")
    if not heard.sources or heard.own:
        return None
    others = ", ".join(heard.sources)
    return Verdict(
        "ADDRESS-MISMATCH",
        f"{e.session.ce} speaks as {others}, the peering gives it {e.session.ce_address}",
        (f"{port(e, 'msee')}, {window(e)}: {protocol(e)} and IP from {others}, none from {e.session.ce_address}",),
        f"on {e.session.ce}: address {e.session.ce_address}/{e.subject.length}",
    )


ADDRESS = Rule("arp", address)
