"""One step of the workflow on a running lab: an edit of what the circuit shall be, carried out like an apply.

A step is a pure function from the running lab's `Draft` to another `Spec`; it refuses by raising, before anything is
changed. What it does not mention stays as it is, other circuits' sessions included.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from lab.circuit.keys import Keyring, key_name
from lab.circuit.lifecycle import has_provider
from lab.circuit.models import Circuit, KeyRef, Peering, Spec
from lab.control import record
from lab.control.apply import reconcile, same_plane
from lab.control.converge import SESSION_SECONDS, Converged
from lab.control.observe import Daemons, SessionView, observe
from lab.control.progress import Progress
from lab.control.record import Record
from lab.control.running import Running, all_running, find
from lab.errors import Impossible, Mistakes
from lab.files.document import Document, document_of, reread
from lab.files.keys import collect_keys
from lab.files.load import Loaded
from lab.files.tree import clip
from lab.net.wirer import Wirer

SHORTEST_KEY = 4


@dataclass(frozen=True)
class Draft:
    """What a step starts from."""

    running: Record

    @property
    def spec(self) -> Spec:
        return self.running.applied.spec

    def circuit(self, name: str | None) -> Circuit:
        """The circuit of that name, or the only one. Raises Impossible."""
        return circuit_of(self.spec, name)

    def rewritten(self, edit: Callable[[Document], None], flags: Mapping[str, str]) -> Spec:
        """The spec after `edit` has changed its document in place; `flags` name fields as the user typed them.

        Raises Mistakes with every value that no rule allows.
        """
        document = copy.deepcopy(document_of(self.spec, self.running.service_keys))
        edit(document)
        applied = self.running.applied
        return reread(
            document, self.spec, applied.topology, applied.own_interfaces, lambda field: flags.get(field, field)
        )


Step = Callable[[Draft], Spec]


@dataclass(frozen=True)
class Stepped:
    """A step that has been taken: the lab before and after it, and how the sessions of its circuits stand."""

    before: Record
    after: Record
    converged: Converged
    views: tuple[SessionView, ...]
    seconds: float

    @property
    def ok(self) -> bool:
        return self.converged.ok


def take(
    running: Running, step: Step, *, progress: Progress, circuits: Callable[[Spec], Collection[str]],
    seconds: float = SESSION_SECONDS,
) -> Stepped:
    """Takes `step` on a running lab and waits for the sessions of those that `circuits` names afterwards.

    Raises Impossible and Mistakes before anything is changed. This process is inside the lab's world afterwards.
    """
    begun = time.monotonic()
    with Wirer.start() as wirer, running.store.locked():
        document = running.store.read() or running.document
        running.world.settle()
        before = record.from_document(document)
        same_plane(before, before.applied.topology)
        spec = step(Draft(before))
        applied = before.applied
        loaded = Loaded(
            spec, applied.topology, _keys(before, spec), dict(applied.own), dict(applied.own_interfaces), (),
            before.shipped, Path(applied.topology.file), applied.digests,
        )
        names = circuits(spec)
        done = reconcile(
            before, loaded, running.store, wirer, progress=progress, seconds=seconds, circuits=names
        )
    sessions = [s for s in done.record.applied.sessions if s.circuit in names]
    with Daemons(done.world.nodes) as daemons:
        views = observe(daemons, sessions)
    return Stepped(before, done.record, done.converged, views, time.monotonic() - begun)


def _keys(before: Record, spec: Spec) -> Keyring:
    """The keys of `spec`. Raises Mistakes where one cannot be found, Impossible where one that the step does not
    mention is another now: the step would change it unasked."""
    keyring, mistakes = collect_keys(spec, before.applied.own)
    if mistakes:
        raise Mistakes([replace(mistake, file="", line=0, column=0) for mistake in mistakes])
    digests = keyring.digests(before.salt)
    mentioned = {
        key_name(c.name, p.type)
        for c in spec.circuits
        for p in c.peerings
        if p.shared_key != _reference(before.applied.spec, c.name, p)
    }
    for name, digest in digests.items():
        if name not in mentioned and before.applied.keys.get(name, digest) != digest:
            raise Impossible(
                f"the key of {name} has another value now, which this step would change too", next="mseelab apply"
            )
    return keyring


def _reference(spec: Spec, circuit: str, peering: Peering) -> KeyRef | None:
    was = next((c.peering(peering.type) for c in spec.circuits if c.name == circuit), None)
    return was.shared_key if was else None


def circuit_of(spec: Spec, name: str | None) -> Circuit:
    """The circuit of that name, or the only one. Raises Impossible."""
    names = [c.name for c in spec.circuits]
    if not names:
        raise Impossible(f"{spec.lab} has no circuit", next="mseelab circuit create --name NAME …")
    return spec.circuit(named_or_only("circuit", names, name, "--circuit NAME, "))


def named_or_only(what: str, names: Sequence[str], name: str | None, option: str = "") -> str:
    """Which of `names` is meant: `name`, or the only one. Raises Impossible; `option` is how to say which."""
    if name is None and len(names) > 1:
        raise Impossible(f"{len(names)} {what}s; which one?", next=f"{option}one of: {' '.join(names)}")
    if name is not None and name not in names:
        raise Impossible(f"no {what} named {clip(name)}", next=f"one of: {' '.join(names)}")
    return names[0] if name is None else name


def lab_of(lab: str | None, circuit: str | None, cwd: Path) -> Running:
    """The lab that a step means: by name, else the only one with a circuit of that name, else as every verb does."""
    return lab_having(lab, cwd, lambda running: circuit in _circuits(running))


def lab_having(lab: str | None, cwd: Path, has: Callable[[Running], bool]) -> Running:
    """The lab of that name, else the only one that `has`, else as every verb finds it."""
    having = [running for running in all_running() if has(running)] if lab is None else []
    return having[0] if len(having) == 1 else find(lab, cwd)


def by_service_key(key: str, lab: str | None) -> tuple[Running, str]:
    """The lab and the circuit of a service key (or its first letters, four or more) or a circuit's name (ER111).

    Raises Impossible when there is none, or several; and for a circuit on a port pair, which no provider knows (ER706).
    """
    labs = all_running() if lab is None else [find(lab)]
    found = [
        (running, str(c["name"]), c["port"])
        for running in labs
        for c in running.document["circuits"]
        if c["name"] == key or (len(key) >= SHORTEST_KEY and str(c["serviceKey"]).startswith(key.lower()))
    ]
    if not found:
        raise Impossible(f"no circuit has the service key {clip(key)}", rule="ER111", next="mseelab circuit list")
    if len(found) > 1:
        names = " ".join(f"{running.lab}/{name}" for running, name, _ in found)
        raise Impossible(f"{clip(key)} means {len(found)} circuits: {names}", next="more of the key, or --lab NAME")
    running, name, port = found[0]
    has_provider(name, port)
    return running, name


def _circuits(running: Running) -> list[str]:
    return [str(c["name"]) for c in running.document["circuits"]]
