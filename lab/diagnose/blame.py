"""The line of a CE's own file behind a verdict, where the file itself is wrong. Pure."""

from __future__ import annotations

from dataclasses import replace

from bgp.frr.userfile.blame import CAUSES, Needs, maximum_prefix, not_sent, not_taken, not_there
from bgp.frr.userfile.policy import Blame
from lab.circuit.models import AZURE_ASN, Session
from lab.control.sources import Source, Sources
from lab.diagnose.rules.base import Verdict
from lab.diagnose.verdict import Diagnosis

BEHIND = {
    "LINK-DOWN": ("interface-shutdown",),
    "NO-CE-INTERFACE": ("interface",),
    "VLAN-MISMATCH": ("interface",),
    "STAG-LOST": ("interface",),
    "ADDRESS-MISMATCH": ("address",),
    "MASK-MISMATCH": ("address",),
    "ARP-UNANSWERED": ("interface", "address", "interface-shutdown"),
    "ND-UNANSWERED": ("interface", "address", "interface-shutdown"),
    "ADMIN-DOWN": ("shutdown",),
    "TCP-REFUSED": ("neighbor", "update-source"),
    "MD5-DIFFERENT": ("password",),
    "MD5-MISSING-AT-CE": ("password",),
    "MD5-MISSING-AT-MSEE": ("password",),
    "TTL": ("ttl",),
    "PEER-ASN": ("local-as",),
    "REMOTE-ASN": ("remote-as",),
    "HOLD-TIME": ("hold-time",),
    "FAMILY-MISSING": ("activate",),
    "BFD-DOWN": ("bfd",),
}
"""By a verdict's code, the causes in a file that bring it about."""
BY_FILE = ("NOTHING-ANNOUNCED", "BFD-DOWN", "HOLD-TIME", "POLICY-DENIES-ALL")
"""Whose next step the file tells better than the wire, as always where a `neighbor` line is to blame."""
OF_KEYS = ("MD5-DIFFERENT", "MD5-MISSING-AT-CE", "MD5-MISSING-AT-MSEE")
"""In the file a key is a reference, which nobody can type."""


def blamed(diagnosis: Diagnosis, own: Sources) -> Diagnosis:
    """`diagnosis`, its verdicts with the line to blame and what stands there as evidence."""
    source = own.get(diagnosis.session.ce)
    if source is None or diagnosis.healthy:
        return diagnosis
    return replace(diagnosis, verdicts=tuple(_with_line(v, diagnosis, source) for v in diagnosis.verdicts))


def _with_line(verdict: Verdict, diagnosis: Diagnosis, source: Source) -> Verdict:
    found = _behind(verdict, diagnosis, source)
    if found is None:
        return verdict
    evidence = (*verdict.evidence, found.sentence(source.name))
    step = verdict.next
    if found.next and verdict.code not in OF_KEYS and (verdict.code in BY_FILE or found.subject.startswith("neighbor")):
        step = f"on {diagnosis.session.ce}: {found.next}"
    return replace(verdict, where=source.place(found.line), evidence=evidence, next=step)


def _behind(verdict: Verdict, diagnosis: Diagnosis, source: Source) -> Blame | None:
    needs = source.needs.get(diagnosis.session)
    if needs is None:
        return None
    if verdict.code == "POLICY-DENIES-ALL":
        return _policy(source, diagnosis.session, needs)
    if verdict.code == "NOTHING-ANNOUNCED":
        return _not_there(source, diagnosis.session, needs)
    if verdict.code == "PREFIX-LIMIT":
        of_the_ce = (verdict.next or "").startswith(f"on {diagnosis.session.ce}: ")
        return maximum_prefix(source.file, needs) if of_the_ce else None
    found = (CAUSES[name](source.file, needs) for name in BEHIND.get(verdict.code, ()))
    return next((blame for blame in found if blame is not None), None)


def _not_there(source: Source, session: Session, needs: Needs) -> Blame | None:
    """The first prefix that the file does not bring into BGP; one with a static route is right in the file."""
    verb = "ip" if needs.family == "ipv4" else "ipv6"
    for prefix in source.sends.get(session, ()):
        routes = source.file.of(verb, "route", str(prefix))
        found = None if any(not route.negated for route in routes) else not_there(source.file, needs, prefix)
        if found is not None:
            return found
    return None


def _policy(source: Source, session: Session, needs: Needs) -> Blame | None:
    """What the file denies of all that goes one way; the line of the first of them."""
    sent = [not_sent(source.file, needs, prefix) for prefix in source.sends.get(session, ())]
    taken = [not_taken(source.file, needs, prefix, (AZURE_ASN,)) for prefix in source.takes.get(session, ())]
    for found in (sent, taken):
        if found and None not in found:
            return found[0]
    return None
