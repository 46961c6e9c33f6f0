"""`apply` on a running lab: what differs is changed, in an order in which nothing else notices.

First what goes leaves BGP, then the wiring changes, then what comes enters BGP, the MSEEs last. Every step can be run
again: after applies that were killed the next goes to its own state from each that the lab may be in.
"""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path

from lab.circuit.carry import carried
from lab.circuit.document import Document
from lab.circuit.models import Session
from lab.circuit.offers import check_port_change
from lab.circuit.store import Store
from lab.control import record
from lab.control.converge import SESSION_SECONDS, Converged, Hopeless, converge
from lab.control.differences import changed_keys
from lab.control.expected import expected
from lab.control.kinds import decided
from lab.control.mend import mend
from lab.control.observe import Daemons, observe
from lab.control.physical import physical, refuse
from lab.control.plan import Plan, plan
from lab.control.programs import Programs, programs_of
from lab.control.progress import Progress
from lab.control.record import Applied, Record
from lab.control.running import find
from lab.control.work import Work
from lab.engine import registry
from lab.engine.base import Blueprint, Engine, World
from lab.errors import Impossible
from lab.files.load import Loaded, load, load_file
from lab.net.wirer import Wirer
from lab.topology import Topology

NAMED = 3


@dataclass(frozen=True)
class Applying:
    """An apply that has ended: the plan it carried out, and how the lab stands.

    `moved` are sessions that went down although the plan did not say so.
    """

    plan: Plan
    record: Record
    world: World
    converged: Converged
    seconds: float
    moved: tuple[Session, ...] = ()

    @property
    def ok(self) -> bool:
        return self.converged.ok


def planned(running: Record, loaded: Loaded, store: Store) -> tuple[Plan, Applied]:
    """The plan from the running lab to the files. Raises Impossible where a running lab cannot follow them, or a port
    pair differs in what cannot change."""
    before = {port.name: port for port in running.applied.spec.ports}
    for port in loaded.spec.ports:
        check_port_change(before.get(port.name, port), port)
    engine = registry.engine(running.engine)
    loaded = decided(loaded, engine)
    wanted, _ = record.applied(
        loaded.spec, loaded.topology, loaded.own, loaded.interfaces, loaded.keyring, running.salt,
        running.applied.slots, loaded.digests,
    )
    old, new = running.applied.topology, wanted.topology
    made_of = [engine.made_of(_images(engine, state), state.topology) for state in (running.applied, wanted)]
    refuse(running.lab, old, new, made_of[0], made_of[1])
    if old != new:
        engine.world(running.world, store.folder).accept(_blueprint(engine, loaded, wanted, store))
    return plan(running.lab, running.applied, wanted), wanted


def _images(engine: Engine, value: Applied) -> dict[str, str]:
    kinds = {edge.name: edge.kind or "frr" for edge in value.spec.customer_edges}
    return engine.images(kinds, value.topology)


def _blueprint(engine: Engine, loaded: Loaded, wanted: Applied, store: Store) -> Blueprint:
    return Blueprint(
        loaded.spec.lab, wanted.topology, loaded.topology_file, _images(engine, wanted), store.folder,
        document=loaded.document,
    )


def apply(
    target: str | None, lab: str | None, cwd: Path, *, progress: Progress, started: float | None = None,
    hopeless: Hopeless | None = None,
) -> Applying:
    """Makes a running lab what its files (or those of `target`) say. Never starts a lab and never restarts a node.

    Raises Impossible when no lab is meant or the files are another lab's, Mistakes before anything is changed.
    """
    begun = time.monotonic() if started is None else started
    with Wirer.start() as wirer:
        running = find(lab, cwd)
        with running.store.locked():
            document = running.store.read() or running.document
            running.world.settle()
            value = record.from_document(document)
            loaded = with_running_states(value, load_again(document, target, cwd))
            same_plane(value, loaded.topology)
            done = reconcile(value, loaded, running.store, wirer, progress=progress, hopeless=hopeless)
    return replace(done, seconds=time.monotonic() - begun)


def same_plane(running: Record, topology: Topology) -> None:
    """Raises Impossible where nodes or links differ, or a killed `up` was at work on them."""
    for state in (running.applied, *running.pending):
        if any(True for _ in physical(state.topology, topology)):
            raise Impossible(
                f"the topology of {running.lab} has changed; nodes and links are changed by up alone", next="mseelab up"
            )


def load_again(document: Document, target: str | None, cwd: Path) -> Loaded:
    """The files of a recorded lab as they are now, or those of `target`, which must be the same lab's."""
    if document["by_hand"]:
        raise Impossible(
            f"{document['lab']} has no circuit file: circuit, peering and connection change it",
            next="mseelab circuit show -o yaml > circuit.yml keeps it as one",
        )
    file = Path(document["file"])
    shown = str(file.relative_to(cwd)) if file.is_relative_to(cwd) else str(file)
    loaded = load(target, cwd, fallback=False) if target else load_file(file, shown, shipped=document["shipped"])
    if loaded.spec.lab != document["lab"]:
        raise Impossible(
            f"{loaded.spec.file} is the lab {loaded.spec.lab}; {document['lab']} runs",
            next=f"mseelab up {target or shown}",
        )
    return loaded


def with_running_states(running: Record, loaded: Loaded) -> Loaded:
    """The files, with the running lab's states where they are silent on one."""
    return replace(loaded, spec=carried(running.applied.spec, loaded.spec))


def reconcile(
    running: Record,
    loaded: Loaded,
    store: Store,
    wirer: Wirer,
    *,
    progress: Progress,
    seconds: float = SESSION_SECONDS,
    circuits: Collection[str] | None = None,
    hopeless: Hopeless | None = None,
) -> Applying:
    """Makes the running lab what the files say, and waits for it, `seconds` for its sessions as `converge` does.

    With `circuits`, those alone are waited for. The caller holds the store's lock.
    """
    begun = time.monotonic()
    engine = registry.engine(running.engine)
    world = engine.world(running.world, store.folder)
    steps, wanted = planned(running, loaded, store)
    progress.head(running.lab, f"runs   engine {running.engine}, topology {loaded.topology.name}")
    world.enter()
    work = Work(world, wirer, loaded.keyring, Programs(engine.own_files), running.attacher)
    known, halted = world.nodes, running.pending
    world = _populate(work, running, wanted, _blueprint(engine, loaded, wanted, store), store, progress)
    running = replace(running, world=world.to_record())
    fresh = frozenset(n for n, node in world.nodes.items() if node != known.get(n))
    if fresh:
        store.write(record.to_document(replace(running, pending=(*halted, wanted))))
    # What a killed apply had begun is as likely to run as not, where nothing was there before.
    begun_before = [state.desired().nodes for state in halted] + [steps.before.nodes]
    standing = {n: s for nodes in begun_before for n, s in nodes.items() if n in world.nodes and n not in fresh}
    programs = programs_of(engine, world.nodes, [*standing.values(), *steps.after.nodes.values()])
    mended = mend(world, standing.values(), steps.before.sessions, programs)
    broken = mended.broken | fresh
    work = replace(work, world=world, programs=programs, fresh=fresh, broken=broken)
    healed = broken & known.keys() & steps.before.nodes.keys()
    before = _losses(world, steps.sessions) if not healed else {}
    store.write(record.to_document(replace(running, pending=(*halted, wanted))))
    # Killed half-way, the lab is between states. Going from each of them to the files' one, past whatever is missing
    # on the way, ends in that one; the last killed goes first, the state that was applied last.
    for state in reversed(halted):
        work.carry_out(plan(running.lab, state, wanted), recovering=True, last=False)
    work.carry_out(steps, recovering=bool(halted))
    daemons = expected(steps.after.nodes.values(), programs)
    done = record.with_service_keys(replace(running, applied=wanted, pending=(), settled=True, daemons=daemons))
    store.write(record.to_document(done))
    if healed & fresh:
        progress.step("healed", f"{' '.join(sorted(healed))}: stopped or restarted", time.monotonic() - begun)
    elif mended.sick:
        said = ", ".join(sick.sentence for sick in mended.sick[:NAMED])
        more = f" and {len(mended.sick) - NAMED} more" if len(mended.sick) > NAMED else ""
        progress.step("healed", f"{said}{more}", time.monotonic() - begun)
    if steps.changes:
        _report(steps, time.monotonic() - begun, progress)
    converged = converge(done, world, progress, seconds=seconds, circuits=circuits, hopeless=hopeless)
    after = _losses(world, steps.sessions) if converged.ok else {}
    unmoved = [s for s in steps.sessions if s not in steps.resets and s in before and s in after]
    moved = tuple(s for s in unmoved if after[s] != before[s])
    return Applying(steps, done, world, converged, time.monotonic() - begun, moved)


def _populate(
    work: Work, running: Record, wanted: Applied, blueprint: Blueprint, store: Store, progress: Progress
) -> World:
    """The world with the nodes of `wanted` alone, all of them running. What it is about to do is recorded before."""
    world, nodes = work.world, _names(wanted.topology)
    states = (running.applied, *running.pending)
    lost = frozenset(world.lost)
    if nodes != world.nodes.keys() or any(_names(state.topology) != nodes for state in states):
        store.write(record.to_document(replace(running, pending=(*running.pending, wanted))))
        for state in states:
            work.strip(sorted(world.nodes.keys() - nodes - lost), state)
        world = world.reduce(nodes)
    if lost & nodes:
        world = world.revive()
    return world.extend(blueprint, progress.note)


def _names(topology: Topology) -> frozenset[str]:
    return frozenset(node.name for node in topology.nodes)


def _losses(world: World, sessions: tuple[Session, ...]) -> dict[Session, int]:
    """How often each session has been lost so far."""
    with Daemons(world.nodes) as daemons:
        return {view.session: view.dropped for view in observe(daemons, sessions, details=False)}


def _report(steps: Plan, seconds: float, progress: Progress) -> None:
    touched = [n for n, s in steps.after.nodes.items() if steps.before.nodes.get(n) != s]
    keys = changed_keys(steps.old, steps.new)
    if keys:
        touched += [n for n in steps.after.nodes for s in steps.resets if n in (s.msee, s.ce) and s.key in keys]
    what = "keys" if keys and len(keys) == len(steps.changes) else "changes"
    parts = [" ".join(dict.fromkeys(touched))] if touched else []
    found = [d.target.split()[0] for d in physical(steps.old.topology, steps.new.topology)]
    parts += [f"{n} {kind}{'s' if n > 1 else ''}" for kind in ("node", "link") if (n := found.count(kind))]
    progress.step(what, ", ".join(parts) or "none on any node", seconds)
