"""What the files tell before a lab runs: lines of a CE's own file that keep a session down or a prefix back (ER520),
and on-premises prefixes that lie in a connected VNet (ER521). Warnings, in the words of `diagnose`; a file from
elsewhere is not quoted."""

from __future__ import annotations

import os
from collections.abc import Iterator

from bgp.frr.userfile.blame import Needs, keeps_down, not_sent, not_there
from bgp.frr.userfile.policy import Blame
from lab.circuit.models import FAMILIES, PRIVATE, Network, Session, Spec, within
from lab.control.record import applied
from lab.control.sources import Source, sources
from lab.errors import Mistake
from lab.files.load import Loaded
from lab.files.outside import from_elsewhere, without_text


def foretold(loaded: Loaded) -> tuple[Mistake, ...]:
    """The warnings about the files of a lab, each line once."""
    found = dict.fromkeys(_overlaps(loaded.spec))
    if loaded.own:
        value, _ = applied(loaded.spec, loaded.topology, loaded.own, loaded.interfaces, loaded.keyring, "")
        for ce, source in sources(value).items():
            name = os.path.join(os.path.dirname(loaded.spec.file), source.name)
            told = [*_own_file(ce, source, name)]
            found |= dict.fromkeys(without_text(told, [name] if from_elsewhere(loaded.spec, ce) else []))
    return tuple(found)


def _own_file(ce: str, source: Source, name: str) -> Iterator[Mistake]:
    told: set[int] = set()
    for session, needs in source.needs.items():
        if not session.enabled:
            continue
        down = keeps_down(source.file, needs)
        blames = [(down, "keeps the session down")] if down else [
            (blame, f"keeps {prefix} back")
            for prefix in source.sends.get(session, ())
            if (blame := _held_back(source, needs, prefix))
        ]
        for blame, effect in blames:
            if blame.line not in told:
                told.add(blame.line)
                yield _warning(session, blame, effect, name)


def _held_back(source: Source, needs: Needs, prefix: Network) -> Blame | None:
    """The line that keeps a prefix back. Whether a `network` has a route is not known before the router runs."""
    absent = not_there(source.file, needs, prefix)
    if absent is not None and not absent.subject.startswith("network "):
        return absent
    return not_sent(source.file, needs, prefix)


def _warning(session: Session, blame: Blame, effect: str, name: str) -> Mistake:
    message = f"{blame.subject} {blame.why}: it {effect} ({session.label})"
    hint = f"on {session.ce}: {blame.next}" if blame.next else ""
    return Mistake(name, blame.line, 1, "ER520", "", message=message, hint=hint, warning=True)


def _overlaps(spec: Spec) -> Iterator[Mistake]:
    """A prefix that is all of a VNet's block or a part of it; one that holds the block is a summary, and usual."""
    for edge in spec.customer_edges:
        line = spec.lines.get(f"customerEdges.{edge.name}.advertise", 1)
        names = {vnet for c in spec.circuits_of(edge) if c.peering(PRIVATE) for vnet in c.vnets}
        blocks = [(block, vnet.name) for vnet in spec.virtual_networks if vnet.name in names for block in vnet.prefixes]
        for family in FAMILIES:
            for prefix in edge.advertised(family) if blocks else ():
                for block, vnet_name in blocks:
                    if within(prefix, block):
                        message = f"{prefix} of {edge.name} lies in {block} of VNet {vnet_name}, which is connected"
                        yield Mistake(spec.file, line, 1, "ER521", "advertise", message=message, warning=True)
