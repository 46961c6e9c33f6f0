"""One step of the workflow on a running lab: an edit of what the circuit shall be, carried out like an apply.

A step is a pure function from the running lab's `Draft` to another `Spec`; it refuses by raising, before anything is
changed. What it does not mention stays as it is, other circuits' sessions included.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from lab.circuit.keys import Keyring, key_name
from lab.circuit.models import Circuit, Spec
from lab.control import record
from lab.control.apply import reconcile
from lab.control.converge import SESSION_SECONDS, Converged
from lab.control.observe import Daemons, SessionView, observe
from lab.control.progress import Progress
from lab.control.record import Record
from lab.control.running import Running, all_running, find
from lab.errors import Impossible, Mistakes
from lab.files.document import Document, document_of, reread
from lab.files.keys import collect_keys
from lab.files.load import Loaded
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
    """A step that has been taken: the lab before and after it, and how its circuit's sessions stand."""

    before: Record
    after: Record
    converged: Converged
    views: tuple[SessionView, ...]
    seconds: float

    @property
    def ok(self) -> bool:
        return self.converged.ok


def take(
    running: Running, step: Step, *, progress: Progress, circuit: Callable[[Spec], str | None],
    seconds: float = SESSION_SECONDS,
) -> Stepped:
    """Takes `step` on a running lab and waits for the sessions of the circuit that `circuit` names afterwards.

    Raises Impossible and Mistakes before anything is changed. This process is inside the lab's world afterwards.
    """
    begun = time.monotonic()
    with Wirer.start() as wirer, running.store.locked():
        document = running.store.read() or running.document
        running.world.settle()
        before = record.from_document(document)
        spec = step(Draft(before))
        applied = before.applied
        loaded = Loaded(
            spec, applied.topology, _keys(before, spec), dict(applied.own), dict(applied.own_interfaces), (),
            before.shipped, Path(applied.topology.file), applied.digests,
        )
        name = circuit(spec)
        done = reconcile(
            before, loaded, running.store, wirer, progress=progress, seconds=seconds, circuits=[name] if name else []
        )
    sessions = [s for s in done.record.applied.sessions if s.circuit == name]
    with Daemons(done.world.nodes) as daemons:
        views = observe(daemons, sessions)
    return Stepped(before, done.record, done.converged, views, time.monotonic() - begun)


def _keys(before: Record, spec: Spec) -> Keyring:
    """The keys of `spec`. Raises Mistakes where one cannot be found, Impossible where one that the step does not
    mention is another now: the step would change it unasked."""
    keyring, mistakes = collect_keys(spec, before.applied.own)
    if mistakes:
        raise Mistakes([_typed(mistake) for mistake in mistakes])
    digests = keyring.digests(before.salt)
    mentioned = {
        key_name(c.name, p.type)
        for c in spec.circuits
        for p in c.peerings
        if p.shared_key != _reference(before.applied.spec, c.name, p.type)
    }
    for name, digest in digests.items():
        if name not in mentioned and before.applied.keys.get(name, digest) != digest:
            raise Impossible(
                f"the key of {name} has another value now, which this step would change too", next="mseelab apply"
            )
    return keyring
