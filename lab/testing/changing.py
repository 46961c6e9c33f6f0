"""Changing a lab that is held: other files, other values, routers started anew. Inside the lab's world."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

from lab.control import keeper, routers
from lab.control.apply import planned, reconcile, same_plane, with_running_states
from lab.control.plan import Plan
from lab.control.programs import programs_of
from lab.control.progress import Quiet
from lab.control.proof import prove_keys
from lab.control.record import to_document
from lab.control.running import world_of
from lab.control.up import UpResult, renamed
from lab.control.wait import wait
from lab.engine import registry
from lab.errors import Impossible, NotAsItShould
from lab.files.document import Document, document_of, reread
from lab.files.keys import resolve_keys
from lab.files.load import Loaded, load
from lab.net.wirer import Wirer
from lab.testing.held import Held
from lab.testing.shape import shape
from lab.testing.values import Applied, Planned

MARKS = {"add": "+", "change": "~", "remove": "-"}


def hold(result: UpResult, wirer: Wirer) -> Held:
    """A lab that has just come up."""
    record = result.record
    world = world_of(to_document(record), result.store.folder)
    loaded = replace(result.loaded, digests=record.applied.digests)
    return Held(result.store, wirer, world, record, loaded, record.applied, healthy=result.ok)


def document(held: Held) -> Document:
    """The circuit as it is now, in the names of its file."""
    return document_of(held.record.applied.spec, held.record.service_keys)


def wanted(held: Held, target: str | None, edited: Document | None, cwd: Path) -> Loaded:
    """The files that an apply shall follow: those of `target`, an edited document, or the lab's own as they are now.

    Raises Mistakes, and Impossible where nodes or links differ.
    """
    if edited is not None:
        applied = held.record.applied
        spec = reread(edited, applied.spec, applied.topology, applied.own_interfaces)
        return replace(held.loaded, spec=replace(spec, lab=held.record.lab), keyring=resolve_keys(spec, applied.own))
    loaded = load(target or str(held.loaded.spec.files[0]), cwd, fallback=False)
    loaded = renamed(with_running_states(held.record, loaded), lambda _: held.record.lab)
    same_plane(held.record, loaded.topology)
    return loaded


def planned_by(held: Held, target: str | None, edited: Document | None, cwd: Path) -> Planned:
    """What `apply` would do."""
    steps, _ = planned(held.record, wanted(held, target, edited, cwd), held.store)
    return Planned(**_told(steps))


def apply(held: Held, target: str | None, edited: Document | None, cwd: Path, within: float) -> Applied:
    """Makes the lab what the files say, and waits `within` seconds for it to be so."""
    begun = time.monotonic()
    loaded = wanted(held, target, edited, cwd)
    with held.store.locked():
        done = reconcile(held.refresh(), loaded, held.store, held.wirer, progress=Quiet(), seconds=within)
    held.record, held.world = done.record, done.world
    moved = tuple(session.label for session in done.moved)
    seconds = time.monotonic() - begun
    return Applied(**_told(done.plan), missing=done.converged.missing, moved=moved, seconds=seconds)


def _told(steps: Plan) -> dict[str, tuple[str, ...]]:
    changes = []
    for change in steps.changes:
        one = change.difference
        values = f"{one.old} → {one.new}" if one.field and one.old and one.new else one.new or one.old
        name = f"{one.target}.{one.field}" if one.field else one.target
        changes.append(f"{MARKS[one.action]} {name} {values}".rstrip())
    kinds = {"resets": steps.resets, "ends": steps.ends, "begins": steps.begins}
    return {"changes": tuple(changes), **{name: tuple(s.label for s in found) for name, found in kinds.items()}}


def restart(held: Held, name: str) -> None:
    """Ends a node's routing daemons and starts them anew; its interfaces stay. Raises Impossible.

    Returns when all of them answer again."""
    node = held.node(name)
    desired = held.record.applied.desired()
    state = desired.nodes[name]
    if state.router is None:
        raise Impossible(f"{name} is not ours to restart")
    engine = registry.engine(held.record.engine)
    programs = programs_of(engine, held.world.nodes, [state])
    routers.stop(node)
    routers.finish(routers.start(held.world.nodes, [state], held.loaded.keyring, programs), anew=True)
    keeper.tell(held.world, desired.nodes.values())
    prove_keys(held.world, desired, held.loaded.keyring)
    had = held.shapes[name].daemons.keys()
    outcome = wait(
        lambda: had - shape(node, state).daemons.keys(), deadline=routers.READY_SECONDS, label="daemons",
        until=lambda missing: not missing,
    )
    if not outcome.ok:
        raise NotAsItShould(f"{' '.join(sorted(outcome.last))} on {name} does not answer")
